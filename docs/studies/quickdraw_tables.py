"""The published project's four tables, on our data: train what is missing, print them all.

`python docs/studies/quickdraw_tables.py DATA RUNS [--jobs N] [--only NAME …]`: DATA is a folder of
drawings, RUNS receives a run for each row and seed, and a row that has its scores is not
trained again. With `--commands` nothing is run: each row's command is printed. N trainings go on at
once, with an equal part of the cores each. Prints Markdown, mean ± deviation over the seeds.
"""

from __future__ import annotations

from trainings import Row, Study, print_commands, study_parser, table, train_all

# The same for all rows of a table but what the table compares: data, batches, optimiser, drawings
# seen. Networks are compared with triplets and categories at once, since the plain ones collapse
# under triplets alone in so short a training (so does any at a higher rate).
PICTURE = "--stroke-branch none --size 64 --epochs 4 --learning-rate 5e-4"
PARTS = "--size 64 --max-points 64 --epochs 4 --mode joint"


COMPACT = Row("compact", f"{PICTURE} --mode joint --image-branch compact")
# The smallest pictures that the two networks read are larger.
SKETCH_A_NET = Row(
    "sketch_a_net", f"{PICTURE} --mode joint --image-branch sketch_a_net".replace("64", "81", 1)
)
INCEPTION = Row(
    "inception_v4",
    f"{PICTURE} --mode joint --image-branch inception_v4".replace("64", "75", 1),
    times=1,
)
RESNET = Row("resnet50_v2", f"{PICTURE} --mode joint --image-branch resnet50_v2", times=1)
VGG = Row("vgg16", f"{PICTURE} --mode joint --image-branch vgg16", times=1)
TRIPLET = Row("semihard_hinge", f"{PICTURE} --mode triplet")
RANDOM = Row("random_hinge", f"{TRIPLET.flags} --mining random")
SOFTMAX = Row("semihard_softmax", f"{TRIPLET.flags} --loss softmax")
RANDOM_SOFTMAX = Row("random_softmax", f"{TRIPLET.flags} --mining random --loss softmax")
DIRECT = Row("direct", f"{PICTURE} --mode classify")
IMAGE = Row("image", f"{PARTS} --stroke-branch none")
STROKES = Row("strokes", f"{PARTS} --image-branch none")
FUSED = Row("fused", PARTS)
FROZEN = Row("fused_frozen", f"{PARTS} --freeze-image", after="semihard_hinge")
TUNED = Row("fused_tuned", PARTS, after="semihard_hinge")

REPRESENTATION = ("triplet_accuracy", "accuracy@100", "knn@1", "knn@4")
PARTIAL = ("accuracy@25", "accuracy@50", "accuracy@75", "accuracy@100", "knn@4")
TABLES: tuple[tuple[str, tuple[str, ...], tuple[Row, ...]], ...] = (
    ("networks", REPRESENTATION, (VGG, INCEPTION, RESNET, SKETCH_A_NET, COMPACT)),
    ("triplets", REPRESENTATION, (RANDOM_SOFTMAX, RANDOM, SOFTMAX, TRIPLET)),
    ("objectives", REPRESENTATION, (TRIPLET, DIRECT, COMPACT)),
    ("parts", PARTIAL, (IMAGE, STROKES, FUSED, FROZEN, TUNED)),
)
# What others begin with comes first.
ORDER = (
    TRIPLET, FUSED, IMAGE, STROKES, FROZEN, TUNED, RANDOM_SOFTMAX, DIRECT, COMPACT, RANDOM,
    SOFTMAX, SKETCH_A_NET, RESNET, INCEPTION, VGG,
)  # fmt: skip


def main() -> None:
    asked = study_parser(__doc__.splitlines()[0], ORDER).parse_args()
    rows = [row for row in ORDER if row.name in asked.only]
    study = Study(
        train=["quickdraw", "--data", str(asked.data)],
        evaluate=["--data", str(asked.data), "--split", "test"],
        number="--seed",
        runs=asked.runs,
    )
    if asked.commands:
        print_commands(study, rows)
        return
    train_all(study, rows, asked.jobs)
    for name, scores, members in TABLES:
        print(f"\n{name}\n", *table(members, scores, asked.runs), sep="\n")


if __name__ == "__main__":
    main()
