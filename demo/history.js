// The last drawings, below the canvas: every drawing that leaves the canvas is kept in the browser.
(() => {
  const sketchnet = window.sketchnet;
  const MOST = 24, VERSIONS = 3; // drawings; versions of one drawing, which have one first stroke
  const MAX_CHARACTERS = 1_500_000;
  let row = null, timer = 0;

  function read() {
    try {
      const list = JSON.parse(sketchnet.stored("always", "history"));
      return list.filter((each) => typeof each === "string" && sketchnet.unpack(each)?.length).slice(0, MOST);
    } catch { return []; }
  }

  function write(list) {
    while (list.join("").length > MAX_CHARACTERS) list.pop();
    sketchnet.store("always", "history", JSON.stringify(list));
    show();
  }

  // A drawing that continues an earlier one replaces it: Undo leads back to the earlier one.
  sketchnet.remember = (strokes) => {
    const text = sketchnet.pack(strokes), first = sketchnet.pack(strokes.slice(0, 1)), before = read();
    if (!text) return;
    const longest = before.find((each) => each.startsWith(text)) ?? text;
    let versions = 0;
    write([longest, ...before.filter((each) => !longest.startsWith(each))]
      .filter((each) => !each.startsWith(first) || versions++ < VERSIONS).slice(0, MOST));
  };

  // What is on the canvas is not shown a second time.
  function show() {
    if (!row) return;
    const now = sketchnet.pack(JSON.parse(sketchnet.stored("visit", "ink") || "[]"));
    const list = read().filter((each) => !now.startsWith(each));
    const focused = [...row.querySelectorAll("[data-drawing]")].indexOf(document.activeElement);
    const copies = now || sketchnet.stored("visit", "filters"); // what a link would open
    row.hidden = !list.length && !copies;
    row.querySelector("[data-copy]").hidden = !copies;
    row.querySelector("[data-forget]").hidden = !list.length;
    row.querySelector("ul").innerHTML = list.map((text, i) => {
      const strokes = sketchnet.unpack(text), count = `${strokes.length} stroke${strokes.length > 1 ? "s" : ""}`;
      return `<li><button data-drawing="${text}" aria-label="Drawing ${i + 1}, ${count}" title="Bring this drawing back">${sketchnet.smallPicture(strokes)}</button></li>`;
    }).join("");
    if (focused >= 0) row.querySelectorAll("[data-drawing]")[Math.min(focused, list.length - 1)]?.focus();
  }
  const showSoon = () => { clearTimeout(timer); timer = setTimeout(show, 120); };

  sketchnet.showHistory = (element) => { row = element.querySelector(".history"); show(); };
  for (const name of ["ink", "filters"]) document.addEventListener(`sketchnet:${name}`, showSoon);
  document.addEventListener("sketchnet:leave", (event) => sketchnet.remember(event.detail));
  window.addEventListener("storage", showSoon); // another window has changed it
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-drawing]")) sketchnet.put(sketchnet.unpack(at("[data-drawing]").dataset.drawing));
    if (at("[data-forget]")) write([]);
  });
})();
