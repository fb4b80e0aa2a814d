"""Train: `python train.py [retrieval|quickdraw] --help`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from sketchnet import jobs, runs
from sketchnet.config import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.errors import InputError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


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
    """Begin from another run, or from published weights (.npy)."""


def retrieval(arguments: list[str]) -> None:
    chosen = tyro.cli(
        Retrieval,
        prog="train.py retrieval",
        args=arguments,
        default=Retrieval(tyro.MISSING, tyro.MISSING, settings=defaults(arguments)),
    )
    jobs.train_retrieval(
        chosen.settings,
        chosen.data,
        chosen.run,
        resume=chosen.resume,
        initial_weights=chosen.initial_weights,
    )


def quickdraw(arguments: list[str]) -> None:
    raise InputError("expected the task retrieval; received quickdraw, which is yet to come")


TASKS = {"retrieval": retrieval, "quickdraw": quickdraw}


def defaults(arguments: list[str]) -> RetrievalConfig:
    """What holds for fields without a flag: the settings of the run to resume, or a preset's."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--preset", default="best")
    early.add_argument("--run", type=Path)
    early.add_argument("--resume", action="store_true")
    known, _ = early.parse_known_args(arguments)
    if known.resume and known.run:
        return runs.config_of(known.run)
    return RETRIEVAL_PRESETS.get(known.preset, RETRIEVAL_PRESETS["best"])


def main(arguments: list[str]) -> int:
    try:
        if not arguments:
            jobs.main_job()
        elif arguments[0] in TASKS:
            TASKS[arguments[0]](arguments[1:])
        elif arguments[0] in ("-h", "--help"):
            print(f"{__doc__}\nWithout arguments: the main job, both tasks on the embedded data.")
        else:
            raise InputError(
                f"expected a task of {', '.join(TASKS)}; received {arguments[0]}; "
                "see `python train.py --help`"
            )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command with --resume goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
