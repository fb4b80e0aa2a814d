// The local score of two maps (`maps.js`), the counterpart of `sketchnet/models/local_scores.py`: the
// weighted mean over the query's cells of the best cosine among the photo's cells at most one cell away.
const WINDOW = 1, LEAST = 1e-3; // cells of less weight are blank

// What each query cell adds to the score: its weight times its best cosine. Blank cells and those outside
// the map have cosine 0 with every cell.
export function agreement(query, key, channels) {
  const cells = query.at.length, side = Math.sqrt(cells), found = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const place = query.at[cell];
    if (place < 0 || query.weights[place] < LEAST) continue;
    const y = Math.floor(cell / side), x = cell % side;
    let best = y && x && y < side - 1 && x < side - 1 ? -1 : 0;
    for (let row = Math.max(0, y - WINDOW); row <= Math.min(side - 1, y + WINDOW); row++) {
      for (let column = Math.max(0, x - WINDOW); column <= Math.min(side - 1, x + WINDOW); column++) {
        const other = key.at[row * side + column];
        const cosine = other < 0 ? 0 : product(query.levels, place * channels, key.levels, other * channels, channels) / key.lengths[other];
        if (cosine > best * query.lengths[place]) best = cosine / query.lengths[place];
      }
    }
    found[cell] = query.weights[place] * best;
  }
  return found;
}

// Whole numbers and four sums, which wait for their own last addition only: a third of the time.
function product(a, from, b, to, length) {
  let first = 0, second = 0, third = 0, fourth = 0;
  for (let i = 0; i < length; i += 4) {
    first = (first + Math.imul(a[from + i], b[to + i])) | 0;
    second = (second + Math.imul(a[from + i + 1], b[to + i + 1])) | 0;
    third = (third + Math.imul(a[from + i + 2], b[to + i + 2])) | 0;
    fourth = (fourth + Math.imul(a[from + i + 3], b[to + i + 3])) | 0;
  }
  return first + second + third + fourth;
}

const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

export const localScore = (query, key, channels) => sum(agreement(query, key, channels)) / (sum(query.weights) || 1);
