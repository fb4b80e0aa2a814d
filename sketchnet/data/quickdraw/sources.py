"""Which files of a folder hold drawings, in which form, of which category."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from sketchnet.data.pairs.file_names import printable
from sketchnet.data.quickdraw.binary import looks_binary, read_binary
from sketchnet.data.quickdraw.bitmaps import holds_bitmaps, read_bitmaps
from sketchnet.data.quickdraw.categories import official_category
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import LONGEST_NAME, holds_times, read_ndjson
from sketchnet.data.quickdraw.sketch_rnn import holds_sketch_rnn, read_sketch_rnn
from sketchnet.utils.errors import InputError

Reader = Callable[[Path, str, Problems], Iterator[DoodleItem]]

# In order of preference, where one drawing is in several files.
FORMS: dict[str, Reader] = {
    "ndjson": read_ndjson,
    "raw ndjson": read_ndjson,
    "binary": read_binary,
    "sketch-rnn": read_sketch_rnn,
    "bitmaps": read_bitmaps,
}

# What download tools put before or behind the category in a file's name.
_AROUND_WORD = re.compile(
    r"^(full|simplified|raw|binary|numpy[_-]bitmap|sketchrnn|quickdraw[_-]dataset)[_/-]"
    r"|[_-]\d+x784$|\.full$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """One file of drawings."""

    path: Path
    form: str
    word: str
    """The category that the file's name tells."""

    def read(self, problems: Problems) -> Iterator[DoodleItem]:
        """Its drawings, one by one."""
        return FORMS[self.form](self.path, self.word, problems)


def find_sources(paths: Path | str | Iterable[Path | str]) -> tuple[Source, ...]:
    """The files of drawings among `paths`: files, or folders with everything below them.

    Raises InputError for a path that does not exist and for a file that is in no known form.
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    found: dict[Path, Source] = {}
    for path in map(Path, given):
        if not path.exists():
            raise InputError("a folder or file of drawings", f"{path}: not there")
        for file in _files(path):
            form = form_of(file)
            if form is not None:
                found.setdefault(file.resolve(), Source(file, form, word_of(file)))
            elif file == path:
                raise InputError("drawings as .ndjson, .bin, .npz or .npy", f"{path}, none of it")
    order = list(FORMS)
    return tuple(sorted(found.values(), key=lambda s: (order.index(s.form), str(s.path))))


def form_of(path: Path) -> str | None:
    """The form of a file by its name and first bytes, None where it holds no drawings."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".ndjson":
            return "raw ndjson" if holds_times(path) else "ndjson"
        if suffix == ".npz":
            return "sketch-rnn" if holds_sketch_rnn(path) else None
        if suffix == ".bin" and looks_binary(path):
            return "binary"
        if suffix in (".npy", ".bin"):
            return "bitmaps" if holds_bitmaps(path) else None
    except OSError:
        return None
    return None


def word_of(path: Path) -> str:
    """The category in a file's name: "full_simplified_flip%20flops.ndjson" is "flip flops"."""
    name = unquote(path.name).removesuffix(path.suffix)
    while (shorter := _AROUND_WORD.sub("", name, count=1)) != name:
        name = shorter
    return official_category(name) or printable(name)[:LONGEST_NAME]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    entered = set()  # a link to a folder above would never end
    for folder, folders, names in os.walk(path, followlinks=True):
        entered.add(os.path.realpath(folder))
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and os.path.realpath(os.path.join(folder, name)) not in entered
        )
        found = (Path(folder, name) for name in sorted(names) if not name.startswith("."))
        yield from (path for path in found if path.is_file())  # not a pipe, which would never end
