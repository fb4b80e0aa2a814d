"""The directory of a run: settings, weights, history, scores. docs/files.md lists every file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchnet.config.files import Config, load_config, load_json_object, save_config
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.hugging_face import download_run, repository_of

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
    """The directory of a run, given by its path, the name of shipped weights, or hf://user/name.

    A name without a slash that ships wins. A run on the Hugging Face Hub is downloaded. Raises
    InputError where there is none.
    """
    if repository := repository_of(name):
        return download_run(repository)
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
    """Create the directory and save the settings. Raises InputError where it is not empty.

    Data are recorded by folder name: a run tells nothing about the machine that trained it.
    """
    # With only settings in it, a training stopped before its first epoch: nothing is lost.
    replaceable = (CONFIG, f".{CONFIG}.")
    if run.exists() and (
        not run.is_dir() or any(not p.name.startswith(replaceable) for p in run.iterdir())
    ):
        raise InputError(
            "a new folder for the run",
            f"{run}, which exists already",
            "pass --resume to continue it, or another --run",
        )
    save_config(
        config,
        run / CONFIG,
        data=[folder_name(folder) for folder in data],
        initial_weights=initial_weights.name if initial_weights else None,
    )


def change_config(run: Path, config: Config) -> None:
    """Save new settings of a resumed training, such as more epochs."""
    saved = load_json_object(file_of(run, CONFIG))
    also = {key: saved[key] for key in ("data", "initial_weights") if key in saved}
    save_config(config, run / CONFIG, **also)


def check_resumed(run: Path, config: Config, data: Sequence[Path]) -> None:
    """Raise InputError unless the training of `run` would continue with the same settings and data.

    Only the number of epochs may differ.
    """
    began = config_of(run)
    if type(began) is not type(config):
        raise InputError(
            "a run of this task to resume",
            f"{run}, a run of another task",
            "name the run to resume, or train into another --run",
        )
    changed = [
        field.name
        for field in dataclasses.fields(began)
        if field.name != "epochs" and getattr(config, field.name) != getattr(began, field.name)
    ]
    if changed:
        raise InputError(
            f"the settings that {run} was started with",
            f"another {', '.join(changed)}",
            "leave them out, or train into another --run",
        )
    names = tuple(folder_name(folder) for folder in data)
    if names != data_of(run):
        raise InputError(
            f"the data that {run} was started with ({' '.join(data_of(run))})", " ".join(names)
        )
    _check_state(run)


def _check_state(run: Path) -> None:
    """Raise InputError where epochs are finished but the state to resume from is missing.

    A training that was stopped in its first epoch has no state yet, and starts again.
    """
    history = run / HISTORY
    epochs = len(history.read_text(encoding="utf-8").splitlines()) - 1 if history.is_file() else 0
    if epochs > 1 and not any((run / CHECKPOINT).glob("*.npz")):
        raise InputError(
            f"the state of the training in {run / CHECKPOINT}",
            f"none, after {epochs} epochs",
            f"train into another --run, if you like with --initial-weights {run}",
        )


def folder_name(folder: Path) -> str:
    """The last part of a path, also of `.` and `../x/`."""
    return Path(folder).resolve().name


def config_of(run: Path) -> Config:
    """The settings of the run."""
    return load_config(file_of(run, CONFIG))


def data_of(run: Path) -> tuple[str, ...]:
    """The names of the folders that the run was trained on."""
    saved = load_json_object(file_of(run, CONFIG)).get("data")
    return tuple(map(str, saved)) if isinstance(saved, list) else ()


def fingerprint(run: Path) -> str:
    """The SHA-256 of the network's file, by which a gallery knows the model that made it."""
    with file_of(run, MODEL).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shipped_with(model: str) -> Path | None:
    """Return the shipped run whose model has this fingerprint, None where none has."""
    found = [path.parent for path in sorted(SHIPPED.glob(f"*/{CONFIG}"))]
    return next((run for run in found if fingerprint(run) == model), None)


def save_metrics(run: Path, metrics: dict[str, Any]) -> None:
    """Write the scores into the run."""
    write_text_atomically(run / METRICS, json.dumps(metrics, indent=2) + "\n")


def load_metrics(run: Path) -> dict[str, Any]:
    """The saved scores of the run, {} before its first evaluation."""
    return load_json_object(run / METRICS) if (run / METRICS).is_file() else {}


def file_of(run: Path, name: str) -> Path:
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
    # `python -m sketchnet.runs push RUN hf://user/name`, and `export RUN`, the older name of
    # `python -m sketchnet.export`.
    import runpy

    runpy.run_module("sketchnet.export", run_name="__main__", alter_sys=True)
