"""The annotation of QMUL v1: file names by row, and human similarity triplets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sketchnet.data.pairs.file_names import printable
from sketchnet.utils.errors import InputError


@dataclass(frozen=True)
class SplitAnnotation:
    """One split of the annotation.

    Attributes:
        images: name of each row of photos, without ending.
        sketches: name of each row of sketches, without ending.
        anchors: for each row of sketches, the list of its triplets as it is in the file.
    """

    images: list[str]
    sketches: list[str]
    anchors: list[Any]

    def triplets(self, skipped: list[Any]) -> Iterator[tuple[int, int, int]]:
        """Yield (sketch row, row of the more similar image, row of the less similar image).

        Rows are 0-based within the split. Entries that are not pairs of two different rows are
        appended to `skipped`.
        """
        rows = {*range(len(self.images))}
        for anchor, pairs in enumerate(self.anchors):
            for pair in pairs if isinstance(pairs, list) else [pairs]:
                is_list = isinstance(pair, list) and all(type(row) is int for row in pair)
                if is_list and len(pair) == len(rows.intersection(pair)) == 2:
                    yield anchor, pair[0], pair[1]
                else:
                    skipped.append(pair)


def load_annotation(path: Path) -> dict[str, Any]:
    """Read the annotation as split to content. Raises: InputError unless it is a JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("JSON", f"{path.name} ({error})", "fetch it again") from None
    if not isinstance(content, dict):
        raise InputError(
            "an object with the splits at the top",
            f"{path.name} with a {type(content).__name__}",
            "check that it is an annotation of QMUL v1",
        )
    return content


def check_annotation(part: Any, sketches: int | None, images: int | None) -> SplitAnnotation:
    """Check the annotation of one split.

    Args:
        part: the content for this split.
        sketches: number of rows of sketches; None if unknown.
        images: number of rows of photos; None if unknown.

    Raises: ValueError with what is wrong.
    """
    if not isinstance(part, dict):
        raise ValueError("it is not an object with images, sketches and triplets")
    lists = {key: part.get(key) or [] for key in ("images", "sketches", "triplets")}
    for key, entries in lists.items():
        if not isinstance(entries, list):
            raise ValueError(f"{key} is not a list")
    for key, rows in (("sketches", sketches), ("images", images)):
        if not all(isinstance(name, str) and Path(name).stem for name in lists[key]):
            raise ValueError(f"{key} is not a list of file names")
        if rows is not None and len(lists[key]) != rows:
            raise ValueError(f"it lists {len(lists[key])} {key}, the array has {rows}")
    if len(set(lists["sketches"])) != len(lists["sketches"]):
        raise ValueError("it lists a sketch twice")
    if len(lists["triplets"]) not in (0, len(lists["sketches"])):
        raise ValueError(
            f"it has triplets for {len(lists['triplets'])} sketches and lists "
            f"{len(lists['sketches'])}"
        )
    return SplitAnnotation(
        images=[printable(Path(name).stem) for name in lists["images"]],
        sketches=[printable(Path(name).stem) for name in lists["sketches"]],
        anchors=lists["triplets"],
    )
