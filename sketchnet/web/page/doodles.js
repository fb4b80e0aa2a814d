// The page for doodles: names while one draws, and similar drawings that replay themselves.
import { $, bar, element, icon, svg } from "./dom.js";
import { fit, inkLength } from "./geometry.js";

const DRAWINGS = 12, SURE = 0.4, MARGIN = 0.05, SHOWN = 5, SHOWN_UNSURE = 3;
const SPEED = 900, PAUSE = 0.06; // units of a 255 square per second; seconds between two strokes
const SIDE = 800, FILL = 0.72; // of the canvas, and what a drawing fills of it that is continued

// A drawing as an SVG picture, each stroke with its start and duration, which `style.css` plays.
function picture(strokes, label) {
  const fitted = fit(strokes, 240), size = [0, 1].map((axis) => Math.max(...fitted.flat().map((point) => point[axis])));
  let start = 0;
  return svg("svg", { class: "drawing", viewBox: "0 0 256 256", role: "img", "aria-label": label }, ...fitted.map((stroke) => {
    const points = stroke.map((point) => point.map((value, axis) => (value + (256 - size[axis]) / 2).toFixed(1)).join(" "));
    const path = svg("path", { d: `M${points.join("L")}${points.length > 1 ? "" : "l.1 0"}`, pathLength: 1 });
    const duration = Math.max(0.08, inkLength([stroke]) / SPEED);
    path.style.setProperty("--at", `${start.toFixed(2)}s`);
    path.style.setProperty("--for", `${duration.toFixed(2)}s`);
    start += duration + PAUSE;
    return path;
  }));
}

// The drawing in the middle of the canvas, as its record.
function onCanvas(strokes) {
  const fitted = fit(strokes, SIDE * FILL), size = [0, 1].map((axis) => Math.max(...fitted.flat().map((point) => point[axis])));
  return fitted.map((stroke) => [0, 1].map((axis) => stroke.map((point) => Math.round((point[axis] + (SIDE - size[axis]) / 2) * 10) / 10)));
}

// Which categories to show, so that they settle calmly: the first changes only where another is clearly
// likelier (`demo/naming.py`).
export function settle(probabilities, before) {
  const rows = probabilities.map((_, row) => row).sort((a, b) => probabilities[b] - probabilities[a]).slice(0, SHOWN);
  const first = before && probabilities[rows[0]] - probabilities[before.rows[0]] < MARGIN ? before.rows[0] : rows[0];
  const sure = probabilities[first] >= (before?.sure ? SURE - MARGIN : SURE);
  return { rows: [first, ...rows.filter((row) => row !== first)].slice(0, sure ? SHOWN : SHOWN_UNSURE), sure };
}

export class Doodles {
  constructor(site, catalogue, asker) {
    Object.assign(this, { site, catalogue, asker, drawing: null, naming: null, label: null, like: null, answer: null, searches: 0 });
    $("#doodles").addEventListener("click", (event) => this.act(event.target.closest("[data-act]")));
    this.show();
  }

  draw(drawing) {
    Object.assign(this, { drawing: drawing.length ? drawing : null, like: null });
    if (!this.drawing) this.naming = this.answer = null;
    return this.search();
  }

  async search() {
    const mine = ++this.searches; // an older answer is not shown
    if (!this.drawing) {
      window.sketchnet.done();
      return this.show();
    }
    window.sketchnet.busy();
    try {
      const question = { drawing: this.drawing, label: this.label, like: this.like, k: DRAWINGS };
      const answer = await this.asker.latest("suggest", question);
      if (!answer || mine !== this.searches) return;
      this.naming = settle(answer.probabilities, this.naming);
      this.answer = answer;
      this.show();
    } finally { if (mine === this.searches) window.sketchnet.done(); }
  }

  act(button) {
    if (!button) return;
    const { act, id } = button.dataset, toggled = (before, value) => (before === value ? null : value);
    if (act === "only") this.label = toggled(this.label, this.catalogue.categories.indexOf(id));
    if (act === "similar") this.like = toggled(this.like, Number(id));
    this.search();
  }

  show() {
    const { answer, naming, catalogue, site } = this;
    if (!answer) {
      return $("#doodles").replaceChildren(element("div.placeholder", {}, element("h3", {}, "Draw anything"),
        element("p", {}, `The model names your drawing while you draw, one of ${site.categories.length} categories, and shows similar ones. Click one to continue from it.`)));
    }
    const verdict = naming.sure ? element("p.verdict", {}, "Looks like ", element("b", {}, site.categories[naming.rows[0]]))
      : element("p.verdict.unsure", {}, "Not sure yet. The three likeliest:");
    const guesses = naming.rows.map((row) => {
      const name = site.categories[row], label = catalogue.categories.indexOf(name), share = answer.probabilities[row];
      return element("li", {}, element("button", { act: "only", id: name, "aria-pressed": String(label >= 0 && label === this.label), disabled: label < 0 },
        element("b", {}, name), element("span", {}, `${Math.round(100 * share)} %`), bar("em", share)));
    });
    $("#doodles").replaceChildren(verdict, element("ol.guesses", {}, ...guesses), element("ol.doodles", {}, ...answer.similar.map((row) => this.card(row))));
  }

  card(row) {
    const name = this.catalogue.categories[this.catalogue.labels[row]];
    const strokes = this.catalogue.drawings[row].map(([xs, ys]) => xs.map((x, i) => [x, ys[i]]));
    const play = (attributes, label, shape) => element("button.play", { ...attributes, "aria-label": label, title: label }, icon(shape));
    return element("li.doodle", {},
      element("button.look", { strokes: JSON.stringify(onCanvas(strokes)), title: `Continue from this ${name}` }, picture(strokes, name)),
      element("div", {}, element("span", {}, name),
        play({ act: "similar", id: row, "aria-pressed": String(row === this.like) }, "More like this", "similar"),
        play({ replay: "" }, "Replay", "play")));
  }
}
