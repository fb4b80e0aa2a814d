"""Photos without any sketches: what is gained by learning from the photos of a gallery alone?

`python docs/studies/photos_alone.py DATA RUNS [--jobs N] [--only NAME …]` trains what is missing
and prints the table of docs/experiments.md; `--commands` prints the commands instead.

A network that has seen shoes only learns from the photos of ChairV2, whose sketches are hidden from
it, and is scored with these sketches. The recipes have 160 pixels, a quarter of the preset's cost.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ablations import TARGET
from training_grid import (
    Recipe,
    Study,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

from sketchnet.data.pairs.load import load_collection

SHORT = "--preset default --size 160 --identities 32 --steps-per-epoch 50 --no-validate"
SHOES = Recipe("shoes_alone", f"{SHORT} --epochs 4", repeats=2)
ADAPTED = (
    Recipe(
        "photos_alone_3e-4",
        f"{SHORT} --epochs 2 --learning-rate 3e-4",
        repeats=2,
        initial=SHOES.name,
    ),
    Recipe("photos_alone", f"{SHORT} --epochs 2", repeats=2, initial=SHOES.name),
)
RECIPES = (SHOES, *ADAPTED)
UNSEEN = "ChairV2"
SCORES = ("acc@1", "acc@5", "acc@10", "map")


def main() -> None:
    options = study_parser(__doc__.splitlines()[0], RECIPES).parse_args()
    photos = options.runs / "photos"
    first = shoes_alone(options.data, options.runs)
    studies = [first, replace(first, train=["retrieval", "--data", str(photos)])]
    recipes = [recipe for recipe in RECIPES if recipe.name in options.only]
    if not options.commands:
        hide_sketches(options.data / UNSEEN, photos)
    for study, rows in zip(studies, ((SHOES,), ADAPTED), strict=True):
        chosen = [recipe for recipe in rows if recipe in recipes]
        if options.commands:
            print_commands(study, chosen)
        elif chosen:
            train_all(study, chosen, options.jobs)
    if not options.commands:
        print(*markdown_table(recipes, SCORES, options.runs), sep="\n")


def shoes_alone(data: Path, runs: Path) -> Study:
    """The training of a network that has seen shoes only, scored with sketches of chairs."""
    shoes = [str(data / name) for name in (*TARGET, "ShoeV2", "zap_photos")]
    scored = ["--data", str(data / UNSEEN), "--split", "test", "--views", "1"]
    return Study(["retrieval", "--data", *shoes], scored, "--seed", runs)


def hide_sketches(dataset: Path, folder: Path) -> None:
    """Copy the photos of a dataset, of all its splits, into a folder without sketches."""
    folder.mkdir(parents=True, exist_ok=True)
    for photo in load_collection(dataset).photos:
        shutil.copy(photo.photo, folder / f"{photo.id}{photo.photo.suffix}")


if __name__ == "__main__":
    main()
