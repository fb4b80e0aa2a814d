"""Frozen settings that hold themselves to their annotations."""

from __future__ import annotations

import math
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sketchnet.utils.errors import InputError


def check_fields(config: Any) -> None:
    """Hold every field of a frozen dataclass to its annotation; whole floats may stand as ints."""
    for name, kind in get_type_hints(type(config)).items():
        value = getattr(config, name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            object.__setattr__(config, name, float(value))
        elif not _fits(value, kind):
            raise InputError(f"expected {name} to be {_in_words(kind)}; received {value!r}")


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(each, get_args(kind)[0]) for each in value)
    if kind is float:
        return isinstance(value, float) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _in_words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    names = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text"}
    return names.get(kind, str(kind))


def demand(config: Any, name: str, expected: str, holds: bool) -> None:
    """Raise InputError naming the field, unless `holds`."""
    if not holds:
        raise InputError(f"expected {name} to be {expected}; received {getattr(config, name)!r}")
