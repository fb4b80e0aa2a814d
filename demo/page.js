// What the page does without the server: light and dark, downloads, dropped and pasted pictures,
// drawings that go onto the canvas, and the Escape key.
(() => {
  const sketchnet = (window.sketchnet ??= {});

  const theme = localStorage.getItem("sketchnet-theme");
  const whenBody = () => {
    if (!document.body) return setTimeout(whenBody, 10);
    if (theme) document.body.classList.toggle("dark", theme === "dark");
    document.body.dataset.tab = "shoes";
  };
  whenBody();

  sketchnet.download = (text) => {
    if (!text) return;
    const { name, href } = JSON.parse(text);
    Object.assign(document.createElement("a"), { href, download: name }).click();
  };
  // A thin line tells of work that takes longer than a blink.
  sketchnet.busy = (...inputs) => { document.body.classList.add("busy"); return inputs; };
  sketchnet.done = () => document.body.classList.remove("busy");

  sketchnet.turn = (tab) => { document.body.dataset.tab = tab; return sketchnet.busy(null); };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("#theme")) {
      const dark = document.body.classList.toggle("dark");
      localStorage.setItem("sketchnet-theme", dark ? "dark" : "light");
    }
    if (at("[data-hide]")) document.querySelector("#tracing").classList.add("hidden");
    if (at("[data-act=trace]")) document.querySelector("#tracing").classList.remove("hidden");
    if (at("[data-replay]")) replay(at("[data-replay]").closest(".doodle, figure").querySelector("svg"));
    const drawing = at("[data-strokes]");
    if (drawing) {
      document.querySelector("#stage").scrollIntoView({ block: "nearest", behavior: "smooth" });
      sketchnet.put(JSON.parse(drawing.dataset.strokes));
    }
  });

  function replay(svg) {
    svg.classList.remove("replay");
    void svg.getBoundingClientRect(); // without a layout in between the animation would not restart
    svg.classList.add("replay");
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("#sheet .shut")?.click();
  });

  function bring(files) {
    const pictures = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector("#ask input[type=file]");
    if (!pictures.length || !input) return false;
    const list = new DataTransfer();
    list.items.add(pictures[0]);
    input.files = list.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  // The pad would take a picture too, as something to draw on: it must not see it.
  const keep = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  document.addEventListener("paste", (event) => {
    if (bring(event.clipboardData?.files)) keep(event);
  }, true);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (bring(event.dataTransfer?.files)) keep(event);
  }, true);
})();
