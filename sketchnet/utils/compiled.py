"""Machine code for a loop that NumPy cannot do at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

# Numba imports `sqlite3` where `coverage` is installed; it has to be Python's own.
import sketchnet.utils.sqlite  # noqa: F401

Function = Callable[..., Any]


def compiled(*, reorder_sums: bool = False) -> Callable[[Function], Function]:
    """Decorate a function of arrays and numbers: Numba compiles it when it is first called.

    That takes a second or two. The machine code is kept beside the module, or in the user's cache
    where that folder is read-only, and later processes load it from there. It is made anew when the
    module changes, not when this one does. Indices are not checked.

    Args:
        reorder_sums: whether sums may be taken in another order, which is faster.
    """
    options: dict[str, Any] = {"nogil": True}
    if reorder_sums:
        options["fastmath"] = {"reassoc", "contract", "nsz"}

    def decorate(function: Function) -> Function:
        lock = Lock()
        made: list[Function] = []

        def machine_code() -> Function:
            with lock:
                if not made:
                    import numba  # not at the top: it takes half a second

                    try:
                        made.append(numba.njit(cache=True, **options)(function))
                    except RuntimeError:  # no folder can be written
                        made.append(numba.njit(**options)(function))
            return made[0]

        @wraps(function)
        def call(*arguments: Any) -> Any:
            return (made[0] if made else machine_code())(*arguments)

        return call

    return decorate
