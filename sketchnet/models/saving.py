"""Save and load the network of a run: written atomically, loaded in Keras's safe mode."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras

import sketchnet.models.layers  # noqa: F401 (registers the custom layers)
from sketchnet import runs
from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import check_unpacked


def save_model(model: keras.Model, run: Path, name: str = runs.MODEL) -> None:
    """Write the network into a run, atomically.

    Args:
        model: the network.
        run: directory of the run.
        name: file name inside the run.

    Raises:
        InputError: the system clock is outside the years that a `.keras` file can record.
        OSError: the file cannot be written; an earlier one is then unchanged.
    """
    year = time.localtime(time.time()).tm_year
    if not 1980 <= year < 2108:
        raise InputError(
            "a clock between 1980 and 2107, the years that a .keras file can record",
            year,
            "set the clock, then go on with --resume",
        )
    # Keras writes to a path that ends in .keras only.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / runs.MODEL
        model.save(path)
        write_atomically(run / name, lambda file: file.write(path.read_bytes()))


def load_model(run: Path, name: str = runs.MODEL) -> keras.Model:
    """Load the network of a run in safe mode: no code in the file is executed.

    Args:
        run: directory of the run.
        name: file name inside the run.

    Raises:
        InputError: the file is missing or damaged, or it is not a model.
    """
    path = runs.file_of(run, name)
    try:
        check_unpacked(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"a trained network at {path}",
            f"a file that Keras cannot load ({reason})",
            "train it again",
        ) from error


def network_saver(
    run: Path, float32_network: keras.Model | None = None
) -> Callable[[keras.Model, str], None]:
    """A function that saves a network into the run, always as one that computes in float32.

    `float32_network` receives the weights of a network that computes in half precision; None = the
    network itself computes in float32.
    """

    def save(network: keras.Model, name: str = runs.MODEL) -> None:
        if float32_network is None:
            save_model(network, run, name)
            return
        float32_network.set_weights(network.get_weights())
        save_model(float32_network, run, name)

    return save
