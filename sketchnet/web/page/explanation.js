// Heat maps over the drawing and the photo: where the network finds the same lines in the same places.
import { element } from "./dom.js";
import { thumbnail } from "./results.js";

const SIDE = 320, EDGE = 12, HOTTEST = 0.67;

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

// The first and the last row that is not white.
function inkRows(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, SIDE, SIDE), rows = [];
  for (let i = 0; i < data.length; i += 4) if (Math.min(data[i], data[i + 1], data[i + 2]) < 250) rows.push(Math.floor(i / 4 / SIDE));
  return rows.length ? [rows[0], rows.at(-1)] : [0, SIDE - 1];
}

function cut(canvas, first, last) {
  const top = Math.max(0, first - EDGE), height = Math.min(SIDE, last + EDGE) - top;
  const made = element("canvas", { width: SIDE, height, role: "img", "aria-label": canvas.getAttribute("aria-label") });
  made.getContext("2d").drawImage(canvas, 0, -top);
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
  const rows = [sketch, shoe].map(inkRows), top = Math.min(...rows.map(([first]) => first)), bottom = Math.max(...rows.map(([, last]) => last));
  overlay(sketch, drawing);
  overlay(shoe, photo);
  return element("div.explanation", {}, element("figure", {}, cut(sketch, top, bottom)), element("figure", {}, cut(shoe, top, bottom)),
    element("p", {}, "Orange: the model finds the same lines in the same places."));
}
