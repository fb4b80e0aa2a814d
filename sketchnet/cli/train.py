"""`python train.py [retrieval|quickdraw]` and `sketchnet train`: train a run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from sketchnet import runs
from sketchnet.config.doodles import DOODLE_PRESETS, DoodleConfig
from sketchnet.config.renamed import rename_flags
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.utils.errors import InputError
from sketchnet.utils.process import command

HELP = """usage: train.py [retrieval|quickdraw] [options]

  (none)     quick start: both tasks end to end on synthetic data, about six minutes
  retrieval  sketch to photo, on any paired collection
  quickdraw  doodles: drawing to embedding and category

`train.py retrieval --help` and `train.py quickdraw --help` list the options."""


@dataclass
class TrainRetrieval:
    """Train retrieval (sketch to photo). `--preset` supplies the defaults of all other settings."""

    data: tuple[Path, ...]
    """Dataset directories in any layout of docs/data.md. The first is the target dataset, which is
    validated and scored; the others are auxiliary."""
    run: Path
    """Directory of the run, created by the training."""
    settings: tyro.conf.OmitArgPrefixes[RetrievalConfig]
    resume: bool = False
    """Continue after the last finished epoch of the run."""
    initial_weights: Path | None = None
    """Weights to start from instead of --pretrained: a run, the published weights of Sketch-a-Net
    (.npy), or ImageNet weights of vgg16 or resnet50_v2 without head (.h5)."""
    workers: tuple[str, ...] = ()
    """HOST:PORT of every machine that trains, the same list on all machines (docs/scaling.md)."""
    worker: int = 0
    """Index of this machine among --workers. The first, 0, writes the run."""


@dataclass
class TrainDoodles:
    """Train doodles (drawing to embedding and category). `--preset` supplies the defaults of all
    other settings."""

    data: tuple[Path, ...]
    """Directories or files of Quick, Draw! drawings in any published form (docs/data.md)."""
    run: Path
    """Directory of the run, created by the training."""
    settings: tyro.conf.OmitArgPrefixes[DoodleConfig]
    download: bool = False
    """First download the official files of --categories into the (first) data directory. With
    --per-category only the first so many drawings of each file are transferred, of all 345
    categories where --categories names none; without it whole files, of ten categories."""
    resume: bool = False
    """Continue after the last finished epoch of the run."""
    initial_weights: Path | None = None
    """Weights to start from: a run, whose image and stroke branches are used where they fit, or
    ImageNet weights of vgg16 or resnet50_v2 without head (.h5)."""


def retrieval(arguments: list[str]) -> None:
    chosen = parse(TrainRetrieval, "train.py retrieval", arguments, RETRIEVAL_PRESETS)
    from sketchnet.tasks.train_retrieval import train_retrieval

    train_retrieval(
        chosen.settings,
        chosen.data,
        chosen.run,
        resume=chosen.resume,
        initial_weights=chosen.initial_weights,
        workers=chosen.workers,
        worker=chosen.worker,
    )


def quickdraw(arguments: list[str]) -> None:
    chosen = parse(TrainDoodles, "train.py quickdraw", arguments, DOODLE_PRESETS)
    if not chosen.data:
        raise InputError("a directory of drawings", "none", "name one with --data")
    from sketchnet.data.quickdraw.categories import CATEGORIES, DEFAULT_CATEGORIES
    from sketchnet.data.quickdraw.download import download_categories
    from sketchnet.tasks.train_doodles import train_doodles

    if chosen.download:
        count = chosen.settings.per_category or None
        words = chosen.settings.categories or (CATEGORIES if count else DEFAULT_CATEGORIES)
        download_categories(words, chosen.data[0], per_category=count)
    train_doodles(
        chosen.settings,
        chosen.data,
        chosen.run,
        resume=chosen.resume,
        initial_weights=chosen.initial_weights,
    )


def quickstart() -> None:
    from sketchnet.tasks.quickstart import run_quickstart

    run_quickstart()


TASKS = {"retrieval": retrieval, "quickdraw": quickdraw}


def parse(kind: Any, prog: str, arguments: list[str], presets: Mapping[str, Any]) -> Any:
    """Parse flags over the settings of a preset, or over those of the run to resume."""
    arguments, notes = rename_flags(arguments)
    for note in notes:
        print(note, file=sys.stderr)
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--preset", default="default")
    early.add_argument("--run", type=Path)
    early.add_argument("--resume", action="store_true")
    known, _ = early.parse_known_args(arguments)
    settings: Any = presets.get(known.preset, presets["default"])
    if known.resume and known.run:
        settings = runs.config_of(known.run)
        if type(settings) is not type(presets["default"]):
            raise InputError(f"a run of `{prog}` to resume", f"{known.run}, a run of another task")
    default = kind(tyro.MISSING, tyro.MISSING, settings=settings)
    return tyro.cli(kind, prog=prog, args=arguments, default=default)


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if not arguments:
            quickstart()
        elif arguments[0] in TASKS:
            TASKS[arguments[0]](arguments[1:])
        elif arguments[0] in ("-h", "--help"):
            print(HELP)
        else:
            raise InputError(
                f"a task of {', '.join(TASKS)}", arguments[0], "see `python train.py --help`"
            )
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        hint = "add --resume to continue" if arguments else "the same command starts again"
        print(f"\nstopped; {hint}", file=sys.stderr)
        return 130
    return 0
