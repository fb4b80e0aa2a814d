// Boards that the server keeps for everybody (--library). The page works on its own copy of the boards
// at once; what has changed is sent, and what others have changed comes with the answer.
(() => {
  const sketchnet = window.sketchnet;
  const PATIENCE = 5_000; // ms after which an answer is not expected any more: changes are sent again
  let base = new Map(); // key to board, as the server has it
  let sent = null;      // the boards when the request under way was sent
  let revision = 0, number = 0, again = false, timer = 0;

  const mine = () => new Map(sketchnet.readBoards().map((board) => [board.key, board]));
  const EMPTY = { liked: [], disliked: [], notes: {}, drawings: {} };
  const without = (list, others = []) => list.filter((each) => !others.includes(each));
  const lists = (before, after) => ({ add: without(after, before), remove: without(before, after) });
  const texts = (before, after) => Object.fromEntries([...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((id) => (before[id] ?? "") !== (after[id] ?? "")).map((id) => [id, after[id] ?? ""]));
  const sorted = (pairs) => Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  const contentOf = ({ name, gallery, liked, disliked, notes, drawings }) => (
    JSON.stringify([name, gallery, [...liked].sort(), [...disliked].sort(), sorted(notes), sorted(drawings)]));

  // What must be done to one board to make it the other; null removes it.
  function difference(before, after) {
    if (!after) return null;
    const { liked, disliked, notes, drawings } = before ?? EMPTY;
    const change = {
      gallery: after.gallery, liked: lists(liked, after.liked), disliked: lists(disliked, after.disliked),
      notes: texts(notes, after.notes), drawings: texts(drawings, after.drawings),
    };
    if (before?.name !== after.name) change.name = after.name;
    return change;
  }
  function applied(board, change) {
    const list = (part) => [...new Set([...without(board[part], change[part].remove), ...change[part].add])];
    const pairs = (part) => Object.fromEntries(Object.entries({ ...board[part], ...change[part] }).filter(([, text]) => text));
    return { ...board, name: change.name ?? board.name, liked: list("liked"), disliked: list("disliked"), notes: pairs("notes"), drawings: pairs("drawings") };
  }

  function changes(from, to) {
    const keys = [...new Set([...from.keys(), ...to.keys()])];
    const isSame = (key) => from.has(key) && to.has(key) && contentOf(from.get(key)) === contentOf(to.get(key));
    return Object.fromEntries(keys.filter((key) => !isSame(key)).map((key) => [key, difference(from.get(key), to.get(key))]));
  }

  // Sends what has changed; one request at a time.
  function sync(request) {
    if (sent) { again = true; return; }
    sent = mine();
    again = false;
    const text = JSON.stringify({ id: ++number, since: revision, changes: request ?? changes(base, sent) });
    clearTimeout(timer);
    timer = setTimeout(() => { sent = null; sync(); }, PATIENCE);
    sketchnet.askLibrary(text);
  }

  sketchnet.libraryChanged = () => {
    const found = changes(base, mine());
    sketchnet.store("visit", "pending", JSON.stringify(found)); // a reload sends it again
    if (Object.keys(found).length) sync();
  };
  sketchnet.syncLibrary = () => sync();

  sketchnet.libraryAnswers = (text) => {
    const answer = JSON.parse(text || "{}");
    if (!sent || answer.id !== number) return;
    clearTimeout(timer);
    const before = sent, now = mine(), after = new Map(now);
    sent = null;
    if (answer.error) return sketchnet.say(answer.error);
    revision = answer.revision;
    let news = false;
    for (const [key, content] of Object.entries(answer.boards)) {
      let board = null;
      try { board = content && sketchnet.checkedBoard({ ...content, key }); } catch { continue; }
      if (board) base.set(key, board); else base.delete(key);
      const edited = now.has(key) && before.has(key) ? difference(before.get(key), now.get(key)) : null;
      const merged = board && edited ? applied(board, edited) : board;
      if (merged ? now.has(key) && contentOf(merged) === contentOf(now.get(key)) : !now.has(key)) continue;
      if (merged) after.set(key, { ...merged, refine: now.get(key)?.refine ?? merged.refine }); else after.delete(key);
      news = true;
    }
    if (news) {
      const others = [...after.values()].filter(({ key }) => !now.has(key)).reverse();
      sketchnet.writeBoards([...others, ...[...after.values()].filter(({ key }) => now.has(key))]);
      sketchnet.showOpenBoard?.();
    }
    showTray();
    sketchnet.store("visit", "pending", JSON.stringify(changes(base, mine())));
    if (again || Object.keys(changes(base, mine())).length) sync();
  };

  // Others have changed the board of the tray. While an answer is under way the page takes no other act.
  function showTray() {
    if (document.body.classList.contains("busy")) return setTimeout(showTray, 100);
    const board = sketchnet.boardOf(), shown = JSON.parse(sketchnet.stored("visit", "tray") || "[]");
    if (!board || board.gallery !== shown[0]) return;
    const [liked, disliked] = [lists(shown[1], board.liked), lists(shown[2], board.disliked)];
    if (![liked, disliked].some(({ add, remove }) => add.length || remove.length)) return;
    sketchnet.store("visit", "tray", sketchnet.trayOf(board));
    sketchnet.followTray(JSON.stringify([board.gallery, [liked.add, disliked.add], [liked.remove, disliked.remove]]));
  }

  sketchnet.library = () => {
    let pending = null;
    try { pending = JSON.parse(sketchnet.stored("visit", "pending") || "null"); } catch { /* nothing is under way */ }
    base = new Map();
    sync(pending ?? {});
  };
})();
