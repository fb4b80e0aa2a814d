// A drawing as the query of the shoe search: prepared, and embedded as it is or mirrored.
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

// {vector, map} of a view (size, size) or of its mirror image; `map` is null where the network has none.
export async function embed(network, view, mirrored, { size, inputs: [input] }, shape) {
  const pixels = Float32Array.from(view);
  if (mirrored) for (let start = 0; start < pixels.length; start += size) pixels.subarray(start, start + size).reverse();
  const { embedding, local } = await network({ [input]: [pixels, [1, size, size, 1]] });
  const length = Math.max(Math.hypot(...embedding), 1e-12);
  return { vector: embedding.map((value) => value / length), map: shape && encode(local, shape.cells, shape.channels) };
}
