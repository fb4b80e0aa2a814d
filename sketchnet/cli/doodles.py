"""`python -m sketchnet.doodles` and `sketchnet doodles`: calibrate a run, add categories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import tyro

from sketchnet.cli.subcommands import run_subcommand
from sketchnet.utils.process import command

# The rest is imported where it is used: `--help` should not wait for it.

Run = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="RUN")]]


def calibrate(
    run: Run,
    data: tuple[Path, ...],
    split: Literal["train", "val", "test", "all"] = "val",
    per_category: int = 0,
) -> int:
    """Calibrate the probabilities of a run, so that 60 % means right six times in ten.

    Fits one number, the temperature, on drawings at 25, 50, 75 and 100 % of their stroke length,
    and saves it in drawings.json of the run. No ranking changes. A training does so at its end.

    Args:
        run: Directory of a run, or name of shipped weights, such as quickdraw.
        data: Directories or files of Quick, Draw! drawings in any published form.
        split: Split of the drawings. Never the one that the run was trained on.
        per_category: Maximum number of drawings per category. 0 = all.
    """
    from sketchnet import runs
    from sketchnet.data.quickdraw import load_doodles
    from sketchnet.inference.calibration import calibrate_run

    folder = runs.resolve_run(run)
    drawings = load_doodles(data, None, per_category or None, split=split)
    found = calibrate_run(folder, drawings)
    print(
        f"temperature {found.temperature:.3f}; calibration error {found.error_before:.3f} before, "
        f"{found.error_after:.3f} after, of {found.n:,} finished and partial drawings ({split})"
    )
    return 0


def add(
    run: Run,
    word: tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="WORD")]],
    files: tyro.conf.Positional[
        Annotated[tuple[Path, ...], tyro.conf.arg(metavar="FILE [FILE ...]")]
    ],
) -> int:
    """Add a category to a run by a few drawings of it, without training.

    It takes part in naming, suggestions and the quiz. Its examples are kept in gallery/added.npz of
    the run: delete that file to remove all added categories.

    Args:
        run: Directory of a run, or name of shipped weights, such as quickdraw.
        word: Name of the category, such as "coffee mug".
        files: At least 3 drawings: pictures, SVG files, or Quick, Draw! files of any form, all of
            whose drawings are taken as WORD. A directory stands for its files.
    """
    from sketchnet import runs
    from sketchnet.data.doodle_examples import read_examples
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.retrieval.added_categories import (
        ADDED_FILE,
        add_category,
        load_added_categories,
    )
    from sketchnet.retrieval.doodle_gallery import save_doodle_gallery

    folder = runs.resolve_run(run)
    examples = read_examples(files)
    embedder = DoodleEmbedder(folder)
    before = load_added_categories(folder, embedder.fingerprint)
    added = add_category(embedder, before, word, examples)
    (folder / ADDED_FILE).parent.mkdir(exist_ok=True)
    save_doodle_gallery(added, folder / ADDED_FILE)
    print(
        f"added {added.categories[-1]} by {len(examples)} drawings; the run knows "
        f"{len(embedder.categories)} categories and {len(added.categories)} added ones"
    )
    return 0


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    commands: dict[str, Callable[..., int]] = {"calibrate": calibrate, "add": add}
    return run_subcommand(
        commands, arguments, prog="python -m sketchnet.doodles", description=__doc__
    )
