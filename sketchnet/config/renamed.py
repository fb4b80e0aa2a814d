"""Older names of settings: runs and commands of the previous version still work with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Older field -> field.
FIELDS = {
    "edges": "edge_maps",
    "others": "auxiliary",
    "look_alikes": "hard_negative_group",
}
# Field -> older value -> value.
VALUES: dict[str, dict[str, str]] = {
    "preset": {"best": "default", "paper": "sketch_a_net"},
    "branch": {"efficientnet_lite0": "lite0"},
    "image_branch": {"efficientnet_lite0": "lite0"},
    "loss": {"hinge": "triplet", "softmax": "softmax_triplet", "contrastive": "infonce"},
    "distance": {"plain": "euclidean"},
    "edge_maps": {"ours": "computed", "published": "provided"},
}


def rename_settings(settings: dict[str, Any], task: str) -> dict[str, Any]:
    """Settings of an older run of `task`, under today's names and values."""
    older = {FIELDS.get(name, name): value for name, value in settings.items()}
    renamed = {
        name: VALUES.get(name, {}).get(value, value) if isinstance(value, str) else value
        for name, value in older.items()
    }
    # Without a trunk, the preset `best` of retrieval was what is `compact` today.
    is_compact = task == "retrieval" and renamed.get("branch", "compact") == "compact"
    if older.get("preset") == "best" and is_compact:
        renamed["preset"] = "compact"
    return renamed


def rename_flags(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Command-line arguments under today's names, and one line for each that was renamed."""
    flags = {_flag(old): _flag(new) for old, new in FIELDS.items()}
    values = {_flag(field): found for field, found in VALUES.items()}
    renamed: list[str] = []
    notes = []
    for argument in arguments:
        flag, equals, value = argument.partition("=")
        new = flags.get(flag, flag)
        if equals:
            new += equals + values.get(new, {}).get(value, value)
        elif renamed and argument in values.get(renamed[-1], {}):
            new = values[renamed[-1]][argument]
        if new != argument:
            before = "" if equals or argument.startswith("--") else f"{renamed[-1]} "
            notes.append(f"`{before}{argument}` is now `{before}{new}`")
        renamed.append(new)
    return renamed, notes


def _flag(field: str) -> str:
    return f"--{field.replace('_', '-')}"
