"""Stand-ins for the page's tests: histograms of gradients for the network, drawn shoes for photos."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from sketchnet.config import RETRIEVAL_PRESETS
from sketchnet.embedding import Embedder, Embeddings
from sketchnet.images import canvas_for

BINS, CELLS = 8, 12


class HogEmbedder(Embedder):
    """An `Embedder` without a network: instant, deterministic, and good enough to find shoes."""

    def __init__(self) -> None:
        self.config = next(iter(RETRIEVAL_PRESETS.values()))
        self.canvas = canvas_for(96)
        self.fingerprint = "hog"

    def sketches(self, prepared, views=10, progress=None):
        return self._hog(prepared)

    def photos(self, prepared, views=10, progress=None):
        return self._hog(prepared)

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
    """Shoe `number` as strokes in a 256 square: sole, upper, opening, laces; heels and shafts vary."""
    rng = np.random.default_rng(number)
    heel, shaft, toe = rng.uniform(0, 60), rng.uniform(0, 110), rng.uniform(0, 35)
    ground = 200.0
    sole = [(30, ground), (70, ground - heel * 0.2), (110, ground - heel * 0.05), (228 + toe / 3, ground)]
    top = 130 - shaft - heel * 0.3
    upper = [(30, ground - heel), (26, top), (95, top), (110, 130 - heel * 0.2), (170, 160),
             (225, 172 - toe * 0.2), (232 + toe / 3, ground)]
    back = [(30, ground - heel), (34, ground), (60, ground), (66, ground - heel * 0.8)]
    strokes = [sole, upper, back]
    for lace in range(int(rng.integers(0, 5))):
        x = 112 + 14 * lace
        strokes.append([(x, 138 + 5 * lace), (x + 16, 128 + 6 * lace)])
    return [np.array(stroke, np.float32) for stroke in strokes]


def write_shoes(folder: Path, count: int = 40) -> None:
    """`count` product pictures, drawn by program: filled shoes on white, `shoe_NNN.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng(1000 + number)
        picture = np.full((256, 256, 3), 255, np.uint8)
        strokes = draw_shoe(number)
        body = np.concatenate([strokes[1], strokes[0][::-1]]).astype(np.int32)
        colour = tuple(int(c) for c in rng.integers(60, 220, 3))
        cv2.fillPoly(picture, [body], colour, cv2.LINE_AA)
        cv2.polylines(picture, [s.astype(np.int32) for s in strokes], False, (30, 30, 30), 3, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"shoe_{number:03d}.png"), picture)
