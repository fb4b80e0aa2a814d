// Drawings as short texts of letters that an address may hold, and as small pictures. A text is the
// texts of its strokes one after the other, so a drawing begins with the text of every earlier state.
(() => {
  const sketchnet = window.sketchnet;
  const SIDE = 800, UNIT = 2; // coordinates are whole halves of a unit of the canvas
  const MAX_STROKES = 2000, MAX_POINTS = 100_000;
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  // A whole number, five bits a letter, the lowest first; 32 marks that another letter follows.
  function write(value) {
    let rest = value < 0 ? -2 * value - 1 : 2 * value, text = "";
    do {
      text += LETTERS[(rest & 31) | (rest > 31 ? 32 : 0)];
      rest >>= 5;
    } while (rest);
    return text;
  }

  sketchnet.pack = (strokes) => strokes.map(([xs, ys]) => {
    let before = [0, 0];
    return write(xs.length) + xs.map((x, i) => {
      const at = [x, ys[i]].map((value) => Math.round(value * UNIT));
      const text = write(at[0] - before[0]) + write(at[1] - before[1]);
      before = at;
      return text;
    }).join("");
  }).join("");

  // The strokes [[[x, …], [y, …]], …] of a text, or null where it is none of a drawing on the canvas.
  sketchnet.unpack = (text) => {
    let next = 0, points = 0;
    const strokes = [];
    const read = () => {
      let value = 0, shift = 0, letter;
      do {
        letter = LETTERS.indexOf(text[next++]);
        if (letter < 0 || shift > 15) throw new RangeError("not a number");
        value |= (letter & 31) << shift;
        shift += 5;
      } while (letter & 32);
      return value & 1 ? -(value + 1) / 2 : value / 2;
    };
    try {
      while (next < text.length) {
        const count = read(), rows = [[], []], at = [0, 0];
        points += count;
        if (count < 1 || points > MAX_POINTS || strokes.length === MAX_STROKES) return null;
        for (let i = 0; i < 2 * count; i++) {
          const axis = i % 2;
          at[axis] += read();
          if (at[axis] < 0 || at[axis] > SIDE * UNIT) return null;
          rows[axis].push(at[axis] / UNIT);
        }
        strokes.push(rows);
      }
    } catch { return null; }
    return strokes;
  };

  // The drawing as an SVG picture that it fills.
  sketchnet.smallPicture = (strokes) => {
    const ends = [0, 1].map((axis) => {
      const values = strokes.flatMap((rows) => rows[axis]).sort((a, b) => a - b);
      return [values[0], values.at(-1)];
    });
    const size = Math.max(40, ...ends.map(([low, high]) => high - low));
    const corner = ends.map(([low, high]) => (low + high - size) / 2);
    const lines = strokes.map(([xs, ys]) => `M${xs.map((x, i) => `${x} ${ys[i]}`).join("L")}${xs[1] === undefined ? "h.1" : ""}`);
    return `<svg viewBox="${corner.join(" ")} ${size} ${size}" aria-hidden="true"><path d="${lines.join("")}"/></svg>`;
  };
})();
