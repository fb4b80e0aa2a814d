"""What the page without a server needs to name doodles and to show similar ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sketchnet import runs
from sketchnet.imaging.prepare import canvas_for
from sketchnet.inference.doodle_embedder import load_input_spec, load_temperature
from sketchnet.retrieval.doodle_gallery import DoodleGallery, load_doodle_gallery
from sketchnet.strokes.rasterize import FILL, LINE
from sketchnet.utils.errors import InputError


def write_doodles(run: Path, path: Path, out: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the vectors of drawings; returns the settings of the page, and the drawings.

    Raises InputError where the file is damaged, holds no strokes or was made by another run.
    """
    gallery = load_doodle_gallery(path)
    gallery.check_made_by(runs.fingerprint(run))
    if gallery.drawings is None:
        raise InputError(
            "embedded drawings with their strokes",
            f"{path}, which holds none",
            "name the file doodles.npz of shipped weights, or train with --gallery",
        )
    inputs, categories = load_input_spec(run)
    (out / "vectors.bin").write_bytes(gallery.vectors.astype("<f2").tobytes())
    settings = {
        "kind": "doodles",
        "count": len(gallery),
        "size": inputs.size,
        "canvas": canvas_for(inputs.size),
        "fill": FILL,
        "line": LINE,
        "embedding": gallery.vectors.shape[1],
        "max_points": inputs.max_points,
        "normalization": inputs.to_json()["normalization"],
        "temperature": load_temperature(run),
        "categories": list(categories),
        "hubness": False,
    }
    return settings, _drawings(gallery)


def _drawings(gallery: DoodleGallery) -> dict[str, Any]:
    """The drawings in the official form, whole numbers from 0 to 255, as JSON values."""
    assert gallery.drawings is not None
    return {
        "categories": list(gallery.categories),
        "labels": gallery.labels.tolist(),
        "drawings": [
            [stroke.round().clip(0, 255).astype(int).T.tolist() for stroke in drawing]
            for drawing in gallery.drawings
        ],
    }
