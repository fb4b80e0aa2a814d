"""Fast substitutes for tests of the page: gradient histograms as models, drawn shoes as photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.data.doodles import Doodles
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions, softmax
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.strokes.formats import tidy
from sketchnet.strokes.packed import PackedDrawings

BINS, CELLS = 8, 12


class HogEmbedder(Embedder):
    """An `Embedder` without a network: instant, deterministic, and good enough to find shoes."""

    def __init__(self) -> None:
        self.config = RETRIEVAL_PRESETS["compact"]
        self.canvas = canvas_for(96)
        self.folder, self.fingerprint = None, "hog"

    def sketches(self, prepared, views=10, progress=None):
        return self.photos(prepared, views, progress, mirrored=True)

    def photos(self, prepared, views=10, progress=None, *, mirrored=False):
        other = self._hog(prepared[:, :, ::-1]) if mirrored else None
        return replace(self._hog(prepared), mirrored=other)

    def _hog(self, prepared: np.ndarray) -> Embeddings:
        maps = np.stack([_cells(picture) for picture in prepared])  # (N, h, w, bins)
        vectors = maps.reshape(len(maps), -1).astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return Embeddings(vectors, maps.astype(np.float16))


def _cells(picture: np.ndarray) -> np.ndarray:
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ink = cv2.GaussianBlur(255 - grey, (0, 0), 2).astype(np.float32)
    dx, dy = cv2.Sobel(ink, cv2.CV_32F, 1, 0), cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    length, angle = np.hypot(dx, dy), np.arctan2(dy, dx) % np.pi
    bins = [
        cv2.resize(
            cv2.GaussianBlur(length * np.maximum(0, np.cos(2 * (angle - centre))) ** 2, (0, 0), 5),
            (CELLS, CELLS),
            interpolation=cv2.INTER_AREA,
        )
        for centre in np.arange(BINS) * np.pi / BINS
    ]
    cells = np.stack(bins, axis=-1)
    return cells / max(np.linalg.norm(cells, axis=-1).max(), 1e-6)


def draw_shoe(number: int) -> list[np.ndarray]:
    """Shoe `number` as strokes in a 256 square: sole, upper, heel, laces; every shoe differs."""
    rng = np.random.default_rng(number)
    heel, shaft, toe = rng.uniform(0, 60), rng.uniform(0, 110), rng.uniform(0, 35)
    ground = 200.0
    sole = [
        (30, ground),
        (70, ground - heel * 0.2),
        (110, ground - heel * 0.05),
        (228 + toe / 3, ground),
    ]
    top = 130 - shaft - heel * 0.3
    upper = [
        (30, ground - heel),
        (26, top),
        (95, top),
        (110, 130 - heel * 0.2),
        (170, 160),
        (225, 172 - toe * 0.2),
        (232 + toe / 3, ground),
    ]
    back = [(30, ground - heel), (34, ground), (60, ground), (66, ground - heel * 0.8)]
    strokes = [sole, upper, back]
    for lace in range(int(rng.integers(0, 5))):
        x = 112 + 14 * lace
        strokes.append([(x, 138 + 5 * lace), (x + 16, 128 + 6 * lace)])
    return [np.array(stroke, np.float32) for stroke in strokes]


def write_shoes(folder: Path, first: int = 0, count: int = 40) -> None:
    """Write `count` synthetic product photos: filled shoes on white, `shoe_NNN.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        rng = np.random.default_rng(1000 + number)
        picture = np.full((256, 256, 3), 255, np.uint8)
        strokes = draw_shoe(number)
        body = np.concatenate([strokes[1], strokes[0][::-1]]).astype(np.int32)
        colour = tuple(int(c) for c in rng.integers(60, 220, 3))
        cv2.fillPoly(picture, [body], colour, cv2.LINE_AA)
        cv2.polylines(
            picture, [s.astype(np.int32) for s in strokes], False, (30, 30, 30), 3, cv2.LINE_AA
        )
        cv2.imwrite(str(folder / f"shoe_{number:03d}.png"), picture)


def with_shadow(photo: np.ndarray) -> np.ndarray:
    """A photo of `write_shoes` (256, 256, 3) in soft light from above, as no drawing has it."""
    feet = photo[::-1].min(axis=2) < 200
    sole = np.where(feet.any(axis=0), 255 - feet.argmax(axis=0), 0)
    shadow = np.zeros(photo.shape[:2], np.float32)
    points = np.array([[x, y + 6] for x, y in enumerate(sole) if y], np.int32)
    cv2.polylines(shadow, [points], False, 1, 14, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 5)[..., None]
    paper = photo.min(axis=2, keepdims=True) > 250
    return np.where(paper, photo * (1 - 0.45 * shadow), photo).astype(np.uint8)


class HogDoodleEmbedder(DoodleEmbedder):
    """A `DoodleEmbedder` without a network: it names the category with the nearest mean vector."""

    reads_both, reads_strokes_only = True, False

    def __init__(self, drawings: Doodles) -> None:
        self.categories, self.fingerprint = drawings.categories, "hog"
        vectors = self._vectors(drawings.queries())
        self.means = np.stack(
            [vectors[drawings.labels == i].mean(0) for i in range(len(self.categories))]
        )

    def predict(self, queries, use="both"):
        vectors = self._vectors(queries)
        return Predictions(vectors, softmax(24 * vectors @ self.means.T))

    def _vectors(self, queries) -> np.ndarray:
        prepared = np.stack([prepare_sketch(query, canvas_for(96)) for query in queries])
        return HogEmbedder().sketches(prepared).vectors


def draw_doodles(each: int = 24) -> Doodles:
    """Suns, houses, fish and ladders, each slightly different."""
    drawn, labels, keys = [], [], []
    for label, draw in enumerate((_fish, _house, _ladder, _sun)):
        for number in range(each):
            rng = np.random.default_rng(100 * label + number)
            drawn.append([stroke + rng.normal(0, 2, stroke.shape) for stroke in draw(rng)])
            labels.append(label)
            keys.append(f"{label}{number:03d}")
    packed = PackedDrawings.of([tidy([s.astype(np.float32) for s in d]) for d in drawn])
    return Doodles(
        packed, np.array(labels, np.int32), ("fish", "house", "ladder", "sun"), tuple(keys)
    )


def _ring(x: float, y: float, wide: float, high: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 24)
    return np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], axis=1)


def _fish(rng: np.random.Generator) -> list[np.ndarray]:
    high = rng.uniform(35, 70)
    tail = np.array([[190, 128], [240, 90], [240, 166], [190, 128]], float)
    return [_ring(110, 128, 85, high), tail, _ring(60, 118, 6, 6)]


def _house(rng: np.random.Generator) -> list[np.ndarray]:
    roof = rng.uniform(30, 90)
    walls = np.array([[40, 110], [40, 230], [210, 230], [210, 110], [40, 110]], float)
    door = np.array([[110, 230], [110, 170], [145, 170], [145, 230]], float)
    return [walls, np.array([[30, 110], [125, 110 - roof], [220, 110]], float), door]


def _ladder(rng: np.random.Generator) -> list[np.ndarray]:
    rungs = np.linspace(50, 210, int(rng.integers(3, 7)))
    sides = [np.array([[x, 20], [x, 240]], float) for x in (90, 160)]
    return sides + [np.array([[90, y], [160, y]], float) for y in rungs]


def _sun(rng: np.random.Generator) -> list[np.ndarray]:
    turns = np.linspace(0, 2 * np.pi, int(rng.integers(6, 12)), endpoint=False)
    rays = [np.stack([[np.cos(t), np.sin(t)]] * 2) * [[65], [105]] + 128 for t in turns]
    return [_ring(128, 128, 50, 50), *rays]
