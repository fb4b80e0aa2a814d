// The colour pen: it paints areas of the drawing, which are colours wished for at these places. The
// strokes are kept in the browser and sent to the server; the lines of the drawing are not touched.
(() => {
  const sketchnet = window.sketchnet, body = document.body;
  const SIDE = 800, MAX_STROKES = 60;
  const COLOURS = {
    black: "#232123", grey: "#828284", white: "#f0f0ee", brown: "#644028", beige: "#d0b896", red: "#be262a",
    pink: "#e896aa", orange: "#e27832", yellow: "#e8c246", green: "#507d46", blue: "#30549b", purple: "#765094",
  };
  let painted = [];   // [colour, [[x, …], [y, …]]]
  let current = null; // the stroke being painted
  let colour = COLOURS.red;

  const place = document.querySelector("#painting");
  place.innerHTML = `<svg viewBox="0 0 ${SIDE} ${SIDE}" aria-hidden="true"></svg>
    <div class="palette" role="toolbar" aria-label="Colours">${Object.entries(COLOURS).map(([name, value]) => (
      `<button data-colour="${value}" style="background:${value}" title="${name}" aria-label="${name}"></button>`)).join("")}
      <button class="link" data-unpaint>Remove</button></div>`;
  const layer = place.querySelector("svg");

  function draw() {
    layer.innerHTML = [...painted, ...(current ? [current] : [])].map(([stroke, [xs, ys]]) => (
      `<path stroke="${stroke}" d="M${xs.map((x, i) => `${x} ${ys[i]}`).join("L")}h.1"/>`)).join("");
    body.classList.toggle("painted", painted.length > 0);
  }

  function changed() {
    const kept = painted.map(([stroke, rows]) => [stroke, sketchnet.pack([rows])]);
    sketchnet.store("visit", "painting", kept.length ? JSON.stringify(kept) : "");
    draw();
    sketchnet.sendPainting(JSON.stringify(painted));
  }

  function stored() {
    try {
      return JSON.parse(sketchnet.stored("visit", "painting") || "[]").slice(0, MAX_STROKES).flatMap(([stroke, text]) => {
        const rows = /^#[0-9a-f]{6}$/.test(stroke) && sketchnet.unpack(text);
        return rows?.length === 1 ? [[stroke, rows[0]]] : [];
      });
    } catch { return []; }
  }

  function choose(on) {
    body.classList.toggle("painting", on);
    document.querySelector("[data-later=paint]").setAttribute("aria-pressed", String(on));
    for (const each of place.querySelectorAll("[data-colour]")) each.setAttribute("aria-pressed", String(each.dataset.colour === colour));
  }

  // Pressed, the tool is chosen or given up; otherwise what is stored is painted.
  sketchnet.paint = (pressed) => {
    if (pressed) return choose(!body.classList.contains("painting"));
    painted = stored();
    if (painted.length || body.classList.contains("painted")) changed();
  };

  const undo = () => { painted.pop(); changed(); };
  const clear = () => { if (painted.length) { painted = []; changed(); } };
  const at = ({ target }, selector) => target instanceof Element && target.closest(selector);

  // On the window, before the canvas: while the colour pen is chosen, Undo takes back what it painted.
  window.addEventListener("click", (event) => {
    const picked = at(event, "[data-colour]");
    if (picked) { colour = picked.dataset.colour; choose(true); }
    if (at(event, "[data-unpaint]")) clear();
    if (at(event, "[data-pad=Brush], [data-pad=Erase]")) choose(false);
    if (at(event, "[data-pad='Clear canvas'], #pad [aria-label='Clear canvas']")) { clear(); choose(false); }
    if (at(event, "[data-pad=Undo]") && body.classList.contains("painting") && painted.length) {
      event.stopImmediatePropagation();
      undo();
    }
  }, true);
  window.addEventListener("keydown", (event) => {
    const keys = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!keys || !painted.length || !body.classList.contains("painting") || at(event, "input, textarea")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    undo();
  }, true);

  function add({ clientX, clientY }) {
    const box = layer.getBoundingClientRect(), [, [xs, ys]] = current;
    const point = [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) => (
      Math.round(Math.min(1, Math.max(0, share)) * SIDE)));
    if (Math.hypot(point[0] - xs.at(-1), point[1] - ys.at(-1)) < 6) return;
    xs.push(point[0]);
    ys.push(point[1]);
  }
  layer.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button > 0) return;
    if (painted.length === MAX_STROKES) return sketchnet.say("That is enough colour: remove some of it first.");
    event.preventDefault();
    layer.setPointerCapture(event.pointerId);
    current = [colour, [[], []]];
    add(event);
    draw();
  });
  layer.addEventListener("pointermove", (event) => {
    if (!current || !event.isPrimary) return;
    add(event);
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    layer.addEventListener(end, () => {
      if (!current) return;
      painted.push(current);
      current = null;
      changed();
    });
  }
})();
