"""Fine-grained sketch-based image retrieval and Quick, Draw! doodles in Keras.

The public names below are imported at their first use, so that `import sketchnet` stays instant.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sketchnet.retrieval.search import ShoeFinder
    from sketchnet.retrieval.suggest import Suggester
    from sketchnet.tasks.train_doodles import train_doodles
    from sketchnet.tasks.train_retrieval import train_retrieval

__version__ = "0.1.0"

__all__ = ["ShoeFinder", "Suggester", "__version__", "train_doodles", "train_retrieval"]

_MODULES = {
    "ShoeFinder": "sketchnet.retrieval.search",
    "Suggester": "sketchnet.retrieval.suggest",
    "train_doodles": "sketchnet.tasks.train_doodles",
    "train_retrieval": "sketchnet.tasks.train_retrieval",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
