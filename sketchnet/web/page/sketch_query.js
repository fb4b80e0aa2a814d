// A drawing as the query of the shoe search: prepared, and embedded with its mirror image.
import { pointsOf, tidy } from "./geometry.js";
import { encode } from "./maps.js";
import { rasterize } from "./rasterize.js";

// The centre of the prepared picture, (size, size) with 255 for paper.
export function centreView(rows, { size, canvas, line, fill }) {
  const picture = rasterize(tidy(pointsOf(rows)), canvas, line * canvas, fill), view = new Uint8Array(size * size);
  const edge = Math.floor((canvas - size) / 2);
  for (let y = 0; y < size; y++) view.set(picture.subarray((y + edge) * canvas + edge, (y + edge) * canvas + edge + size), y * size);
  return view;
}

// {vectors, maps} of a drawing and of its mirror image; `maps` is empty where the network has none.
export async function embed(network, rows, { size, canvas, line, fill, input }, shape) {
  const view = centreView(rows, { size, canvas, line, fill }), both = new Float32Array(2 * size * size);
  for (let i = 0; i < view.length; i++) {
    both[i] = view[i];
    both[size * size + i] = view[i - (i % size) + size - 1 - (i % size)];
  }
  const { embedding, local } = await network.run({ [input]: [both, [2, size, size, 1]] });
  const halves = (numbers) => [0, 1].map((i) => numbers.subarray((i * numbers.length) / 2, ((i + 1) * numbers.length) / 2));
  const vectors = halves(embedding).map((vector) => vector.map((value) => value / Math.max(Math.hypot(...vector), 1e-12)));
  return { view, vectors, maps: shape ? halves(local).map((each) => encode(each, shape.cells, shape.channels)) : [] };
}
