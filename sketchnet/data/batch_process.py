"""The side of a worker process that makes batches.

`worker_batches` starts such processes and tells them which batches to make, by epoch and step.
"""

from __future__ import annotations

import os
from typing import Any

_batches: Any = None


def prepare(batches: Any) -> None:
    """Receive the batches of a training, once per process."""
    global _batches
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # the memory of the GPU is for the training
    import cv2

    cv2.setNumThreads(1)  # the processes share the processors already
    _batches = batches


def make(epoch: int, step: int) -> Any:
    """Make a batch of the training."""
    return _batches.batch(epoch, step)
