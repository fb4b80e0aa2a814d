"""The triplet losses as `keras.losses.Loss`, for `model.compile` in other people's trainings.

The trainers of this project call the plain functions, which also serve batches of two sides.
"""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from sketchnet.losses.distances import pairwise_squared_distances, safe_sqrt
from sketchnet.losses.mining import mine, positive_mask, valid_pairs
from sketchnet.losses.triplet import softmax_triplet_loss, triplet_hinge_loss


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
        self.margin, self.mining, self.distance, self.kind = margin, mining, distance, loss
        self.seed = seed
        self._seeds = keras.random.SeedGenerator(seed)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The scalar loss of a batch, float32."""
        # Keras casts labels to float32, which is exact up to 16 million labels.
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        distances = pairwise_squared_distances(y_pred, y_pred)
        if self.distance == "euclidean":
            distances = safe_sqrt(distances)
        same_label = positive_mask(labels, labels)
        d_an = mine(self.mining, distances, same_label, self._seeds)
        if self.kind == "softmax_triplet":
            losses = softmax_triplet_loss(distances, d_an)
        else:
            losses = triplet_hinge_loss(distances, d_an, self.margin)
        itself = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
        pairs = ops.logical_and(valid_pairs(same_label), ops.logical_not(itself))
        valid = ops.cast(pairs, "float32")
        return ops.sum(losses * valid) / ops.maximum(ops.sum(valid), 1.0)

    def get_config(self) -> dict[str, Any]:
        return {
            "margin": self.margin, "mining": self.mining, "distance": self.distance,
            "loss": self.kind, "seed": self.seed, "name": self.name,
        }  # fmt: skip
