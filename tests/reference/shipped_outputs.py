"""What runs compute for a few synthetic inputs, to compare with stored values.

- `older_retrieval.npz`: computed by commit 196023a, before modules, settings and classes were
  renamed, by the run `older_retrieval`, which that commit wrote together with its gallery (an
  untrained network of 32 px).
- `quickdraw.npz` and `shoes.npz`: computed by the shipped runs when they were shipped.

Where other weights ship, write their file again: `python -m tests.reference.shipped_outputs NAME`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester, doodle_query

FOLDER = Path(__file__).parent
OLDER_RETRIEVAL = FOLDER / "older_retrieval"
K = 20  # photos compared
INPUTS = ("prepared_sketches", "prepared_photos", "strokes")

Arrays = dict[str, np.ndarray]


def load_reference(name: str) -> Arrays:
    with np.load(FOLDER / f"{name}.npz") as arrays:
        return dict(arrays)


def retrieval_outputs(run: Path | str, reference: Arrays) -> Arrays:
    """Embeddings of prepared pictures, and rankings of the run's gallery."""
    finder = ShoeFinder(run, runs.resolve_run(run) / runs.GALLERY)
    embedder, gallery = finder.embedder, finder.gallery.embeddings
    outputs: Arrays = {"fingerprint": np.array(embedder.fingerprint)}
    for views in (1, 10):
        sketches = embedder.sketches(reference["prepared_sketches"], views)
        photos = embedder.photos(reference["prepared_photos"], views)
        outputs[f"sketch_vectors_{views}"] = sketches.vectors
        outputs[f"mirrored_vectors_{views}"] = sketches.mirrored.vectors
        outputs[f"photo_vectors_{views}"] = photos.vectors
    outputs["sketch_maps"] = sketches.maps[:1]
    outputs["mirrored_maps"] = sketches.mirrored.maps[:1]
    outputs["ranking_distances"] = finder.ranker.rank_all(sketches, gallery)
    found = [finder.find(drawing, K) for drawing in drawings(reference)]
    return outputs | _columns("found", found, ("id", "distance", "similarity"))


def doodle_outputs(run: Path | str, reference: Arrays) -> Arrays:
    """Predictions with each modality, and suggestions from the run's gallery."""
    embedder = DoodleEmbedder(run)
    outputs: Arrays = {"fingerprint": np.array(embedder.fingerprint)}
    strokes = drawings(reference)
    queries = [doodle_query(drawing) for drawing in strokes]
    for modality, predictions in embedder.predict_by_modality(queries).items():
        outputs[f"{modality}_embeddings"] = predictions.embeddings
        outputs[f"{modality}_probabilities"] = predictions.probabilities
    suggester = Suggester(run)
    found = [suggester.suggest(drawing, 5) for drawing in strokes]
    outputs |= _columns(
        "suggested", [each.categories for each in found], ("category", "probability")
    )
    return outputs | _columns("similar", [each.drawings for each in found], ("key_id", "distance"))


def drawings(reference: Arrays) -> list[Any]:
    """The drawings of the inputs, as lists of strokes."""
    return json.loads(bytes(reference["strokes"]))


def _columns(prefix: str, results: list[list[Any]], names: tuple[str, ...]) -> Arrays:
    """The attributes of the results of each query, by name: (Q, K)."""
    return {
        f"{prefix}_{name}": np.array([[getattr(each, name) for each in one] for one in results])
        for name in names
    }


COMPUTE: dict[str, tuple[Callable[[Path | str, Arrays], Arrays], Path | str]] = {
    "shoes": (retrieval_outputs, "shoes"),
    "quickdraw": (doodle_outputs, "quickdraw"),
    "older_retrieval": (retrieval_outputs, OLDER_RETRIEVAL),
}


def main(name: str) -> None:
    """Write the file of a shipped run again, for pictures of the size that the run takes."""
    compute, run = COMPUTE[name]
    inputs = {key: values for key, values in load_reference(name).items() if key in INPUTS}
    if compute is retrieval_outputs:
        inputs |= resized(inputs, Embedder(run))
    outputs = compute(run, inputs)
    np.savez_compressed(FOLDER / f"{name}.npz", **inputs, **outputs)  # type: ignore[arg-type]


def resized(inputs: Arrays, embedder: Embedder) -> Arrays:
    """The prepared pictures on the canvas of a run, repeated to RGB where its photos are."""
    rows = np.arange(embedder.canvas) * inputs["prepared_sketches"].shape[1] // embedder.canvas
    sketches, photos = (
        inputs[name][:, rows][:, :, rows] for name in ("prepared_sketches", "prepared_photos")
    )
    if photos.ndim == 3 and embedder.config.photo_input == "rgb":
        photos = np.repeat(photos[..., None], 3, axis=3)
    return {"prepared_sketches": sketches, "prepared_photos": photos}


if __name__ == "__main__":
    main(sys.argv[1])
