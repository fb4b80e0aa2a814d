// What the page does without the server: light and dark theme, downloads, dropped and pasted
// pictures, drawings that are put on the canvas, and keyboard focus.
(() => {
  const sketchnet = (window.sketchnet ??= {});

  // Inside a frame of another site a browser may forbid storage: then nothing is stored.
  const storage = (name) => { try { return window[name]; } catch { return null; } };
  const storages = { visit: storage("sessionStorage"), always: storage("localStorage") };
  sketchnet.store = (where, name, text) => {
    try { storages[where]?.setItem(`sketchnet-${name}`, text); } catch { /* the storage is full */ }
  };
  sketchnet.stored = (where, name) => storages[where]?.getItem(`sketchnet-${name}`);

  const theme = sketchnet.stored("always", "theme");
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
  // A thin line shows that the server is working, and a text that the search waits in a queue.
  let queueTimer = 0;
  const showQueued = (text) => { document.querySelector("#queued").textContent = text; };
  sketchnet.busy = (...inputs) => {
    document.body.classList.add("busy");
    clearTimeout(queueTimer);
    queueTimer = setTimeout(() => showQueued("Many visitors are drawing. Your search is queued."), 3000);
    return inputs;
  };
  sketchnet.done = () => {
    if (sketchnet.searching?.()) return; // a newer drawing
    document.body.classList.remove("busy");
    clearTimeout(queueTimer);
    showQueued("");
  };

  sketchnet.selectTab = (tab) => { document.body.dataset.tab = tab; return sketchnet.busy(null); };

  // The word of a visitor travels as the id of the button beside it.
  document.addEventListener("click", (event) => {
    const teach = event.target instanceof Element && event.target.closest("[data-act=teach]");
    if (teach) teach.dataset.id = teach.parentElement.querySelector("input").value;
  }, true);

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("#theme")) {
      const dark = document.body.classList.toggle("dark");
      sketchnet.store("always", "theme", dark ? "dark" : "light");
    }
    if (at("[data-hide]")) document.querySelector("#tracing").classList.add("hidden");
    if (at("[data-act=trace]")) {
      document.querySelector("#tracing").classList.remove("hidden");
      show("#stage");
    }
    if (at("[data-act=draw]")) sketchnet.act("Clear canvas");
    if (at("[data-act=more]")) show("#results-head");
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

  // An error about the drawing is shown over the canvas, which may be scrolled out of view.
  sketchnet.showNotice = (notice) => { if (notice.querySelector(".notice")) show("#stage"); };

  function replay(part) {
    part.classList.remove("replay");
    void part.getBoundingClientRect(); // the animation restarts only after a layout in between
    part.classList.add("replay");
  }

  // While the detail view is open it has the keyboard focus; then the focus returns to its card.
  let pressed = null;
  sketchnet.focusDetail = (detail) => {
    const shoe = detail.querySelector(".opened");
    for (const part of document.querySelectorAll("#header, #workspace, #tray")) part.inert = Boolean(shoe);
    const card = pressed && document.querySelector(`#shoes .look[data-id="${CSS.escape(pressed.id)}"]`);
    if (!shoe) { card?.focus({ preventScroll: true }); pressed = null; return; }
    const same = pressed && shoe.querySelector(`button[data-act="${CSS.escape(pressed.act ?? "")}"]`);
    (same ?? shoe.querySelector(".primary")).focus({ preventScroll: true });
    shoe.querySelector(".below > *")?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("#shoes [data-act], #detail [data-act]");
    if (button && button.dataset.act !== "close") pressed = { ...button.dataset };
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("#detail .close")?.click();
  });

  function upload(files) {
    const pictures = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector("#query-buttons input[type=file]");
    if (!pictures.length || !input) return false;
    const list = new DataTransfer();
    list.items.add(pictures[0]);
    input.files = list.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  // The box over an uploaded picture: dragged, resized at its corners, or moved by the arrow keys.
  sketchnet.moveBox = (view, trigger) => {
    const smallest = 0.03;
    let drag = null, timer = 0;
    const area = () => view.querySelector(".picture").getBoundingClientRect();
    const read = (box) => ["left", "top", "width", "height"].map((side) => parseFloat(box.style[side]) / 100);
    const write = (box, [left, top, width, height]) => {
      width = Math.min(1, Math.max(smallest, width));
      height = Math.min(1, Math.max(smallest, height));
      left = Math.min(1 - width, Math.max(0, left));
      top = Math.min(1 - height, Math.max(0, top));
      Object.assign(box.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%` });
    };
    const send = (box, wait) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const each of view.querySelectorAll(".drawings [aria-pressed=true]")) each.setAttribute("aria-pressed", "false");
        trigger("act", { act: "box", id: read(box).map((share) => share.toFixed(4)).join() });
      }, wait);
    };
    // The box after a movement of its corner, or of the whole where there is none.
    const moved = ([left, top, width, height], corner, x, y) => {
      if (!corner) return [left + x, top + y, width, height];
      const right = left + width, bottom = top + height;
      const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
      const west = corner.includes("w") ? clamp(left + x, 0, right - smallest) : left;
      const north = corner.includes("n") ? clamp(top + y, 0, bottom - smallest) : top;
      const east = corner.includes("e") ? clamp(right + x, left + smallest, 1) : right;
      const south = corner.includes("s") ? clamp(bottom + y, top + smallest, 1) : bottom;
      return [west, north, east - west, south - north];
    };

    view.addEventListener("pointerdown", (event) => {
      const box = event.target.closest(".box");
      if (!box || !event.isPrimary || event.button > 0) return;
      event.preventDefault();
      box.focus({ preventScroll: true });
      box.setPointerCapture(event.pointerId);
      drag = { box, start: read(box), corner: event.target.dataset.corner, x: event.clientX, y: event.clientY };
    });
    view.addEventListener("pointermove", (event) => {
      if (!drag || !event.isPrimary) return;
      const { width, height } = area();
      write(drag.box, moved(drag.start, drag.corner, (event.clientX - drag.x) / width, (event.clientY - drag.y) / height));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      view.addEventListener(end, () => {
        if (drag && String(read(drag.box)) !== String(drag.start)) send(drag.box, 0);
        drag = null;
      });
    }
    view.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const box = event.target.closest(".box");
      if (!box || !step) return;
      event.preventDefault();
      const [x, y] = step.map((each) => each * 0.02);
      write(box, moved(read(box), event.shiftKey ? "se" : null, x, y));
      send(box, 400);
    });
  };

  // A browser would open a dropped picture in place of the page.
  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  document.addEventListener("paste", (event) => {
    if (upload(event.clipboardData?.files)) stop(event);
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
    if (upload(event.dataTransfer?.files)) stop(event);
  }, true);
})();
