"""What makes the network for shoes better: one training a lever, everything else equal.

`python docs/studies/levers.py DATA RUNS [--jobs N] [--folds N] [--width N] [--only NAME …]`: DATA
is `SKETCHNET_DATA`, RUNS receives a run for each row and fold. Every row is the preset `best`, cut
(but for the last rows) to ten epochs and, unless `--width` says otherwise, to half its width, and
one lever; it is scored on the validation shoes of its fold, with the sketches of both
`qmul_v1/shoes` and `shoe_304x3`.
Half the width and one fold screen; full width, which begins with what the shipped `quickdraw`
learnt unless a row says otherwise, and `--folds 5` decide. With `--commands` nothing is
run: each row's command is printed. `--weights FILE` brings the ImageNet weights that some rows
begin with (`docs/recipes/imagenet_weights.py`). What needs other code is in `variants.py`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from trainings import ROOT, Row, Study, print_commands, study_parser, table, train_all

SHOES = ("qmul_v1/shoes", "shoe_304x3")
COMPANY = ("ChairV2", "qmul_v1/chairs", "ShoeV2")
DRAWN, PROCEDURAL = "procedural", 1000  # shoes drawn by program

EPOCHS, WIDTH = 10, 16
SHORT = f"--epochs {EPOCHS} --width {{width}}"
FULL = f"--epochs {EPOCHS} --width 32"
IMAGENET = "--branch efficientnet_lite0 --initial-weights {weights}"

LEVERS = (
    Row("base", SHORT),
    # Objective
    Row("softmax", f"{SHORT} --loss softmax"),
    Row("contrastive", f"{SHORT} --loss contrastive"),
    Row("base_again", SHORT, after="base"),
    Row("hard_negatives", f"{SHORT} --mining hard", after="base"),
    Row("random_negatives", f"{SHORT} --mining random"),
    Row("margin_0.1", f"{SHORT} --margin 0.1"),
    Row("margin_0.2", f"{SHORT} --margin 0.2"),
    Row("batch_24", f"{SHORT} --identities 24 --steps-per-epoch 80"),
    Row("batch_96", f"{SHORT} --identities 96 --steps-per-epoch 20"),
    Row("two_sketches", f"{SHORT} --identities 24 --sketches-per-identity 2"),
    Row("look_alikes_4", f"{SHORT} --look-alikes 4"),
    Row("look_alikes_8", f"{SHORT} --look-alikes 8"),
    Row("no_average", f"{SHORT} --ema 0"),
    Row("average_0.998", f"{SHORT} --ema 0.998"),
    Row("clip_1", f"{SHORT} --clip-norm 1"),
    Row("rate_1e-3", f"{SHORT} --learning-rate 1e-3"),
    Row("rate_4e-3", f"{SHORT} --learning-rate 4e-3"),
    Row("decay_0.1", f"{SHORT} --weight-decay 0.1"),
    Row("no_local_map", f"{SHORT} --no-local"),
    # Data
    Row("without_company", f"{SHORT} --others 0"),
    Row("more_company", f"{SHORT} --others 0.6"),
    Row("procedural_first", SHORT, after="procedural_alone"),
    Row("without_unlabelled", f"{SHORT} --unlabelled 0"),
    Row("more_unlabelled", f"{SHORT} --unlabelled 0.4"),
    Row("never_partial", f"{SHORT} --partial 0"),
    Row("partial_0.3", f"{SHORT} --partial 0.3"),
    # Input
    Row("ours_alone", f"{SHORT} --edges ours"),
    Row("published_alone", f"{SHORT} --edges published"),
    Row("64_pixels", f"{SHORT} --size 64"),
    Row("128_pixels", f"{SHORT} --size 128"),
    Row("160_pixels", f"{SHORT} --size 160"),
    Row("225_pixels", f"{SHORT} --size 225"),
    Row("colour_photos", f"{SHORT} --photo-input rgb --no-shared --unlabelled 0"),
    Row("two_branches", f"{SHORT} --no-shared"),
    # Network
    Row("width_32", f"{FULL} --no-pretrained"),
    Row("width_48", f"--epochs {EPOCHS} --width 48"),
    Row("depth_2", f"{SHORT} --depth 2"),
    Row("embedding_128", f"{SHORT} --embedding-size 128"),
    Row("embedding_512", f"{SHORT} --embedding-size 512"),
    Row("lite0_imagenet", f"{SHORT} {IMAGENET} --learning-rate 1e-3"),
    # Beginning with what the shipped `quickdraw` knows of drawings, at full width
    Row("doodles_first", FULL),
    Row("doodles_clip_1", f"{FULL} --clip-norm 1"),
    Row("doodles_margin_0.2", f"{FULL} --margin 0.2"),
    Row("doodles_rate_1e-3", f"{FULL} --learning-rate 1e-3"),
    Row("doodles_softmax", f"{FULL} --loss softmax"),
    Row("doodles_hard_negatives", f"{FULL} --mining hard"),
    Row("doodles_128_pixels", f"{FULL} --size 128"),
    # All epochs of `best`
    Row("whole", ""),
    Row("whole_hard_negatives", "--mining hard"),
    Row("whole_longer", "--epochs 40"),
    Row("whole_lite0", f"{IMAGENET} --learning-rate 1e-3"),
)
DRAWN_ALONE = Row("procedural_alone", SHORT)  # by shoes drawn by program
EARLY = ("acc@10@25", "acc@10@50", "acc@10@75")
SHOWN = ("acc@1", "acc@5", "acc@10", "map", "triplet_accuracy", *EARLY)


def procedural_shoes(runs: Path) -> Path:
    """The folder of shoes drawn by program, written where it is missing."""
    folder = runs / DRAWN
    if not folder.is_dir():
        write = ["retrieval", str(folder), "--photos", str(PROCEDURAL)]
        told = [sys.executable, "-m", "sketchnet.data.synthetic", *write]
        subprocess.run(told, cwd=ROOT, check=True)
    return folder


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], LEVERS)
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--weights", type=Path, default=Path("efficientnet_lite0.weights.h5"))
    asked = parser.parse_args()
    begun, *rows = (
        replace(
            row, flags=row.flags.format(weights=asked.weights, width=asked.width), times=asked.folds
        )
        for row in (DRAWN_ALONE, *LEVERS)
        if row.name in (DRAWN_ALONE.name, *asked.only)
    )
    shoes, company = ([str(asked.data / name) for name in names] for names in (SHOES, COMPANY))
    study = Study(
        train=["retrieval", "--data", *shoes, *company, str(asked.runs / DRAWN)],
        evaluate=["--data", *shoes, "--split", "val"],
        number="--fold",
        runs=asked.runs,
    )
    if asked.commands:
        print_commands(study, rows)
        return
    drawn = str(procedural_shoes(asked.runs))
    if any(row.after == begun.name for row in rows):
        train, evaluate = ["retrieval", "--data", drawn], ["--data", drawn, "--split", "val"]
        train_all(replace(study, train=train, evaluate=evaluate), [begun], asked.jobs)
    train_all(study, rows, asked.jobs)
    print(*table(rows, SHOWN, asked.runs), sep="\n")


if __name__ == "__main__":
    main()
