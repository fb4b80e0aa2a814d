// Records the strokes that a person draws on Gradio's sketchpad, in their order, and keeps the pad
// usable. Listeners sit on the document in the capture phase: they hear everything first and change
// nothing in the page. Each change of the record is announced by the event `sketchnet:ink`.
(() => {
  const SIDE = 800, ERASER = 20;
  let done = [];      // what is on the paper, in order: {points: [[x, y, ms], …], erases: bool}
  let undone = [];    // what Redo would bring back
  let current = null; // the stroke under the pen
  let wanted = "Brush", looking;

  const find = (selector) => document.querySelector(selector);
  const surface = () => find("#pad .pixi-target canvas");
  const button = (label) => find(`#pad button[aria-label="${label}"]`);
  const onPaper = (event) => event.target instanceof Element && event.target.closest("#pad .pixi-target");
  const activeTool = () => find("#pad button.quite-round.highlight")?.getAttribute("aria-label");

  const held = () => surface() && activeTool() === wanted && find("#pad .pixi-target.visible");

  function scale() {
    const percent = parseFloat(find("#pad .zoom-number")?.textContent);
    return percent > 0 ? percent / 100 : (surface().getBoundingClientRect().width - 60) / SIDE;
  }

  function toPaper(event) {
    const box = surface().getBoundingClientRect(), zoom = scale();
    const along = (at, start, length) => (at - start - (length - SIDE * zoom) / 2) / zoom;
    return [along(event.clientX, box.left, box.width), along(event.clientY, box.top, box.height)];
  }

  function toWindow([x, y]) {
    const box = surface().getBoundingClientRect(), zoom = scale();
    return [box.left + (box.width - SIDE * zoom) / 2 + x * zoom, box.top + (box.height - SIDE * zoom) / 2 + y * zoom];
  }

  function note(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const [x, y] = toPaper(each).map((v) => Math.round(Math.min(SIDE, Math.max(0, v)) * 10) / 10);
      const last = current.points.at(-1);
      if (!last || last[0] !== x || last[1] !== y) {
        current.points.push([x, y, Math.round(each.timeStamp || performance.now())]);
      }
    }
  }

  function finish() {
    if (!current) return;
    done.push(current);
    undone = [];
    current = null;
    announce();
  }

  function announce() {
    document.body.classList.toggle("blank", !done.length && !current);
    window.sketchnet.keep("visit", "ink", window.sketchnet.record());
    document.dispatchEvent(new CustomEvent("sketchnet:ink"));
  }

  document.addEventListener("pointerdown", (event) => {
    if (!onPaper(event)) return;
    // A second finger would pan or zoom the paper away from under the record.
    if (!event.isPrimary || event.button > 0) return event.stopImmediatePropagation();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    current = { points: [], erases: activeTool() === "Erase" };
    note(event);
    document.body.classList.remove("blank");
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (!current) return;
    if (!event.isPrimary) return event.stopImmediatePropagation();
    note(event);
  }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, (event) => {
      if (!event.isPrimary && onPaper(event)) return event.stopImmediatePropagation();
      finish();
    }, true);
  }
  document.addEventListener("wheel", (event) => {
    if (!onPaper(event)) return;
    event.stopImmediatePropagation(); // the wheel scrolls the page, it does not zoom the paper
  }, { capture: true, passive: true });

  // The pad's own buttons, pressed by a person or by us, move the record along.
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("#pad button");
    if (pressed && !pressed.disabled) {
      const label = pressed.getAttribute("aria-label");
      if (label === "Undo" && done.length) { undone.push(done.pop()); announce(); }
      if (label === "Redo" && undone.length) { done.push(undone.pop()); announce(); }
      if (label === "Clear canvas") { done = []; undone = []; holdTool(); announce(); }
    }
    const asked = event.target instanceof Element && event.target.closest("[data-pad]");
    if (asked) act(asked.dataset.pad);
    if (event.target instanceof Element && event.target.closest("[data-ink]")) announce();
  }, true);

  function act(name) {
    if (name === "Brush" || name === "Erase") { wanted = name; return holdTool(); }
    if (name === "Clear canvas") wanted = "Brush";
    button(name)?.click();
  }

  // After loading and after each clear no tool is active and an overlay swallows the pen. Pressing
  // an active tool opens its options, so press only until it is active.
  function holdTool(again = 3) {
    for (const each of document.querySelectorAll("[data-pad=Brush], [data-pad=Erase]")) {
      each.setAttribute("aria-pressed", String(each.dataset.pad === wanted));
    }
    if (!held()) button(wanted)?.click();
    // Look again when it is held: a clear takes the tool away a moment later.
    clearTimeout(looking);
    if (!held() || again > 0) looking = setTimeout(() => holdTool(held() ? again - 1 : again), 80);
  }

  // The eraser works on the strokes as on the pixels: points under it go, and a stroke falls apart.
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

  // Points at most 4 units apart, so that the eraser cuts between far ones too.
  function dense(stroke) {
    return stroke.flatMap((to, i) => {
      const from = stroke[Math.max(0, i - 1)];
      const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4));
      return Array.from({ length: steps }, (_, step) => to.map((v, axis) => {
        return Math.round((from[axis] + (v - from[axis]) * (step + 1) / steps) * 10) / 10;
      }));
    });
  }

  function strokes() {
    return done.reduce((kept, { points, erases }) => (erases ? erase(kept, points) : [...kept, points]), []);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (find(".opened") || getComputedStyle(surface()).visibility === "hidden") return; // out of view
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
    // The official raw Quick, Draw! form: [[[x, …], [y, …], [ms, …]], …].
    record() {
      const kept = strokes(), start = kept[0]?.[0][2] ?? 0;
      return JSON.stringify(kept.map((points) => [0, 1, 2].map((axis) => {
        return points.map((point) => (axis === 2 ? point[2] - start : point[axis]));
      })));
    },
    // Draws strokes with the pad's own pen, so that its Undo takes them back one by one.
    async put(strokes, clear = true) {
      if (clear && done.length) { act("Clear canvas"); await pause(200); }
      wanted = "Brush";
      holdTool();
      while (!held()) await pause(50);
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

  (function begin() {
    if (!surface() || !button("Brush")) return setTimeout(begin, 50);
    document.body.classList.add("blank");
    holdTool();
    // A page that is loaded again, by hand or after the connection broke, has its drawing back.
    const kept = JSON.parse(window.sketchnet.kept("visit", "ink") || "[]");
    if (kept.length) window.sketchnet.put(kept);
  })();
})();
