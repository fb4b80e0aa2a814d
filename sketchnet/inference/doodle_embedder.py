"""Doodles → embeddings and categories: where a run's network works for an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from sketchnet.data.doodle_inputs import DoodleInputs, Query
from sketchnet.inference.convert import DRAWING
from sketchnet.inference.predict import Network, Use, check_network, predict_doodles
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

INPUT_SPEC = "drawings.json"
"""The file of a run that says how drawings are shown, and which categories are answered."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a run makes of N drawings.

    `embeddings` (N, E) float32 of unit length; `probabilities` (N, C) float32 of the run's
    categories, each row adding up to 1.
    """

    embeddings: np.ndarray
    probabilities: np.ndarray


def save_input_spec(run: Path, inputs: DoodleInputs, categories: Sequence[str]) -> None:
    """Note in the run how its network is to be asked, and what it answers."""
    form = {"inputs": inputs.to_json(), "categories": list(categories)}
    write_text_atomically(run / INPUT_SPEC, json.dumps(form, indent=2, ensure_ascii=False) + "\n")


def load_input_spec(run: Path) -> tuple[DoodleInputs, tuple[str, ...]]:
    """What `save_input_spec` noted. Raises InputError where that is missing or broken."""
    try:
        form = json.loads((run / INPUT_SPEC).read_text(encoding="utf-8"))
        return DoodleInputs.from_json(form["inputs"]), tuple(map(str, form["categories"]))
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(
            f"{INPUT_SPEC} of a quickdraw run in {run}",
            f"none that can be read ({type(error).__name__})",
            "name a run of `train.py quickdraw`, or `quickdraw`",
        ) from None


class DoodleEmbedder:
    """A run of the drawing task, ready to be asked."""

    def __init__(self, run: Path | str | tuple[keras.Model, DoodleInputs, Sequence[str]]) -> None:
        """Load a run by its folder or shipped name, or take what it would hold from memory.

        Runs are served by the fastest engine (`serving`), what lies in memory by Keras.
        """
        self._served: Network
        if isinstance(run, tuple):
            self._served, self.inputs, categories = run
            self.network = run[0]
            self.categories = tuple(categories)
            self.fingerprint = ""
        else:
            from sketchnet import runs
            from sketchnet.inference import onnx_runtime

            self._folder = runs.resolve_run(run)
            self.inputs, self.categories = load_input_spec(self._folder)
            self._served = onnx_runtime.open_networks(self._folder)[DRAWING]
            self.fingerprint = runs.fingerprint(self._folder)
            check_network(self._served, self.inputs.size, {"logits": len(self.categories)})
        names = {tensor.name for tensor in self._served.inputs}
        self.reads_both = "has_picture" in names
        self.reads_strokes_only = "picture" not in names

    @cached_property
    def network(self) -> keras.Model:
        """The network as Keras has it, loaded when somebody asks: to answer takes none."""

        from sketchnet.models import saving

        return saving.load_model(self._folder)

    def predict(self, queries: Sequence[Query], use: Use = "both") -> Predictions:
        """Embed N drawings (or pictures), and tell their categories' probabilities.

        Args:
            queries: tidied strokes, or pictures (H, W[, 3]) uint8 of any polarity and size.
            use: what a network of two branches is to look at.

        Raises InputError where a network that reads strokes alone is asked about a picture.
        """
        if self.reads_strokes_only and any(isinstance(query, np.ndarray) for query in queries):
            raise InputError(
                "strokes, since this run reads nothing else",
                "a picture",
                "name a run with an image branch",
            )
        size = self._served.output["embedding"].shape[-1]
        if not queries:
            return Predictions(np.zeros((0, size), np.float32), np.zeros((0, len(self.categories))))
        embeddings, logits = predict_doodles(self._served, self.inputs, queries, use)
        if not np.isfinite(embeddings).all():
            raise InputError(
                "finite embeddings",
                "NaN from the model",
                "its weights are broken, train it again or take an earlier checkpoint",
            )
        return Predictions(embeddings, softmax(logits))

    def predict_by_input(self, queries: Sequence[Query]) -> dict[Use, Predictions]:
        """What `predict` gives for each `use`; a network of one branch has `both` alone."""
        uses: tuple[Use, ...] = get_args(Use) if self.reads_both else ("both",)
        return {use: self.predict(queries, use) for use in uses}


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, C) → (N, C), each row positive and adding up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
