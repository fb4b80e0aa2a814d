// The canvas: records the strokes that a person draws, in their order. They are drawn on Gradio's
// sketchpad (later/sketchpad.js) or, without a graphics card and on the page without a server
// (sketchnet/web), on a plain canvas, whose frames cost little.
// Each change of the record dispatches the event `sketchnet:ink`; before a drawing or what Redo would
// restore of it is given up, `sketchnet:leave` carries its strokes.
(() => {
  const SIDE = 800, PEN = 4; // the radius
  let done = [];      // what is on the canvas, in order: {points: [[x, y, ms], …], erases: bool}
  let undone = [];    // what Redo restores
  let current = null; // the stroke being drawn
  let tool = "Brush";

  const find = (selector) => document.querySelector(selector);
  const plain = {
    element: () => find("#pad canvas"),
    // Where an event is on the canvas.
    place({ clientX, clientY }) {
      const box = this.element().getBoundingClientRect(), zoom = SIDE / box.width;
      return [(clientX - box.left) * zoom, (clientY - box.top) * zoom];
    },
    // Draws a stroke from one of its points on.
    draw({ points, erases }, from = 0) {
      const pen = this.element().getContext("2d");
      pen.globalCompositeOperation = erases ? "destination-out" : "source-over";
      Object.assign(pen, { lineWidth: 2 * (erases ? window.sketchnet.eraser : PEN), lineCap: "round", lineJoin: "round" });
      pen.beginPath();
      pen.moveTo(points[from][0], points[from][1]);
      for (const [x, y] of points.slice(from)) pen.lineTo(x, y);
      pen.stroke();
    },
    // Shows the record after an Undo, Redo, Clear, or strokes that were put there.
    did() {
      this.element().getContext("2d").clearRect(0, 0, SIDE, SIDE);
      done.forEach((stroke) => this.draw(stroke));
    },
    select() {},
  };
  let pad = plain;
  const onCanvas = (event) => event.target instanceof Node && pad.element()?.contains(event.target);

  function add(x, y, ms) {
    [x, y] = [x, y].map((v) => Math.round(Math.min(SIDE, Math.max(0, v)) * 10) / 10);
    const last = current.points.at(-1);
    if (!last || last[0] !== x || last[1] !== y) current.points.push([x, y, Math.round(ms)]);
  }

  function addPoints(event) {
    const from = Math.max(0, current.points.length - 1), events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      add(...pad.place(each), each.timeStamp || performance.now());
    }
    pad.draw(current, from);
  }

  function finishStroke() {
    if (!current) return;
    if (undone.length) leave();
    done.push(current);
    undone = [];
    current = null;
    changed();
  }

  // The drawing with all that was undone.
  function leave() {
    const detail = window.sketchnet.rows([...done, ...[...undone].reverse()]);
    if (detail.length) document.dispatchEvent(new CustomEvent("sketchnet:leave", { detail }));
  }
  window.addEventListener("pagehide", leave);

  function changed() {
    document.body.classList.toggle("blank", !done.length && !current);
    document.dispatchEvent(new CustomEvent("sketchnet:ink"));
    window.sketchnet.store("visit", "ink", window.sketchnet.record());
  }

  document.addEventListener("pointerdown", (event) => {
    if (!onCanvas(event) || pad.replays) return;
    if (!event.isPrimary || event.button > 0) return event.stopImmediatePropagation(); // a second finger
    if (pad === plain) event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    current = { points: [], erases: tool === "Erase" };
    addPoints(event);
    document.body.classList.remove("blank");
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (current && event.isPrimary) addPoints(event);
    else if (current) event.stopImmediatePropagation();
  }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, (event) => { if (event.isPrimary) finishStroke(); }, true);
  }
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-pad]")) act(at("[data-pad]").dataset.pad);
    if (at("[data-ink]")) changed();
  }, true);

  function act(name) {
    if (name === "Brush" || name === "Erase") return select(name);
    if (name === "Undo" && done.length) {
      undone.push(done.pop());
      if (!done.length) leave();
      did(name);
    }
    if (name === "Redo" && undone.length) { done.push(undone.pop()); did(name); }
    if (name === "Clear canvas") {
      leave();
      done = [];
      undone = [];
      did(name);
      select("Brush");
    }
  }

  function did(name, added) {
    pad.did(name, added);
    changed();
  }

  function select(name) {
    plain.element().dataset.tool = tool = name;
    pad.select(name);
    for (const each of document.querySelectorAll("[data-pad=Brush], [data-pad=Erase]")) {
      each.setAttribute("aria-pressed", String(each.dataset.pad === name));
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (find(".opened, dialog[open]") || getComputedStyle(find("#left")).visibility === "hidden") return; // out of view
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      act(key === "y" || event.shiftKey ? "Redo" : "Undo");
    } else if (key === "enter" && !(event.target instanceof Element && event.target.closest("button, a, summary, [role=button]"))) {
      event.preventDefault();
      find("#find-now")?.click();
    }
  });

  Object.assign((window.sketchnet ??= {}), {
    record: () => JSON.stringify(window.sketchnet.rows(done)),
    // Puts strokes on the canvas, as if they had been drawn: Undo removes them one by one.
    put(added, clear = true) {
      if (clear && done.length) act("Clear canvas");
      undone = [];
      select("Brush");
      for (const [xs, ys] of added) {
        current = { points: [], erases: false };
        xs.forEach((x, i) => add(x, ys[i], performance.now()));
        done.push(current);
      }
      current = null;
      did("put", added);
    },
    act,
    // Draws on another surface from now on, unless there is a drawing already.
    usePad(other) {
      if (done.length || current) return;
      pad = other;
      document.body.classList.add("sketchpad");
      select(tool);
    },
  });

  // Whether a graphics card draws WebGL here; `?canvas=sketchpad` and `?canvas=plain` decide it too.
  window.sketchnet.hasGraphics = () => {
    const asked = new URLSearchParams(location.search).get("canvas");
    const gl = !asked && document.createElement("canvas").getContext("webgl2");
    if (!gl) return asked === "sketchpad";
    const name = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER;
    return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(name));
  };

  (function start() {
    if (!plain.element() || !find("[data-pad]")) return setTimeout(start, 20);
    document.body.classList.add("blank");
    select("Brush");
    if (window.sketchnet.later && window.sketchnet.hasGraphics()) window.sketchnet.later("sketchpad");
    // A page that is reloaded, by the person or after a lost connection, restores its drawing.
    const stored = JSON.parse(window.sketchnet.stored("visit", "ink") || "[]");
    if (stored.length) window.sketchnet.put(stored);
  })();
})();
