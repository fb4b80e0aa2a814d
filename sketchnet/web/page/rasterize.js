// Strokes to a picture, the counterpart of `sketchnet/strokes/rasterize.py`: drawn enlarged with lines
// of an odd width, as OpenCV draws them, then averaged down.
import { bounds } from "./geometry.js";

const MARGIN = 0.45; // px by which OpenCV draws a line wider at either side than its radius

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
    for (let i = 0; i < points.length; i++) line(ink, large, points[i], points[Math.min(i + 1, points.length - 1)], (odd - 1) / 2 + MARGIN);
  }
  return averaged(ink, side, finer);
}

function placed(strokes, side, width, fill) {
  const [left, top, right, bottom] = bounds(strokes), extent = Math.max(right - left, bottom - top);
  const scale = extent > 0 ? Math.max(side * fill - width, 0) / extent : 0;
  const middle = [(left + right) / 2, (top + bottom) / 2];
  return strokes.map((stroke) => stroke.map((point) => point.map((v, axis) => (v - middle[axis]) * scale + (side - 1) / 2)));
}

// A line with round ends: the pixels whose centres are at most `radius` from it.
function line(ink, side, [x0, y0], [x1, y1], radius) {
  const dx = x1 - x0, dy = y1 - y0, length = Math.hypot(dx, dy);
  const [ox, oy] = length ? [(dy / length) * radius, (-dx / length) * radius] : [0, 0];
  const last = Math.min(side - 1, Math.floor(Math.max(y0, y1) + radius));
  for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - radius)); y <= last; y++) {
    let low = Infinity, high = -Infinity;
    const reach = (x) => { low = Math.min(low, x); high = Math.max(high, x); };
    for (const [cx, cy] of [[x0, y0], [x1, y1]]) { // the discs at the ends
      const half = Math.sqrt(radius * radius - (y - cy) * (y - cy));
      if (half >= 0) { reach(cx - half); reach(cx + half); }
    }
    if (dy) {
      for (const sign of [1, -1]) { // the long sides
        const share = (y - y0 - sign * oy) / dy;
        if (share >= 0 && share <= 1) reach(x0 + sign * ox + share * dx);
      }
    }
    if (high >= low) ink.fill(1, y * side + Math.max(0, Math.ceil(low)), y * side + Math.min(side - 1, Math.floor(high)) + 1);
  }
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
