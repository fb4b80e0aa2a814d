// The dialog of the boards: names, notes, the drawings that led there, other boards, and printing.
(() => {
  const sketchnet = window.sketchnet;
  const { readBoards: read, writeBoards: write, changeBoard: change, boardOf: current, fillTray: fill, trayOf, emptyTray: empty } = sketchnet;
  const MAX_NAME = 60, MAX_NOTE = 300;
  const dialog = document.createElement("dialog");
  dialog.className = "boards";
  document.body.append(dialog);
  const count = ({ liked }) => `${liked.length} shoe${liked.length === 1 ? "" : "s"}`;

  const escape = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const button = (act, label, more = "") => `<button class="plain" data-board="${act}" ${more}>${label}</button>`;

  function kept(board, id) {
    const shown = document.querySelector(`#tray .liked [data-act=open][data-id="${CSS.escape(id)}"]`);
    const note = escape(board.notes[id] ?? ""), name = escape(shown?.title || id), from = board.drawings[id];
    const drawing = from ? `<button class="from" data-drawing="${from}" title="The drawing that led to it" aria-label="Bring back the drawing that led to ${name}">${sketchnet.smallPicture(sketchnet.unpack(from))}</button>` : "";
    return `<li><figure>${shown ? `<img src="${escape(shown.querySelector("img").getAttribute("src"))}" alt="">` : ""}${drawing}</figure>
      <b>${name}</b><textarea data-note="${escape(id)}" maxlength="${MAX_NOTE}" rows="1" placeholder="Note" aria-label="Note to ${name}">${note}</textarea><p>${note}</p></li>`;
  }

  function show() {
    const list = read(), board = current(list), others = list.filter((each) => each !== board);
    const place = document.activeElement?.dataset?.board;
    dialog.setAttribute("aria-label", "Boards");
    dialog.innerHTML = `<button class="close" data-board="close" aria-label="Close">✕</button>${board ? `
      <input value="${escape(board.name)}" maxlength="${MAX_NAME}" aria-label="Name of the board" spellcheck="false">
      <p class="of">${count(board)} · ${escape(board.gallery)}</p>
      <ul class="kept">${board.liked.map((id) => kept(board, id)).join("")}</ul>
      <div class="acts">${button("print", "Print")}${button("link", "Copy link", "data-copy")}${button("new", "New board")}${button("delete", "Delete", `data-key="${board.key}"`)}</div>` : "<h2>Boards</h2>"}
      <p class="said" role="status"></p>
      <ul class="others">${others.map((each) => `<li>${button("open", `<b>${escape(each.name)}</b> <span>${count(each)} · ${escape(each.gallery)}</span>`, `data-key="${each.key}"`)}${button("delete", "Delete", `data-key="${each.key}"`)}</li>`).join("")}</ul>`;
    if (place) dialog.querySelector(`[data-board="${place}"], [data-board]`)?.focus();
  }

  const acts = {
    close: () => dialog.close(),
    print: () => print(),
    new: () => { fill("", empty(current())); dialog.close(); },
    open: ({ dataset }) => { const board = read().find((each) => each.key === dataset.key); if (board) fill(board.key, trayOf(board)); if (!board?.liked.length) show(); },
    delete(pressed) { // pressed twice
      if (!pressed.dataset.sure) { pressed.dataset.sure = "1"; pressed.textContent = "Delete?"; return; }
      const list = read(), gone = list.find((each) => each.key === pressed.dataset.key);
      write(list.filter((each) => each !== gone));
      if (gone && gone === current(list)) { fill("", empty(gone)); dialog.close(); } else show();
    },
  };
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-board]")) acts[at("[data-board]").dataset.board]?.(at("[data-board]"));
    else if (event.target === dialog || at("dialog [data-drawing]")) dialog.close();
  });
  dialog.addEventListener("input", ({ target }) => {
    if (target.matches("input")) change((board) => { board.name = target.value.trim() || "Board 1"; });
    if (target.dataset.note === undefined) return;
    target.nextElementSibling.textContent = target.value; // what is printed
    change((board) => { board.notes[target.dataset.note] = target.value; });
  });
  sketchnet.showOpenBoard = () => { if (dialog.open) show(); };
  sketchnet.boards = () => {
    if (!dialog.open) dialog.showModal();
    sketchnet.syncLibrary?.(); // others may have changed them
    show();
    dialog.querySelector("[data-board]").focus();
  };
})();
