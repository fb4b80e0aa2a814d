"""Sketch-a-Net in NumPy, from the published table and the names of the published weights."""

from __future__ import annotations

import numpy as np

# name, stride, padding, pooled afterwards
CONVOLUTIONS = (
    ("conv1_s1", 3, 0, True),
    ("conv2_s1", 1, 0, True),
    ("conv3_s1", 1, 1, False),
    ("conv4_s1", 1, 1, False),
    ("conv5_s1", 1, 1, True),
)

SHAPES = {
    "conv1_s1/weights": (15, 15, 1, 64),
    "conv2_s1/weights": (5, 5, 64, 128),
    "conv3_s1/weights": (3, 3, 128, 256),
    "conv4_s1/weights": (3, 3, 256, 256),
    "conv5_s1/weights": (3, 3, 256, 256),
    "fc6_s1/weights": (7 * 7 * 256, 512),
    "fc7_sketch/weights": (512, 256),
}


def published_entries(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights under the published names, scaled by the fan-in (He et al., 2015)."""
    entries = {}
    for name, shape in SHAPES.items():
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        entries[name] = (rng.standard_normal(shape) * scale).astype(np.float32)
        biases = name.replace("weights", "biases")
        entries[biases] = rng.standard_normal(shape[-1]).astype(np.float32)
    return entries


def embed(picture: np.ndarray, entries: dict[str, np.ndarray]) -> np.ndarray:
    """Embed one picture (225, 225, 1) in 0..255 as a unit vector (256,)."""
    x = picture.astype(np.float32) - 250.42
    for name, stride, padding, is_pooled in CONVOLUTIONS:
        x = np.pad(x, [(padding, padding), (padding, padding), (0, 0)])
        kernel = entries[f"{name}/weights"]
        windows = _windows(x, kernel.shape[0], stride)  # (h, w, channels, k, k)
        x = np.tensordot(windows, kernel, axes=([3, 4, 2], [0, 1, 2]))
        x = np.maximum(x + entries[f"{name}/biases"], 0)
        if is_pooled:
            x = _windows(x, 3, 2).max(axis=(3, 4))
    x = np.maximum(x.reshape(-1) @ entries["fc6_s1/weights"] + entries["fc6_s1/biases"], 0)
    x = x @ entries["fc7_sketch/weights"] + entries["fc7_sketch/biases"]
    return x / np.linalg.norm(x)


def _windows(x: np.ndarray, side: int, stride: int) -> np.ndarray:
    view = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(0, 1))
    return view[::stride, ::stride]
