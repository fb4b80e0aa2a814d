"""Compare edge extractors by how well a sketch retrieves the edge map of its photo.

    python docs/studies/edge_extractors.py [DATA] [CONTACT_SHEET.png]

DATA (default $SKETCHNET_DATA or ../shared/data) holds qmul_v1/shoes and shoe_304x3. The script
prints a table and, if a file is named, writes a contact sheet: a row of photos, a row of sketches,
then a row for each extractor.

Every edge map is prepared as all pictures are, then described by histograms of oriented gradients
in 12×12 cells. "plain" ranks by the cosine of these descriptors and learns nothing. "whitened"
first whitens by the covariance of the difference between sketch and photo of one shoe, estimated on
other shoes (5-fold cross-validation), which separates the extractors more clearly. The queries are
304 sketches of QMUL-Shoe and 903 of shoe_304x3 (three numbers there are other shoes); the gallery
is the 304 photos.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat

from sketchnet.imaging import edges
from sketchnet.imaging.line_width import normalize_ink
from sketchnet.imaging.prepare import (
    crop_to_object,
    prepare_edge_map,
    prepare_photo,
    prepare_rgb,
    prepare_sketch,
    read_picture,
)
from sketchnet.metrics.ranking import acc_at, mean_average_precision, ranks

CANVAS, SIZE, CELLS, ANGLES = 109, 96, 12, 8
OTHER_SHOES = {111, 273, 290}  # numbers that mean another shoe in shoe_304x3 than in QMUL-Shoe
SHOWN = [1, 2, 40, 77, 100, 200, 111, 150, 222, 17]


def canny_grey(photo: np.ndarray) -> np.ndarray:
    """Canny on the blurred grey, thresholds a third around its median."""
    grey = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    middle = float(np.median(grey[grey < 250])) if (grey < 250).any() else 128.0
    return 255 - cv2.Canny(grey, 0.67 * middle, min(255.0, 1.33 * middle))


def canny_lab(photo: np.ndarray) -> np.ndarray:
    """Canny on the steepest of the Lab channels, smoothed by a bilateral filter."""
    lab = cv2.cvtColor(cv2.bilateralFilter(photo, 7, 40, 5), cv2.COLOR_RGB2LAB)
    dx, dy = (cv2.Sobel(lab, cv2.CV_16S, *order).astype(np.int32) for order in ((1, 0), (0, 1)))
    best = (dx**2 + dy**2).argmax(axis=2)[..., None]
    dx, dy = (np.take_along_axis(d, best, 2)[..., 0].astype(np.int16) for d in (dx, dy))
    return 255 - cv2.Canny(dx, dy, 48, 120, L2gradient=True)


def dog_lines(photo: np.ndarray) -> np.ndarray:
    """The dark side of edges: a difference of Gaussians below a threshold."""
    return np.where(_dog(photo, 1.2) < -0.01, 0, 255).astype(np.uint8)


def xdog(photo: np.ndarray) -> np.ndarray:
    """Winnemöller's extended difference of Gaussians, with its dark areas."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    sharp = grey + 19 * _dog(photo, 1.0)
    soft = np.where(sharp >= 0.6, 1, 1 + np.tanh(10 * (sharp - 0.6)))
    return (255 * soft.clip(0, 1)).astype(np.uint8)


def _dog(photo: np.ndarray, sigma: float) -> np.ndarray:
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return cv2.GaussianBlur(grey, (0, 0), sigma) - cv2.GaussianBlur(grey, (0, 0), 1.6 * sigma)


