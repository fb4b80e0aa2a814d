// The shoes that were found, and one of them in the detail view.
import { bar, element, icon, number, webAddress } from "./dom.js";
import { similarity } from "./rank.js";

export const thumbnail = (row) => `thumbnails/${row}.webp`;

// A field as text: 89.9 is 89.90, since most are prices, and 26 is 26.
export function shown(value) {
  if (typeof value !== "number") return [value].flat().join(", ");
  return value.toLocaleString("en", { minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 2 });
}

const thumb = (act, id, pressed, name, label) => element("button", { act, id, "aria-pressed": String(pressed), "aria-label": label, title: label }, icon(name));

// found: [row, distance] in their order.
export function grid(found, catalogue, liked, disliked) {
  return element("ol.shoes", {}, ...found.map(([row, distance], i) => {
    const id = catalogue.ids[row], share = similarity(distance), percent = Math.round(100 * share), values = catalogue.values[row] ?? {};
    const caption = [["span", catalogue.title], ["b", catalogue.price]].filter(([, field]) => field && field in values);
    const card = element("li.shoe", { id },
      element("button.look", { act: "open", id, title: id, "aria-label": `Shoe ${id}, rank ${i + 1}, similarity ${percent} %` },
        element("img", { src: thumbnail(row), alt: "", draggable: "false" })),
      element("div.thumbs", {}, thumb("like", id, liked.has(row), "heart", "Keep"), thumb("dislike", id, disliked.has(row), "cross", "Not this")),
      bar("div.similarity", share),
      caption.length ? element("p.caption", {}, ...caption.flatMap(([tag, field]) => [element(tag, {}, shown(values[field])), " "])) : null);
    card.classList.toggle("liked", liked.has(row));
    card.classList.toggle("disliked", disliked.has(row));
    return card;
  }));
}

// line: rank and similarity in words; asks: whether an explanation can be asked for.
export function detail(row, catalogue, { line, liked, disliked, asks }) {
  const id = catalogue.ids[row], types = new Map(catalogue.fields.map(({ name, type }) => [name, type]));
  const button = (act, label, pressed) => element("button.plain", { act, id, "aria-pressed": pressed === undefined ? null : String(pressed) }, label);
  const fields = Object.entries(catalogue.values[row] ?? {}).flatMap(([name, value]) => {
    const address = types.get(name) === "link" && webAddress(String(value));
    const content = address ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address) : shown(value);
    return [element("dt", {}, name), element("dd", {}, content)];
  });
  return [
    element("div.backdrop", { act: "close" }),
    element("section.opened", { role: "dialog", "aria-modal": "true", "aria-label": `Shoe ${id}` },
      element("button.close", { act: "close", "aria-label": "Close" }, icon("cross")),
      element("figure", {}, element("img", { src: thumbnail(row), alt: `Shoe ${id}` })),
      element("div", {}, element("h2", {}, id), element("p", {}, line), fields.length ? element("dl.fields", {}, ...fields) : null,
        element("button.primary", { act: "more", id }, "More like this"),
        button("like", liked ? "Kept" : "Keep", liked), button("dislike", "Not this", disliked), asks ? button("why", "Why this one?") : null),
      element("div.below", { "aria-live": "polite" })),
  ];
}

export const rankLine = (rank, distance, total) => (rank ? `Rank ${rank} of ${number(total)} · similarity ${Math.round(100 * similarity(distance))} %` : `Not among the first results of ${number(total)}`);
