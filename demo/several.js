// Several pictures at once, or a folder, dropped, pasted or chosen: each is searched for, and the page
// shows a table (later/batch.js). One picture alone is the query of the page (page.js).
(() => {
  const sketchnet = window.sketchnet;
  const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory;

  async function search(event, files, items = []) {
    const folders = [...items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry?.isDirectory);
    const pictures = [...files].filter((file) => file.type.startsWith("image/"));
    event.preventDefault();
    event.stopImmediatePropagation();
    document.body.classList.remove("dropping");
    (await sketchnet.later("batch"))(pictures, folders);
  }
  for (const kind of ["drop", "paste"]) {
    window.addEventListener(kind, (event) => {
      const { files = [], items = [] } = event.dataTransfer ?? event.clipboardData ?? {};
      if (files.length > 1 || [...items].some(isFolder)) search(event, files, items);
    }, true);
  }
  window.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element) || !target.closest("#query-buttons")) return;
    for (const each of document.querySelectorAll("#query-buttons input[type=file]")) each.multiple = true;
  }, true);
  window.addEventListener("change", (event) => {
    const { target } = event;
    if (!(target instanceof Element) || !target.matches("#query-buttons input[type=file]") || target.files.length < 2) return;
    search(event, target.files).then(() => { target.value = ""; });
  }, true);
})();
