"""A category never seen, with sketches: what does its network learn best from, ImageNet or shoes?

`python docs/studies/new_category.py DATA RUNS [--jobs N] [--only NAME …]` trains what is missing
and prints the table of docs/experiments.md; `--commands` prints the commands instead.

ChairV2 and the chairs of QMUL v1, edge maps alone, each train a network on their own, from the
trunk's ImageNet weights and from a network that has seen shoes only (`photos_alone.py`). Scored are
the validation identities of fold 0, which nothing was chosen on. The recipes have 160 pixels and
batches of 32 photos, an eighth of the preset's cost.
"""

from __future__ import annotations

from dataclasses import replace

from photos_alone import SHOES as SHOES_ALONE
from photos_alone import shoes_alone
from training_grid import Recipe, Study, markdown_table, print_commands, study_parser, train_all

SHORT = "--preset default --size 160 --identities 32 --steps-per-epoch 50 --epochs 4"
SHOES = replace(SHOES_ALONE, repeats=1)
CATEGORIES = {"chairs_v2": "ChairV2", "chairs_v1": "qmul_v1/chairs"}
STARTS = {"imagenet": "", "shoes": SHOES.name}
RECIPES = tuple(
    Recipe(f"{category}_from_{start}", SHORT, repeats=1, initial=initial)
    for category in CATEGORIES
    for start, initial in STARTS.items()
)
SCORES = ("acc@1", "acc@5", "acc@10", "map", "acc@10@50")


def main() -> None:
    options = study_parser(__doc__.splitlines()[0], (SHOES, *RECIPES)).parse_args()
    studies = {SHOES.name: shoes_alone(options.data, options.runs)}
    for category, folder in CATEGORIES.items():
        data = str(options.data / folder)
        scored = ["--data", data, "--split", "val", "--views", "1"]
        study = Study(["retrieval", "--data", data], scored, "--fold", options.runs)
        studies |= {f"{category}_from_{start}": study for start in STARTS}
    for recipe in (SHOES, *RECIPES):
        if recipe.name not in options.only:
            continue
        if options.commands:
            print_commands(studies[recipe.name], [recipe])
        else:
            train_all(studies[recipe.name], [recipe], options.jobs)
    if not options.commands:
        print(*markdown_table(RECIPES, SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
