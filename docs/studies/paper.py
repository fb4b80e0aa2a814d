"""How well a photographed, scanned or cluttered sketch finds its shoe, for each kind of paper.

    python docs/studies/paper.py PICTURES [DATA]
    python docs/studies/paper.py --render 8 [DATA]

PICTURES holds `KIND/N.jpg`, a picture of a drawing of QMUL-Shoe train shoe N; with `--render`, the
kinds of tests/imaging/paper.py are drawn from that many sketches of shoe_304x3 instead. DATA
(default $SKETCHNET_DATA or ../shared/data) holds qmul_v1/shoes and shoe_304x3.

The shipped network `shoes` searches the 304 train photos, ten views a query. "before" crops each
picture to everything that is dark; "now" is `prepare_sketch`. On `two`, the better of the drawings
that the page offers counts; `upside` and `sideways` are turned upright for "now", as the page's
buttons do. "as sketch" is the share of pictures that are taken for a sketch. Milliseconds are those
of `prepare_sketch` on the picture at four megapixels.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.load import load_collection
from sketchnet.imaging.drawings import find_drawings
from sketchnet.imaging.ink import all_ink
from sketchnet.imaging.line_width import normalize_ink
from sketchnet.imaging.picture_kind import looks_like_photo
from sketchnet.imaging.prepare import prepare_photo_input, prepare_sketch, read_picture
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.ranker import Ranker, load_ranker

ROOT = Path(__file__).resolve().parents[2]
FIRST = 10  # a shoe is found among this many
OFFERED = 6  # drawings that the page offers
MEGAPIXELS = 4
TURNS = {"upside": 2, "sideways": 3}  # quarter turns counterclockwise that set a picture upright

Pictures = Iterator[tuple[str, int, np.ndarray]]
"""Kind, number of the shoe, picture (H, W, 3) uint8."""


def pictures_in(folder: Path) -> Pictures:
    for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
        for file in sorted(kind.glob("*.jpg"), key=lambda file: int(file.stem)):
            yield kind.name, int(file.stem), read_picture(file)


def rendered(data: Path, count: int) -> Pictures:
    """Draw every kind of paper from `count` sketches, evenly chosen; the same at each call."""
    sys.path.insert(0, str(ROOT))
    from tests.imaging.paper import KINDS, picture_of

    files = sorted((data / "shoe_304x3" / "sketches").rglob("*-1.*"))
    chosen = [files[at] for at in np.linspace(0, len(files) - 1, count).round().astype(int)]
    sketches = [cv2.cvtColor(read_picture(file), cv2.COLOR_RGB2GRAY) for file in chosen]
    for number, kind in enumerate([*KINDS, "two", "small_corner"]):
        for row, (file, sketch) in enumerate(zip(chosen, sketches, strict=True)):
            rng = np.random.default_rng([number, row])
            other = sketches[(row + 1) % count]
            yield kind, int(file.stem.split("-")[0]), picture_of(kind, sketch, rng, other)


class Search:
    """The network and the photos that are searched."""

    def __init__(self, data: Path, run: str = "shoes") -> None:
        self.embedder = Embedder(run)
        self.ranker: Ranker = load_ranker(self.embedder)
        config, canvas = self.embedder.config, self.embedder.canvas
        photos = load_collection(data / "qmul_v1" / "shoes").photos
        self.row_of = {number_of(photo.id): row for row, photo in enumerate(photos)}
        prepared = [
            prepare_photo_input(read_picture(photo.photo), canvas, config.photo_input)
            for photo in photos
        ]
        self.gallery: Embeddings = self.embedder.photos(np.stack(prepared))

    def rank(self, prepared: np.ndarray, shoe: int) -> int:
        """Return the rank from 1 of a shoe for a prepared sketch; the last for blank paper."""
        if prepared.min() == 255:
            return len(self.gallery)
        query = self.embedder.sketches(prepared[None])
        rows, _ = self.ranker.rank(query, self.gallery, len(self.gallery))
        return int(np.flatnonzero(rows == self.row_of[shoe])[0]) + 1

    def rank_before(self, picture: np.ndarray, shoe: int) -> int:
        return self.rank(self._normalized(all_ink(picture)), shoe)

    def rank_now(self, kind: str, picture: np.ndarray, shoe: int) -> int:
        if kind == "two":
            drawings = find_drawings(picture)[:OFFERED]
            ranks = [self.rank(self._normalized(drawing.ink), shoe) for drawing in drawings]
            return min(ranks, default=len(self.gallery))
        upright = np.ascontiguousarray(np.rot90(picture, TURNS.get(kind, 0)))
        return self.rank(self.prepare(upright), shoe)

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        return prepare_sketch(picture, self.embedder.canvas, self.embedder.config.line_width)

    def _normalized(self, ink: np.ndarray) -> np.ndarray:
        return normalize_ink(ink, self.embedder.canvas, self.embedder.config.line_width)


def looked_like_photo(picture: np.ndarray) -> bool:
    """The rule before: without its thin lines, the picture is darker somewhere than sloping light.

    Arguments and result as `looks_like_photo`.
    """
    scale = 128 / max(picture.shape[:2])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if np.median(small) < 128:
        small = 255 - small
    bare = cv2.morphologyEx(small.min(axis=2), cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    bare = bare.astype(np.float32)
    y, x = np.mgrid[: bare.shape[0], : bare.shape[1]]
    slope = np.stack([np.ones(bare.size), x.ravel(), y.ravel()], axis=1)
    paper = bare.ravel() >= np.median(bare)
    light, *_ = np.linalg.lstsq(slope[paper], bare.ravel()[paper], rcond=None)
    return bool(np.mean(slope @ light - bare.ravel() > 25) > 0.01)


def number_of(photo_id: str) -> int:
    """Return the number of a QMUL-Shoe photo, such as 7 of `007` or `shoes/7`."""
    return int("".join(filter(str.isdigit, Path(photo_id).stem)))


def milliseconds(search: Search, picture: np.ndarray) -> float:
    scale = (MEGAPIXELS * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    started = time.perf_counter()
    search.prepare(large)
    return 1e3 * (time.perf_counter() - started)


def measure(search: Search, pictures: Pictures) -> dict[str, list[tuple[float, ...]]]:
    """Return for each kind a row a picture: found before, now; sketch before, now; milliseconds."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    for kind, shoe, picture in pictures:
        now = search.rank_now(kind, picture, shoe)
        row = (
            search.rank_before(picture, shoe) <= FIRST,
            now <= FIRST,
            not looked_like_photo(picture),
            not looks_like_photo(picture),
            milliseconds(search, picture),
        )
        rows.setdefault(kind, []).append(row)
        if now > FIRST or not row[3]:
            print(f"{kind}/{shoe}: rank {now}, {'sketch' if row[3] else 'photo'}", file=sys.stderr)
    return rows


def table(rows: Mapping[str, list[tuple[float, ...]]]) -> str:
    lines = [
        f"| kind | N | first {FIRST} before | now | as sketch before | now | median ms | worst |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    every = [row for kind in rows.values() for row in kind]
    for kind, values in [*rows.items(), ("all", every)]:
        shares = [f"{100 * share:.0f}" for share in np.mean(values, axis=0)[:4]]
        times = [row[4] for row in values]
        cells = [kind, str(len(values)), *shares, f"{np.median(times):.0f}", f"{max(times):.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(source: str, *rest: str) -> None:
    default = os.environ.get("SKETCHNET_DATA", "../shared/data")
    count, *rest = rest if source == "--render" else (None, *rest)
    data = Path(rest[0] if rest else default)
    pictures = rendered(data, int(count)) if count else pictures_in(Path(source))
    print(table(measure(Search(data), pictures)))


if __name__ == "__main__":
    main(*sys.argv[1:])
