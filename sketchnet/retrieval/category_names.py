"""Probabilities of all categories of a run: those of the network, and those that a person added.

The network knows nothing of the added categories, so they are compared by their embeddings. Every
category, of the network or added, has a prototype: the mean embedding of a few examples, of length
1 (Snell, Swersky and Zemel, *Prototypical networks for few-shot learning*, NeurIPS 2017). A softmax
over the similarities to all prototypes, times a scale, gives the probability of each added
category; what is left of 1 is shared as the network says. The scale is fitted on training drawings
that are not among the examples, by the negative log likelihood: so the probabilities of added
categories are calibrated as those of the network are.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from sketchnet.inference.doodle_embedder import Predictions
from sketchnet.retrieval.doodle_gallery import DoodleGallery

SCALES = (1.0, 100.0)
USUAL_SCALE = 14.0  # of the shipped network, where a gallery is too small to fit it
QUERIES = 4  # drawings of each category that the scale is fitted on


class CategoryNames:
    """The categories of a run with those added, and their probabilities.

    Attributes:
        categories: names of the C categories of the network, then of the A added ones.
    """

    def __init__(
        self,
        categories: tuple[str, ...],
        training: DoodleGallery | None,
        added: DoodleGallery | None,
    ) -> None:
        """Args:
        categories: of the network.
        training: embedded training drawings of these categories; without them the added categories
            are compared with each other only.
        added: examples of the added categories.
        """
        names = () if added is None else added.categories
        self.categories = (*categories, *names)
        self._prototypes: np.ndarray | None = None
        if added is not None:
            examples = int(np.median(np.bincount(added.labels)))
            known, self._scale = fit_prototypes(training, examples)
            own = [unit(added.vectors[added.labels == i].mean(axis=0)) for i in range(len(names))]
            self._prototypes = np.concatenate([np.stack(own), *([known] if len(known) else [])])

    def probabilities(self, predictions: Predictions) -> np.ndarray:
        """(N, C + A) probabilities, each row adding up to 1."""
        if self._prototypes is None:
            return predictions.probabilities
        similarity = predictions.embeddings @ self._prototypes.T
        count = len(self.categories) - predictions.probabilities.shape[1]
        added = softmax(self._scale * similarity, axis=1)[:, :count]
        rest = 1.0 - added.sum(axis=1, keepdims=True)
        return np.concatenate([rest * predictions.probabilities, added], axis=1)


def fit_prototypes(
    gallery: DoodleGallery | None, examples: int, seed: int = 0
) -> tuple[np.ndarray, float]:
    """Prototypes of the categories of a gallery, and the scale of their similarities.

    Args:
        gallery: embedded drawings.
        examples: maximum number of drawings of each category in its prototype, a seeded choice.
        seed: of the choice.

    Returns (K, E) unit vectors, and the scale with the smallest negative log likelihood of other
    drawings of the gallery.
    """
    if gallery is None or not len(gallery):
        return np.zeros((0, 0), np.float32), USUAL_SCALE
    rng = np.random.default_rng(seed)
    prototypes: list[np.ndarray] = []
    queries: list[int] = []
    labels: list[int] = []
    for label in np.unique(gallery.labels):
        rows = rng.permutation(np.flatnonzero(gallery.labels == label))
        others = rows[examples : examples + QUERIES]
        queries += others.tolist()
        labels += [len(prototypes)] * len(others)
        prototypes.append(unit(gallery.vectors[rows[:examples]].mean(axis=0)))
    known = np.stack(prototypes)
    if len(known) < 2 or not queries:
        return known, USUAL_SCALE
    similarity = gallery.vectors[queries] @ known.T
    rows = np.arange(len(labels))

    def negative_log_likelihood(scale: float) -> float:
        return float(-log_softmax(scale * similarity, axis=1)[rows, labels].mean())

    found = minimize_scalar(negative_log_likelihood, bounds=SCALES, method="bounded")
    return known, float(found.x)


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector (E,) scaled to length 1."""
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
