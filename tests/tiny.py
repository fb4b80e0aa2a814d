"""The smallest real run and data folder: untrained 32 px networks, photos of coloured figures.

The networks have no residual blocks, because TensorFlow needs seconds to trace a deep graph.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from sketchnet.config.retrieval import RetrievalConfig

SIZE = 32


def tiny_config(**fields) -> RetrievalConfig:
    return RetrievalConfig(**{"size": SIZE, "embedding_size": 8, "width": 4, "depth": 0, **fields})


def tiny_network(config: RetrievalConfig, *, local_size: int = 6, seed: int = 0):
    import keras

    from sketchnet.models.two_branch import build_two_branch

    keras.utils.set_random_seed(seed)
    return build_two_branch(
        "compact",
        config.size,
        3 if config.photo_input == "rgb" else 1,
        config.shared,
        config.embedding_size,
        width=config.width,
        depth=config.depth,
        local_size=local_size,
    )


def write_run(folder: Path, *, local_size: int = 6, seed: int = 0, **fields) -> Path:
    """Write a run directory with an untrained network: the same file for the same arguments."""
    from sketchnet.config.files import save_config
    from sketchnet.runs import CONFIG, MODEL

    folder.mkdir(parents=True, exist_ok=True)
    config = tiny_config(**fields)
    save_config(config, folder / CONFIG)
    (folder / MODEL).write_bytes(_saved_network(config, local_size, seed))
    return folder


@cache
def _saved_network(config: RetrievalConfig, local_size: int, seed: int) -> bytes:
    """The `.keras` file of a tiny network. Built once, because building and saving is slow."""
    from sketchnet.models.saving import save_model
    from sketchnet.runs import MODEL

    with TemporaryDirectory() as name:
        save_model(tiny_network(config, local_size=local_size, seed=seed), Path(name))
        return (Path(name) / MODEL).read_bytes()


def blob(number: int, side: int = 96) -> np.ndarray:
    """Corners (n, 2) int32 of a closed figure that depends on the number."""
    rng = np.random.default_rng(number)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    radius = rng.uniform(0.15, 0.45, 7) * side
    points = side / 2 + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points.round().astype(np.int32)


def photo_of(number: int, side: int = 96) -> np.ndarray:
    """An RGB photo: the coloured figure on white."""
    picture = np.full((side, side, 3), 255, np.uint8)
    colour = np.random.default_rng(1000 + number).integers(0, 160, 3).tolist()
    return cv2.fillPoly(picture, [blob(number, side)], colour)


def sketch_of(number: int, side: int = 96) -> np.ndarray:
    """A grey sketch: the outline of the figure."""
    picture = np.full((side, side), 255, np.uint8)
    return cv2.polylines(picture, [blob(number, side)], True, 0, 2)


def strokes_of(number: int, side: int = 96) -> list[np.ndarray]:
    """The outline as strokes, one for each edge."""
    corners = blob(number, side).astype(np.float32)
    return [np.stack([a, b]) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]


def write_photos(folder: Path, numbers, name: str = "shoe_{}.png") -> Path:
    """Write a folder of photos, one for each number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        bgr = photo_of(number)[..., ::-1]
        cv2.imwrite(str(folder / name.format(number)), bgr)
    return folder


def write_pairs(folder: Path, numbers) -> Path:
    """Write the simplest paired folder: photos/NAME.png and sketches/NAME.png."""
    write_photos(folder / "photos", numbers)
    (folder / "sketches").mkdir(exist_ok=True)
    for number in numbers:
        cv2.imwrite(str(folder / "sketches" / f"shoe_{number}.png"), sketch_of(number))
    return folder
