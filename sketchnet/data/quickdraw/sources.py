"""Which files of a folder hold doodles, in which form, of which category."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from sketchnet.data.pairs.file_names import printable
from sketchnet.data.quickdraw.binary import looks_binary, read_binary
from sketchnet.data.quickdraw.bitmaps import holds_bitmaps, read_bitmaps
from sketchnet.data.quickdraw.categories import official_category
from sketchnet.data.quickdraw.csv_file import holds_column, read_csv
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.json_list import holds_drawings, read_json_list
from sketchnet.data.quickdraw.ndjson import holds_times, read_ndjson
from sketchnet.data.quickdraw.pictures import category_of, read_pictures
from sketchnet.data.quickdraw.records import LONGEST_NAME
from sketchnet.data.quickdraw.sketch_rnn_npz import holds_sketch_rnn, read_sketch_rnn
from sketchnet.data.quickdraw.text_files import UNREADABLE, open_text
from sketchnet.utils.errors import InputError

Reader = Callable[[Path, str, Problems], Iterator[DoodleItem]]

# In order of preference, where one doodle is in several files.
FORMS: dict[str, Reader] = {
    "ndjson": read_ndjson,
    "raw ndjson": read_ndjson,
    "JSON list": read_json_list,
    "CSV": read_csv,
    "binary": read_binary,
    "sketch-rnn": read_sketch_rnn,
    "bitmaps": read_bitmaps,
    "picture": read_pictures,
}

GZIP = ".gz"
TEXT_ENDINGS = (".ndjson", ".jsonl", ".json", ".csv")
ENDINGS = (*TEXT_ENDINGS, GZIP, ".bin", ".npz", ".npy")
_UNFINISHED = (".part", ".part.json", ".partial.json")  # of downloads

# What download tools add before or after the category in a file's name.
_AROUND_WORD = re.compile(
    r"^(full|simplified|raw|binary|numpy[_-]bitmap|sketchrnn|quickdraw[_-]dataset)[_/-]"
    r"|[_-]\d+x784$|\.full$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DoodleFile:
    """One file of doodles.

    Attributes:
        path: where it is.
        form: a key of `FORMS`.
        word: the category by the file's name.
    """

    path: Path
    form: str
    word: str

    def read(self, problems: Problems) -> Iterator[DoodleItem]:
        """Yield its doodles one by one."""
        return FORMS[self.form](self.path, self.word, problems)


def find_sources(paths: Path | str | Iterable[Path | str]) -> tuple[DoodleFile, ...]:
    """Find the files of doodles among `paths`: files, or folders with everything below them.

    Returns: the files, preferred forms first.
    Raises: InputError for a path that does not exist and for a given file in no known form.
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    found: dict[Path, DoodleFile] = {}
    for path in map(Path, given):
        if not path.exists():
            raise InputError("a folder or file of drawings", f"{path}: not there")
        for file in _files(path):
            form = form_of(file)
            if form is not None:
                word = category_of(file) or word_of(file)
                found.setdefault(file.resolve(), DoodleFile(file, form, word))
            elif file == path:
                raise InputError(
                    f"drawings as {', '.join(ENDINGS)}", f"{path}, which holds none in these forms"
                )
    order = list(FORMS)
    return tuple(sorted(found.values(), key=lambda s: (order.index(s.form), str(s.path))))


def sources_fingerprint(
    paths: Path | str | Iterable[Path | str], categories: Sequence[str] | None = None
) -> str:
    """Digest of the names, sizes and times of the doodle files, and of the wanted categories.

    It changes when a file is added, removed or replaced, or grows, or when other categories are
    wanted: use it in the key of what is computed from them. No file is opened.

    Args:
        paths: files or folders.
        categories: the wanted words in their order; None means all.

    Returns: 16 hexadecimal digits. Paths that do not exist count as empty.
    """
    digest = hashlib.blake2b(repr(categories and tuple(categories)).encode(), digest_size=8)
    for path in map(Path, [paths] if isinstance(paths, str | Path) else paths):
        for file in _files(path):
            if file.suffix.lower() in ENDINGS or category_of(file):
                state = file.stat()
                row = (os.path.relpath(file, path), state.st_size, state.st_mtime_ns)
                digest.update(repr(row).encode())
    return digest.hexdigest()


def form_of(path: Path) -> str | None:
    """The form of a file by its name and its content; None where it holds no doodles."""
    ending = path.suffix.lower()
    try:
        if ending in TEXT_ENDINGS or ending == GZIP:
            return _text_form(path)
        if ending == ".npz":
            return "sketch-rnn" if holds_sketch_rnn(path) else None
        if ending == ".bin" and looks_binary(path):
            return "binary"
        if ending in (".npy", ".bin"):
            return "bitmaps" if holds_bitmaps(path) else None
        if category_of(path):
            return "picture"
    except UNREADABLE:
        # A broken file of lines is read all the same, so that its problem is reported.
        return "ndjson" if _is_named_ndjson(path) else None
    return None


def _text_form(path: Path) -> str | None:
    with open_text(path) as (file, _):
        first = file.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:2]  # type: ignore[attr-defined]
        if _is_named_ndjson(path) and not re.match(rb"\[\s*\{?$", first):
            return "raw ndjson" if holds_times(file) else "ndjson"
        if first[:1] in (b"[", b"{"):
            return "JSON list" if holds_drawings(file) else None
        return "CSV" if holds_column(file) else None


def _is_named_ndjson(path: Path) -> bool:
    return path.name.lower().removesuffix(GZIP).endswith((".ndjson", ".jsonl"))


def word_of(path: Path) -> str:
    """The category by a file's name: "full_simplified_flip%20flops.ndjson.gz" is "flip flops"."""
    name = unquote(path.name)
    if name.lower().endswith(GZIP):
        name = name[: -len(GZIP)]
    stem, dot, ending = name.rpartition(".")
    if dot and f".{ending.lower()}" in ENDINGS:
        name = stem
    while (shorter := _AROUND_WORD.sub("", name, count=1)) != name:
        name = shorter
    return official_category(name) or printable(name)[:LONGEST_NAME]


def _files(path: Path) -> Iterator[Path]:
    """A file itself, or all files below a folder that are not hidden and not being downloaded."""
    if path.is_file():
        yield path
        return
    entered = set()  # a link to a folder above must not be followed forever
    for folder, folders, names in os.walk(path, followlinks=True):
        entered.add(os.path.realpath(folder))
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and os.path.realpath(os.path.join(folder, name)) not in entered
        )
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_UNFINISHED):
                file = Path(folder, name)
                if file.is_file():  # and no pipe, whose reading would never end
                    yield file
