"""Load doodle files: simplified drawings in memory, each once, at most N of a category."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.data.hash_split import SPLITS, seeded_share, split_of
from sketchnet.data.quickdraw.categories import CATEGORIES, official_category
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.sources import find_sources
from sketchnet.strokes.formats import tidy
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError


def load_doodles(
    paths: Path | str | Iterable[Path | str],
    categories: Sequence[str] | None = None,
    per_category: int | None = None,
    *,
    recognized_only: bool = True,
    split: str = "all",
    pictures_per_category: int | None = None,
    seed: int = 0,
) -> Doodles:
    """Load Quick, Draw! files in any form of `sources.FORMS`.

    Args:
        paths: files, or folders with everything below them; the same key_id is one doodle. The
            `.npz` and bitmap files have no key_ids: load them, or the others, but not both.
        categories: the words to keep, labelled in this order; None keeps all, in alphabetical
            order.
        per_category: maximum of each category, a seeded choice that does not depend on the order of
            the files; a larger number adds to a smaller one. Only these are held in memory.
        recognized_only: leave out what the game did not recognize; files without that field count
            as recognized.
        split: `train`, `val`, `test` or `all` (`split_of`), applied before `per_category`.
        pictures_per_category: maximum of the pictures without strokes of each category, chosen for
            themselves; None counts them among `per_category`.
        seed: of the choice and of the split.

    Raises: InputError where a path does not exist or no doodle is left.
    """
    if per_category is not None and per_category < 1:
        raise InputError("at least 1 drawing of each category", per_category)
    if split not in (*SPLITS, "all"):
        raise InputError("the split train, val, test or all", f"{split!r}")
    wanted = None if categories is None else {official_category(c) or c for c in categories}
    problems = Problems()
    chosen: dict[tuple[str, bool], _Choice] = {}
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    for source in find_sources(given):
        if wanted is not None and source.word in CATEGORIES and source.word not in wanted:
            continue  # a file of another category
        for item in source.read(problems):
            if recognized_only and not item.recognized:
                continue
            if wanted is not None and item.word not in wanted:
                continue
            if split != "all" and split_of(item.key_id, seed) != split:
                continue
            apart = item.drawing is None and pictures_per_category is not None
            most = pictures_per_category if apart else per_category
            chosen.setdefault((item.word, apart), _Choice(most, seed)).offer(item)
    return _loaded(chosen, categories, ", ".join(map(str, given)), problems)


class _Choice:
    """The doodles of one category with the smallest seeded hashes, each key_id once."""

    def __init__(self, most: int | None, seed: int) -> None:
        self._most, self._seed = most, seed
        self._heap: list[tuple[float, str]] = []  # the largest hash on top
        self._items: dict[str, DoodleItem] = {}

    def offer(self, item: DoodleItem) -> None:
        if item.key_id in self._items:
            return
        rank = -seeded_share(item.key_id, self._seed, "choice")
        if self._most is None or len(self._heap) < self._most:
            heapq.heappush(self._heap, (rank, item.key_id))
        elif rank > self._heap[0][0]:
            del self._items[heapq.heapreplace(self._heap, (rank, item.key_id))[1]]
        else:
            return
        self._items[item.key_id] = item

    def items(self) -> list[DoodleItem]:
        return [self._items[key] for _, key in sorted(self._heap, reverse=True)]


def _loaded(
    chosen: dict[tuple[str, bool], _Choice],
    categories: Sequence[str] | None,
    where: str,
    problems: Problems,
) -> Doodles:
    found = {word for word, _ in chosen}
    wanted = sorted(found) if categories is None else categories
    words = list(dict.fromkeys(official_category(word) or word for word in wanted))
    missing = [word for word in words if word not in found]
    if not chosen:
        what = f"drawings of {', '.join(words)}" if words else "drawings"
        raise InputError(
            f"{what} in {where}",
            "none" + (f" ({'; '.join(problems.messages()[:3])})" if len(problems) else ""),
        )
    items, labels = [], []
    owner: dict[str, str] = {}
    for label, word in enumerate(words):
        of_word = [chosen[key] for key in ((word, False), (word, True)) if key in chosen]
        for item in chain.from_iterable(choice.items() for choice in of_word):
            if owner.setdefault(item.key_id, word) != word:
                continue  # a drawing has one category: the first one
            items.append(item)
            labels.append(label)
    return Doodles(
        drawings=PackedDrawings.of(item.drawing and tidy(item.drawing) for item in items),
        labels=np.array(labels, np.int32),
        categories=tuple(words),
        key_ids=tuple(item.key_id for item in items),
        bitmaps={row: item.bitmap for row, item in enumerate(items) if item.bitmap is not None},
        problems=problems.messages() + tuple(f"no drawings of {word}" for word in missing),
    )
