// The local score of two maps, the counterpart of `sketchnet/models/local_scores.py`: the weighted mean
// over the query's cells of the best cosine among the photo's cells at most one cell away.
const WINDOW = 1, LEAST = 1e-3; // cells of less weight are blank

// A query's map (cells, channels), whose cells have a length, as directions and weights.
export function queryMap(values, cells, channels) {
  const directions = new Float32Array(values), weights = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    let squares = 0;
    for (let i = 0; i < channels; i++) squares += values[cell * channels + i] ** 2;
    weights[cell] = Math.sqrt(squares);
    for (let i = 0; i < channels; i++) directions[cell * channels + i] /= weights[cell] || 1;
  }
  return { directions, weights };
}

// What each query cell adds to the score: its weight times its best cosine. Cells outside the map have
// cosine 0 with every cell, like blank ones.
export function agreement(query, key, channels) {
  const cells = query.weights.length, side = Math.sqrt(cells), found = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    if (query.weights[cell] < LEAST) continue;
    const y = Math.floor(cell / side), x = cell % side, from = cell * channels;
    let best = y && x && y < side - 1 && x < side - 1 ? -1 : 0;
    for (let row = Math.max(0, y - WINDOW); row <= Math.min(side - 1, y + WINDOW); row++) {
      for (let column = Math.max(0, x - WINDOW); column <= Math.min(side - 1, x + WINDOW); column++) {
        const to = (row * side + column) * channels;
        let a = 0, b = 0, c = 0, d = 0; // four sums: each waits for its own last addition only
        for (let i = 0; i < channels; i += 4) {
          a += query.directions[from + i] * key.directions[to + i];
          b += query.directions[from + i + 1] * key.directions[to + i + 1];
          c += query.directions[from + i + 2] * key.directions[to + i + 2];
          d += query.directions[from + i + 3] * key.directions[to + i + 3];
        }
        best = Math.max(best, a + b + c + d);
      }
    }
    found[cell] = query.weights[cell] * best;
  }
  return found;
}

export function localScore(query, key, channels) {
  const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
  return sum(agreement(query, key, channels)) / (sum(query.weights) || 1);
}
