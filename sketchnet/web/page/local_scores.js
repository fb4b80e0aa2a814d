// The local score of two maps (`maps.js`), the counterpart of `sketchnet/models/local_scores.py`: the
// weighted mean over the query's cells of the best cosine among the photo's cells at most one cell away.
import { lay, product } from "./product.js";

const WINDOW = 1, LEAST = 1e-3; // cells of less weight are blank

// What each cell of a query adds to its score with a map: its weight times its best cosine. Blank cells
// and those outside the map have cosine 0 with every cell.
export function agreement(query, key, channels, [from, to] = lay(query.levels, key.levels)) {
  const cells = query.at.length, side = Math.sqrt(cells), found = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const place = query.at[cell];
    if (place < 0 || query.weights[place] < LEAST) continue;
    const y = Math.floor(cell / side), x = cell % side;
    let best = y && x && y < side - 1 && x < side - 1 ? -1 : 0;
    for (let row = Math.max(0, y - WINDOW); row <= Math.min(side - 1, y + WINDOW); row++) {
      for (let column = Math.max(0, x - WINDOW); column <= Math.min(side - 1, x + WINDOW); column++) {
        const other = key.at[row * side + column];
        const cosine = other < 0 ? 0 : product(from + place * channels, to + other * channels, channels) / key.lengths[other];
        if (cosine > best * query.lengths[place]) best = cosine / query.lengths[place];
      }
    }
    found[cell] = query.weights[place] * best;
  }
  return found;
}

function sum(numbers) {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}

// The best score of several queries with a map.
export function localScore(queries, key, channels) {
  const [to, ...from] = lay(key.levels, ...queries.map(({ levels }) => levels));
  return Math.max(...queries.map((query, i) => sum(agreement(query, key, channels, [from[i], to])) / (sum(query.weights) || 1)));
}
