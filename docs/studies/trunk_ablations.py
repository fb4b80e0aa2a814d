"""Ablations of the pretrained trunk: losses on five folds, the other settings on two.

`python docs/studies/trunk_ablations.py DATA RUNS [--jobs N] [--only NAME …]` trains what is missing
and prints the tables of docs/experiments.md; `--commands` prints the commands instead.

Every recipe is the preset `default` with 160 pixels, 200 steps and batches of 32 photos, an eighth
of its cost, with one change. It keeps its last epoch and is scored with one view on the validation
identities of its fold, which nothing was chosen on, and once more with the photos of ShoeV2 as
distractors. The rows of detectors start from `sneakers` and `chair` in RUNS, which
docs/recipes/objectron_trunk.py writes, `doodles` from `doodle_pairs` (doodle_pairs.py).
"""

from __future__ import annotations

from dataclasses import replace

from ablations import IN_COLOUR, SYNTHETIC, TARGET, synthetic_shoes
from training_grid import (
    FAR,
    Recipe,
    Study,
    difference_table,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

# With a hubness correction and small batches, as the preset had them when the rows were trained.
SHORT = (
    "--preset default --size 160 --epochs 4 --steps-per-epoch 50 --identities 32 --querybank 256"
)
MORE = ("qmul_v1/chairs", "sketchy")  # edge maps of chairs, and shoes among other things
DOODLES = Recipe("doodles", f"{SHORT} --data {{runs}}/doodle_pairs", repeats=2)
SKETCHY = Recipe("sketchy", f"{SHORT} --data {{sketchy}}", repeats=2)
TEACHERS = "{runs}/infonce-@ {runs}/lite2-@ {runs}/softmax_triplet-@"  # trained before
TWO_SKETCHES = "--identities 16 --sketches-per-identity 2"
HINGE = "--loss triplet --label-smoothing 0"

LOSSES = (
    Recipe("infonce", SHORT, repeats=5),
    Recipe("triplet_hinge", f"{SHORT} {HINGE} --margin 0.4", repeats=5),
    Recipe("softmax_triplet", f"{SHORT} --loss softmax_triplet --label-smoothing 0", repeats=5),
    Recipe("temperature_0.05", f"{SHORT} --temperature 0.05", repeats=5),
    Recipe("vectors_alone", f"{SHORT} --no-local", repeats=5),
)
SCREENING = (
    Recipe("no_smoothing", f"{SHORT} --label-smoothing 0", repeats=2),
    Recipe("triplet_hinge_0.2", f"{SHORT} {HINGE} --margin 0.2", repeats=2),
    Recipe("lite2", f"{SHORT} --branch lite2", repeats=2),
    Recipe("whole_trunk", f"{SHORT} --trained-from 0", repeats=2),
    Recipe("last_stages", f"{SHORT} --trained-from 4", repeats=2),
    Recipe("frozen_trunk", f"{SHORT} --trained-from 5", repeats=2),
    Recipe("without_auxiliary", f"{SHORT} --auxiliary 0", repeats=2),
    Recipe("without_unlabelled", f"{SHORT} --unlabelled 0", repeats=2),
    Recipe("more_unlabelled", f"{SHORT} --unlabelled 0.4", repeats=2),
    Recipe("batch_64", f"{SHORT} --identities 64", repeats=2),
    Recipe("no_pretraining", f"{SHORT} --no-pretrained", repeats=2),
    Recipe("sneaker_detector", f"{SHORT} --initial-weights {{runs}}/sneakers", repeats=2),
    Recipe("chair_detector", f"{SHORT} --initial-weights {{runs}}/chair", repeats=2),
    Recipe("whole_sketches", f"{SHORT} --partial 0", repeats=2),
    Recipe("more_partial", f"{SHORT} --partial 0.3", repeats=2),
    Recipe("no_average", f"{SHORT} --ema 0", repeats=2),
    Recipe("alike_negatives", f"{SHORT} --alike-negatives 2", repeats=2),
    Recipe("no_redraw", f"{SHORT} --redraw 0", repeats=2),
    Recipe("two_sketches", f"{SHORT} {TWO_SKETCHES}", repeats=2),
    Recipe("same_side", f"{SHORT} {TWO_SKETCHES} --same-side 0.5", repeats=2),
    Recipe("alike_photos", f"{SHORT} --hard-negative-group 4", repeats=2),
    Recipe("distillation", f"{SHORT} --teachers {TEACHERS}", repeats=2),
    Recipe("size_192", f"{SHORT} --size 192", repeats=2),
    Recipe("size_224", f"{SHORT} --size 224", repeats=2),
    Recipe("size_288", f"{SHORT} --size 288", repeats=2),
    Recipe("lite2_256", f"{SHORT} --branch lite2 --size 256", repeats=2),
    Recipe("more_datasets", f"{SHORT} --data {{more}}", repeats=2),
    Recipe("synthetic_shoes", f"{SHORT} --data {{synthetic}}", repeats=2),
    SKETCHY,  # gives initial weights to the next
    Recipe("sketchy_first", SHORT, repeats=2, initial=SKETCHY.name),
    DOODLES,
    Recipe("doodles_first", SHORT, repeats=2, initial=DOODLES.name),
)
RECIPES = (*LOSSES, *SCREENING)
SCORES = ("acc@1", "acc@5", "acc@10", "map", "triplet_accuracy", "acc@10@50")
SCORES += tuple(f"{FAR}{name}" for name in ("acc@1", "acc@10", "map"))
DISTRACTORS = "ShoeV2"  # 2,000 photos of shoes


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], RECIPES)
    options = parser.parse_args()
    target, colour = ([str(options.data / name) for name in names] for names in (TARGET, IN_COLOUR))
    data = [*target, *colour]
    places = {
        "runs": options.runs,
        "more": " ".join([*data, *(str(options.data / name) for name in MORE)]),
        "sketchy": options.data / "sketchy",
        "synthetic": " ".join([*data, str(options.runs / SYNTHETIC)]),
    }
    recipes = [
        replace(recipe, flags=recipe.flags.format(**places))
        for recipe in RECIPES
        if recipe.name in options.only
    ]
    study = Study(
        train=["retrieval", "--data", *data],
        evaluate=["--data", *target, "--split", "val", "--views", "1"],
        repeat_flag="--fold",
        runs=options.runs,
        distractors=options.data / DISTRACTORS,
    )
    if options.commands:
        print_commands(study, recipes)
        return
    if "synthetic_shoes" in options.only:
        synthetic_shoes(options.runs)
    train_all(study, recipes, options.jobs)
    print(*markdown_table(recipes, SCORES, options.runs), sep="\n")
    print(*difference_table(recipes, LOSSES[0], SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
