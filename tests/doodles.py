"""Synthetic doodles that a tiny network can classify, and the smallest configuration for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodles import Doodles
from sketchnet.strokes.formats import Drawing, tidy
from sketchnet.strokes.packed import PackedDrawings

WORDS = ("circle", "stairs", "star")


def doodle(word: str, rng: np.random.Generator) -> Drawing:
    """A random circle or stairs in one stroke, or a star of four crossing strokes."""
    turn = np.linspace(0, 2 * np.pi, 24) + rng.uniform(0, 6)
    if word == "circle":
        strokes = [np.stack([np.cos(turn), rng.uniform(0.7, 1.3) * np.sin(turn)], axis=1)]
    elif word == "stairs":
        steps = np.arange(int(rng.integers(8, 12)))
        strokes = [np.stack([steps // 2, (steps + 1) // 2], axis=1) * rng.uniform(0.5, 1.5, 2)]
    else:
        ends = np.pi * np.arange(4) / 4 + rng.uniform(0, 1)
        rays = np.stack([np.cos(ends), np.sin(ends)], axis=1)
        strokes = [np.stack([-ray, ray]) for ray in rays]
    return [stroke * 100 + rng.normal(0, 2, stroke.shape) for stroke in strokes]


def doodles(each: int = 10, words: tuple[str, ...] = WORDS, seed: int = 0) -> Doodles:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(words)), each).astype(np.int32)
    drawings = PackedDrawings.of(tidy(doodle(words[label], rng)) for label in labels)
    return Doodles(drawings, labels, words, tuple(str(1000 * seed + i) for i in range(len(labels))))


def write_doodles(
    folder: Path, each: int = 20, words: tuple[str, ...] = WORDS, seed: int = 0
) -> Path:
    """Write official `.ndjson` files, one a category."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for number, word in enumerate(words):
        lines = []
        for i in range(each):
            drawing = [stroke.T.round(1).tolist() for stroke in doodle(word, rng)]
            key_id = str(100_000 * (1 + seed) + 1000 * number + i)
            lines.append(json.dumps({"word": word, "key_id": key_id, "drawing": drawing}))
        (folder / f"{word}.ndjson").write_text("\n".join(lines) + "\n")
    return folder


def small_config(**fields: Any) -> DoodleConfig:
    """A network of eight units that reads strokes only: it trains in seconds."""
    small = {
        "image_branch": "none", "lstm_units": 8, "embedding_size": 8, "size": 32, "max_points": 32,
        "categories_per_batch": 3, "drawings_per_category": 4, "epochs": 2, "steps_per_epoch": 3,
        "ema": 0.0, "learning_rate": 0.01, "gallery": 10,
    }  # fmt: skip
    return DoodleConfig(**(small | fields))
