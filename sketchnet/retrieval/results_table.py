"""The best matches of one or many sketches as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from sketchnet.retrieval.search import Match
from sketchnet.utils.spreadsheet import safe_cell


def results_table(found: Mapping[str, Sequence[Match]]) -> str:
    """Return a CSV with one line for each match: sketch, rank, id, similarity, and the fields.

    Args:
        found: the matches of each sketch, by the name of the sketch.

    No cell begins as a formula does, whatever a name or a field begins with (`utils.spreadsheet`).
    """
    matches = [match for each in found.values() for match in each]
    names = list(dict.fromkeys(name for match in matches for name in match.fields))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["sketch", "rank", "id", "similarity", *map(safe_cell, names)])
    for sketch, each in found.items():
        for match in each:
            cells = [safe_cell(_text(match.fields.get(name))) for name in names]
            fixed = [safe_cell(sketch), match.rank, safe_cell(match.id), f"{match.similarity:.3f}"]
            writer.writerow([*fixed, *cells])
    return file.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "; ".join(value) if isinstance(value, list) else str(value)
