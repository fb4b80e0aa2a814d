"""How well wished colours are met on synthetic shoes, whose colours are known, and what they cost.

`python docs/studies/wished_colours.py` queries the shipped gallery of 200 synthetic shoes with one
simulated sketch of each, at one view. Each query is ranked with two wishes: the colour of its own
shoe, and the colour of another shoe ("like this, in red"). The colour of a shoe is that of the
pieces that cover most of its side, by one of the twelve names. Bold is what the package does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchnet import runs
from sketchnet.data.synthetic.shoes.build import Shoe, build_shoe
from sketchnet.data.synthetic.shoes.catalogue import colour_name
from sketchnet.data.synthetic.shoes.main_colour import main_colour
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.data.synthetic.shoes.sketch import sketch_shoe
from sketchnet.data.synthetic.sketcher import sample_sketcher
from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue import wishes
from sketchnet.retrieval.catalogue.filters import Filters, Place, WishedColour
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.strokes.formats import Drawing

SEED = 1  # of the shipped gallery (docs/recipes/ship_weights.py)
WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
FIRST = 10


def shoe(number: int) -> tuple[Shoe, Drawing]:
    """A shoe of the gallery, and its first sketch."""
    rng = np.random.default_rng([SEED, number])
    design = sample_design(rng)
    rng.random()  # the number of sketches
    (child,) = rng.spawn(1)
    built = build_shoe(design)
    return built, sketch_shoe(built, sample_sketcher(child), child)


def scores(
    finder: ShoeFinder,
    queries: Sequence[Embeddings],
    colours: Sequence[str],
    wished: Sequence[str],
    as_filter: bool = False,
    place: Place | None = None,
) -> tuple[float, float]:
    """Share of the first ten that have the wished colour, and acc@10 of the query's own shoe."""
    shares, found = [], []
    for number, (query, name) in enumerate(zip(queries, wished, strict=True)):
        wish = WishedColour(NAMED_COLOURS[name], place=place)
        filters = Filters(colours=(wish,)) if as_filter else None
        ranked = finder.rank(query, FIRST, filters=filters, colours=() if as_filter else (wish,))
        shares.append(
            np.mean([colours[row] == name for row in ranked.rows]) if len(ranked.rows) else 0
        )
        found.append(number in ranked.rows)
    return float(np.mean(shares)), float(np.mean(found))


def main() -> None:
    finder = ShoeFinder("shoes", runs.SHIPPED / "shoes" / runs.GALLERY)
    made = [shoe(number) for number in range(len(finder.gallery))]
    queries = [finder.embed([stroke.tolist() for stroke in drawing], 1) for _, drawing in made]
    colours = [colour_name(main_colour(built)) for built, _ in made]
    others = np.random.default_rng(0).permutation(len(colours))
    another = [next(colours[i] for i in np.roll(others, n) if colours[i] != own)
               for n, own in enumerate(colours)]  # fmt: skip
    most = [min(colours.count(name), FIRST) / FIRST for name in another]
    print(
        f"N = {len(queries)}; at most {np.mean(most):.1%} of the first ten can have another colour"
    )
    print("| | own colour: share / acc@10 | another: share / acc@10 |\n| --- | ---: | ---: |")
    shipped = wishes.COLOUR_WEIGHT
    for weight in WEIGHTS:
        wishes.COLOUR_WEIGHT = max(weight, 1e-9)  # what a wish adds is multiplied by it
        row(f"weight {weight:g}", finder, queries, colours, another, bold=weight == shipped)
    wishes.COLOUR_WEIGHT = shipped
    row("painted over all of it", finder, queries, colours, another, place=(0, 0, 1, 1))
    row("filter", finder, queries, colours, another, as_filter=True)


def row(
    name: str, finder: ShoeFinder, queries: Sequence[Embeddings], colours: Sequence[str],
    another: Sequence[str], *, bold: bool = False, as_filter: bool = False,
    place: Place | None = None,
) -> None:  # fmt: skip
    cells = []
    for wished in (colours, another):
        share, found = scores(finder, queries, colours, wished, as_filter, place)
        cells.append(f"{100 * share:.1f} / {100 * found:.1f}")
    print(f"| {f'**{name}**' if bold else name} | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    main()
