"""Drawings that a person names as files: pictures, SVG drawings, or any form of doodle files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sketchnet.data.doodle_inputs import StrokesOrPicture
from sketchnet.data.quickdraw.items import Problems
from sketchnet.data.quickdraw.sources import ENDINGS, find_sources
from sketchnet.imaging.prepare import read_picture
from sketchnet.strokes.formats import tidy
from sketchnet.strokes.svg import read_svg
from sketchnet.utils.errors import InputError

MAX_EXAMPLES = 100  # of one file: more would be a training


def read_examples(paths: Sequence[Path]) -> list[StrokesOrPicture]:
    """Read every drawing in some files, whatever their words.

    Args:
        paths: files; a folder stands for the files in it, in the order of their names.

    Returns tidied strokes, or pictures (H, W[, 3]) uint8 of any polarity.

    Raises InputError for a file that does not exist, cannot be read, or holds blank paper.
    """
    found: list[StrokesOrPicture] = []
    for path in paths:
        if not path.exists():
            raise InputError("files of drawings", f"{path}: not there")
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not file.name.startswith("."):
                found += _read(file)
    return found


def _read(file: Path) -> list[StrokesOrPicture]:
    """The drawings of one file, none of them blank."""
    ending = file.suffix.lower()
    if ending == ".svg":
        drawings: list[StrokesOrPicture] = [tidy(read_svg(file))]
    elif ending in ENDINGS:
        drawings = _doodles(file)
    else:
        picture = read_picture(file)
        drawings = [picture if picture.min() < picture.max() else []]
    if not drawings or any(len(each) == 0 for each in drawings):
        raise InputError(f"a drawing in {file}", "blank paper", "leave it out, or draw it again")
    return drawings


def _doodles(file: Path) -> list[StrokesOrPicture]:
    problems = Problems()
    drawings: list[StrokesOrPicture] = []
    for source in find_sources([file]):
        for item in source.read(problems):
            if len(drawings) == MAX_EXAMPLES:
                break
            bitmap = item.bitmap
            drawings.append(tidy(item.drawing or []) if bitmap is None else bitmap)
    if not drawings and len(problems):
        raise InputError(f"drawings in {file}", "; ".join(problems.messages()[:3]))
    return drawings
