// What the page does without the server: light and dark, downloads, dropped and pasted pictures,
// drawings that go onto the canvas, and where the keys go.
(() => {
  const sketchnet = (window.sketchnet ??= {});

  // In a frame of another site a browser may forbid a page to keep anything: then nothing is kept.
  const shelf = (name) => { try { return window[name]; } catch { return null; } };
  const kept = { visit: shelf("sessionStorage"), always: shelf("localStorage") };
  sketchnet.keep = (where, name, text) => {
    try { kept[where]?.setItem(`sketchnet-${name}`, text); } catch { /* it is full */ }
  };
  sketchnet.kept = (where, name) => kept[where]?.getItem(`sketchnet-${name}`);

  const theme = sketchnet.kept("always", "theme");
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
  // A thin line tells of work that takes longer than a blink, and words of a queue.
  let patience = 0;
  const queued = (words) => { document.querySelector("#queued").textContent = words; };
  sketchnet.busy = (...inputs) => {
    document.body.classList.add("busy");
    clearTimeout(patience);
    patience = setTimeout(() => queued("Many are drawing just now. Your turn will come."), 3000);
    return inputs;
  };
  sketchnet.done = () => {
    document.body.classList.remove("busy");
    clearTimeout(patience);
    queued("");
  };

  sketchnet.turn = (tab) => { document.body.dataset.tab = tab; return sketchnet.busy(null); };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("#theme")) {
      const dark = document.body.classList.toggle("dark");
      sketchnet.keep("always", "theme", dark ? "dark" : "light");
    }
    if (at("[data-hide]")) document.querySelector("#tracing").classList.add("hidden");
    if (at("[data-act=trace]")) {
      document.querySelector("#tracing").classList.remove("hidden");
      show("#stage");
    }
    if (at("[data-act=more]")) show("#find-head");
    if (at("[data-replay]")) replay(at("[data-replay]").closest(".doodle, .steps").querySelector("svg, ol"));
    const drawing = at("[data-strokes]");
    if (drawing) {
      show("#stage");
      sketchnet.put(JSON.parse(drawing.dataset.strokes));
    }
  });

  function show(place) {
    document.querySelector(place).scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  // What went wrong stands on the paper, which may have been scrolled out of view.
  sketchnet.told = (notice) => { if (notice.querySelector(".notice")) show("#stage"); };

  function replay(part) {
    part.classList.remove("replay");
    void part.getBoundingClientRect(); // without a layout in between the animation would not restart
    part.classList.add("replay");
  }

  // An opened shoe takes the keys, and only it; closed, it gives them back to its card.
  let pressed = null;
  sketchnet.opened = (sheet) => {
    const shoe = sheet.querySelector(".opened");
    for (const part of document.querySelectorAll("#header, #desk, #tray")) part.inert = Boolean(shoe);
    const card = pressed && document.querySelector(`#shoes .look[data-id="${CSS.escape(pressed.id)}"]`);
    if (!shoe) { card?.focus({ preventScroll: true }); pressed = null; return; }
    const again = pressed && shoe.querySelector(`button[data-act="${CSS.escape(pressed.act ?? "")}"]`);
    (again ?? shoe.querySelector(".go")).focus({ preventScroll: true });
    shoe.querySelector(".answer > *")?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("#shoes [data-act], #sheet [data-act]");
    if (button && button.dataset.act !== "close") pressed = { ...button.dataset };
  }, true);
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