def multi_scale(photo: np.ndarray) -> np.ndarray:
    """The Lab slope averaged over three scales, thinned, with hysteresis."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    dx, dy = 0.0, 0.0
    for sigma in (1, 2, 4):
        blurred = cv2.GaussianBlur(lab, (0, 0), sigma)
        x, y = (cv2.Sobel(blurred, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
        best = (x**2 + y**2).argmax(axis=2)[..., None]
        dx = dx + sigma**0.5 * np.take_along_axis(x, best, 2)[..., 0]
        dy = dy + sigma**0.5 * np.take_along_axis(y, best, 2)[..., 0]
    dx, dy = (np.clip(d, -32767, 32767).astype(np.int16) for d in (dx, dy))
    return 255 - cv2.Canny(dx, dy, 80, 200, L2gradient=True)


def without_surround_inhibition(photo: np.ndarray) -> np.ndarray:
    """`edges.edge_map` without the suppression of texture."""
    original, edges._without_texture = edges._without_texture, lambda dx, dy: (dx, dy)
    try:
        return edges.edge_map(photo)
    finally:
        edges._without_texture = original


EXTRACTORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Canny, grey, automatic thresholds": canny_grey,
    "Canny, bilateral, Lab": canny_lab,
    "DoG lines": dog_lines,
    "XDoG": xdog,
    "multi-scale colour gradient": multi_scale,
    "`edge_map` without surround inhibition": without_surround_inhibition,
    "`edges.edge_map`": edges.edge_map,
}


def prepared_with(extractor: Callable[[np.ndarray], np.ndarray], photo: np.ndarray) -> np.ndarray:
    """Prepare a photo as `prepare_photo` does, with another edge extractor."""
    return normalize_ink(255 - extractor(crop_to_object(photo)), CANVAS)


def describe(prepared: list[np.ndarray]) -> np.ndarray:
    """Return unit rows (n, 12·12·16): gradient histograms of each cell and its neighbourhood."""
    rows = []
    start = (CANVAS - SIZE) // 2
    y, x = np.mgrid[:SIZE, :SIZE]
    for picture in prepared:
        view = picture[start : start + SIZE, start : start + SIZE]
        view = cv2.GaussianBlur(view, (0, 0), 1).astype(np.float32)
        dx, dy = (cv2.Sobel(view, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
        direction = np.arctan2(dy, dx) % np.pi / np.pi * ANGLES
        whole = direction.astype(int)
        planes = np.zeros((SIZE, SIZE, ANGLES), np.float32)
        for angle, share in ((whole, 1 - direction + whole), (whole + 1, direction - whole)):
            planes[y, x, angle % ANGLES] += np.hypot(dx, dy) * share
        cells = cv2.GaussianBlur(planes, (0, 0), 4)
        cells = cv2.resize(cells, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        around = cv2.GaussianBlur(cells, (0, 0), 1.5)
        rows.append(np.sqrt(np.concatenate([cells, around], axis=2)).ravel())
    return unit(np.array(rows))


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)


def whitened_distances(queries: np.ndarray, photos: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return distances (Q, P) in 150 principal components, whitened as the module describes.

    Args:
        queries: (Q, D) descriptors of sketches.
        photos: (P, D) descriptors of edge maps.
        own: (Q,) row of each query's own photo.
    """
    distances = np.zeros((len(queries), len(photos)))
    folds = np.random.default_rng(0).permutation(len(photos)) % 5
    for fold in range(5):
        training, evaluated = folds[own] != fold, folds[own] == fold
        x, y = queries - queries[training].mean(axis=0), photos - photos[folds != fold].mean(axis=0)
        seen = np.concatenate([x[training], y[folds != fold]])
        directions = np.linalg.svd(seen, full_matrices=False)[2][:150].T
        x, y = x @ directions, y @ directions
        difference = x[training] - y[own[training]]
        covariance = difference.T @ difference / len(difference)
        covariance += np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        whiten = np.linalg.cholesky(np.linalg.inv(covariance))
        distances[evaluated] = -unit(x[evaluated] @ whiten) @ unit(y @ whiten).T
    return distances


def scores(distances: np.ndarray, own: np.ndarray) -> str:
    of_own = ranks(distances, own)
    shares = " / ".join(f"{100 * acc_at(of_own, k):.1f}" for k in (1, 5, 10))
    return f"{shares} | {100 * mean_average_precision(of_own):.1f}"


def main() -> None:
    default = os.environ.get("SKETCHNET_DATA", "../shared/data")
    data = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    shoes = data / "qmul_v1" / "shoes"
    numbers = range(1, 305)
    photos = [read_picture(shoes / f"train/images/{n}.jpg") for n in numbers]
    sketches = {(n, 0): shoes / f"train/sketches/{n}.png" for n in numbers}
    for n in set(numbers) - OTHER_SHOES:
        sketches |= {(n, k): data / f"shoe_304x3/sketches/{n:03d}-{k}.jpg" for k in (1, 2, 3)}
    prepared = {key: prepare_sketch(read_picture(path), CANVAS) for key, path in sketches.items()}
    own = np.array([number - 1 for number, _ in prepared])
    queries = describe(list(prepared.values()))
    published = loadmat(shoes / "shoes_edge_db_train.mat")["data"]

    print(f"N = {len(own)} sketches, {len(photos)} photos\n")
    print("| extractor | plain acc@1/5/10 | mAP | whitened acc@1/5/10 | mAP | ink | ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rows = [[prepare_rgb(photos[n - 1], CANVAS) for n in SHOWN], [prepared[n, 0] for n in SHOWN]]
    maps = {"published edge maps": (lambda edge: prepare_edge_map(edge, CANVAS), published)}
    maps |= {
        name: (lambda photo, e=extractor: prepared_with(e, photo), photos)
        for name, extractor in EXTRACTORS.items()
    }
    for name, (prepare, sources) in maps.items():
        start = time.process_time()
        lines = [prepare(source) for source in sources]
        spent = 1000 * (time.process_time() - start) / len(lines)
        rows.append([lines[n - 1] for n in SHOWN])
        vectors = describe(lines)
        plain = scores(-queries @ vectors.T, own)
        whitened = scores(whitened_distances(queries, vectors, own), own)
        ink = np.mean([255 - line.astype(float) for line in lines]) / 2.55
        print(f"| {name} | {plain} | {whitened} | {ink:.0f} % | {spent:.1f} |", flush=True)
    ink = np.mean([255 - sketch.astype(float) for sketch in prepared.values()]) / 2.55
    print(f"\nInk of the sketches: {ink:.0f} %")
    assert np.array_equal(rows[-1][0], prepare_photo(photos[0], CANVAS))
    if len(sys.argv) > 2:
        cv2.imwrite(sys.argv[2], np.vstack([np.hstack([_rgb(p) for p in row]) for row in rows]))


def _rgb(picture: np.ndarray) -> np.ndarray:
    return picture[..., ::-1] if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


if __name__ == "__main__":
    main()
