// Conditions on the fields of the photos, the counterpart of `sketchnet/retrieval/catalogue/`.
const MOST_CHOICES = 50, COLOURS = "colours";

// The words of a text, in lower case and without accents.
export function wordsOf(text) {
  const plain = text.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "");
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])];
}

export class Catalogue {
  constructor({ ids, fields, values, colours, title, price, swatches }) {
    Object.assign(this, { ids, fields, values, colours, title, price, swatches, words: [] });
    this.row = new Map(ids.map((id, row) => [id, row]));
  }

  get hasFields() { return this.fields.length > 0 || this.colours.length > 0; }

  valuesOf = (row, field) => [(field === COLOURS ? this.colours : this.values)[row]].flatMap((each) => {
    return field === COLOURS ? (each ?? []) : (each?.[field] ?? []);
  });

  // The words of all fields of a photo, found when they are first searched.
  wordsOfRow(row) {
    return (this.words[row] ??= wordsOf(Object.values(this.values[row] ?? {}).flat().join(" ")));
  }

  // Each condition by its name: a function from a row to whether it is met.
  conditions({ chosen, ranges, text, kept }) {
    const found = new Map();
    for (const [field, wanted] of Object.entries(chosen)) {
      const all = field === COLOURS || this.typeOf(field) === "tags"; // of tags all must be there, of a category one
      found.set(field, (row) => {
        const has = this.valuesOf(row, field);
        return all ? wanted.every((each) => has.includes(each)) : wanted.some((each) => has.includes(each));
      });
    }
    for (const [field, [least, most]] of Object.entries(ranges)) {
      found.set(field, (row) => {
        const value = this.values[row]?.[field];
        const fits = typeof value === (this.typeOf(field) === "number" ? "number" : "string");
        return fits && (least === null || value >= least) && (most === null || value <= most);
      });
    }
    const words = wordsOf(text);
    if (words.length) found.set(" text", (row) => words.every((word) => this.wordsOfRow(row).some((each) => each.startsWith(word))));
    if (kept) found.set(" kept", (row) => kept.has(row));
    return found;
  }

  typeOf = (name) => this.fields.find((field) => field.name === name)?.type;

  // The rows that meet all conditions but that of the field `without`; null where there are none.
  left(filters, without = null) {
    const conditions = [...this.conditions(filters)].filter(([name]) => name !== without).map(([, meets]) => meets);
    if (!conditions.length) return null;
    return this.ids.map((_, row) => row).filter((row) => conditions.every((meets) => meets(row)));
  }

  // What the photos left have: counts for chips, ends for ranges. A field of categories is counted over
  // the photos that all other conditions leave: choosing one brand does not hide the others.
  facets(filters) {
    const every = () => this.ids.map((_, row) => row), left = this.left(filters) ?? every(), found = [];
    for (const { name, type } of this.fields) {
      const others = type === "category" && name in filters.chosen ? (this.left(filters, name) ?? every()) : left;
      if (type === "category" || type === "tags") found.push({ name, type, choices: this.counted(name, others) });
      if (type !== "number" && type !== "date") continue;
      const numbers = left.map((row) => this.values[row]?.[name]).filter((value) => typeof value === (type === "number" ? "number" : "string"));
      const ends = numbers.reduce(([low, high], value) => [value < low ? value : low, value > high ? value : high], [numbers[0], numbers[0]]);
      found.push({ name, type, ends });
    }
    if (this.colours.length) found.push({ name: COLOURS, type: "colour", choices: this.counted(COLOURS, left) });
    return { total: left.length, fields: found };
  }

  counted(name, rows) {
    const counts = new Map();
    for (const row of rows) for (const value of this.valuesOf(row, name)) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_CHOICES);
  }
}

export const NO_FILTERS = () => ({ chosen: {}, ranges: {}, text: "", kept: null });
export const isSet = ({ chosen, ranges, text, kept }) => Boolean(Object.keys(chosen).length || Object.keys(ranges).length || text || kept);
