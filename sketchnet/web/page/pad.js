// The canvas: records strokes in their order and draws them. Each change dispatches `sketchnet:ink`;
// before a drawing is given up, `sketchnet:leave` carries its strokes. `demo/canvas.js` does the same for
// Gradio's sketchpad, and history and links work with either.
const SIDE = 800, PEN = 8;
const sketchnet = window.sketchnet;
const canvas = document.querySelector("#canvas"), pen = canvas.getContext("2d");
let done = []; // in order: {points: [[x, y, ms], …], erases: bool}
let undone = [], current = null, tool = "Brush";

function draw() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
  pen.beginPath();
  for (const [xs, ys] of sketchnet.rows(current ? [...done, current] : done)) {
    xs.forEach((x, i) => (i ? pen.lineTo(x, ys[i]) : pen.moveTo(x, ys[i])));
    if (xs.length === 1) pen.lineTo(xs[0] + 0.1, ys[0]);
  }
  pen.stroke();
}

function changed() {
  draw();
  document.body.classList.toggle("blank", !done.length && !current);
  sketchnet.store("visit", "ink", sketchnet.record());
  document.dispatchEvent(new CustomEvent("sketchnet:ink"));
}

function leave() {
  const detail = sketchnet.rows([...done, ...[...undone].reverse()]);
  if (detail.length) document.dispatchEvent(new CustomEvent("sketchnet:leave", { detail }));
}
window.addEventListener("pagehide", leave);

function addPoints(event) {
  const box = canvas.getBoundingClientRect(), events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) {
    const [x, y] = [(each.clientX - box.left) / box.width, (each.clientY - box.top) / box.height]
      .map((share) => Math.round(Math.min(1, Math.max(0, share)) * SIDE * 10) / 10);
    const last = current.points.at(-1);
    if (!last || last[0] !== x || last[1] !== y) current.points.push([x, y, Math.round(each.timeStamp)]);
  }
  draw();
}

canvas.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button > 0) return;
  event.preventDefault();
  document.activeElement?.blur?.();
  try { canvas.setPointerCapture(event.pointerId); } catch { /* an event of a script */ }
  current = { points: [], erases: tool === "Erase" };
  document.body.classList.remove("blank");
  addPoints(event);
});
canvas.addEventListener("pointermove", (event) => { if (current && event.isPrimary) addPoints(event); });
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (!current || !event.isPrimary) return;
    if (undone.length) leave();
    done.push(current);
    [undone, current] = [[], null];
    changed();
  });
}

const acts = {
  Undo() { if (done.length) { undone.push(done.pop()); if (!done.length) leave(); changed(); } },
  Redo() { if (undone.length) { done.push(undone.pop()); changed(); } },
  "Clear canvas"() { leave(); [done, undone] = [[], []]; act("Brush"); changed(); },
};
function act(name) {
  if (acts[name]) return acts[name]();
  tool = name;
  for (const each of document.querySelectorAll("[data-pad=Brush], [data-pad=Erase]")) {
    each.setAttribute("aria-pressed", String(each.dataset.pad === tool));
  }
}

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element && event.target.closest("[data-pad]");
  if (pressed) act(pressed.dataset.pad);
});
document.addEventListener("keydown", (event) => {
  if (event.target instanceof Element && event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y") || document.querySelector(".opened")) return;
  event.preventDefault();
  act(key === "y" || event.shiftKey ? "Redo" : "Undo");
});

Object.assign(sketchnet, {
  record: () => JSON.stringify(sketchnet.rows(done)),
  // Puts a drawing [[[x, …], [y, …]], …] on the canvas, stroke by stroke, so that Undo removes them so.
  put(strokes) {
    if (done.length) leave();
    done = strokes.map(([xs, ys, times]) => ({ points: xs.map((x, i) => [x, ys[i], times?.[i] ?? 0]), erases: false }));
    [undone, current] = [[], null];
    act("Brush");
    changed();
  },
  act,
});

// A page that is reloaded restores its drawing.
export function restore() {
  let stored = [];
  try { stored = JSON.parse(sketchnet.stored("visit", "ink") || "[]"); } catch { /* not ours */ }
  document.body.classList.add("blank");
  if (stored.length) sketchnet.put(stored); else draw();
}
