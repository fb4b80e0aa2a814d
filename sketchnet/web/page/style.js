// Whether two drawings look alike by their ink: the counterpart of `sketchnet/strokes/shape_distance.py`.
import { bounds, inkLength, resample } from "./geometry.js";

const SAME_STYLE = 0.047, POINTS = 96;

// About 96 points, evenly along all strokes, in a box of side 1 about 0, 0.
export function inkPoints(strokes) {
  const points = resample(strokes, Math.max(inkLength(strokes) / POINTS, 1e-6)).flat();
  const [left, top, right, bottom] = bounds(strokes), extent = Math.max(right - left, bottom - top, 1e-6);
  return points.map(([x, y]) => [(x - (left + right) / 2) / extent, (y - (top + bottom) / 2) / extent]);
}

// The chamfer distance: the mean distance of a point to the nearest one of the other drawing.
export function styleDistance(first, second) {
  const there = new Float64Array(first.length).fill(Infinity), back = new Float64Array(second.length).fill(Infinity);
  first.forEach(([x, y], i) => second.forEach(([u, v], j) => {
    const squared = (x - u) * (x - u) + (y - v) * (y - v);
    if (squared < there[i]) there[i] = squared;
    if (squared < back[j]) back[j] = squared;
  }));
  const mean = (squares) => squares.reduce((sum, each) => sum + Math.sqrt(each), 0) / squares.length;
  return (mean(there) + mean(back)) / 2;
}

export const isNewStyle = (points, others) => others.every((other) => styleDistance(points, other) > SAME_STYLE);
