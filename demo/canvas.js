// Records the strokes that a person draws on Gradio's sketchpad, in their order, and keeps a drawing
// tool selected. Listeners are on the document in the capture phase: they receive every event first.
// Each change of the record dispatches the event `sketchnet:ink`; before a drawing or what Redo would
// restore of it is given up, `sketchnet:leave` carries its strokes.
(() => {
  const SIDE = 800, ERASER = 20;
  let done = [];      // what is on the canvas, in order: {points: [[x, y, ms], …], erases: bool}
  let undone = [];    // what Redo restores
  let current = null; // the stroke being drawn
  let wanted = "Brush", toolTimer, puts = 0;

  const find = (selector) => document.querySelector(selector);
  const surface = () => find("#pad .pixi-target canvas");
  const button = (label) => find(`#pad button[aria-label="${label}"]`);
  const onCanvas = (event) => event.target instanceof Element && event.target.closest("#pad .pixi-target");
  const activeTool = () => find("#pad button.quite-round.highlight")?.getAttribute("aria-label");

  const toolSelected = () => surface() && activeTool() === wanted && find("#pad .pixi-target.visible");

  function scale() {
    const percent = parseFloat(find("#pad .zoom-number")?.textContent);
    return percent > 0 ? percent / 100 : (surface().getBoundingClientRect().width - 60) / SIDE;
  }

  function toCanvas(event) {
    const box = surface().getBoundingClientRect(), zoom = scale();
    const along = (at, start, length) => (at - start - (length - SIDE * zoom) / 2) / zoom;
    return [along(event.clientX, box.left, box.width), along(event.clientY, box.top, box.height)];
  }

  function toWindow([x, y]) {
    const box = surface().getBoundingClientRect(), zoom = scale();
    return [box.left + (box.width - SIDE * zoom) / 2 + x * zoom, box.top + (box.height - SIDE * zoom) / 2 + y * zoom];
  }

  function addPoints(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const [x, y] = toCanvas(each).map((v) => Math.round(Math.min(SIDE, Math.max(0, v)) * 10) / 10);
      const last = current.points.at(-1);
      if (!last || last[0] !== x || last[1] !== y) {
        current.points.push([x, y, Math.round(each.timeStamp || performance.now())]);
      }
    }
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
    const detail = rows(strokes([...done, ...[...undone].reverse()]));
    if (detail.length) document.dispatchEvent(new CustomEvent("sketchnet:leave", { detail }));
  }
  window.addEventListener("pagehide", leave);

  function changed() {
    document.body.classList.toggle("blank", !done.length && !current);
    document.dispatchEvent(new CustomEvent("sketchnet:ink"));
    window.sketchnet.store("visit", "ink", window.sketchnet.record());
  }

  document.addEventListener("pointerdown", (event) => {
    if (!onCanvas(event)) return;
    // A second finger would pan or zoom the canvas, and the record would no longer match it.
    if (!event.isPrimary || event.button > 0) return event.stopImmediatePropagation();
    if (event.isTrusted && document.activeElement instanceof HTMLElement) document.activeElement.blur();
    current = { points: [], erases: activeTool() === "Erase" };
    addPoints(event);
    document.body.classList.remove("blank");
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (!current) return;
    if (!event.isPrimary) return event.stopImmediatePropagation();
    addPoints(event);
  }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, (event) => {
      if (!event.isPrimary && onCanvas(event)) return event.stopImmediatePropagation();
      finishStroke();
    }, true);
  }
  document.addEventListener("wheel", (event) => {
    if (!onCanvas(event)) return;
    event.stopImmediatePropagation(); // the wheel scrolls the page, it does not zoom the canvas
  }, { capture: true, passive: true });

  // The sketchpad's own buttons, pressed by a person or by this script, change the record too.
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("#pad button");
    if (pressed && !pressed.disabled) {
      const label = pressed.getAttribute("aria-label");
      if (label === "Undo" && done.length) {
        undone.push(done.pop());
        if (!done.length) leave();
        changed();
      }
      if (label === "Redo" && undone.length) { done.push(undone.pop()); changed(); }
      if (label === "Clear canvas") { leave(); done = []; undone = []; selectTool(); changed(); }
    }
    const tool = event.target instanceof Element && event.target.closest("[data-pad]");
    if (tool) act(tool.dataset.pad);
    if (event.target instanceof Element && event.target.closest("[data-ink]")) changed();
  }, true);

  function act(name) {
    if (name === "Brush" || name === "Erase") { wanted = name; return selectTool(); }
    if (name === "Clear canvas") wanted = "Brush";
    button(name)?.click();
  }

  // After loading and after each clear no tool is active and an overlay receives the pen. Pressing an
  // active tool opens its options, so it is pressed only until it is active.
  function selectTool(checks = 3) {
    for (const each of document.querySelectorAll("[data-pad=Brush], [data-pad=Erase]")) {
      each.setAttribute("aria-pressed", String(each.dataset.pad === wanted));
    }
    if (!toolSelected()) button(wanted)?.click();
    // Check again once it is selected: a clear deselects the tool a moment later.
    clearTimeout(toolTimer);
    if (!toolSelected() || checks > 0) {
      toolTimer = setTimeout(() => selectTool(toolSelected() ? checks - 1 : checks), 80);
    }
  }

  // The eraser cuts strokes as it cuts pixels: points under it are removed, and a stroke is split.
  function erase(strokes, path) {
    const under = ([x, y]) => path.some(([fromX, fromY], i) => {
      const [toX, toY] = path[Math.min(i + 1, path.length - 1)];
      const dx = toX - fromX, dy = toY - fromY;
      const along = Math.min(1, Math.max(0, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(x - fromX - along * dx, y - fromY - along * dy) < ERASER;
    });
    return strokes.flatMap((stroke) => {
      const pieces = [[]];
      for (const point of dense(stroke)) {
        if (!under(point)) pieces.at(-1).push(point);
        else if (pieces.at(-1).length) pieces.push([]);
      }
      return pieces.filter((piece) => piece.length);
    });
  }

  // Points at most 4 units apart, so that the eraser also cuts between distant points.
  function dense(stroke) {
    return stroke.flatMap((to, i) => {
      const from = stroke[Math.max(0, i - 1)];
      const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4));
      return Array.from({ length: steps }, (_, step) => to.map((v, axis) => {
        return Math.round((from[axis] + (v - from[axis]) * (step + 1) / steps) * 10) / 10;
      }));
    });
  }

  function strokes(all = done) {
    return all.reduce((strokes, { points, erases }) => (erases ? erase(strokes, points) : [...strokes, points]), []);
  }

  // The official raw Quick, Draw! form: [[[x, …], [y, …], [ms, …]], …].
  function rows(visible) {
    const start = visible[0]?.[0][2] ?? 0;
    return visible.map((points) => [0, 1, 2].map((axis) => {
      return points.map((point) => (axis === 2 ? point[2] - start : point[axis]));
    }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (find(".opened, dialog[open]") || getComputedStyle(surface()).visibility === "hidden") return; // out of view
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
    record: () => JSON.stringify(rows(strokes())),
    // Draws strokes with the sketchpad's own pen, so that Undo removes them one by one.
    async put(strokes, clear = true) {
      const mine = ++puts; // of two that overlap the later one counts
      if (clear && done.length) { act("Clear canvas"); await pause(200); }
      wanted = "Brush";
      selectTool();
      while (!toolSelected() && mine === puts) await pause(50);
      if (mine !== puts) return;
      for (const [xs, ys] of strokes) {
        const places = xs.map((x, i) => toWindow([x, ys[i]]));
        fire("pointermove", places[0], 0);
        fire("pointerdown", places[0], 1);
        places.slice(1).forEach((place) => fire("pointermove", place, 1));
        fire("pointerup", places.at(-1), 0);
      }
    },
    act,
  });

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const fire = (type, [clientX, clientY], buttons) => surface().dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, composed: true, isPrimary: true, view: window,
    pointerId: 1, pointerType: "mouse", button: 0, buttons, clientX, clientY,
  }));

  (function start() {
    if (!surface() || !button("Brush")) return setTimeout(start, 50);
    document.body.classList.add("blank");
    selectTool();
    // A page that is reloaded, by the person or after a lost connection, restores its drawing.
    const stored = JSON.parse(window.sketchnet.stored("visit", "ink") || "[]");
    if (stored.length) window.sketchnet.put(stored);
  })();
})();
