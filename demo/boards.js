// Boards: what is kept in the tray, with a name, a note to each shoe and the drawing that led to it.
// They are stored in the browser; each window remembers which of them its tray shows. The dialog that
// shows them is loaded when it is first opened (later/boards.js).
(() => {
  const sketchnet = window.sketchnet;
  const MAX_BOARDS = 1000, MAX_SHOES = 500, MAX_NAME = 60, MAX_NOTE = 300, MAX_ID = 300;
  const AUTOMATIC = /^Board \d+$/; // such a board is dropped when it is emptied

  // With a library the boards are those of the server (later/library.js), and this is their copy.
  let kept = sketchnet.hasLibrary ? sketchnet.stored("visit", "library") || "[]" : null;

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
      return JSON.parse(kept ?? sketchnet.stored("always", "boards")).flatMap((each) => {
        try { return [sketchnet.checkedBoard(each)]; } catch { return []; }
      });
    } catch { return []; }
  }
  const currentKey = () => sketchnet.stored("visit", "board") || null;
  const current = (list = read()) => list.find((each) => each.key === currentKey());
  const select = (key) => sketchnet.store("visit", "board", key);
  const trayOf = ({ gallery, liked, disliked, refine }) => JSON.stringify([gallery, liked, disliked, refine]);

  function write(list) {
    const text = JSON.stringify(list.slice(0, MAX_BOARDS));
    if (kept === null) sketchnet.store("always", "boards", text);
    else {
      kept = text;
      sketchnet.store("visit", "library", text);
      sketchnet.libraryChanged?.();
    }
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

  // What the tray last showed. Only what changes in it changes its board, on which others may work too.
  let last = [[], []];
  const asked = (tray) => { last = JSON.parse(tray || "[0,[],[]]").slice(1, 3); };
  const followed = (kept, before, now) => [...new Set([...kept.filter((id) => now.includes(id) || !before.includes(id)), ...now.filter((id) => !before.includes(id))])];

  // The tray has changed: so does its board, or the first kept shoe begins one.
  sketchnet.trayChanged = (tray) => {
    const [gallery, liked, disliked, refine] = JSON.parse(tray || "[]");
    const list = read(), before = last;
    let board = current(list);
    if (board?.gallery !== gallery) board = null;
    if (!gallery) return;
    last = [liked, disliked];
    if (!board && !liked.length && !disliked.length) { select(""); return showNames(); }
    const kept = board ? { liked: followed(board.liked, before[0], liked), disliked: followed(board.disliked, before[1], disliked) } : { liked, disliked };
    board ??= added(list, { gallery, liked: [], disliked: [] });
    const drawing = presentDrawing();
    for (const id of liked) if (drawing && !board.liked.includes(id)) board.drawings[id] = drawing;
    Object.assign(board, kept, { refine });
    const dropped = !kept.liked.length && !kept.disliked.length && AUTOMATIC.test(board.name);
    if (dropped) select("");
    write(dropped ? list.filter((each) => each !== board) : list);
    sketchnet.showOpenBoard?.();
  };

  function showNames() {
    const list = read(), opener = document.querySelector("#boards"), name = document.querySelector("#tray .board");
    if (opener) opener.hidden = !list.length;
    if (name) name.textContent = current(list)?.name ?? "";
  }
  sketchnet.showBoards = () => { asked(sketchnet.stored("visit", "tray")); showNames(); };
  window.addEventListener("storage", showNames);

  // Only when no answer is under way, which would belong to the board before.
  function fill(key, tray, filters) {
    if (document.body.classList.contains("busy")) return setTimeout(fill, 60, key, tray, filters);
    select(key);
    asked(tray);
    sketchnet.restoreTray(tray, filters);
  }
  const empty = ({ gallery }) => trayOf({ gallery, liked: [], disliked: [], refine: false });

  sketchnet.sharedBoard = () => {
    const board = current();
    if (!board) return null;
    const { name, gallery, liked, disliked, refine, notes } = board;
    return { name, gallery, liked, disliked, refine, notes: pairs(notes, () => true) };
  };
  sketchnet.openShared = (board, started, filters) => {
    const list = read(), same = list.find((each) => each.name === board.name && trayOf(each) === trayOf(board));
    const opened = same ?? added(list, board);
    if (!same) write(list);
    if (started) return fill(opened.key, trayOf(opened), filters);
    select(opened.key);
    sketchnet.store("visit", "tray", trayOf(opened));
  };
  // Filters without a board: the tray stays, where it is one of the same gallery.
  sketchnet.openFilters = (gallery, started, filters) => {
    const before = sketchnet.stored("visit", "tray"), of = before ? JSON.parse(before)[0] : "";
    const same = !gallery || gallery === of, tray = same ? before : trayOf({ gallery, liked: [], disliked: [], refine: false });
    if (started) return fill(same ? currentKey() ?? "" : "", tray, filters);
    if (!same) { select(""); sketchnet.store("visit", "tray", tray); }
  };

  Object.assign(sketchnet, { readBoards: read, writeBoards: write, changeBoard: change, boardOf: current, fillTray: fill, trayOf, emptyTray: empty });
})();
