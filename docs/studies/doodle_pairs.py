"""Quick, Draw! shoes as pairs to learn from first: a doodle, and the same doodle drawn anew.

`python docs/studies/doodle_pairs.py DATA OUT` writes OUT/sketches and OUT/photos, the layout of
one's own data (docs/data.md). The doodle that is drawn anew has lines twice as wide.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.data.redraw import redraw_sketch
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.strokes.formats import from_quickdraw

COUNT, SIDE = 4000, 224  # pairs, px
LINE = RETRIEVAL_PRESETS["default"].line_width


def main(data: Path, out: Path) -> None:
    rng = np.random.default_rng(0)
    sketches, photos = out / "sketches", out / "photos"
    for folder in (sketches, photos):
        folder.mkdir(parents=True, exist_ok=True)
    with open(data / "quickdraw" / "more" / "shoe.ndjson") as lines:
        for number, line in zip(range(COUNT), lines, strict=False):
            drawing = from_quickdraw(json.loads(line)["drawing"])
            anew = redraw_sketch(drawing, rng) or drawing
            for folder, strokes, width in ((sketches, drawing, LINE), (photos, anew, 2 * LINE)):
                picture = prepare_sketch(strokes, SIDE, width)
                cv2.imwrite(str(folder / f"{number:04d}.png"), picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
