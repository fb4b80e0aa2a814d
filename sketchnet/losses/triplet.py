"""Triplet losses: one value per triplet, unreduced.

Which entries count (`mining.valid_pairs`) and how they are averaged is decided by the caller.
"""

from __future__ import annotations

from keras import ops


def triplet_hinge_loss(d_ap, d_an, margin: float):
    """max(0, d_ap − d_an + margin), of any shape (Schroff et al., *FaceNet*, 2015)."""
    return ops.relu(d_ap - d_an + margin)


def softmax_triplet_loss(d_ap, d_an):
    """The squared softmax share of the positive's distance, of any shape, in 0..1.

    (exp(d_ap) / (exp(d_ap) + exp(d_an)))²: 1/4 at equal distances, falling to 0 as the negative
    moves away (Hoffer & Ailon, *Deep metric learning using triplet network*, 2015).
    """
    return ops.square(ops.sigmoid(d_ap - d_an))
