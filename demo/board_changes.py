"""Changes of a board, as a browser sends them and the library applies them.

    {"name": "Autumn", "gallery": "shoes", "refine": false,
     "liked": {"add": ["boot-1"], "remove": []}, "disliked": {"add": [], "remove": []},
     "notes": {"boot-1": "a wider heel"}, "drawings": {"boot-1": "SgUg…"}}

All parts may be left out. An empty note or drawing removes the one that was there. What comes from
a browser may be anything, so it is checked and limited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sketchnet.utils.errors import InputError

MAX_SHOES, MAX_ID, MAX_NAME, MAX_NOTE, MAX_DRAWING = 500, 300, 60, 300, 200_000
_PARTS = {"name", "gallery", "refine", "liked", "disliked", "notes", "drawings"}
_PACKED = re.compile(r"[\w-]*", re.ASCII)  # letters of a drawing (`packed.js`)


def changed_board(board: Mapping[str, Any] | None, change: Any) -> dict[str, Any]:
    """Return a board after a change; None is a board that does not exist yet.

    Raises InputError where it is no change of a board, or a new board has no name or gallery.
    """
    if not isinstance(change, Mapping) or not change.keys() <= _PARTS:
        raise _no_change()
    after: dict[str, Any] = dict(board or {"liked": [], "disliked": [], "refine": False})
    for part, longest in (("name", MAX_NAME), ("gallery", MAX_ID)):
        after[part] = _text(change.get(part, after.get(part)), longest)
        if not after[part]:
            raise _no_change()
    after["refine"] = change.get("refine", after["refine"]) is True
    for part in ("liked", "disliked"):
        after[part] = _changed_list(after[part], change.get(part, {}))
    # One person may keep what another has put aside: what was changed last counts.
    for part, other in (("liked", "disliked"), ("disliked", "liked")):
        added = change.get(part, {}).get("add", [])
        after[other] = [photo_id for photo_id in after[other] if photo_id not in added]
    for part, longest in (("notes", MAX_NOTE), ("drawings", MAX_DRAWING)):
        after[part] = _changed_texts(after.get(part, {}), change.get(part, {}), longest)
    if not all(_PACKED.fullmatch(drawing) for drawing in after["drawings"].values()):
        raise _no_change()
    return after


def _changed_list(before: list[str], change: Any) -> list[str]:
    if not isinstance(change, Mapping) or not change.keys() <= {"add", "remove"}:
        raise _no_change()
    add, remove = (_ids(change.get(part, [])) for part in ("add", "remove"))
    kept = [photo_id for photo_id in before if photo_id not in {*remove}]
    return [*dict.fromkeys([*kept, *add])][:MAX_SHOES]


def _changed_texts(before: Mapping[str, str], change: Any, longest: int) -> dict[str, str]:
    if not isinstance(change, Mapping):
        raise _no_change()
    new = {_text(name, MAX_ID): _text(text, longest) for name, text in change.items()}
    joined = {**before, **new}
    return dict([(name, text) for name, text in joined.items() if text][:MAX_SHOES])


def _ids(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_SHOES:
        raise _no_change()
    return [_text(photo_id, MAX_ID) for photo_id in value]


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise _no_change()
    return value


def _no_change() -> InputError:
    return InputError("a change of a board", "something else", "reload the page")
