"""Retrieval ablations that `train.py` has a flag for: one training per change, all else equal.

`python docs/studies/ablations.py DATA RUNS [--jobs N] [--folds N] [--width N] [--only NAME …]`

Each recipe is the preset `compact` with one change, shortened (but for the last ones) to ten epochs
and, without `--width`, to half its width. It is scored on the validation identities of its fold,
queried with the sketches of both `qmul_v1/shoes` and `shoe_304x3`. Half width and one fold are for
screening; full width, which is pre-trained on doodles unless the recipe says otherwise, and
`--folds 5` are for decisions. Ablations that need other code are in `code_ablations.py`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from training_grid import (
    ROOT,
    Recipe,
    Study,
    markdown_table,
    print_commands,
    study_parser,
    train_all,
)

TARGET = ("qmul_v1/shoes", "shoe_304x3")
AUXILIARY = ("ChairV2", "qmul_v1/chairs", "ShoeV2")
IN_COLOUR = ("ChairV2", "ShoeV2", "zap_photos")  # for a trunk that sees photos in colour
SYNTHETIC, SYNTHETIC_SHOES = "synthetic", 1000

PRESET = "compact"
EPOCHS, WIDTH = 10, 16
ALL_EPOCHS = f"--preset {PRESET}"
SHORT = f"{ALL_EPOCHS} --epochs {EPOCHS} --width {{width}}"
FULL_WIDTH = f"{ALL_EPOCHS} --epochs {EPOCHS} --width 32"

RECIPES = (
    Recipe("base", SHORT),
    # Objective
    Recipe("softmax_triplet", f"{SHORT} --loss softmax_triplet"),
    Recipe("infonce", f"{SHORT} --loss infonce"),
    Recipe("base_continued", SHORT, initial="base"),
    Recipe("hard_negatives", f"{SHORT} --mining hard", initial="base"),
    Recipe("random_negatives", f"{SHORT} --mining random"),
    Recipe("margin_0.1", f"{SHORT} --margin 0.1"),
    Recipe("margin_0.2", f"{SHORT} --margin 0.2"),
    Recipe("batch_24", f"{SHORT} --identities 24 --steps-per-epoch 80"),
    Recipe("batch_96", f"{SHORT} --identities 96 --steps-per-epoch 20"),
    Recipe("two_sketches", f"{SHORT} --identities 24 --sketches-per-identity 2"),
    Recipe("hard_negative_group_4", f"{SHORT} --hard-negative-group 4"),
    Recipe("hard_negative_group_8", f"{SHORT} --hard-negative-group 8"),
    Recipe("no_ema", f"{SHORT} --ema 0"),
    Recipe("ema_0.998", f"{SHORT} --ema 0.998"),
    Recipe("clip_1", f"{SHORT} --clip-norm 1"),
    Recipe("learning_rate_1e-3", f"{SHORT} --learning-rate 1e-3"),
    Recipe("learning_rate_4e-3", f"{SHORT} --learning-rate 4e-3"),
    Recipe("weight_decay_0.1", f"{SHORT} --weight-decay 0.1"),
    Recipe("no_local_map", f"{SHORT} --no-local"),
    # Data
    Recipe("without_auxiliary", f"{SHORT} --auxiliary 0"),
    Recipe("more_auxiliary", f"{SHORT} --auxiliary 0.6"),
    Recipe("synthetic_pretraining", SHORT, initial="synthetic_only"),
    Recipe("without_unlabelled", f"{SHORT} --unlabelled 0"),
    Recipe("more_unlabelled", f"{SHORT} --unlabelled 0.4"),
    Recipe("no_partial", f"{SHORT} --partial 0"),
    Recipe("partial_0.3", f"{SHORT} --partial 0.3"),
    # Input
    Recipe("computed_edge_maps", f"{SHORT} --edge-maps computed"),
    Recipe("provided_edge_maps", f"{SHORT} --edge-maps provided"),
    Recipe("64_pixels", f"{SHORT} --size 64"),
    Recipe("128_pixels", f"{SHORT} --size 128"),
    Recipe("160_pixels", f"{SHORT} --size 160"),
    Recipe("225_pixels", f"{SHORT} --size 225"),
    Recipe("thin_lines", f"{SHORT} --line-width 0.0139"),
    Recipe("thick_lines", f"{SHORT} --line-width 0.03125"),
    Recipe("rgb_photos", f"{SHORT} --photo-input rgb --no-shared --unlabelled 0"),
    Recipe("two_branches", f"{SHORT} --no-shared"),
    # Network
    Recipe("width_32", f"{FULL_WIDTH} --no-pretrained"),
    Recipe("width_48", f"{ALL_EPOCHS} --epochs {EPOCHS} --width 48"),
    Recipe("depth_2", f"{SHORT} --depth 2"),
    Recipe("embedding_128", f"{SHORT} --embedding-size 128"),
    Recipe("embedding_512", f"{SHORT} --embedding-size 512"),
    # Pre-trained on doodles, full width
    Recipe("doodle_pretraining", FULL_WIDTH),
    Recipe("doodle_pretraining_clip_1", f"{FULL_WIDTH} --clip-norm 1"),
    Recipe("doodle_pretraining_margin_0.2", f"{FULL_WIDTH} --margin 0.2"),
    Recipe("doodle_pretraining_learning_rate_1e-3", f"{FULL_WIDTH} --learning-rate 1e-3"),
    Recipe("doodle_pretraining_softmax_triplet", f"{FULL_WIDTH} --loss softmax_triplet"),
    Recipe("doodle_pretraining_hard_negatives", f"{FULL_WIDTH} --mining hard"),
    Recipe("doodle_pretraining_128_pixels", f"{FULL_WIDTH} --size 128"),
    # All epochs of the preset
    Recipe("full_length", ALL_EPOCHS),
    Recipe("full_length_hard_negatives", f"{ALL_EPOCHS} --mining hard"),
    Recipe("full_length_40_epochs", f"{ALL_EPOCHS} --epochs 40"),
)
SYNTHETIC_ONLY = Recipe("synthetic_only", SHORT)  # gives initial weights to `synthetic_pretraining`
PARTIAL_SCORES = ("acc@10@25", "acc@10@50", "acc@10@75")
TABLE_SCORES = ("acc@1", "acc@5", "acc@10", "map", "triplet_accuracy", *PARTIAL_SCORES)


def synthetic_shoes(runs: Path) -> Path:
    """The folder of synthetic shoes in `runs`, written where it is missing."""
    folder = runs / SYNTHETIC
    if not folder.is_dir():
        arguments = ["retrieval", str(folder), "--photos", str(SYNTHETIC_SHOES)]
        command = [sys.executable, "-m", "sketchnet.data.synthetic", *arguments]
        subprocess.run(command, cwd=ROOT, check=True)
    return folder


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], RECIPES)
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--width", type=int, default=WIDTH)
    options = parser.parse_args()
    synthetic_only, *recipes = (
        replace(recipe, flags=recipe.flags.format(width=options.width), repeats=options.folds)
        for recipe in (SYNTHETIC_ONLY, *RECIPES)
        if recipe.name in (SYNTHETIC_ONLY.name, *options.only)
    )
    target, auxiliary = (
        [str(options.data / name) for name in names] for names in (TARGET, AUXILIARY)
    )
    study = Study(
        train=["retrieval", "--data", *target, *auxiliary, str(options.runs / SYNTHETIC)],
        evaluate=["--data", *target, "--split", "val"],
        repeat_flag="--fold",
        runs=options.runs,
    )
    if options.commands:
        print_commands(study, recipes)
        return
    synthetic = str(synthetic_shoes(options.runs))
    if any(recipe.initial == synthetic_only.name for recipe in recipes):
        train = ["retrieval", "--data", synthetic]
        evaluate = ["--data", synthetic, "--split", "val"]
        train_all(replace(study, train=train, evaluate=evaluate), [synthetic_only], options.jobs)
    train_all(study, recipes, options.jobs)
    print(*markdown_table(recipes, TABLE_SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
