// Retrieval and re-ranking, the counterpart of `sketchnet/retrieval/ranker.py`.
import { localScore } from "./local_scores.js";

// Squared distances 0..4 of unit vectors: of each row to the nearest of the queries' vectors.
export function distances(vectors, size, queries) {
  const found = new Float32Array(vectors.length / size).fill(4);
  for (const query of queries) {
    for (let row = 0; row < found.length; row++) {
      let a = 0, b = 0;
      for (let i = 0, at = row * size; i < size; i += 2, at += 2) {
        a += vectors[at] * query[i];
        b += vectors[at + 1] * query[i + 1];
      }
      found[row] = Math.min(found[row], Math.max(0, 2 - 2 * (a + b)));
    }
  }
  return found;
}

// The k nearest of the rows that are left, nearest first; equal distances in the order of the rows.
export function nearest(found, rows, k) {
  const limit = Float32Array.from(rows, (row) => found[row]).sort()[Math.min(k, rows.length) - 1];
  return rows.filter((row) => found[row] <= limit).sort((a, b) => found[a] - found[b] || a - b).slice(0, k);
}

// Reorders the nearest `depth` rows by local scores and hubness penalties. The others keep their order
// behind them, shifted by the least amount that puts none of them before the last re-ranked one.
//   order: rows, nearest first; found: their distances, by row
//   queries: maps of the drawing and of its mirror image, or [] for retrieval only
//   penalties: by row, or null for none
export function rerank(order, found, { depth, weight }, queries, maps, penalties) {
  if (!queries.length && !penalties) return order.map((row) => [row, found[row]]);
  const first = order.slice(0, depth).map((row) => {
    let distance = found[row];
    if (queries.length) {
      distance = (1 - weight) * distance + weight * 2 * (1 - localScore(queries, maps.map(row), maps.channels));
    }
    return [row, distance + (penalties ? penalties[row] : 0)];
  });
  const place = new Map(order.map((row, i) => [row, i]));
  first.sort((a, b) => a[1] - b[1] || place.get(a[0]) - place.get(b[0]));
  const rest = order.slice(depth), last = first.at(-1)?.[1] ?? 0;
  const shift = rest.length ? Math.max(0, last - found[rest[0]]) : 0;
  return [...first, ...rest.map((row) => [row, Math.max(found[row] + shift, last)])];
}

// 1 - distance / 2 within 0..1: what people read as similarity.
export const similarity = (distance) => Math.min(1, Math.max(0, 1 - distance / 2));

// Relevance feedback (Rocchio): towards the mean of the liked vectors, away from that of the disliked.
export function moved(query, liked, disliked) {
  const found = Float32Array.from(query);
  for (const [vectors, weight] of [[liked, 0.75], [disliked, -0.25]]) {
    for (const vector of vectors) for (let i = 0; i < found.length; i++) found[i] += (weight * vector[i]) / vectors.length;
  }
  const length = Math.max(Math.hypot(...found), 1e-12);
  return found.map((value) => value / length);
}
