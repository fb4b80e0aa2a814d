"""Doodle runs: input specification, probabilities, and queries that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.doodle_embedder import (
    DoodleEmbedder,
    load_input_spec,
    save_input_spec,
    softmax,
)
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config


@pytest.fixture(scope="module")
def embedder() -> DoodleEmbedder:
    network = build_doodle_network(small_config(), 3)
    return DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))


def test_the_input_specification_survives_the_disk(tmp_path: Path) -> None:
    save_input_spec(tmp_path, DoodleInputs(48, 20), ("flip flops", "ünïcode"))
    assert load_input_spec(tmp_path) == (DoodleInputs(48, 20), ("flip flops", "ünïcode"))
    (tmp_path / "drawings.json").write_text("{}")
    with pytest.raises(InputError, match="doodle run"):
        load_input_spec(tmp_path)


def test_probabilities_add_up_to_1(embedder) -> None:
    prediction = embedder.predict(doodles(2).queries())
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(prediction.embeddings, axis=1), 1, atol=1e-5)
    logits = np.array([[1000.0, 0.0], [-1000.0, -1000.0]])
    np.testing.assert_allclose(softmax(logits), [[1, 0], [0.5, 0.5]])


def test_no_queries_give_empty_predictions(embedder) -> None:
    prediction = embedder.predict([])
    assert prediction.embeddings.shape == (0, 8)
    assert prediction.probabilities.shape == (0, 3)


def test_a_network_without_image_branch_refuses_pictures(embedder) -> None:
    with pytest.raises(InputError, match="image branch"):
        embedder.predict([np.zeros((9, 9), np.uint8)])


def test_a_network_of_one_branch_has_one_modality(embedder) -> None:
    assert not embedder.reads_both
    assert embedder.reads_strokes_only
    assert embedder.predict_by_modality(doodles(1).queries()).keys() == {"both"}


def test_nan_of_a_network_is_refused(embedder) -> None:
    class NotANumber:
        inputs, output = embedder.network.inputs, embedder.network.output

        def predict_on_batch(self, batch: dict) -> dict:
            n = len(batch["length"])
            return {"embedding": np.full((n, 8), np.nan), "logits": np.zeros((n, 3))}

    damaged = DoodleEmbedder((NotANumber(), embedder.inputs, WORDS))
    with pytest.raises(InputError, match="NaN"):
        damaged.predict(doodles(1).queries())
