// Parts of the page that few visits need: later/NAME.js and later/NAME.css are loaded when NAME is first
// used. A button with data-later="NAME" calls sketchnet.NAME, which the script defines.
(() => {
  const sketchnet = window.sketchnet, loading = {};
  const load = (tag, source) => new Promise((resolve, reject) => {
    const part = document.createElement(tag);
    document.head.append(Object.assign(part, source, { onload: resolve, onerror: reject }));
  });
  sketchnet.later = async (name) => {
    loading[name] ??= Promise.all([
      load("script", { src: `later/${name}.js` }),
      load("link", { rel: "stylesheet", href: `later/${name}.css` }),
    ]);
    try {
      await loading[name];
      return sketchnet[name];
    } catch {
      loading[name] = null;
      sketchnet.say("The server does not answer. Try again.");
      return () => {};
    }
  };
  document.addEventListener("click", async (event) => {
    const pressed = event.target instanceof Element && event.target.closest("[data-later]");
    if (pressed) (await sketchnet.later(pressed.dataset.later))(pressed);
  });
})();
