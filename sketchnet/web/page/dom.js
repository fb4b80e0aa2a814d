// Elements without markup: every text is set as text, whatever it holds.
const PATHS = {
  cross: "M6.5 6.5l11 11m0-11l-11 11",
  play: "M8 5l11 7-11 7z",
  similar: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5L20 20M8.5 11h5M11 8.5v5",
  heart: "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
};

export const $ = (selector) => document.querySelector(selector);

// element("button.plain", {act: "open", title: "…"}, "text", child): attributes that HTML has are set as
// such, `act`, `id` and others of DATA as data-….
const DATA = new Set(["act", "id", "strokes", "replay", "field", "filter"]);
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split("."), made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (DATA.has(key)) made.dataset[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const icon = (name) => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));

export function status(title, detail = "", back = false) {
  return element("p.status", {}, element("b", {}, title), " ", element("span", {}, detail),
    back ? element("button.link", { act: "back" }, "Back to the drawing") : null);
}

export function bar(name, share) {
  const made = element(name, {}, element("i"));
  made.firstChild.style.width = `${100 * share}%`;
  return made;
}

export function download(name, type, content) {
  const href = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

// An address that a link may have; null for anything that is not http(s).
export function webAddress(text) {
  try {
    const address = new URL(text);
    return ["http:", "https:"].includes(address.protocol) && !address.username && !address.password ? address.href : null;
  } catch { return null; }
}

export const number = (value) => value.toLocaleString("en");
