"""Distillation: learn from other networks how near each photo of a batch is, beside the labels.

Teachers know more than which photo is the right one: which of the others are nearly right. Their
mean is what an ensemble would say (Hinton et al., *Distilling the knowledge in a neural network*,
2015; Furlanello et al., *Born-again neural networks*, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

from keras import ops

TEMPERATURE = 0.1  # of the rankings, in the unit of squared distances
WEIGHT = 0.5  # of each distance's loss, beside the loss of the labels


def mean_ranking(distances: Sequence):
    """The mean of what several teachers say.

    Args:
        distances: one (Q, K) for each teacher.

    Returns:
        (Q, K) float32, for each query probabilities of the keys; no gradient flows into them.
    """
    rankings = [ops.softmax(-ops.cast(each, "float32") / TEMPERATURE) for each in distances]
    return ops.stop_gradient(sum(rankings) / len(rankings))


def distillation_loss(distances, expected):
    """Cross-entropy of a ranking to the expected one, unreduced.

    Args:
        distances: (Q, K) float32.
        expected: (Q, K) probabilities (`mean_ranking`).

    Returns:
        (Q,)
    """
    found = ops.log_softmax(-distances / TEMPERATURE)
    return -ops.sum(expected * found, axis=1)
