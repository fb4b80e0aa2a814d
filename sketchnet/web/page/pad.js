// The canvas: records strokes in their order and draws them. Each change dispatches `sketchnet:ink`;
// before a drawing is given up, `sketchnet:leave` carries its strokes. `demo/canvas.js` does the same for
// Gradio's sketchpad, and history and links work with either.
const SIDE = 800, PEN = 8, ERASER = 20;
const sketchnet = window.sketchnet;
const canvas = document.querySelector("#canvas"), pen = canvas.getContext("2d");
let done = []; // in order: {points: [[x, y, ms], …], erases: bool}
let undone = [], current = null, tool = "Brush";

const visible = (all = done) => all.reduce((strokes, { points, erases }) => (erases ? erase(strokes, points) : [...strokes, points]), []);
const rows = (strokes) => strokes.map((points) => {
  return [0, 1, 2].map((axis) => points.map((point) => point[axis] - (axis === 2 ? strokes[0][0][2] : 0)));
});

// The eraser removes the points under it, so that a stroke may fall into pieces.
function erase(strokes, path) {
  const under = ([x, y]) => path.some(([fromX, fromY], i) => {
    const [toX, toY] = path[Math.min(i + 1, path.length - 1)], dx = toX - fromX, dy = toY - fromY;
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
    const from = stroke[Math.max(0, i - 1)], steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4));
    return Array.from({ length: steps }, (_, step) => to.map((v, axis) => from[axis] + ((v - from[axis]) * (step + 1)) / steps));
  });
}

function draw() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
  pen.beginPath();
  for (const points of visible(current ? [...done, current] : done)) {
    points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    if (points.length === 1) pen.lineTo(points[0][0] + 0.1, points[0][1]);
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
  const detail = rows(visible([...done, ...[...undone].reverse()]));
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
  record: () => JSON.stringify(rows(visible())),
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
