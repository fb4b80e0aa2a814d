"""Machine code for a loop that NumPy cannot do at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

# Numba imports `sqlite3` where `coverage` is installed; it has to be Python's own.
import sketchnet.utils.sqlite  # noqa: F401

Function = Callable[..., Any]


def compiled(*, reorder_sums: bool = False) -> Callable[[Function], Function]:
    """Decorate a function of arrays and numbers: Numba compiles it when it is first called.

    That takes a second or two. The machine code is kept beside the module, or in the user's cache
    where that folder is read-only, and later processes load it from there.

    Args:
        reorder_sums: whether sums may be taken in another order, which is faster.
    """
    options: dict[str, Any] = {"nogil": True}
    if reorder_sums:
        options["fastmath"] = {"reassoc", "contract", "nsz"}  # NaN and infinity stay what they are

    def decorate(function: Function) -> Function:
        @cache
        def machine_code() -> Function:
            import numba  # not at the top: it takes half a second

            try:
                return numba.njit(cache=True, **options)(function)
            except RuntimeError:  # no folder can be written
                return numba.njit(**options)(function)

        @wraps(function)
        def call(*arguments: Any) -> Any:
            return machine_code()(*arguments)

        return call

    return decorate
