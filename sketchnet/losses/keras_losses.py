"""The losses as `keras.losses.Loss`, for `model.compile` in other people's trainings.

`y_true` are whole-number labels (B,) or (B, 1), `y_pred` embeddings (B, E). Every item is an
anchor; its positives are the others of its label. The losses are means over all pairs that have a
negative, 0 in a batch without any. The trainers of this project call the functions, which also
serve batches of two sides.
"""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from sketchnet.config.base import TrainingConfig
from sketchnet.losses.distances import pairwise_squared_distances
from sketchnet.losses.infonce import infonce_loss
from sketchnet.losses.mining import positive_mask, valid_pairs
from sketchnet.losses.triplet_step import mean_of_valid, triplet_step


@keras.saving.register_keras_serializable(package="sketchnet")
class BatchTripletLoss(keras.losses.Loss):
    """Triplet loss of all positive pairs within a batch, with negatives mined in the batch.

    Args:
        margin: of the hinge, in the unit of `distance`.
        mining: semihard (Schroff et al., *FaceNet*, 2015), hard or random.
        distance: squared Euclidean or Euclidean.
        loss: triplet (hinge) or softmax_triplet (Hoffer & Ailon, 2015), which has no margin.
        seed: of random mining.
        name: of the loss.
    """

    def __init__(
        self,
        margin: float = 0.3,
        mining: Literal["semihard", "hard", "random"] = "semihard",
        distance: Literal["squared", "euclidean"] = "squared",
        loss: Literal["triplet", "softmax_triplet"] = "triplet",
        seed: int = 0,
        name: str = "batch_triplet",
    ) -> None:
        super().__init__(name=name, reduction=None)  # the mean over the pairs is a scalar already
        self.config = TrainingConfig(
            margin=margin, mining=mining, distance=distance, loss=loss, seed=seed
        )
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The scalar loss of a batch, float32."""
        squared, positives, itself = _within_batch(y_true, y_pred)
        return triplet_step(squared, positives, self.config, self._seeds, same=itself).loss

    def get_config(self) -> dict[str, Any]:
        names = ("margin", "mining", "distance", "loss", "seed")
        return {name: getattr(self.config, name) for name in names} | {"name": self.name}


@keras.saving.register_keras_serializable(package="sketchnet")
class BatchInfoNCELoss(keras.losses.Loss):
    """InfoNCE of all positive pairs within a batch (`infonce_loss`).

    Args:
        temperature: > 0, in the unit of squared distances.
        smoothing: of the labels, 0 (none) to below 1.
        name: of the loss.
    """

    def __init__(
        self, temperature: float = 0.1, smoothing: float = 0.0, name: str = "batch_infonce"
    ) -> None:
        super().__init__(name=name, reduction=None)  # the mean over the pairs is a scalar already
        self.temperature, self.smoothing = temperature, smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The scalar loss of a batch, float32."""
        squared, positives, itself = _within_batch(y_true, y_pred)
        losses = infonce_loss(squared, positives, self.temperature, self.smoothing)
        counted = ops.logical_and(valid_pairs(positives), ops.logical_not(itself))
        return mean_of_valid(losses, ops.cast(counted, losses.dtype))

    def get_config(self) -> dict[str, Any]:
        return {"temperature": self.temperature, "smoothing": self.smoothing, "name": self.name}


def _within_batch(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """Of all pairs of a batch (B, B): squared distances, same labels, an item with itself."""
    # Keras casts labels to float32, which is exact up to 16 million labels.
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    itself = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
    return pairwise_squared_distances(y_pred, y_pred), positive_mask(labels, labels), itself
