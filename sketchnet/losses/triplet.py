"""What training minimises: one loss per triplet or pair, unreduced.

Which entries count (`mining.valid_pairs`) and how they are averaged is the caller's business.
"""

from __future__ import annotations

from keras import ops

FAR = 1e9


def triplet_hinge_loss(d_ap, d_an, margin: float):
    """max(0, d_ap − d_an + margin), of any shape (Schroff et al., *FaceNet*, 2015)."""
    return ops.relu(d_ap - d_an + margin)


def softmax_triplet_loss(d_ap, d_an):
    """The squared softmax share of the positive's distance, of any shape, in 0..1.

    (exp(d_ap) / (exp(d_ap) + exp(d_an)))², which is ½ in the root at equal distances and falls to 0
    as the negative departs (Hoffer & Ailon, *Deep metric learning using triplet network*, 2015).
    """
    return ops.square(ops.sigmoid(d_ap - d_an))


def in_batch_contrastive_loss(distances, positives, temperature: float):
    """Cross-entropy of each positive against all negatives of its query.

    −log(exp(−d_qp/t) / (exp(−d_qp/t) + Σ_n exp(−d_qn/t))). The query's other positives take no
    part, so that two sketches of one shoe never push each other away (van den Oord et al., *CPC*,
    2018; Khosla et al., *Supervised contrastive learning*, 2020).

    Args:
        distances: (Q, K) float32; squared distances of unit vectors are 2 − 2·cosine.
        positives: (Q, K) bool.
        temperature: > 0, in the unit of the distances.

    Returns:
        (Q, K), meaningful at the positive pairs; 0 where a query has no negative.
    """
    logits = -distances / temperature
    of_negatives = ops.logsumexp(ops.where(positives, -FAR, logits), axis=1, keepdims=True)
    return ops.softplus(of_negatives - logits)
