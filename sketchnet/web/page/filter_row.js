// The row above the results that narrows them down: words, chips with counts, and ranges.
import { element, number } from "./dom.js";
import { isSet } from "./filters.js";

let opened = ""; // the field whose chips are shown

const chip = (act, field, value, count, pressed, swatch) => {
  const made = element("button.chip", { act, field, id: value, "aria-pressed": String(pressed) }, value, element("small", {}, number(count)));
  if (swatch) {
    made.prepend(element("i"));
    made.firstChild.style.background = swatch;
  }
  return made;
};

function facet({ name, type, choices, ends }, { chosen, ranges }, swatches) {
  let content, set;
  if (choices) {
    const has = chosen[name] ?? [], gone = has.filter((value) => !choices.some(([each]) => each === value));
    set = has.length > 0;
    content = [...choices, ...gone.map((value) => [value, 0])].map(([value, count]) => {
      return chip("chip", name, value, count, has.includes(value), type === "colour" && swatches[value]);
    });
  } else {
    const given = ranges[name] ?? [null, null];
    set = name in ranges;
    content = [element("span", { field: name, filter: "range" }, ...["from", "to"].flatMap((word, i) => [i ? " – " : "", element("input", {
      type, step: "any", "aria-label": `${name}, ${word}`, placeholder: ends[i] ?? "", value: given[i] ?? "",
    })]))];
  }
  const made = element(set ? "details.set" : "details", { name: "facet", open: name === opened }, element("summary", {}, name), element("div", {}, ...content));
  made.addEventListener("toggle", () => { if (made.open) opened = name; else if (opened === name) opened = ""; });
  return made;
}

// Arguments: the catalogue, the conditions that are set, the number of kept photos.
export function filterRow(catalogue, filters) {
  const { total, fields } = catalogue.facets(filters);
  const text = element("label", { filter: "text" }, element("input", {
    type: "search", placeholder: "Words", "aria-label": "Words in the fields", maxlength: 200, value: filters.text,
  }));
  const row = element("div.filters", { role: "group", "aria-label": "Narrow down" }, text, ...fields.map((each) => facet(each, filters, catalogue.swatches)),
    element("button.chip", { act: "kept", "aria-pressed": String(Boolean(filters.kept)) }, "Only what I kept"));
  if (isSet(filters)) row.append(element("span.left", {}, `${number(total)} left`), element("button.chip", { act: "clear" }, "Clear"));
  return row;
}

// The conditions after a click on a chip or a change of a box; null where it was neither.
export function changed(filters, target) {
  const button = target.closest("button.chip"), box = target.closest("[data-filter]");
  if (button?.dataset.act === "clear") return { chosen: {}, ranges: {}, text: "", kept: null };
  if (button?.dataset.act === "chip") {
    const { field, id } = button.dataset, had = filters.chosen[field] ?? [];
    const now = had.includes(id) ? had.filter((each) => each !== id) : [...had, id];
    const { [field]: _, ...others } = filters.chosen;
    return { ...filters, chosen: now.length ? { ...others, [field]: now } : others };
  }
  if (box?.dataset.filter === "text") return { ...filters, text: target.value };
  if (box?.dataset.filter !== "range") return null;
  const { field } = box.dataset, { [field]: _, ...others } = filters.ranges;
  const ends = [...box.querySelectorAll("input")].map(({ type, value }) => (value === "" ? null : type === "number" ? Number(value) : value));
  return { ...filters, ranges: ends.some((end) => end !== null) ? { ...others, [field]: ends } : others };
}
