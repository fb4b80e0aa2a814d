// Strokes to a picture, the counterpart of `sketchnet/strokes/rasterize.py`: drawn enlarged with lines
// of an odd width, as OpenCV draws them, then averaged down.
import { bounds } from "./geometry.js";

// Draws tidied strokes, scaled and centred: (side, side) Uint8Array, 255 for paper and 0 for ink.
export function rasterize(strokes, side, width, fill) {
  // OpenCV draws a thickness of 2n as 2n + 1 px: the enlargement at which an odd width is closest.
  const options = [4, 5, 6].map((finer) => ({ finer, odd: Math.max(0, roundHalfEven((width * finer - 1) / 2)) * 2 + 1 }));
  const { finer, odd } = options.reduce((best, each) => {
    return Math.abs(each.odd / each.finer - width) < Math.abs(best.odd / best.finer - width) ? each : best;
  });
  const large = side * finer, ink = new Uint8Array(large * large);
  for (const stroke of placed(strokes, side, width, fill)) {
    // OpenCV reads coordinates as multiples of 1/16 px.
    const points = stroke.map((point) => point.map((v) => roundHalfEven((v * finer + (finer - 1) / 2) * 16) / 16));
    for (let i = 0; i < points.length; i++) line(ink, large, points[i], points[Math.min(i + 1, points.length - 1)], (odd - 1) / 2);
  }
  return averaged(ink, side, finer);
}

function placed(strokes, side, width, fill) {
  const [left, top, right, bottom] = bounds(strokes), extent = Math.max(right - left, bottom - top);
  const scale = extent > 0 ? Math.max(side * fill - width, 0) / extent : 0;
  const middle = [(left + right) / 2, (top + bottom) / 2];
  return strokes.map((stroke) => stroke.map((point) => point.map((v, axis) => (v - middle[axis]) * scale + (side - 1) / 2)));
}

// A line as OpenCV draws a thick one: a disc at the pixel nearest to either end, and the quadrilateral
// around it with its outline.
function line(ink, side, [x0, y0], [x1, y1], radius) {
  for (const [x, y] of [[x0, y0], [x1, y1]]) disc(ink, side, Math.floor(x + 0.5), Math.floor(y + 0.5), radius);
  const dx = x1 - x0, dy = y1 - y0, length = Math.hypot(dx, dy);
  if (!length || !radius) return;
  const ox = (-dy / length) * radius, oy = (dx / length) * radius;
  const corners = [[x0 + ox, y0 + oy], [x0 - ox, y0 - oy], [x1 - ox, y1 - oy], [x1 + ox, y1 + oy]];
  const top = Math.floor(Math.min(y0, y1) - radius) - 1, rows = Math.ceil(Math.abs(dy) + 2 * radius) + 4;
  const lows = new Int32Array(rows).fill(2 * side), highs = new Int32Array(rows).fill(-2 * side);
  for (let i = 0; i < 4; i++) outline(corners[i], corners[(i + 1) % 4], top, lows, highs);
  for (let row = 0; row < rows; row++) span(ink, side, top + row, lows[row], highs[row]);
}

// One pixel for each step along the longer side of an edge, from left to right or from top to bottom.
function outline(from, to, top, lows, highs) {
  const flat = Math.abs(to[0] - from[0]) > Math.abs(to[1] - from[1]), along = flat ? 0 : 1, across = 1 - along;
  const [start, end] = from[along] <= to[along] ? [from, to] : [to, from];
  const slope = (end[across] - start[across]) / (end[along] - start[along] || 1), steps = Math.floor(end[along] - start[along]);
  for (let step = 0; step <= steps + 1; step++) {
    const place = step > steps ? end : flat ? [start[0] + step, start[1] + step * slope] : [start[0] + step * slope, start[1] + step];
    const x = Math.floor(place[0] + 0.5), row = Math.floor(place[1] + 0.5) - top;
    if (x < lows[row]) lows[row] = x;
    if (x > highs[row]) highs[row] = x;
  }
}

function disc(ink, side, x, y, radius) {
  for (let down = -radius; down <= radius; down++) {
    const half = Math.floor(Math.sqrt(radius * radius - down * down));
    span(ink, side, y + down, x - half, x + half);
  }
}

function span(ink, side, y, from, to) {
  if (y >= 0 && y < side && to >= from && to >= 0 && from < side) ink.fill(1, y * side + Math.max(0, from), y * side + Math.min(side - 1, to) + 1);
}

function averaged(ink, side, finer) {
  const picture = new Uint8Array(side * side), sums = new Uint16Array(side), large = side * finer;
  for (let y = 0; y < side; y++) {
    sums.fill(0);
    for (let row = 0; row < finer; row++) {
      let at = (y * finer + row) * large;
      for (let x = 0; x < side; x++) for (let i = 0; i < finer; i++) sums[x] += ink[at++];
    }
    for (let x = 0; x < side; x++) picture[y * side + x] = Math.round(255 * (1 - sums[x] / (finer * finer)));
  }
  return picture;
}

function roundHalfEven(value) {
  const down = Math.floor(value), rest = value - down;
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
}
