"""The triplet losses as `keras.losses.Loss`, for `model.compile` in other people's trainings.

The trainers of this project call `triplet_step`, which also serves batches of two sides.
"""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from sketchnet.config.base import TrainingConfig
from sketchnet.losses.distances import pairwise_squared_distances
from sketchnet.losses.mining import positive_mask
from sketchnet.losses.triplet_step import triplet_step


@keras.saving.register_keras_serializable(package="sketchnet")
class BatchTripletLoss(keras.losses.Loss):
    """Triplet loss of all positive pairs within a batch, with negatives mined in the batch.

    `y_true` are whole-number labels (B,) or (B, 1), `y_pred` embeddings (B, E). Every drawing is an
    anchor; its positives are the others of its label. The loss is the mean over all pairs that have
    a negative, 0 in a batch without any.

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
        # The mean is taken over the pairs, so the scalar must not be divided by the batch again.
        super().__init__(name=name, reduction=None)
        self.config = TrainingConfig(
            margin=margin, mining=mining, distance=distance, loss=loss, seed=seed
        )
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The scalar loss of a batch, float32."""
        # Keras casts labels to float32, which is exact up to 16 million labels.
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        itself = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
        squared = pairwise_squared_distances(y_pred, y_pred)
        positives = positive_mask(labels, labels)
        return triplet_step(squared, positives, self.config, self._seeds, same=itself).loss

    def get_config(self) -> dict[str, Any]:
        names = ("margin", "mining", "distance", "loss", "seed")
        return {name: getattr(self.config, name) for name in names} | {"name": self.name}
