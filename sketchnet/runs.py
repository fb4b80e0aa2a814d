"""A run is a folder: what was asked, what was learnt, how it went. The unit that we ship."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchnet.archives import check_unpacked
from sketchnet.atomic import write_atomically, write_text_atomically
from sketchnet.config import Config, load_config, load_config_object, save_config
from sketchnet.errors import InputError

if TYPE_CHECKING:
    import keras

CONFIG = "config.json"
MODEL = "model.keras"
LAST = "last.keras"
HISTORY = "history.csv"
METRICS = "metrics.json"
PICTURES = "pictures"
GALLERY = "gallery"
CHECKPOINT = "checkpoint"
LOGS = "logs"

SHIPPED = Path(__file__).parent / "weights"


def resolve_run(name: str | Path) -> Path:
    """The folder of a run, given by its path or by the name of weights that ship with us.

    A name without a slash that ships wins. Raises InputError where there is neither.
    """
    shipped = SHIPPED / str(name)
    if "/" not in str(name) and "\\" not in str(name) and (shipped / CONFIG).is_file():
        return shipped
    if Path(name).is_dir():
        return Path(name)
    names = ", ".join(sorted(path.parent.name for path in SHIPPED.glob(f"*/{CONFIG}"))) or "none"
    raise InputError(
        f"expected the folder of a run, or the name of shipped weights ({names}); "
        f"received {name}; train one with `python train.py`"
    )


def start_run(
    run: Path, config: Config, data: Sequence[Path], initial_weights: Path | None = None
) -> None:
    """Make the folder and note what is asked. Raises InputError where something lies there already.

    Data are noted by folder name: a run says nothing about the machine it was made on.
    """
    # A lone configuration, or part of one, is a training that never came to learn: nothing is lost.
    begun = (CONFIG, f".{CONFIG}.")
    if run.exists() and (
        not run.is_dir() or any(not p.name.startswith(begun) for p in run.iterdir())
    ):
        raise InputError(
            f"expected a new folder for the run; received {run}, which is there already; "
            "pass --resume to continue it, or another --run"
        )
    save_config(
        config,
        run / CONFIG,
        data=[folder_name(folder) for folder in data],
        initial_weights=initial_weights.name if initial_weights else None,
    )


def change_config(run: Path, config: Config) -> None:
    """Note that a training that goes on is asked for something else, such as more epochs."""
    noted = load_config_object(_part(run, CONFIG))
    also = {key: noted[key] for key in ("data", "initial_weights") if key in noted}
    save_config(config, run / CONFIG, **also)


def check_resumed(run: Path, config: Config, data: Sequence[Path]) -> None:
    """Raise InputError unless the training of `run` would go on as it began.

    Only the number of epochs may change on the way.
    """
    began = config_of(run)
    if type(began) is not type(config):
        raise InputError(
            f"expected a run of this task to resume; received {run}, of another task; "
            "name the run to resume, or train into another --run"
        )
    changed = [
        field.name
        for field in dataclasses.fields(began)
        if field.name != "epochs" and getattr(config, field.name) != getattr(began, field.name)
    ]
    if changed:
        raise InputError(
            f"expected the settings that {run} began with; received another "
            f"{', '.join(changed)}; leave them out, or train into another --run"
        )
    names = tuple(folder_name(folder) for folder in data)
    if names != data_of(run):
        raise InputError(
            f"expected the data that {run} began with ({' '.join(data_of(run))}); "
            f"received {' '.join(names)}"
        )
    _check_state(run)


def _check_state(run: Path) -> None:
    """Raise InputError where epochs were learnt and the state to continue from is gone.

    A training that was killed in its first epoch has none yet, and begins again.
    """
    history = run / HISTORY
    epochs = len(history.read_text(encoding="utf-8").splitlines()) - 1 if history.is_file() else 0
    if epochs > 1 and not any((run / CHECKPOINT).glob("*.npz")):
        raise InputError(
            f"expected the state of the training in {run / CHECKPOINT}; received none, after "
            f"{epochs} epochs; train into another --run, with --initial-weights {run} if you like"
        )


def folder_name(folder: Path) -> str:
    """The last part of a path, also of `.` and `../x/`."""
    return Path(folder).resolve().name


def config_of(run: Path) -> Config:
    """What the run was asked to do."""
    return load_config(_part(run, CONFIG))


def data_of(run: Path) -> tuple[str, ...]:
    """The names of the folders that the run learnt from."""
    noted = load_config_object(_part(run, CONFIG)).get("data")
    return tuple(map(str, noted)) if isinstance(noted, list) else ()


def save_model(model: keras.Model, run: Path, name: str = MODEL) -> None:
    """Write the network into the run, all or nothing. Raises InputError where the clock is lost."""
    year = time.localtime(time.time()).tm_year
    if not 1980 <= year < 2108:
        raise InputError(
            "expected a clock between 1980 and 2107, the years that the file of a network knows; "
            f"received {year}; set the clock, then go on with --resume"
        )
    # Keras writes to a path that ends in .keras only.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL
        model.save(path)
        write_atomically(run / name, lambda file: file.write(path.read_bytes()))


def load_model(run: Path, name: str = MODEL) -> keras.Model:
    """The trained network, loaded in safe mode: a file from strangers runs no code of theirs.

    Raises InputError where the file is missing or is no model.
    """
    import keras

    import sketchnet.models.layers  # noqa: F401 (registers our layers)

    path = _part(run, name)
    try:
        check_unpacked(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"expected a trained network at {path}; received a file that Keras cannot load "
            f"({reason}); train it again"
        ) from error


def cache_home() -> Path:
    """Where this person's machine keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "sketchnet"


def fingerprint(run: Path) -> str:
    """The SHA-256 of the network's file: what a gallery checks before it answers."""
    with _part(run, MODEL).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_metrics(run: Path, metrics: dict[str, Any]) -> None:
    """Write the scores into the run."""
    write_text_atomically(run / METRICS, json.dumps(metrics, indent=2) + "\n")


def load_metrics(run: Path) -> dict[str, Any]:
    """The scores that the run was evaluated to, empty before that."""
    return load_config_object(run / METRICS) if (run / METRICS).is_file() else {}


def _part(run: Path, name: str) -> Path:
    path = Path(run) / name
    if not path.is_file():
        raise InputError(
            f"expected {name} in the run {run}; received a folder without it; "
            "finish the training with --resume, or train it again"
        )
    return path


if __name__ == "__main__":
    import sys

    from sketchnet.export import main

    sys.exit(main())
