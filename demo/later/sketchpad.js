// Gradio's sketchpad as the surface of canvas.js. Its tools are hidden; this script presses them.
(() => {
  const SIDE = 800;
  const find = (selector) => document.querySelector(`#sketchpad ${selector}`);
  const button = (label) => find(`button[aria-label="${label}"]`);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let wanted = "Brush", checking, puts = 0;

  const isSelected = () => find(".pixi-target.visible") && find("button.quite-round.highlight")?.ariaLabel === wanted;

  // After loading and after each clear no tool is active and an overlay receives the pen. Pressing an
  // active tool opens its options, so it is pressed only until it is active.
  function select(name = wanted, checks = 3) {
    wanted = name;
    if (!isSelected()) button(wanted)?.click();
    clearTimeout(checking); // a clear deselects the tool a moment later
    if (!isSelected() || checks > 0) {
      checking = setTimeout(() => select(wanted, isSelected() ? checks - 1 : checks), 80);
    }
  }

  function zoom(box) {
    const percent = parseFloat(find(".zoom-number")?.textContent);
    return percent > 0 ? percent / 100 : (box.width - 60) / SIDE;
  }

  const pad = {
    replays: false,
    element: () => find(".pixi-target canvas"),
    place({ clientX, clientY }) {
      const box = pad.element().getBoundingClientRect(), scale = zoom(box);
      return [[clientX, box.left, box.width], [clientY, box.top, box.height]].map(([at, start, length]) => {
        return (at - start - (length - SIDE * scale) / 2) / scale;
      });
    },
    draw() {}, // it draws what it receives
    did(name, added) {
      if (name === "put") replay(added);
      else button(name)?.click();
    },
    select,
  };

  // Draws strokes with the sketchpad's own pen, so that its Undo removes them one by one.
  async function replay(strokes) {
    const mine = ++puts; // of two that overlap the later one counts
    await pause(200); // it clears the canvas meanwhile
    while (!isSelected() && mine === puts) await pause(50);
    if (mine !== puts) return;
    const box = pad.element().getBoundingClientRect(), scale = zoom(box);
    const toWindow = (x, y) => [box.left + (box.width - SIDE * scale) / 2 + x * scale, box.top + (box.height - SIDE * scale) / 2 + y * scale];
    pad.replays = true;
    for (const [xs, ys] of strokes) {
      const places = xs.map((x, i) => toWindow(x, ys[i]));
      fire("pointermove", places[0], 0);
      fire("pointerdown", places[0], 1);
      places.slice(1).forEach((place) => fire("pointermove", place, 1));
      fire("pointerup", places.at(-1), 0);
    }
    pad.replays = false;
  }

  const fire = (type, [clientX, clientY], buttons) => pad.element().dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, composed: true, isPrimary: true, view: window,
    pointerId: 1, pointerType: "mouse", button: 0, buttons, clientX, clientY,
  }));

  document.addEventListener("wheel", (event) => {
    if (pad.element()?.contains(event.target)) event.stopImmediatePropagation(); // scroll, do not zoom
  }, { capture: true, passive: true });

  (function wait() {
    if (!pad.element() || !button("Brush")) return setTimeout(wait, 100);
    select("Brush");
    window.sketchnet.usePad(pad);
  })();
  window.sketchnet.sketchpad = () => pad;
})();
