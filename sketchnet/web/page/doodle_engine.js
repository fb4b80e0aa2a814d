// What a doodle may be, and drawings like it: the counterpart of `sketchnet/retrieval/suggest.py`.
import { fit, pointsOf, simplify, tidy } from "./geometry.js";
import { distances, nearest } from "./rank.js";
import { centreView } from "./sketch_query.js";
import { inkPoints, isNewStyle } from "./style.js";

const CANDIDATES = 30; // drawings compared for each one of a distinct style that is wanted
const LEAST_ROWS = 8;

// Normalised rows (Δx, Δy, 1 on the last point of a stroke) of a tidied drawing.
export function strokeRows(tidied, { max_points: most, normalization: { start, mean, deviation } }) {
  let strokes = fit(tidied);
  const count = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  for (let epsilon = 2; count() > most && epsilon < 64;) strokes = simplify(strokes, (epsilon *= 1.5));
  let before = start;
  return strokes.flatMap((stroke) => stroke.map((point, i) => {
    const row = [0, 1].map((axis) => (point[axis] - before[axis] - mean[axis]) / deviation[axis]);
    before = point;
    return [...row, i === stroke.length - 1 ? 1 : 0];
  })).slice(0, most);
}

export class DoodleEngine {
  // site: the settings of the page; drawings: {labels, drawings} of the gallery, with vectors by row.
  constructor(site, network, vectors, { labels, drawings }) {
    Object.assign(this, { site, network, vectors, labels, drawings, latest: { key: null } });
  }

  async query(drawing) {
    const key = JSON.stringify(drawing), { site } = this;
    if (this.latest.key === key) return this.latest;
    const { size } = site, rows = strokeRows(tidy(pointsOf(drawing)), site), length = Math.max(rows.length, LEAST_ROWS);
    const strokes = new Float32Array(3 * length);
    strokes.set(rows.flat());
    const inputs = {
      picture: [Float32Array.from(centreView(drawing, site)), [1, size, size, 1]],
      strokes: [strokes, [1, length, 3]],
      length: [Int32Array.of(rows.length), [1]],
      has_picture: [Float32Array.of(1), [1, 1]],
      has_strokes: [Float32Array.of(1), [1, 1]],
    };
    const { embedding, logits } = await this.network(Object.fromEntries(site.inputs.map((name) => [name, inputs[name]])));
    const most = Math.max(...logits), powers = Array.from(logits, (logit) => Math.exp((logit - most) / site.temperature));
    const total = powers.reduce((sum, each) => sum + each, 0);
    return (this.latest = { key, embedding: Float32Array.from(embedding), probabilities: powers.map((power) => power / total) });
  }

  // Arguments: drawing; label, of the category that similar drawings are to have, or null; like, the row of
  // a drawing that is asked for instead, or null; k drawings of different styles.
  async suggest({ drawing, label, like, k }) {
    const start = performance.now(), { embedding, probabilities } = await this.query(drawing), width = this.site.embedding;
    const vector = like === null ? embedding : this.vectors.subarray(like * width, (like + 1) * width);
    const rows = this.labels.map((_, row) => row).filter((row) => this.drawings[row].length && (label === null || this.labels[row] === label));
    const found = distances(this.vectors, width, [vector]), chosen = [], points = [];
    for (const row of nearest(found, rows, CANDIDATES * k)) {
      if (chosen.length === k) break;
      const own = inkPoints(this.drawings[row].map(([xs, ys]) => xs.map((x, i) => [x, ys[i]])));
      if (!isNewStyle(own, points)) continue;
      chosen.push(row);
      points.push(own);
    }
    return { probabilities, similar: chosen, ms: performance.now() - start };
  }
}
