"""Train: `python train.py [retrieval|quickdraw] --help`."""

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
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.utils.errors import InputError


@dataclass
class Retrieval:
    """Train sketch → photo on any paired collection; `--preset` sets the other fields."""

    data: tuple[Path, ...]
    """Folders of sketches and photos; the score is about the first."""
    run: Path
    """The folder that receives what was learnt."""
    settings: tyro.conf.OmitArgPrefixes[RetrievalConfig]
    resume: bool = False
    """Go on after the last finished epoch of the run."""
    initial_weights: Path | None = None
    """Begin from another run, from published weights of Sketch-a-Net (.npy), or from ImageNet's of
    vgg16, resnet50_v2 or efficientnet_lite0 without the head (.h5). In place of `--pretrained`."""
    workers: tuple[str, ...] = ()
    """HOST:PORT of every machine that trains, the same list on all (docs/scaling.md)."""
    worker: int = 0
    """Which of them this one is; the first, 0, writes the run."""


@dataclass
class Quickdraw:
    """Train drawing → representation and category; `--preset` sets the other fields."""

    data: tuple[Path, ...]
    """Folders or files of Quick, Draw! drawings in any published form."""
    run: Path
    """The folder that receives what was learnt."""
    settings: tyro.conf.OmitArgPrefixes[DoodleConfig]
    download: bool = False
    """First fetch the official files of the categories into the (first) data folder."""
    resume: bool = False
    """Go on after the last finished epoch of the run."""
    initial_weights: Path | None = None
    """Begin from the branches of another run, or from Keras' ImageNet weights of vgg16 or
    resnet50_v2 without the head (.h5)."""


def retrieval(arguments: list[str]) -> None:
    from sketchnet.tasks.train_retrieval import train_retrieval

    chosen = parse(Retrieval, "train.py retrieval", arguments, RETRIEVAL_PRESETS)
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
    chosen = parse(Quickdraw, "train.py quickdraw", arguments, DOODLE_PRESETS)
    if not chosen.data:
        raise InputError("a folder of drawings", "none", "name one by --data")
    if chosen.download:
        from sketchnet.data.quickdraw.categories import DEFAULT_CATEGORIES
        from sketchnet.data.quickdraw.download import download_categories

        download_categories(chosen.settings.categories or DEFAULT_CATEGORIES, chosen.data[0])
    from sketchnet.tasks.train_doodles import train_doodles

    train_doodles(
        chosen.settings,
        chosen.data,
        chosen.run,
        resume=chosen.resume,
        initial_weights=chosen.initial_weights,
    )


def run_quickstart() -> None:
    from sketchnet.tasks.quickstart import run_quickstart

    run_quickstart()


TASKS = {"retrieval": retrieval, "quickdraw": quickdraw}


def parse(kind: Any, prog: str, arguments: list[str], presets: Mapping[str, Any]) -> Any:
    """Flags over a preset's fields, or over those of the run to resume."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--preset", default="best")
    early.add_argument("--run", type=Path)
    early.add_argument("--resume", action="store_true")
    known, _ = early.parse_known_args(arguments)
    settings: Any = presets.get(known.preset, presets["best"])
    if known.resume and known.run:
        settings = runs.config_of(known.run)
        if type(settings) is not type(presets["best"]):
            raise InputError(f"a run of `{prog}` to resume", f"{known.run}, of another task")
    default = kind(tyro.MISSING, tyro.MISSING, settings=settings)
    return tyro.cli(kind, prog=prog, args=arguments, default=default)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if not arguments:
            run_quickstart()
        elif arguments[0] in TASKS:
            TASKS[arguments[0]](arguments[1:])
        elif arguments[0] in ("-h", "--help"):
            print(f"{__doc__}\nWithout arguments: the main job, both tasks on the embedded data.")
        else:
            raise InputError(
                f"a task of {', '.join(TASKS)}", arguments[0], "see `python train.py --help`"
            )
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        how = "with --resume goes on from here" if arguments else "begins again"
        print(f"\nstopped; the same command {how}", file=sys.stderr)
        return 130
    return 0
