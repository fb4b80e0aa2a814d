"""Probabilities of the network's categories and of added ones, against a loop over them."""

from __future__ import annotations

import numpy as np

from sketchnet.inference.doodle_embedder import Predictions
from sketchnet.retrieval.category_names import USUAL_SCALE, CategoryNames, fit_prototypes
from sketchnet.retrieval.doodle_gallery import DoodleGallery

WORDS = ("a", "b", "c", "d")


def gallery_of(rng, centres: np.ndarray, words: tuple[str, ...], each: int) -> DoodleGallery:
    labels = np.repeat(np.arange(len(words)), each).astype(np.int32)
    vectors = centres[labels] + rng.normal(0, 0.25, (len(labels), centres.shape[1]))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return DoodleGallery(vectors, labels, words, tuple(map(str, range(len(labels)))), None)


def predictions_of(vectors: np.ndarray, rng) -> Predictions:
    return Predictions(vectors, rng.dirichlet(np.ones(4), len(vectors)))


def test_without_added_categories_the_network_alone_decides(rng) -> None:
    found = predictions_of(np.eye(4, 6), rng)
    names = CategoryNames(WORDS, None, None)
    assert names.categories == WORDS
    assert names.probabilities(found) is found.probabilities


def test_an_added_category_is_named_and_the_others_share_the_rest(rng) -> None:
    centres = np.eye(6)
    training = gallery_of(rng, centres, WORDS, 12)
    added = gallery_of(rng, centres[4:], ("new", "newer"), 5)
    names = CategoryNames(WORDS, training, added)
    assert names.categories == (*WORDS, "new", "newer")
    queries = gallery_of(rng, centres, (*WORDS, "new", "newer"), 30)
    found = predictions_of(queries.vectors, rng)
    probabilities = names.probabilities(found)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    known, scale = fit_prototypes(training, 5)
    own = [added.vectors[added.labels == i].mean(axis=0) for i in (0, 1)]
    for row in range(0, 180, 17):
        scores = [
            np.exp(scale * queries.vectors[row] @ (each / np.linalg.norm(each)))
            for each in (*own, *known)
        ]
        expected = np.array(scores[:2]) / sum(scores)
        np.testing.assert_allclose(probabilities[row, 4:], expected, rtol=1e-4)
        network = found.probabilities[row] * (1 - expected.sum())
        np.testing.assert_allclose(probabilities[row, :4], network, rtol=1e-4, atol=1e-7)
    for label, word in ((4, "new"), (5, "newer")):
        assert (probabilities[queries.labels == label].argmax(axis=1) == label).mean() > 0.9, word
    assert (probabilities[queries.labels < 4].argmax(axis=1) < 4).mean() > 0.95


def test_the_scale_has_the_smallest_negative_log_likelihood_of_other_drawings(rng) -> None:
    training = gallery_of(rng, np.eye(4, 6), WORDS, 9)
    known, scale = fit_prototypes(training, 5)
    assert known.shape == (4, 6)
    # The four drawings of each category that are no examples: their mean is not the prototype.
    rows = [[r for r in np.flatnonzero(training.labels == k)] for k in range(4)]
    order = np.random.default_rng(0)
    held = [(k, r) for k in range(4) for r in order.permutation(rows[k])[5:]]

    def loss(value: float) -> float:
        total = 0.0
        for k, r in held:
            scores = np.exp(value * known.astype(float) @ training.vectors[r])
            total -= np.log(scores[k] / scores.sum())
        return total / len(held)

    grid = np.linspace(1, 100, 397)
    assert loss(scale) <= min(map(loss, grid)) + 1e-4


def test_galleries_that_are_too_small_to_fit(rng) -> None:
    assert fit_prototypes(None, 5)[1] == USUAL_SCALE
    training = gallery_of(rng, np.eye(4, 6), WORDS, 3)
    known, scale = fit_prototypes(training, 5)
    assert (known.shape, scale) == ((4, 6), USUAL_SCALE)
    added = gallery_of(rng, np.eye(6)[4:], ("new", "newer"), 5)
    alone = CategoryNames(WORDS, None, added).probabilities(predictions_of(np.eye(6), rng))
    np.testing.assert_allclose(alone.sum(axis=1), 1, atol=1e-6)
    assert alone.shape == (6, 6)
    assert fit_prototypes(training.take(np.arange(0)), 5)[0].shape[0] == 0
