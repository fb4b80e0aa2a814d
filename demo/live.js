// Sends every change of the canvas past Gradio's queue. The newest drawing wins: an older request is
// aborted, and its answer is never shown. Only what has changed is put into the page.
(() => {
  const sketchnet = (window.sketchnet ??= {});
  const RETRY = 2000; // ms
  const parts = {}, session = new Promise((then) => { sketchnet.connect = then; });
  let number = 0, running = null, shown = { version: 0, parts: {} };

  sketchnet.part = (name, props, element, watch) => {
    parts[name] = { props, element };
    if (name === "shoes") watch("value", () => { if (isOld(element)) show(shown); });
  };

  async function ask(views = 1) {
    running?.abort();
    const mine = (running = new AbortController()), { signal } = mine;
    const question = { number: ++number, views, record: sketchnet.record() };
    sketchnet.busy();
    try {
      const body = JSON.stringify({ session: await session, ...question });
      const answer = await fetch("gradio_api/live", { method: "POST", body, signal, headers: { "Content-Type": "application/json" } });
      if (answer.status === 401) return location.reload(); // asks for the password; the drawing is kept
      if (answer.status > 499) throw Error();
      const changed = answer.status === 200 && (await answer.json());
      if (mine !== running) return;
      if (changed) show(changed);
      running = null;
      sketchnet.done();
    } catch {
      if (mine !== running) return;
      setTimeout(() => { if (mine === running) ask(views); }, RETRY);
    }
  }
  sketchnet.searching = () => Boolean(running);

  function show(changed) {
    shown = changed;
    for (const [name, html] of Object.entries(changed.parts)) {
      const { props, element } = parts[name];
      if (name === "shoes") keepCards(element, html);
      props.value = html;
    }
    queueMicrotask(() => sketchnet.showNotice(parts.notice.element));
  }

  // An event of Gradio's queue may bring results that were computed before the newest drawing's.
  function isOld(element) {
    return element.querySelector("[data-query]")?.dataset.query < shown.version;
  }

  // Cards that stay are moved to their new places, so that their pictures are not decoded again.
  function keepCards(element, html) {
    const list = element.querySelector(".shoes"), next = document.createElement("template");
    if (!list) return;
    next.innerHTML = html;
    next.content.querySelectorAll(".shoe").forEach(({ dataset }, place) => {
      const card = list.querySelector(`:scope > [data-id="${CSS.escape(dataset.id)}"]`);
      if (card && list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
    });
  }

  document.addEventListener("sketchnet:ink", () => ask());
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("#find-now")) ask(10);
  });
})();
