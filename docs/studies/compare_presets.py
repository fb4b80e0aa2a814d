"""The Sketch-a-Net baseline and our presets, by 5-fold cross-validation on QMUL-Shoe.

`python docs/studies/compare_presets.py DATA RUNS [--jobs N] [--folds N]` trains what is missing and
prints the table of docs/results.md. The published recipe takes 20,000 steps of 128 photos; here it
is shortened to 200 steps of 64, about the time of `compact`. The best epoch is chosen on the
identities that are then evaluated, the last epoch is not; so each recipe has a row for either, and
a third one for the last epoch on the sketches of QMUL-Shoe alone, as in the published figures.
`--commands` prints the commands instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ablations import AUXILIARY, IN_COLOUR, SYNTHETIC, TABLE_SCORES, TARGET, synthetic_shoes
from training_grid import (
    Recipe,
    Study,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

BASELINE = Recipe(
    "sketch_a_net",
    "--preset sketch_a_net --mining semihard --identities 64 --steps-per-epoch 40 --epochs 5",
    repeats=5,
)
COMPACT = Recipe("compact", "--preset compact", repeats=5)
DEFAULT = Recipe("default", "--preset default", repeats=5)
RECIPES = (BASELINE, COMPACT, DEFAULT)


def study_of(train_data: Sequence[Path], target: Sequence[Path], runs: Path) -> Study:
    return Study(
        train=["retrieval", "--data", *map(str, train_data)],
        evaluate=["--data", *map(str, target), "--split", "val"],
        repeat_flag="--fold",
        runs=runs,
    )


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], RECIPES)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    recipes = [
        replace(each, repeats=options.folds) for each in RECIPES if each.name in options.only
    ]
    target = [options.data / name for name in TARGET]
    everything = [*target, *(options.data / name for name in AUXILIARY), options.runs / SYNTHETIC]
    in_colour = [*target, *(options.data / name for name in IN_COLOUR)]
    # The published recipe is trained on QMUL-Shoe alone, the pretrained trunk on real photos alone.
    train_data = {
        BASELINE.name: target[:1],
        COMPACT.name: everything,
        DEFAULT.name: in_colour,
    }
    studies = {each.name: study_of(train_data[each.name], target, options.runs) for each in recipes}
    if options.commands:
        for recipe in recipes:
            print_commands(studies[recipe.name], [recipe])
        return

    from last_epochs import cost, evaluate_last_epochs  # Keras, which `--commands` does not need

    synthetic_shoes(options.runs)
    rows: list[Recipe] = []
    for recipe in recipes:
        train_all(studies[recipe.name], [recipe], options.jobs)
        last = evaluate_last_epochs(recipe, train_data[recipe.name], target, options.runs)
        rows += [recipe, *last]
    head, line, *cells = markdown_table(rows, TABLE_SCORES, options.runs)
    print(f"{head} parameters | query |", f"{line} --- | --- |", sep="\n")
    for row, scores in zip(rows, cells, strict=True):
        print(f"{scores} {cost(row.run(options.runs, 0), options.data)} |")


if __name__ == "__main__":
    main()
