// A link that opens the drawing, the board, the filters and painted colours again, all in the fragment
// of the address: #s1.STROKES.BOARD or #s1.STROKES.BOARD.REST. A browser does not send the fragment to the
// server. It is checked like any other input. A page without boards, filters and colours (sketchnet/web)
// opens the drawing alone.
(() => {
  const sketchnet = window.sketchnet;
  const MAX_STROKES = 6000, MAX_LINK = 16_000; // characters

  const bytes = (text) => String.fromCharCode(...new TextEncoder().encode(text));
  const encode = (value) => btoa(bytes(JSON.stringify(value))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const decode = (text) => {
    const found = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const array = Uint8Array.from(found, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(array));
  };

  // Leaves out points that lie within `far` of the line between those that stay (Ramer-Douglas-Peucker).
  function simplify(points, far) {
    const [from, to] = [points[0], points.at(-1)];
    const dx = to[0] - from[0], dy = to[1] - from[1], length = Math.hypot(dx, dy);
    let worst = far, split = 0;
    for (let i = 1; i < points.length - 1; i++) {
      const [x, y] = [points[i][0] - from[0], points[i][1] - from[1]];
      const away = length ? Math.abs(x * dy - y * dx) / length : Math.hypot(x, y);
      if (away > worst) [worst, split] = [away, i];
    }
    if (!split) return points.length > 1 ? [from, to] : [from];
    return [...simplify(points.slice(0, split + 1), far).slice(0, -1), ...simplify(points.slice(split), far)];
  }

  function packed(strokes) {
    for (let far = 0.7; far < 50; far *= 2) {
      const text = sketchnet.pack(strokes.map(([xs, ys]) => {
        const points = simplify(xs.map((x, i) => [x, ys[i]]), far);
        return [0, 1].map((axis) => points.map((point) => point[axis]));
      }));
      if (text.length <= MAX_STROKES) return text;
    }
    return null;
  }

  async function copy() {
    const board = sketchnet.sharedBoard?.(), strokes = packed(JSON.parse(sketchnet.record()));
    const [filters, painting, tray] = ["filters", "painting", "tray"].map((name) => JSON.parse(sketchnet.stored("visit", name) || "null"));
    const rest = filters || painting ? `.${encode({ gallery: tray?.[0], filters: filters ?? {}, painting })}` : "";
    const link = `${location.href.split("#")[0]}#s1.${strokes}.${board ? encode(board) : ""}${rest}`;
    if (strokes === null || link.length > MAX_LINK) return sketchnet.say("Too much for one link: shorten the notes or the drawing.");
    try {
      await navigator.clipboard.writeText(link);
      sketchnet.say(`Link to this drawing${filters ? ", these filters" : ""}${board ? " and board" : ""} copied.`);
    } catch { prompt("Copy this link", link); } // without https a page may not write to the clipboard
  }

  // The strokes, the board (or null) and the rest of a fragment. Throws where it is broken.
  function read(fragment) {
    const [, strokes, board, more] = fragment.match(/^#s1\.([\w-]*)\.([\w-]*)(?:\.([\w-]+))?$/);
    if (fragment.length > MAX_LINK || strokes.length > MAX_STROKES) throw new RangeError("too long");
    const drawing = sketchnet.unpack(strokes);
    const rest = more ? decode(more) : {};
    if (!drawing || !rest || !(strokes || board || more)) throw new RangeError("no drawing");
    return [drawing, board ? sketchnet.checkedBoard?.(decode(board)) ?? null : null, rest];
  }

  // The drawing that the visit has shown so far goes into the history.
  async function open(started) {
    if (!/^#s\d/.test(location.hash)) return;
    let strokes = [], board = null, rest = {};
    try {
      [strokes, board, rest] = read(location.hash);
    } catch { sketchnet.say("This link is incomplete or broken. Ask for it again, or draw a shoe."); }
    history.replaceState(null, "", location.href.split("#")[0]);
    const filters = JSON.stringify(rest.filters ?? {}), none = filters === "{}";
    if (started) {
      await sketchnet.put(strokes); // which clears what was painted before
    } else {
      sketchnet.remember(JSON.parse(sketchnet.stored("visit", "ink") || "[]"));
      sketchnet.store("visit", "ink", JSON.stringify(strokes));
      sketchnet.store("visit", "filters", none ? "" : filters);
    }
    sketchnet.store("visit", "painting", rest.painting ? JSON.stringify(rest.painting) : "");
    if (started && rest.painting) sketchnet.later?.("paint").then((paint) => paint());
    if (board) sketchnet.openShared?.(board, started, filters);
    else if (!none || sketchnet.stored("visit", "filters")) sketchnet.openFilters?.(rest.gallery, started, filters);
  }

  let sayTimer = 0;
  sketchnet.say = (text) => {
    const line = document.querySelector("#said");
    clearTimeout(sayTimer);
    if (!line) { sayTimer = setTimeout(sketchnet.say, 100, text); return; }
    line.textContent = text;
    sayTimer = setTimeout(() => { line.textContent = ""; }, 9000);
  };

  window.addEventListener("hashchange", () => open(true));
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-copy]")) copy();
  });
  open(false);
})();
