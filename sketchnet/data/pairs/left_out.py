"""What a listing leaves out, and the lines that report it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LeftOut:
    """Something that a listing leaves out.

    Attributes:
        name: path below the listed folder; folders end in a slash.
        reason: why, in a few words.
        pictures: how many picture files it is or holds.
        is_loss: whether a person would miss it: a photo in a format that cannot be read, but not
            the thumbnails of a storage system.
    """

    name: str
    reason: str
    pictures: int = 1
    is_loss: bool = False

    def __str__(self) -> str:
        count = f"{self.pictures:,} picture{'s' * (self.pictures != 1)}, "
        return f"{self.name}: {count if self.name.endswith('/') else ''}{self.reason}, left out"


def summarise(left_out: Sequence[LeftOut], most: int = 20) -> list[str]:
    """Return one line for each thing left out; hidden files of one folder share a line."""
    hidden = Counter(
        os.path.dirname(each.name)
        for each in left_out
        if each.reason == "hidden" and not each.name.endswith("/")
    )
    lines, shown = [], set()
    for each in left_out:
        folder = os.path.dirname(each.name)
        if each.reason == "hidden" and not each.name.endswith("/") and hidden[folder] > 1:
            if folder not in shown:
                shown.add(folder)
                others = f"and {hidden[folder] - 1:,} more hidden files"
                lines.append(f"{each.name} {others}: left out")
        else:
            lines.append(str(each))
    more = len(lines) - most
    return [*lines[:most], *([f"… and {more:,} more"] if more > 0 else [])]
