"""Pictures to look at: what `shoes` calls near, among the 2,000 photos of ShoeV2.

`python docs/studies/nearest_shoes.py DATA OUT` builds a gallery of ShoeV2 in OUT (2 min), and one
of 60 QMUL-Shoe photos on the backgrounds of product photos. It draws the ten nearest photos of
sketches, of sketches that are filled with stripes and of photos ("more like this"), and what
explains the first one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.explain import explain
from sketchnet.retrieval.gallery.build import build_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.search import Match, ShoeFinder

ROOT = Path(__file__).resolve().parents[2]
SIDE = 150  # px of one picture on a sheet
SKETCHES = ("003-1", "025-2", "060-1", "100-3", "140-1", "181-1", "222-1", "260-2", "300-1")
STRIPED = ("025-2", "100-3", "222-1", "260-2")
SHOPS = ("grey", "wood", "carpet", "clutter", "drop_shadow", "gradient")


def main(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    embedder = Embedder("shoes")
    finder = ShoeFinder(embedder, _gallery(embedder, data / "ShoeV2" / "photo", out / "shoev2"))
    folder = data / "shoe_304x3" / "sketches"
    sketches = {name: read_picture(folder / f"{name}.jpg") for name in {*SKETCHES, *STRIPED}}
    _save(out / "sketches.png", [_row(finder, sketches[name]) for name in SKETCHES])
    striped = [sketches[name] for name in STRIPED]
    rows = [[each, _striped(each, 0), _striped(each, 1)] for each in striped]
    _save(out / "stripes.png", [_row(finder, each) for three in rows for each in three])
    some = [finder.gallery.ids[row] for row in range(0, 2000, 250)]
    like = [
        [finder.gallery.picture(finder.gallery.row(name)), *_pictures(finder.more_like(name))]
        for name in some
    ]
    _save(out / "more_like_this.png", like)
    _save(out / "explanations.png", [_explained(finder, sketches[name]) for name in SKETCHES])
    shop = ShoeFinder(
        embedder, _gallery(embedder, _shop_photos(data, out / "photos"), out / "shop")
    )
    _save(out / "shop_photos.png", [_row(shop, sketches[name]) for name in SKETCHES])


def _gallery(embedder: Embedder, photos: Path, folder: Path) -> Path:
    if not folder.is_dir():
        build_gallery(embedder, photos, folder)
    return folder


def _shop_photos(data: Path, folder: Path) -> Path:
    """The photos of 60 shoes, those of the sketches among them, each on some background."""
    sys.path.insert(0, str(ROOT))
    from tests.imaging.product_photos import photo_of

    folder.mkdir(exist_ok=True)
    wanted = {int(name[:3]) for name in SKETCHES}
    numbers = sorted({*wanted, *range(1, 305, 6)})
    photos = data / "qmul_v1" / "shoes" / "train" / "images"
    for place, number in enumerate(numbers):
        photo = read_picture(photos / f"{number}.jpg")
        made = photo_of(SHOPS[place % len(SHOPS)], photo, np.random.default_rng(number), photo)
        cv2.imwrite(str(folder / f"{number:03d}.jpg"), made[..., ::-1])
    return folder


def _striped(sketch: np.ndarray, axis: int) -> np.ndarray:
    """The sketch, its inside filled with level (0) or upright (1) stripes."""
    lines = np.where(sketch.mean(axis=2) < 200, 255, 0).astype(np.uint8)
    closed = cv2.dilate(lines, np.ones((9, 9), np.uint8))
    cv2.floodFill(closed, np.zeros((closed.shape[0] + 2, closed.shape[1] + 2), np.uint8), (0, 0), 1)
    inside = cv2.erode((closed != 1).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    on_stripe = np.indices(inside.shape)[axis] % 22 < 4
    return np.where((inside & on_stripe)[..., None], 0, sketch).astype(np.uint8)


def _row(finder: ShoeFinder, sketch: np.ndarray) -> list[np.ndarray]:
    return [sketch, *_pictures(finder.find(sketch))]


def _pictures(found: list[Match]) -> list[np.ndarray | Path]:
    return [match.picture for match in found]


def _explained(finder: ShoeFinder, sketch: np.ndarray) -> list[np.ndarray | Path]:
    """The sketch, the first photo, and which parts of either agree."""
    first = finder.find(sketch, k=1)[0]
    return [
        sketch,
        first.picture,
        *explain(finder, sketch_query(finder.embedder, sketch), first.id),
    ]


def _save(file: Path, rows: list[list[np.ndarray | Path]]) -> None:
    sheet = np.vstack([np.hstack([_tile(each) for each in row]) for row in rows])
    cv2.imwrite(str(file), sheet[..., ::-1])
    print(file)


def _tile(picture: np.ndarray | Path) -> np.ndarray:
    pixels = picture if isinstance(picture, np.ndarray) else read_picture(picture)
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
