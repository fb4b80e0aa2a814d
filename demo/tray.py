"""The tray: shoes that were kept or turned away, and what can be carried off from it."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PIL import Image

from sketchnet.imaging.decode import read_picture

from . import cards, icons

TILE, GAP, MOST = 320, 24, 60
MOST_KEPT = 500


KEEP = """
watch('value', () => {
  window.sketchnet.keep('visit', 'tray', element.querySelector('[data-kept]')?.dataset.kept ?? '');
});
const kept = window.sketchnet.kept('visit', 'tray');
if (kept) trigger('act', { act: 'restore', id: kept });
"""
"""The browser keeps the tray as long as the window is open; a page loaded again has it back."""


def tray(
    gallery: str,
    liked: Sequence[tuple[str, Path]],
    disliked: Sequence[tuple[str, Path]],
    steering: bool,
) -> str:
    """The bar at the foot of the page, unseen where it is empty. Items: id and picture."""
    names = [[name for name, _ in half] for half in (liked, disliked)]
    noted = escape(json.dumps([gallery, *names, steering]), quote=True)
    note = f'<i hidden data-kept="{noted}"></i>'
    if not liked and not disliked:
        return note
    items = [_item(each, "like") for each in liked] + [_item(each, "dislike") for each in disliked]
    take = (
        ""
        if not liked
        else (
            '<button class="plain" data-act="board">Mood board</button>'
            '<button class="plain" data-act="csv">CSV</button>'
        )
    )
    return (
        f'{note}<div class="tray" role="region" aria-label="Tray"><ul>{"".join(items)}</ul>'
        f'<button class="steer" data-act="steer" aria-pressed="{str(steering).lower()}">'
        f"{'Steering' if steering else 'Steer the search'}</button>{take}"
        '<button class="plain" data-act="empty" aria-label="Empty the tray">Empty</button></div>'
    )


def _item(item: tuple[str, Path], act: str) -> str:
    name, picture = escape(item[0], quote=True), cards.address(item[1])
    return (
        f'<li class="{act}d"><button data-act="open" data-id="{name}" title="{name}">'
        f'<img src="{picture}" alt="Shoe {name}"></button>'
        f'<button class="drop" data-act="{act}" data-id="{name}" aria-label="Take {name} out">'
        f"{icons.CROSS}</button></li>"
    )


def read_kept(text: str) -> tuple[str, list[str], list[str], bool]:
    """Gallery, liked, disliked and whether they steer, as `tray` noted them; empty for aught else.

    The note comes from a browser, so the names in it may be anybody's.
    """
    try:
        gallery, liked, disliked, steering = json.loads(text)
        names = [[str(name) for name in half][:MOST_KEPT] for half in (liked, disliked)]
    except (ValueError, TypeError, RecursionError):
        return "", [], [], False
    return str(gallery), *([*dict.fromkeys(half)] for half in names), steering is True


def mood_board(pictures: Sequence[Path]) -> bytes:
    """The kept shoes side by side on white, as a PNG; at most 60 of them."""
    pictures = pictures[:MOST]
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
    """A CSV of id, kept or turned away, and rank and similarity for the present query, if any."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "kept", "rank", "similarity"])
    for name, kept, rank, similarity in rows:
        near = "" if similarity is None else f"{similarity:.3f}"
        writer.writerow([_harmless(name), kept, "" if rank is None else rank, near])
    return file.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    # Spreadsheets run a cell that begins like a formula.
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def parcel(name: str, kind: str, content: bytes) -> str:
    """A file as JSON for `page.js`, which hands it to the browser's downloads."""
    encoded = base64.b64encode(content).decode()
    return json.dumps({"name": name, "href": f"data:{kind};base64,{encoded}"})
