// Boards: what is kept in the tray, with a name, a note to each shoe and the drawing that led to it.
// They are stored in the browser; each window remembers which of them its tray shows.
(() => {
  const sketchnet = window.sketchnet;
  const MAX_BOARDS = 100, MAX_SHOES = 500, MAX_NAME = 60, MAX_NOTE = 300, MAX_ID = 300;
  const AUTOMATIC = /^Board \d+$/; // such a board is dropped when it is emptied
  const dialog = document.createElement("dialog");
  dialog.className = "boards";

  const texts = (list, most, length) => {
    if (!Array.isArray(list) || list.length > most) throw new TypeError("not a list");
    for (const each of list) if (typeof each !== "string" || each.length > length) throw new TypeError("not a text");
    return [...new Set(list)];
  };
  const pairs = (value, good) => Object.fromEntries(Object.entries(value ?? {})
    .filter(([id, each]) => id.length <= MAX_ID && typeof each === "string" && each && good(each)).slice(0, MAX_SHOES));

  // A board from the storage or from a link. Throws where it is none.
  sketchnet.checkedBoard = ({ key = "", name, gallery, liked, disliked, refine, notes, drawings }) => ({
    key: texts([key], 1, 40)[0], name: texts([name], 1, MAX_NAME)[0], gallery: texts([gallery], 1, MAX_ID)[0],
    liked: texts(liked, MAX_SHOES, MAX_ID), disliked: texts(disliked, MAX_SHOES, MAX_ID), refine: refine === true,
    notes: pairs(notes, (note) => note.length <= MAX_NOTE), drawings: pairs(drawings, sketchnet.unpack),
  });

  function read() {
    try {
      return JSON.parse(sketchnet.stored("always", "boards")).flatMap((each) => {
        try { return [sketchnet.checkedBoard(each)]; } catch { return []; }
      });
    } catch { return []; }
  }
  const currentKey = () => sketchnet.stored("visit", "board") || null;
  const current = (list = read()) => list.find((each) => each.key === currentKey());
  const select = (key) => sketchnet.store("visit", "board", key);
  const trayOf = ({ gallery, liked, disliked, refine }) => JSON.stringify([gallery, liked, disliked, refine]);
  const count = ({ liked }) => `${liked.length} shoe${liked.length === 1 ? "" : "s"}`;

  function write(list) {
    sketchnet.store("always", "boards", JSON.stringify(list.slice(0, MAX_BOARDS)));
    showNames();
  }
  function change(edit) {
    const list = read(), board = current(list);
    if (board) { edit(board); write(list); }
  }
  function added(list, board) {
    const numbers = list.map(({ name }) => (AUTOMATIC.test(name) ? Number(name.slice(6)) : 0));
    const complete = { name: `Board ${Math.max(0, ...numbers) + 1}`, notes: {}, drawings: {}, ...board, key: crypto.getRandomValues(new Uint32Array(2)).join("") };
    list.unshift(complete);
    select(complete.key);
    return complete;
  }

  // Where a picture or another shoe is the query, no drawing led to a shoe.
  function presentDrawing() {
    if (document.querySelector("#picture img, #find-status [data-act=back]")) return "";
    return sketchnet.pack(JSON.parse(sketchnet.stored("visit", "ink") || "[]"));
  }

  // The tray has changed: so does its board, or the first kept shoe begins one.
  sketchnet.trayChanged = (tray) => {
    const [gallery, liked, disliked, refine] = JSON.parse(tray || "[]");
    const list = read(), empty = !liked?.length && !disliked?.length;
    let board = current(list);
    if (board?.gallery !== gallery) board = null;
    if (!gallery) return;
    if (!board && empty) { select(""); return showNames(); }
    board ??= added(list, { gallery, liked: [], disliked: [] });
    const drawing = presentDrawing();
    for (const id of liked) if (drawing && !board.liked.includes(id)) board.drawings[id] = drawing;
    Object.assign(board, { liked, disliked, refine });
    const dropped = empty && AUTOMATIC.test(board.name);
    if (dropped) select("");
    write(dropped ? list.filter((each) => each !== board) : list);
    if (dialog.open) show();
  };

  function showNames() {
    const list = read(), opener = document.querySelector("#boards"), name = document.querySelector("#tray [data-boards]");
    if (opener) opener.hidden = !list.length;
    if (name) name.textContent = current(list)?.name ?? "";
  }
  sketchnet.showBoards = showNames;
  window.addEventListener("storage", showNames);

  // Only when no answer is under way, which would belong to the board before.
  function fill(key, tray) {
    if (document.body.classList.contains("busy")) return setTimeout(fill, 60, key, tray);
    select(key);
    sketchnet.restoreTray(tray);
  }
  const empty = ({ gallery }) => trayOf({ gallery, liked: [], disliked: [], refine: false });

  sketchnet.sharedBoard = () => {
    const board = current();
    if (!board) return null;
    const { name, gallery, liked, disliked, refine, notes } = board;
    return { name, gallery, liked, disliked, refine, notes: pairs(notes, () => true) };
  };
  sketchnet.openShared = (board, started) => {
    const list = read(), same = list.find((each) => each.name === board.name && trayOf(each) === trayOf(board));
    const opened = same ?? added(list, board);
    if (!same) write(list);
    if (started) return fill(opened.key, trayOf(opened));
    select(opened.key);
    sketchnet.store("visit", "tray", trayOf(opened));
  };

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
      if (gone?.key === currentKey()) { fill("", empty(gone)); dialog.close(); } else show();
    },
  };
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-boards]")) {
      document.body.append(dialog);
      dialog.showModal();
      show();
      dialog.querySelector("[data-board]").focus();
    } else if (at("[data-board]")) acts[at("[data-board]").dataset.board]?.(at("[data-board]"));
    else if (event.target === dialog || at("dialog [data-drawing]")) dialog.close();
  });
  dialog.addEventListener("input", ({ target }) => {
    if (target.matches("input")) change((board) => { board.name = target.value.trim() || "Board 1"; });
    if (target.dataset.note === undefined) return;
    target.nextElementSibling.textContent = target.value; // what is printed
    change((board) => { board.notes[target.dataset.note] = target.value; });
  });
})();
