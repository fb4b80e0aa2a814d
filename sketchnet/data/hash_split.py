"""Training, validation and test split of doodles, by the hash of their key_id.

A drawing stays in its split whatever else is loaded beside it.
"""

from __future__ import annotations

import hashlib

SPLITS = ("train", "val", "test")


def seeded_share(key_id: str, seed: int, purpose: str) -> float:
    """Hash a key_id to a number.

    Args:
        key_id: identifies the drawing.
        seed: another seed gives an independent number.
        purpose: another purpose, such as `split` or `subset`, gives an independent number.

    Returns: uniform in [0, 1), the same on every machine.
    """
    digest = hashlib.blake2b(f"{purpose}:{seed}:{key_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def split_of(key_id: str, seed: int = 0) -> str:
    """Return the split of a drawing: `train` (80 %), `val` (10 %) or `test` (10 %)."""
    return split_at(seeded_share(key_id, seed, "split"))


def split_at(share: float) -> str:
    """Return the split that a `seeded_share` in [0, 1) falls into."""
    return "train" if share < 0.8 else "val" if share < 0.9 else "test"
