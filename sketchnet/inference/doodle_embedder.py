"""Doodles to embeddings and category probabilities, with the network of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from sketchnet import runs
from sketchnet.data.doodle_inputs import DoodleInputs, StrokesOrPicture
from sketchnet.inference.convert import DRAWING
from sketchnet.inference.onnx_runtime import open_networks
from sketchnet.inference.predict import Modality, Network, check_network, predict_doodles
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

INPUT_SPEC = "drawings.json"
"""The file of a run with the input specification and the categories of its network, and with the
temperature of its probabilities where one has been fitted."""

TEMPERATURES = (0.05, 20.0)
"""Smallest and greatest temperature: beyond them every prediction is certain, or none is."""

_UNREADABLE = (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a doodle network predicts for N drawings.

    Attributes:
        embeddings: (N, E) float32, of unit length.
        probabilities: (N, C) float32 of the run's categories, each row adding up to 1.
    """

    embeddings: np.ndarray
    probabilities: np.ndarray


def save_input_spec(run: Path, inputs: DoodleInputs, categories: Sequence[str]) -> None:
    """Write the input specification and the categories of a network into its run."""
    spec = {"inputs": inputs.to_json(), "categories": list(categories)}
    write_text_atomically(run / INPUT_SPEC, json.dumps(spec, indent=2, ensure_ascii=False) + "\n")


def load_input_spec(run: Path) -> tuple[DoodleInputs, tuple[str, ...]]:
    """Read what `save_input_spec` wrote. Raises InputError where the file is missing or damaged."""
    try:
        spec = json.loads((run / INPUT_SPEC).read_text(encoding="utf-8"))
        return DoodleInputs.from_json(spec["inputs"]), tuple(map(str, spec["categories"]))
    except _UNREADABLE as error:
        raise _no_input_spec(run, error) from None


def load_temperature(run: Path) -> float:
    """The temperature of a run's probabilities, 1 where none has been fitted (`calibration`).

    Raises InputError where the file is missing or damaged.
    """
    try:
        spec = json.loads((run / INPUT_SPEC).read_text(encoding="utf-8"))
        temperature = float(spec.get("temperature", 1.0))
        if not TEMPERATURES[0] <= temperature <= TEMPERATURES[1]:
            raise ValueError(f"temperature {temperature}")
        return temperature
    except (*_UNREADABLE, AttributeError) as error:
        raise _no_input_spec(run, error) from None


def save_temperature(run: Path, temperature: float) -> None:
    """Write the temperature into the input specification of a run, which keeps all else."""
    load_input_spec(run)
    spec = json.loads((run / INPUT_SPEC).read_text(encoding="utf-8"))
    # Before the long list of categories, where a reader of the file finds it.
    spec = {"inputs": spec["inputs"], "temperature": temperature} | spec
    spec["temperature"] = temperature
    write_text_atomically(run / INPUT_SPEC, json.dumps(spec, indent=2, ensure_ascii=False) + "\n")


def _no_input_spec(run: Path, error: Exception) -> InputError:
    return InputError(
        f"{INPUT_SPEC} of a doodle run in {run}",
        f"no file that can be read ({type(error).__name__})",
        "name a run of `train.py quickdraw`, or `quickdraw`",
    )


class DoodleEmbedder:
    """A doodle network ready to embed and classify drawings.

    Attributes:
        inputs: the input specification of the network.
        categories: names of the categories, in the order of the probabilities.
        reads_both: the network has an image branch and a stroke branch.
        reads_strokes_only: the network has a stroke branch only.
        temperature: by which the logits are divided before the softmax (Guo et al., *On calibration
            of modern neural networks*, ICML 2017); 1 where none has been fitted.
        fingerprint: identifies the network file, "" for a network in memory.
    """

    temperature = 1.0

    def __init__(self, run: Path | str | tuple[keras.Model, DoodleInputs, Sequence[str]]) -> None:
        """Load a run by its directory or shipped name, or take its content from memory.

        A run is executed by the fastest engine (`onnx_runtime`), a network in memory by Keras.

        Args:
            run: directory or name, or (network, input specification, categories).

        Raises InputError where it is not a doodle run, or its files do not belong together.
        """
        self._network: Network
        if isinstance(run, tuple):
            self._network, self.inputs, categories = run
            self.network = run[0]
            self.categories = tuple(categories)
            self.fingerprint = ""
        else:
            self._folder = runs.resolve_run(run)
            self.inputs, self.categories = load_input_spec(self._folder)
            self.temperature = load_temperature(self._folder)
            self._network = open_networks(self._folder)[DRAWING]
            self.fingerprint = runs.fingerprint(self._folder)
            check_network(self._network, self.inputs.size, {"logits": len(self.categories)})
        names = {tensor.name for tensor in self._network.inputs}
        self.reads_both = "has_picture" in names
        self.reads_strokes_only = "picture" not in names

    @cached_property
    def network(self) -> keras.Model:
        """The Keras network, loaded when it is first used: predictions do not need it."""
        from sketchnet.models import saving  # imports Keras

        return saving.load_model(self._folder)

    def predict(
        self, queries: Sequence[StrokesOrPicture], modality: Modality = "both"
    ) -> Predictions:
        """Embed N drawings or pictures, and compute the probabilities of their categories.

        Args:
            queries: tidied strokes, or pictures (H, W[, 3]) uint8 of any polarity and size.
            modality: which inputs a network of two branches uses.

        Raises InputError where a network that reads strokes only receives a picture, and where the
        embeddings are not finite.
        """
        embeddings, logits = self.outputs(queries, modality)
        return Predictions(embeddings, softmax(logits / self.temperature))

    def outputs(
        self, queries: Sequence[StrokesOrPicture], modality: Modality = "both"
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the network itself gives, as for `predict`: embeddings (N, E) and logits (N, C)."""
        if self.reads_strokes_only and any(isinstance(query, np.ndarray) for query in queries):
            raise InputError(
                "strokes, since this run has no image branch",
                "a picture",
                "name a run with an image branch",
            )
        size = self._network.output["embedding"].shape[-1]
        if not queries:
            return np.zeros((0, size), np.float32), np.zeros((0, len(self.categories)), np.float32)
        embeddings, logits = predict_doodles(self._network, self.inputs, queries, modality)
        if not np.isfinite(embeddings).all():
            raise InputError(
                "finite embeddings",
                "NaN from the network",
                "its weights are damaged: train it again, or take an earlier checkpoint",
            )
        return embeddings, logits

    def predict_by_modality(
        self, queries: Sequence[StrokesOrPicture]
    ) -> dict[Modality, Predictions]:
        """`predict` with each modality; for a network of one branch with `both` only."""
        modalities: tuple[Modality, ...] = get_args(Modality) if self.reads_both else ("both",)
        return {modality: self.predict(queries, modality) for modality in modalities}


def softmax(logits: np.ndarray) -> np.ndarray:
    """(N, C) logits → (N, C) probabilities, each row adding up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)
