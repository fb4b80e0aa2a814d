"""The tray: shoes marked Keep or Not this, relevance feedback, the mood board and the table."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from sketchnet.imaging.decode import read_picture
from sketchnet.utils.spreadsheet import safe_cell

from . import cards, icons

TILE, GAP = 320, 24  # px of the mood board
MAX_TILES = 60
MAX_RESTORED = 500  # ids of each kind that are accepted from a browser

STORE = """
watch('value', () => {
  const stored = element.querySelector('[data-tray]')?.dataset.tray ?? '';
  window.sketchnet.store('visit', 'tray', stored);
  window.sketchnet.trayChanged(stored);
});
window.sketchnet.restoreTray = (stored, filters) => trigger('act', {
  act: 'restore',
  id: filters ? `${(stored || '["",[],[],false]').slice(0, -1)},${filters}]` : stored,
});
window.sketchnet.followTray = (changes) => trigger('act', { act: 'follow', id: changes });
const [stored, filters] = ['tray', 'filters'].map((name) => window.sketchnet.stored('visit', name));
if (stored || filters) window.sketchnet.restoreTray(stored, filters);
window.sketchnet.showBoards();
"""
"""The browser stores the tray while its window is open: a page that is reloaded has it back, with
the filters.

Its board (`boards.js`), which has a name, is stored for longer.
"""


def tray(
    gallery: str,
    liked: Sequence[tuple[str, Path]],
    disliked: Sequence[tuple[str, Path]],
    feedback: bool,
    titles: Mapping[str, str] | None = None,
) -> str:
    """The bar at the bottom of the page, not shown while it is empty.

    Args:
        gallery: name of the gallery that the shoes belong to.
        liked, disliked: id and picture of each shoe.
        feedback: whether the tray refines the results.
        titles: of the shoes in the catalogue, by their ids; the others are called by their id.
    """
    ids = [[photo_id for photo_id, _ in half] for half in (liked, disliked)]
    content = escape(json.dumps([gallery, *ids, feedback]), quote=True)
    stored = f'<i hidden data-tray="{content}"></i>'
    if not liked and not disliked:
        return stored
    items = [
        _item(each, act, (titles or {}).get(each[0]) or each[0])
        for act, half in (("like", liked), ("dislike", disliked))
        for each in half
    ]
    exports = (
        '<button class="plain" data-act="board">Mood board</button>'
        '<button class="plain" data-act="csv">CSV</button>'
    )
    board = '<button class="board" data-later="boards" aria-haspopup="dialog"></button>'
    return (
        f'{stored}<div class="tray" role="region" aria-label="Tray">{board}'
        f"<ul>{''.join(items)}</ul>"
        f'<button class="feedback" data-act="feedback" aria-pressed="{str(feedback).lower()}">'
        f"{'Refined' if feedback else 'Refine results'}</button>{exports if liked else ''}"
        '<button class="plain" data-act="empty" aria-label="Empty the tray">Empty</button></div>'
    )


def _item(item: tuple[str, Path], act: str, title: str) -> str:
    name, picture = escape(item[0], quote=True), cards.file_url(item[1])
    title = escape(title, quote=True)
    return (
        f'<li class="{act}d"><button data-act="open" data-id="{name}" title="{title}">'
        f'<img src="{picture}" alt="Shoe {title}"></button>'
        f'<button class="remove" data-act="{act}" data-id="{name}" aria-label="Remove {title}">'
        f"{icons.CROSS}</button></li>"
    )


def read_stored(text: str) -> tuple[str, list[str], list[str], bool, Any]:
    """Return gallery, liked ids, disliked ids and feedback as `tray` stored them, and the filters.

    The filters (`narrowed`) are None where the text has none. The text comes from a browser and may
    be anything: text of another form is an empty tray, and ids and filters must be checked.
    """
    try:
        gallery, liked, disliked, feedback, *more = json.loads(text)
        ids = [[str(photo_id) for photo_id in half][:MAX_RESTORED] for half in (liked, disliked)]
    except (ValueError, TypeError, RecursionError):
        return "", [], [], False, None
    halves = ([*dict.fromkeys(half)] for half in ids)
    return str(gallery), *halves, feedback is True, more[0] if more else None


def read_changes(text: str) -> tuple[str, list[list[str]], list[list[str]]]:
    """Return gallery, added and removed ids, each of liked and of disliked photos.

    The text comes from a browser: of another form it is no change, and the ids must be checked.
    """
    try:
        gallery, *parts = json.loads(text)
        added, removed = (
            [[str(photo_id) for photo_id in half][:MAX_RESTORED] for half in (liked, disliked)]
            for liked, disliked in parts
        )
    except (ValueError, TypeError, RecursionError):
        return "", [[], []], [[], []]
    return str(gallery), added, removed


def mood_board(pictures: Sequence[Path]) -> bytes:
    """The kept shoes (at most 60) side by side on white, as a PNG."""
    pictures = pictures[:MAX_TILES]
    columns = max(1, min(5, len(pictures), round(len(pictures) ** 0.5 + 0.5)))
    rows = -(-len(pictures) // columns)
    step = TILE + GAP
    board = Image.new("RGB", (GAP + step * columns, GAP + step * rows), "white")
    for number, path in enumerate(pictures):
        tile = Image.fromarray(read_picture(path))
        scale = TILE / max(tile.size)
        tile = tile.resize([max(1, round(side * scale)) for side in tile.size], Image.LANCZOS)
        row, column = divmod(number, columns)
        left = GAP + step * column + (TILE - tile.width) // 2
        board.paste(tile, (left, GAP + step * row + (TILE - tile.height) // 2))
    file = io.BytesIO()
    board.save(file, "PNG", optimize=False)
    return file.getvalue()


def table(rows: Sequence[tuple[str, str, int | None, float | None]]) -> bytes:
    """A CSV of id, kept (yes or no), rank and similarity; the last two are empty where unknown."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "kept", "rank", "similarity"])
    for photo_id, kept, rank, similarity in rows:
        rounded = "" if similarity is None else f"{similarity:.3f}"
        writer.writerow([safe_cell(photo_id), kept, "" if rank is None else rank, rounded])
    return file.getvalue().encode("utf-8-sig")


def download(name: str, media_type: str, content: bytes) -> str:
    """A file as JSON, which `page.js` saves through the browser."""
    encoded = base64.b64encode(content).decode()
    return json.dumps({"name": name, "href": f"data:{media_type};base64,{encoded}"})
