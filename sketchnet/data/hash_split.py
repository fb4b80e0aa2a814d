"""Which drawings train, validate and test: by the hash of their name."""

from __future__ import annotations

import hashlib

SPLITS = ("train", "val", "test")


def seeded_share(key_id: str, seed: int, purpose: str) -> float:
    """A number in [0, 1) that depends on the name, the seed and the purpose alone."""
    digest = hashlib.blake2b(f"{purpose}:{seed}:{key_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def split_of(key_id: str, seed: int = 0) -> str:
    """`train`, `val` or `test` (80, 10, 10 %), the same whatever else is loaded."""
    return split_at(seeded_share(key_id, seed, "split"))


def split_at(share: float) -> str:
    """The split of a name whose seeded share, in [0, 1), is this."""
    return "train" if share < 0.8 else "val" if share < 0.9 else "test"
