"""The four comparisons of *Representation Learning for Sketches using Combined Representations*.

`python docs/studies/doodle_ablations.py DATA RUNS [--jobs N] [--only NAME …]`: DATA is a folder of
drawings, RUNS receives a run per recipe and seed. Trains what is missing and prints the tables in
Markdown, mean ± standard deviation over the seeds. With `--commands` it prints the commands
instead.
"""

from __future__ import annotations

from training_grid import (
    Recipe,
    Study,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

# Rows of one table differ only in what the table compares. Networks are compared with triplets and
# cross-entropy together, since the plain ones collapse under triplets alone in so short a training.
PICTURE = "--stroke-branch none --size 64 --epochs 4 --learning-rate 5e-4"
BRANCHES = "--size 64 --max-points 64 --epochs 4 --mode joint"
JOINT = f"{PICTURE} --mode joint"

COMPACT = Recipe("compact", f"{JOINT} --image-branch compact")
# The smallest pictures that these two networks accept are larger than 64 pixels.
SKETCH_A_NET = Recipe("sketch_a_net", f"{JOINT} --image-branch sketch_a_net".replace("64", "81", 1))
INCEPTION = Recipe(
    "inception_v4", f"{JOINT} --image-branch inception_v4".replace("64", "75", 1), repeats=1
)
RESNET = Recipe("resnet50_v2", f"{JOINT} --image-branch resnet50_v2", repeats=1)
VGG = Recipe("vgg16", f"{JOINT} --image-branch vgg16", repeats=1)
SEMI_HARD = Recipe("semihard_triplet", f"{PICTURE} --mode triplet")
RANDOM = Recipe("random_triplet", f"{SEMI_HARD.flags} --mining random")
SEMI_HARD_SOFTMAX = Recipe("semihard_softmax_triplet", f"{SEMI_HARD.flags} --loss softmax_triplet")
RANDOM_SOFTMAX = Recipe("random_softmax_triplet", f"{RANDOM.flags} --loss softmax_triplet")
CLASSIFICATION = Recipe("classification", f"{PICTURE} --mode classify")
IMAGE = Recipe("image", f"{BRANCHES} --stroke-branch none")
STROKES = Recipe("strokes", f"{BRANCHES} --image-branch none")
FUSED = Recipe("fused", BRANCHES)
FROZEN = Recipe("fused_frozen", f"{BRANCHES} --freeze-image", initial="semihard_triplet")
FINE_TUNED = Recipe("fused_fine_tuned", BRANCHES, initial="semihard_triplet")

EMBEDDING_SCORES = ("triplet_accuracy", "accuracy@100", "knn@1", "knn@4")
PARTIAL_SCORES = ("accuracy@25", "accuracy@50", "accuracy@75", "accuracy@100", "knn@4")
TABLES: tuple[tuple[str, tuple[str, ...], tuple[Recipe, ...]], ...] = (
    ("Networks", EMBEDDING_SCORES, (VGG, INCEPTION, RESNET, SKETCH_A_NET, COMPACT)),
    (
        "Mining and triplet loss",
        EMBEDDING_SCORES,
        (RANDOM_SOFTMAX, RANDOM, SEMI_HARD_SOFTMAX, SEMI_HARD),
    ),
    ("Objective", EMBEDDING_SCORES, (SEMI_HARD, CLASSIFICATION, COMPACT)),
    ("Picture, strokes and both", PARTIAL_SCORES, (IMAGE, STROKES, FUSED, FROZEN, FINE_TUNED)),
)
# Recipes that give initial weights to others come first, the slow ones last.
ORDER = (
    SEMI_HARD, FUSED, IMAGE, STROKES, FROZEN, FINE_TUNED, RANDOM_SOFTMAX, CLASSIFICATION, COMPACT,
    RANDOM, SEMI_HARD_SOFTMAX, SKETCH_A_NET, RESNET, INCEPTION, VGG,
)  # fmt: skip


def main() -> None:
    options = study_parser(__doc__.splitlines()[0], ORDER).parse_args()
    recipes = [recipe for recipe in ORDER if recipe.name in options.only]
    study = Study(
        train=["quickdraw", "--data", str(options.data)],
        evaluate=["--data", str(options.data), "--split", "test"],
        repeat_flag="--seed",
        runs=options.runs,
    )
    if options.commands:
        print_commands(study, recipes)
        return
    train_all(study, recipes, options.jobs)
    for title, scores, members in TABLES:
        print(f"\n{title}\n", *markdown_table(members, scores, options.runs), sep="\n")


if __name__ == "__main__":
    main()
