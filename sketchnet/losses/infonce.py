"""InfoNCE: one value per pair, unreduced.

Which pairs are positive, and how the values are averaged, is decided by the caller.
"""

from __future__ import annotations

from keras import ops

FAR = 1e9


def infonce_loss(distances, positives, temperature: float, smoothing: float = 0.0, log_weights=0.0):
    """Cross-entropy of each positive against all negatives of its query (InfoNCE).

    −log(exp(−d_qp/t) / (exp(−d_qp/t) + Σ_n exp(−d_qn/t))). The query's other positives are left
    out, so that two sketches of one shoe never repel each other (van den Oord et al., *CPC*, 2018;
    Khosla et al., *Supervised contrastive learning*, 2020). With label smoothing the target puts
    `smoothing` evenly on the positive and all negatives (Szegedy et al., 2016). A negative of
    weight w counts as w negatives: its logit is −d_qn/t + log w.

    Args:
        distances: (Q, K) float32; squared distances of unit vectors are 2 − 2·cosine.
        positives: (Q, K) bool.
        temperature: > 0, in the unit of the distances.
        smoothing: 0 (none) to below 1.
        log_weights: (Q, K) of the negatives, such as `likeness_weights`; 0 = all weigh the same.

    Returns:
        (Q, K), meaningful at the positive pairs; 0 where a query has no negative.
    """
    negatives = ops.logical_not(positives)
    logits = ops.where(negatives, log_weights, 0.0) - distances / temperature
    of_negatives = ops.logsumexp(ops.where(positives, -FAR, logits), axis=1, keepdims=True)
    losses = ops.softplus(of_negatives - logits)
    if not smoothing:
        return losses
    # Cross-entropy against the smoothed target: log Z − Σ target · logit.
    log_z = logits + losses
    count = ops.sum(ops.cast(negatives, logits.dtype), axis=1, keepdims=True)
    summed = ops.sum(ops.where(positives, 0.0, logits), axis=1, keepdims=True)
    even = (summed + logits) / (count + 1.0)
    return ops.where(count > 0, log_z - (1.0 - smoothing) * logits - smoothing * even, 0.0)


def likeness_weights(embeddings, strength: float):
    """Logarithms of weights of negatives, which grow with their likeness to the anchor's photo.

    A weight is in proportion to exp(strength · cosine), and their mean over the batch is 1, so that
    alike photos are told apart first (Robinson et al., *Contrastive learning with hard negative
    samples*, ICLR 2021). They have no gradient.

    Args:
        embeddings: (B, D) unit vectors of the photos of the batch.
        strength: more than 0.

    Returns:
        (B, B), symmetric.
    """
    embeddings = ops.stop_gradient(embeddings)
    weights = strength * ops.matmul(embeddings, ops.transpose(embeddings))
    return weights - ops.logsumexp(weights) + ops.log(ops.cast(ops.size(weights), weights.dtype))
