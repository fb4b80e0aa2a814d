// Geometry of strokes, the counterpart of `sketchnet/strokes/geometry.py`. A stroke is an array of
// points [x, y]; numbers are rounded to single precision where Python rounds them.
const single = Math.fround;
const MOST_POINTS = 20_000, PIECE = 2048;

// The strokes of the canvas [[[x, …], [y, …], …], …] as arrays of points.
export const pointsOf = (rows) => rows.map(([xs, ys]) => xs.map((x, i) => [single(x), single(ys[i])]));

export function bounds(strokes) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
  }
  return box;
}

// The length of a stroke up to each of its points.
export function lengthsAlong(stroke) {
  const lengths = new Float64Array(stroke.length);
  for (let i = 1; i < stroke.length; i++) {
    lengths[i] = lengths[i - 1] + Math.hypot(stroke[i][0] - stroke[i - 1][0], stroke[i][1] - stroke[i - 1][1]);
  }
  return lengths;
}

export const inkLength = (strokes) => strokes.reduce((sum, stroke) => sum + lengthsAlong(stroke).at(-1), 0);

// Moves the least coordinates to 0 and scales the longest side to `side`.
export function fit(strokes, side = 255) {
  if (!strokes.length) return [];
  const [left, top, right, bottom] = bounds(strokes);
  const extent = Math.max(single(right - left), single(bottom - top));
  const scale = single(extent > 1e-30 ? side / extent : 1);
  return strokes.map((stroke) => stroke.map(([x, y]) => [single(single(x - left) * scale), single(single(y - top) * scale)]));
}

// Points every `spacing` units along each stroke, and its end.
export function resample(strokes, spacing) {
  return strokes.map((stroke) => {
    const along = lengthsAlong(stroke), length = along.at(-1), points = [];
    if (!length) return stroke.slice(0, 1);
    for (let step = 0, i = 1; step * spacing < length; step++) {
      while (along[i] <= step * spacing) i++;
      const share = (step * spacing - along[i - 1]) / (along[i] - along[i - 1]);
      points.push([0, 1].map((axis) => single(stroke[i - 1][axis] + share * (stroke[i][axis] - stroke[i - 1][axis]))));
    }
    points.push(stroke.at(-1));
    return points;
  });
}

// Ramer, Douglas and Peucker with the distance to the infinite line, as in the official files.
export const simplify = (strokes, epsilon = 2) => strokes.map((stroke) => {
  const kept = corners(stroke, epsilon);
  return stroke.filter((_, i) => kept[i]);
});

function corners(points, epsilon) {
  const last = points.length - 1, kept = new Uint8Array(points.length), pieces = [];
  for (let start = 0; start < last; start += PIECE) pieces.push([start, Math.min(start + PIECE, last)]);
  kept[0] = kept[last] = 1;
  for (const [start] of pieces) kept[start] = 1;
  while (pieces.length) {
    const [start, end] = pieces.pop();
    const dx = points[end][0] - points[start][0], dy = points[end][1] - points[start][1], length = Math.hypot(dx, dy);
    let worst = -1, corner = 0;
    for (let i = start + 1; i < end; i++) {
      const x = points[i][0] - points[start][0], y = points[i][1] - points[start][1];
      const off = length ? Math.abs(y * dx - x * dy) / length : Math.hypot(x, y);
      if (off > worst) [worst, corner] = [off, i];
    }
    if (worst <= epsilon) continue;
    kept[corner] = 1;
    pieces.push([start, corner], [corner, end]);
  }
  return kept;
}

// Fits a drawing into 0 … 255, resamples it to one point a unit, and simplifies it with epsilon 2.
export function tidy(strokes) {
  const fitted = fit(strokes);
  return simplify(resample(fitted, Math.max(1, inkLength(fitted) / MOST_POINTS)));
}
