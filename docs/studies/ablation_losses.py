"""Losses of the ablations in `code_ablations.py` and `trunk_code_ablations.py`.

Each is a trainer that changes the loss of `TripletTrainer`. Its third argument, if it has one, is
what the change needs: the training pairs, or a teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.losses.distances import pairwise_squared_distances
from sketchnet.losses.distillation import WEIGHT, distillation_loss, mean_ranking
from sketchnet.losses.mining import mine, positive_mask
from sketchnet.losses.triplet import triplet_hinge_loss
from sketchnet.training.fit import SingleWorker
from sketchnet.training.retrieval_trainer import TripletTrainer, ranking_distance

HUMAN_WEIGHT = 0.5
CACHE_SIZE = 480  # photos of the last ten batches


def _squared(outputs: dict[str, Any], photos: Any = None) -> Any:
    """Squared distances of the sketches of a batch to its photos, or to other embeddings."""
    photos = outputs["photo_embedding"] if photos is None else photos
    return pairwise_squared_distances(outputs["sketch_embedding"], photos)


class HumanTriplets(TripletTrainer):
    """Adds the hinge loss of the human triplets (sketch, nearer, farther photo) in the batch."""

    def __init__(self, network: keras.Model, config: RetrievalConfig, pairs: PreparedPairs) -> None:
        super().__init__(network, config)
        # A dense table over the photos that occur in triplets; its last row and column are empty.
        judged = np.unique(pairs.sketch_photo[pairs.triplets[:, 0]])
        place = np.full(len(pairs.photos), len(judged))
        place[judged] = np.arange(len(judged))
        is_triplet = np.zeros((len(judged) + 1,) * 3, bool)
        sketch, nearer, farther = pairs.triplets.T
        is_triplet[place[pairs.sketch_photo[sketch]], place[nearer], place[farther]] = True
        is_triplet[-1] = is_triplet[:, -1] = is_triplet[:, :, -1] = False
        self.place, self.is_triplet = ops.array(place, "int32"), ops.array(is_triplet)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        squared = _squared(y_pred)
        rows = ops.take(self.place, ops.cast(y, "int32"))
        chosen = ops.take(ops.take(ops.take(self.is_triplet, rows, 0), rows, 1), rows, 2)
        chosen = ops.cast(chosen, "float32")
        losses = triplet_hinge_loss(squared[:, :, None], squared[:, None, :], self.config.margin)
        mean = ops.sum(losses * chosen) / ops.maximum(ops.sum(chosen), 1.0)
        return loss + HUMAN_WEIGHT * mean


class EmbeddingCache(TripletTrainer):
    """Adds sketch-to-photo negatives from the photo embeddings of the last batches.

    Wang et al., *Cross-batch memory for embedding learning*, CVPR 2020.
    """

    def __init__(self, network: keras.Model, config: RetrievalConfig, pairs: PreparedPairs) -> None:
        super().__init__(network, config)
        shape = (CACHE_SIZE, config.embedding_size)
        self.cache = self.add_weight(shape=shape, initializer="zeros", trainable=False)
        self.cached_labels = self.add_weight(
            shape=(CACHE_SIZE,), initializer=keras.initializers.Constant(-1), trainable=False
        )

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        photos, labels = y_pred["photo_embedding"], ops.cast(y, "float32")
        cached = self.cached_labels[None, :]
        # Entries of the same identity, and empty ones, are not negatives.
        usable = (cached >= 0) & (cached != labels[:, None])
        keys = ops.concatenate([_squared(y_pred), _squared(y_pred, self.cache)], axis=1)
        same = positive_mask(labels, labels)
        excluded = ops.concatenate([same, ops.logical_not(usable)], axis=1)
        losses = triplet_hinge_loss(
            keys, mine(self.config.mining, keys, excluded, self.seeds), self.config.margin
        )
        positives = ops.concatenate([same, ops.zeros_like(usable)], axis=1)
        weights = ops.cast(positives, "float32")
        embeddings = ops.concatenate([ops.stop_gradient(photos), self.cache])
        all_labels = ops.concatenate([labels, self.cached_labels])
        self.cache.assign(embeddings[:CACHE_SIZE])
        self.cached_labels.assign(all_labels[:CACHE_SIZE])
        return loss + ops.sum(losses * weights) / ops.sum(weights)


class SelfDistillation(TripletTrainer):
    """Adds the cross-entropy to a teacher's similarities of sketches and photos in the batch.

    Furlanello et al., *Born-again networks*, 2018; Park et al., *Relational knowledge
    distillation*, 2019.
    """

    def __init__(self, network: keras.Model, config: RetrievalConfig, teacher: keras.Model) -> None:
        super().__init__(network, config)
        self._teacher = [teacher]  # in a list, so that Keras does not train or save it

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        teacher = self._teacher[0](x, training=False)
        expected = mean_ranking([_squared(teacher)])
        return loss + WEIGHT * ops.mean(distillation_loss(_squared(y_pred), expected))


class LocalAlone(TripletTrainer):
    """InfoNCE on the local scores alone; to be ranked by them alone."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        vectors, local = self.distances(y_pred)
        unused = 0.0 * ops.sum(vectors)  # Keras warns of weights without a gradient
        return self._both_ways(local, positive_mask(y, y)) + unused


class OnTheMix(TripletTrainer):
    """InfoNCE on the distance that ranks, the mix of vectors and local scores, not on each."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        mix = ranking_distance(self.distances(y_pred))
        return self._both_ways(mix, positive_mask(y, y))


class WorkerWithTrainer(SingleWorker):
    """Trains with another trainer, which receives `argument` as its third argument."""

    def __init__(self, trainer: Callable[..., TripletTrainer], argument: Any) -> None:
        self.trainer, self.argument = trainer, argument

    def build(self, kind: Callable[..., keras.Model], *arguments: Any) -> Any:
        return self.trainer(*arguments, self.argument)
