"""Prepare the process of a command: what this machine sets up must neither stop nor change it."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from sketchnet.utils.cache import cache_home
from sketchnet.utils.errors import InputError
from sketchnet.utils.quiet import quiet_tensorflow

BACKENDS = ("tensorflow", "jax", "torch")
KERAS_SETTINGS = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def command(main: Callable[..., int]) -> Callable[..., int]:
    """Decorate the `main` of a command: it runs in a prepared process, or reports one line."""

    @functools.wraps(main)
    def prepared(arguments: list[str] | None = None) -> int:
        try:
            prepare_process()
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
        return main(arguments)

    return prepared


def prepare_process(keras: bool = True) -> None:
    """Make the process independent of the machine. Call it before Keras is imported.

    - Characters that the encoding of the output lacks are replaced instead of raising.
    - TensorFlow's messages about the machine are hidden (`utils.quiet`).
    - Keras reads settings of our own, never `~/.keras/keras.json`: what a run computes must not
      depend on that file. `KERAS_BACKEND` is respected.

    Args:
        keras: whether the command uses networks; the last two are done only then.

    Raises InputError where `KERAS_BACKEND` names an unknown or missing package.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if keras:
        quiet_tensorflow()
        _check_backend()
        if "keras" not in sys.modules:
            os.environ["KERAS_HOME"] = str(_keras_home())


def _check_backend() -> None:
    name = os.environ.get("KERAS_BACKEND") or "tensorflow"
    fix = f"install {name}, or remove KERAS_BACKEND from the environment"
    if name not in BACKENDS:
        raise InputError(f"KERAS_BACKEND as one of {', '.join(BACKENDS)}", name, "change it")
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        raise InputError(f"the package {name}, as KERAS_BACKEND says", "none", fix)


def _keras_home() -> Path:
    """A directory with our settings for Keras; what Keras downloads is kept there too."""
    home = cache_home() / "keras"
    text = json.dumps(KERAS_SETTINGS, indent=4)
    try:
        home.mkdir(exist_ok=True)
        settings = home / "keras.json"
        if not settings.is_file() or settings.read_text(encoding="utf-8") != text:
            settings.write_text(text, encoding="utf-8")
    except OSError:
        pass  # Keras then uses the same settings, which are its defaults
    return home
