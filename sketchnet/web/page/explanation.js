// Heat maps over the drawing and the photo: where the network finds the same lines in the same places.
import { element } from "./dom.js";
import { thumbnail } from "./results.js";

const SIDE = 320, HOTTEST = 0.67;

// Blends heat by cell over a canvas of SIDE px; negative heat counts as 0.
function overlay(canvas, heat) {
  const cells = Math.sqrt(heat.length), most = Math.max(...heat, 1e-9);
  const small = element("canvas", { width: cells, height: cells }), pen = small.getContext("2d"), pixels = pen.createImageData(cells, cells);
  heat.forEach((value, i) => pixels.data.set([255, 122, 26, (255 * HOTTEST * Math.max(0, value)) / most], 4 * i));
  pen.putImageData(pixels, 0, 0);
  Object.assign(canvas.getContext("2d"), { imageSmoothingEnabled: true, imageSmoothingQuality: "high" });
  canvas.getContext("2d").drawImage(small, 0, 0, SIDE, SIDE);
}

function blank(label) {
  const made = element("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": label }), pen = made.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  return made;
}

// heats: what the engine explains; place: scale, right, down of the photo in the prepared picture.
export async function explanation({ view, drawing, photo }, row, place, { size, canvas }) {
  const sketch = blank("Your drawing, orange where it matches"), shoe = blank("The shoe, orange where it matches");
  const small = element("canvas", { width: size, height: size }), pixels = small.getContext("2d").createImageData(size, size);
  view.forEach((grey, i) => pixels.data.set([grey, grey, grey, 255], 4 * i));
  small.getContext("2d").putImageData(pixels, 0, 0);
  sketch.getContext("2d").drawImage(small, 0, 0, SIDE, SIDE);
  const image = element("img", { src: thumbnail(row) });
  await image.decode();
  const [scale, right, down] = place, zoom = SIDE / size, edge = Math.floor((canvas - size) / 2);
  shoe.getContext("2d").drawImage(image, (right - edge) * zoom, (down - edge) * zoom, image.naturalWidth * scale * zoom, image.naturalHeight * scale * zoom);
  overlay(sketch, drawing);
  overlay(shoe, photo);
  return element("div.explanation", {}, element("figure", {}, sketch), element("figure", {}, shoe),
    element("p", {}, "Orange: the model finds the same lines in the same places."));
}
