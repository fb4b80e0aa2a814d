"""Ablations of the pretrained trunk: losses on five folds, the other settings on two.

`python docs/studies/trunk_ablations.py DATA RUNS [--jobs N] [--only NAME …]` trains what is missing
and prints the tables of docs/experiments.md; `--commands` prints the commands instead.

Every recipe is the preset `default` at 160 pixels and 200 steps, a quarter of its cost, with one
change. It keeps its last epoch and is scored with one view on the validation identities of its
fold, which nothing was chosen on.
"""

from __future__ import annotations

from ablations import IN_COLOUR, TARGET
from training_grid import (
    Recipe,
    Study,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

SHORT = "--preset default --size 160 --epochs 4 --steps-per-epoch 50"
HINGE = "--loss triplet --label-smoothing 0"

LOSSES = (
    Recipe("infonce", SHORT, repeats=5),
    Recipe("triplet_hinge", f"{SHORT} {HINGE} --margin 0.4", repeats=5),
    Recipe("softmax_triplet", f"{SHORT} --loss softmax_triplet --label-smoothing 0", repeats=5),
)
SCREENING = (
    Recipe("no_smoothing", f"{SHORT} --label-smoothing 0", repeats=2),
    Recipe("vectors_alone", f"{SHORT} --no-local", repeats=2),
    Recipe("triplet_hinge_0.2", f"{SHORT} {HINGE} --margin 0.2", repeats=2),
    Recipe("lite2", f"{SHORT} --branch lite2", repeats=2),
    Recipe("whole_trunk", f"{SHORT} --trained-from 0", repeats=2),
    Recipe("last_stages", f"{SHORT} --trained-from 4", repeats=2),
    Recipe("frozen_trunk", f"{SHORT} --trained-from 5", repeats=2),
    Recipe("without_auxiliary", f"{SHORT} --auxiliary 0", repeats=2),
    Recipe("without_unlabelled", f"{SHORT} --unlabelled 0", repeats=2),
    Recipe("no_pretraining", f"{SHORT} --no-pretrained", repeats=2),
)
RECIPES = (*LOSSES, *SCREENING)
SCORES = ("acc@1", "acc@5", "acc@10", "map", "triplet_accuracy", "acc@10@50")


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], RECIPES)
    options = parser.parse_args()
    recipes = [recipe for recipe in RECIPES if recipe.name in options.only]
    data, target = (
        [str(options.data / name) for name in names] for names in ((*TARGET, *IN_COLOUR), TARGET)
    )
    study = Study(
        train=["retrieval", "--data", *data],
        evaluate=["--data", *target, "--split", "val", "--views", "1"],
        repeat_flag="--fold",
        runs=options.runs,
    )
    if options.commands:
        print_commands(study, recipes)
        return
    train_all(study, recipes, options.jobs)
    print(*markdown_table(recipes, SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
