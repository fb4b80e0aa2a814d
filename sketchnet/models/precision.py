"""The precision in which a network computes: one rule for both tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def building_precision(mixed_precision: bool) -> Iterator[None]:
    """Build layers in mixed precision, or in float32, whatever Keras's own setting is.

    In mixed precision the layers compute in float16 and keep their weights in float32. Keras's
    setting is restored afterwards.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if mixed_precision else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
