"""A run is a folder: what was asked, what was learnt, how it went. The unit that we ship."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchnet.config.files import Config, load_config, load_json_object, save_config
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

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
        f"the folder of a run, or the name of shipped weights ({names})",
        name,
        "train one with `python train.py`",
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
            "a new folder for the run",
            f"{run}, which is there already",
            "pass --resume to continue it, or another --run",
        )
    save_config(
        config,
        run / CONFIG,
        data=[folder_name(folder) for folder in data],
        initial_weights=initial_weights.name if initial_weights else None,
    )


def change_config(run: Path, config: Config) -> None:
    """Note that a training that goes on is asked for something else, such as more epochs."""
    noted = load_json_object(part(run, CONFIG))
    also = {key: noted[key] for key in ("data", "initial_weights") if key in noted}
    save_config(config, run / CONFIG, **also)


def check_resumed(run: Path, config: Config, data: Sequence[Path]) -> None:
    """Raise InputError unless the training of `run` would go on as it began.

    Only the number of epochs may change on the way.
    """
    began = config_of(run)
    if type(began) is not type(config):
        raise InputError(
            "a run of this task to resume",
            f"{run}, of another task",
            "name the run to resume, or train into another --run",
        )
    changed = [
        field.name
        for field in dataclasses.fields(began)
        if field.name != "epochs" and getattr(config, field.name) != getattr(began, field.name)
    ]
    if changed:
        raise InputError(
            f"the settings that {run} began with",
            f"another {', '.join(changed)}",
            "leave them out, or train into another --run",
        )
    names = tuple(folder_name(folder) for folder in data)
    if names != data_of(run):
        raise InputError(
            f"the data that {run} began with ({' '.join(data_of(run))})", " ".join(names)
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
            f"the state of the training in {run / CHECKPOINT}",
            f"none, after {epochs} epochs",
            f"train into another --run, with --initial-weights {run} if you like",
        )


def folder_name(folder: Path) -> str:
    """The last part of a path, also of `.` and `../x/`."""
    return Path(folder).resolve().name


def config_of(run: Path) -> Config:
    """What the run was asked to do."""
    return load_config(part(run, CONFIG))


def data_of(run: Path) -> tuple[str, ...]:
    """The names of the folders that the run learnt from."""
    noted = load_json_object(part(run, CONFIG)).get("data")
    return tuple(map(str, noted)) if isinstance(noted, list) else ()


def cache_home() -> Path:
    """Where this person's machine keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "sketchnet"


def fingerprint(run: Path) -> str:
    """The SHA-256 of the network's file: what a gallery checks before it answers."""
    with part(run, MODEL).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_metrics(run: Path, metrics: dict[str, Any]) -> None:
    """Write the scores into the run."""
    write_text_atomically(run / METRICS, json.dumps(metrics, indent=2) + "\n")


def load_metrics(run: Path) -> dict[str, Any]:
    """The scores that the run was evaluated to, empty before that."""
    return load_json_object(run / METRICS) if (run / METRICS).is_file() else {}


def part(run: Path, name: str) -> Path:
    """The file `name` of a run; raises InputError where the run has none."""
    path = Path(run) / name
    if not path.is_file():
        raise InputError(
            f"{name} in the run {run}",
            "a folder without it",
            "finish the training with --resume, or train it again",
        )
    return path


if __name__ == "__main__":
    # `python -m sketchnet.runs export RUN` is the older name of `python -m sketchnet.export`.
    import runpy

    runpy.run_module("sketchnet.export", run_name="__main__", alter_sys=True)
