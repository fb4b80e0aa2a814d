"""Few-shot evaluation of embeddings that are perfect, or random."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data.doodles import Doodles
from sketchnet.evaluation.few_shot import few_shot
from sketchnet.inference.doodle_embedder import Predictions
from sketchnet.utils.errors import InputError
from tests.doodles import doodles
from tests.evaluation.known_drawings import KnownDrawings


@pytest.fixture(scope="module")
def drawings() -> Doodles:
    return doodles(12)


def test_few_shot_accuracy_of_perfect_embeddings_is_1(drawings) -> None:
    found = few_shot(KnownDrawings(drawings, 0.0), drawings, shots=4, repeats=5)
    assert (found.accuracy, found.std) == (1.0, 0.0)
    assert found.n_queries == 36 - 12


def test_few_shot_accuracy_of_random_embeddings_is_chance(drawings) -> None:
    class Random(KnownDrawings):
        def predict(self, queries, modality="both") -> Predictions:
            vectors = np.random.default_rng(0).normal(size=(len(queries), 32))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return Predictions(vectors.astype(np.float32), np.full((len(queries), 4), 0.25))

    random = Random(drawings, 0.0)
    found = few_shot(random, drawings, shots=5, k=1, repeats=20)
    assert found.accuracy == pytest.approx(1 / 3, abs=0.12)
    assert found.std > 0
    assert few_shot(random, drawings, shots=5, k=1, repeats=20) == found


def test_too_few_drawings_are_refused(drawings) -> None:
    with pytest.raises(InputError, match="circle, stairs, star"):
        few_shot(KnownDrawings(drawings, 0.0), drawings, shots=12)
    with pytest.raises(InputError, match="at least 1 example"):
        few_shot(KnownDrawings(drawings, 0.0), drawings, shots=0)
    with pytest.raises(InputError, match="at least 2 categories"):
        few_shot(KnownDrawings(drawings, 0.0), drawings.only(["star"]), shots=2)
