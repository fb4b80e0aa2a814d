"""The pictures below a folder: one listing for training data, galleries and the page.

Links to folders are followed, each folder once. Hidden and system folders and galleries of
sketchnet (with their thumbnails) are left out, and so are files in formats that cannot be read.
The listing counts and names everything that it leaves out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sketchnet.data.pairs.file_names import (
    PICTURE_ENDINGS,
    SVG,
    folded,
    id_of,
    natural_order,
    printable,
)
from sketchnet.data.pairs.left_out import LeftOut
from sketchnet.utils.errors import InputError

# Kept by network storage and operating systems: thumbnails, deleted files, copies of metadata.
_SYSTEM_FOLDERS = frozenset(
    ["@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@sharebin", "@tmp",
     "$recycle.bin", "recycler", "system volume information", "lost+found", "__macosx"]
)  # fmt: skip
_UNREADABLE = {
    ".pdf": "a document", ".ai": "a document", ".eps": "a document", ".ps": "a document",
    ".psd": "a document", ".psb": "a document", ".xcf": "a document", ".indd": "a document",
    ".sketch": "a document", ".svgz": "a compressed drawing", ".jxl": "a picture",
    ".jp2": "a picture", ".raw": "a camera's raw file", ".dng": "a camera's raw file",
    ".cr2": "a camera's raw file", ".cr3": "a camera's raw file", ".nef": "a camera's raw file",
    ".arw": "a camera's raw file", ".orf": "a camera's raw file", ".rw2": "a camera's raw file",
    ".zip": "an archive", ".rar": "an archive", ".7z": "an archive",
}  # fmt: skip
_ADVICE = {"an archive": "unpack it first"}


@dataclass(eq=False)
class Folder:
    """One folder of a listing: its picture files (SVG drawings among them) and its folders.

    Attributes:
        relative: path below the listed folder, "" for that folder itself.
        pictures: in natural order.
        folders: in natural order.
    """

    path: Path
    relative: str = ""
    pictures: list[Path] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.name

    def find(self, *names: str) -> Folder | None:
        """Return the subfolder with the first of these names that is there, in any case."""
        by_name = {folded(folder.name): folder for folder in reversed(self.folders)}
        return next((by_name[name] for name in names if name in by_name), None)

    def walk(self) -> Iterator[Folder]:
        """Yield this folder and all below it, parents first."""
        waiting = [self]
        while waiting:
            folder = waiting.pop()
            yield folder
            waiting += reversed(folder.folders)

    def all_pictures(self) -> list[Path]:
        """Return the pictures of this folder and of all below it."""
        return [path for folder in self.walk() for path in folder.pictures]


class Listing:
    """The pictures below a folder, and what has become of those that are not used.

    Attributes:
        root: the tree of folders.
        left_out: what the listing itself leaves out.
        skipped: pictures that a reader of a layout does not use, with the reason.
        accounted: pictures that a reader uses in another form, or has left out on purpose.
    """

    def __init__(self, directory: Path | str) -> None:
        """List a folder. Raises InputError where it is not a folder, or a gallery of sketchnet."""
        path = Path(directory).resolve()
        if not path.is_dir():
            raise InputError("a folder of pictures", f"{directory}, which is not a folder")
        if is_gallery(path):
            raise InputError(
                "a folder of pictures",
                f"{directory}, a gallery that sketchnet built",
                "name the folder that it was built from",
            )
        self.root = Folder(path)
        self.left_out: list[LeftOut] = []
        self.skipped: dict[Path, str] = {}
        self.accounted: set[Path] = set()
        self._entered: set[tuple[int, int]] = set()
        self._links: list[tuple[Folder, Path]] = []  # the folder that a link lies in, and the link
        self._scan(self.root)
        while self._links:  # links come last: a folder that is also here itself keeps its own name
            parent, link = self._links.pop(0)
            self._follow(parent, link)
        for folder in self.root.walk():
            folder.folders.sort(key=lambda each: natural_order(each.name))

    def relative(self, path: Path) -> str:
        """Return a printable path below the listed folder, as it was reached."""
        return printable(path.relative_to(self.root.path).as_posix())

    def skip(self, path: Path, reason: str, problems: list[str]) -> None:
        """Note a picture that a reader does not use, and add the line about it to `problems`."""
        self.skipped[path] = reason
        problems.append(f"{self.relative(path)}: {reason}, skipped")

    def leave_out(self, paths: Sequence[Path], name: str, reason: str) -> None:
        """Note pictures that are not part of the data, all in one line that starts with `name`."""
        self.accounted.update(paths)
        self.left_out.append(LeftOut(name, reason, len(paths)))

    def ids(self, folder: Folder, within: Folder | None = None) -> dict[Path, str]:
        """Return the id of every picture in and below a folder: its path below `within`."""
        base = (within or folder).path
        return {path: id_of(path.relative_to(base).as_posix()) for path in folder.all_pictures()}

    def _scan(self, top: Folder) -> None:
        """Read a folder and all below it, links to folders apart."""
        self._entered.add(_identity(top.path))
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            for entry in self._entries(folder):
                path = folder.path / entry.name
                if _is_system(entry.name):
                    self._leave_out_system(path, entry)
                elif entry.is_symlink() and path.is_dir():
                    self._links.append((folder, path))
                elif entry.is_dir(follow_symlinks=False):
                    child = self._enter(folder, path)
                    waiting += [child] if child else []
                else:
                    self._add_file(folder, path)

    def _entries(self, folder: Folder) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder.path) as entries:
                return sorted(entries, key=lambda entry: natural_order(entry.name))
        except OSError as error:
            reason = f"it cannot be opened ({error.strerror})"
            self.left_out.append(LeftOut(self.relative(folder.path) + "/", reason, 0, True))
            return []

    def _enter(self, parent: Folder, path: Path) -> Folder | None:
        """Add a folder to the tree; None where it is left out."""
        if _identity(path) in self._entered:  # a link led here before
            return None
        if is_gallery(path):
            count = _count_pictures(path)
            name = self.relative(path) + "/"
            self.left_out.append(LeftOut(name, "a gallery that sketchnet built", count))
            return None
        self._entered.add(_identity(path))
        child = Folder(path, self.relative(path))
        parent.folders.append(child)
        return child

    def _follow(self, parent: Folder, link: Path) -> None:
        name, target = self.relative(link) + "/", link.resolve()
        if _identity(link) in self._entered:
            reason = f"a link to {printable(str(target))}, which is listed already"
            self.left_out.append(LeftOut(name, reason, 0))
        elif self.root.path.is_relative_to(target):
            self.left_out.append(LeftOut(name, "a link to a folder above", 0))
        elif child := self._enter(parent, link):
            self._scan(child)

    def _add_file(self, folder: Folder, path: Path) -> None:
        ending = path.suffix.lower()
        if ending in _UNREADABLE:
            kind = _UNREADABLE[ending]
            advice = _ADVICE.get(kind, "save it as PNG or JPEG")
            reason = f"{kind} that is not read; {advice}"
            self.left_out.append(LeftOut(self.relative(path), reason, 1, True))
        elif ending in PICTURE_ENDINGS or ending == SVG:
            if path.is_file():
                folder.pictures.append(path)
            else:
                reason = "a link that leads nowhere" if path.is_symlink() else "not a regular file"
                self.left_out.append(LeftOut(self.relative(path), reason, 1, True))

    def _leave_out_system(self, path: Path, entry: os.DirEntry[str]) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        count = _count_pictures(path) if is_folder else path.suffix.lower() in PICTURE_ENDINGS
        if count:
            name = self.relative(path) + "/" * is_folder
            kind = "hidden" if entry.name.startswith(".") else "kept by a storage or other system"
            self.left_out.append(LeftOut(name, kind, int(count)))


def is_gallery(path: Path) -> bool:
    """Whether a folder is a gallery that sketchnet built."""
    return (path / "gallery.json").is_file() and (path / "photos.json").is_file()


def _is_system(name: str) -> bool:
    return name.startswith(".") or folded(name) in _SYSTEM_FOLDERS


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _count_pictures(folder: Path) -> int:
    return sum(
        os.path.splitext(name)[1].lower() in PICTURE_ENDINGS
        for _, _, names in os.walk(folder)
        for name in names
    )
