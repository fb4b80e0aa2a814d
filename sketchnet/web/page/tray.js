// The tray: shoes marked Keep or Not this, which refine the results and can be saved as a table.
import { download, element, icon } from "./dom.js";
import { similarity } from "./rank.js";
import { thumbnail } from "./results.js";

export function tray({ liked, disliked, feedback }, catalogue) {
  if (!liked.size && !disliked.size) return [];
  const item = (act) => (row) => {
    const id = catalogue.ids[row];
    return element(`li.${act}d`, {},
      element("button", { act: "open", id, title: id }, element("img", { src: thumbnail(row), alt: `Shoe ${id}` })),
      element("button.remove", { act, id, "aria-label": `Remove ${id}` }, icon("cross")));
  };
  return [element("div.tray", { role: "region", "aria-label": "Tray" },
    element("ul", {}, ...[...liked].map(item("like")), ...[...disliked].map(item("dislike"))),
    element("button.feedback", { act: "feedback", "aria-pressed": String(feedback) }, feedback ? "Refined" : "Refine results"),
    liked.size ? element("button.plain", { act: "csv" }, "CSV") : null,
    element("button.plain", { act: "empty", "aria-label": "Empty the tray" }, "Empty"))];
}

// A cell that a spreadsheet neither splits nor computes.
export function cell(value) {
  const text = String(value), safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// The kept shoes and those put aside with rank and similarity, where they are among the results.
export function saveTable({ liked, disliked }, found, catalogue) {
  const place = new Map(found.map(([row, distance], i) => [row, [i + 1, similarity(distance).toFixed(3)]]));
  const line = (kept) => (row) => [catalogue.ids[row], kept, ...(place.get(row) ?? ["", ""])].map(cell).join(",");
  const lines = ["id,kept,rank,similarity", ...[...liked].map(line("yes")), ...[...disliked].map(line("no"))];
  download("shoes.csv", "text/csv", `\ufeff${lines.join("\r\n")}\r\n`);
}
