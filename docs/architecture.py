"""Draw docs/architecture.svg: the query pipeline with a real query, and the layers of the code.

`python docs/architecture.py` searches the gallery of the shipped `shoes` weights with a synthetic
sketch, and reads the layers from the import contract in pyproject.toml.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from svg_shapes import (
    BLUE,
    CARD,
    GREY,
    INK,
    LINE,
    PAPER,
    SIDE,
    arrow,
    bars,
    box,
    captions,
    grid,
    picture,
    text,
)

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "architecture.svg"
WEIGHTS, GALLERY_SHOES, GALLERY_SEED = "shoes", 24, 1

WIDTH, MARGIN, HALF, ROW = 1000, 24, SIDE // 2, 25
TOP, BOTTOM = 62, 216  # of the query and of the gallery
X = (MARGIN, 152, 280, 408, 548, 706, 866)  # of the steps
HEAD = 416  # of the layers

# What each layer does, and files that show it.
LAYERS = {
    "sketchnet_demo": ("the page and its HTTP endpoints", "page.py, api.py"),
    "sketchnet.doodles": ("", "doodles/"),
    "sketchnet.export": ("`python -m` entry points", "export.py"),
    "sketchnet.gallery": ("", "gallery.py"),
    "sketchnet.cli": (
        "the commands train, evaluate, data, gallery, doodles, export",
        "train.py, evaluate.py",
    ),
    "sketchnet.tasks": ("from data to a finished run", "train_retrieval.py, train_doodles.py"),
    "sketchnet.web": ("the page without a server", "write.py, page/"),
    "sketchnet.training": (
        "training steps, callbacks, checkpoints",
        "retrieval_trainer.py, fit.py",
    ),
    "sketchnet.evaluation": ("protocols, reports, plots", "retrieval.py, doodles.py"),
    "sketchnet.retrieval": ("ranking, hubness, galleries", "ranker.py, hubness.py, search.py"),
    "sketchnet.inference": ("embedders, ONNX Runtime, export", "embedder.py, onnx_runtime.py"),
    "sketchnet.models": ("networks and their weights", "trunk.py, compact.py, fused.py"),
    "sketchnet.losses": ("distances, mining, losses", "mining.py, triplet_step.py, infonce.py"),
    "sketchnet.data": ("datasets, augmentation, batches", "pairs/, quickdraw/, synthetic/"),
    "sketchnet.imaging": ("pictures to network inputs", "prepare.py, edges.py, views.py"),
    "sketchnet.strokes": ("strokes: formats, geometry, rasterising", "formats.py, rasterize.py"),
    "sketchnet.runs": ("names of the files in a run", "runs.py"),
    "sketchnet.config": ("settings and presets", "retrieval.py, doodles.py"),
    "sketchnet.metrics": ("scores as pure functions", "ranking.py"),
    "sketchnet.utils": ("errors, atomic files, safe readers", "errors.py, atomic_files.py"),
}


def contract_layers() -> list[list[str]]:
    """The layers of the import contract from top to bottom, each a list of modules."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    return [[name.strip() for name in layer.split("|")] for layer in layers]


def example_query():
    """A synthetic sketch that finds its photo: what each step gives."""
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.data.synthetic.write_datasets import write_retrieval
    from sketchnet.imaging.prepare import prepare_photo, prepare_rgb, prepare_sketch, read_picture
    from sketchnet.retrieval.search import ShoeFinder
    from sketchnet.runs import GALLERY, SHIPPED
    from sketchnet.strokes.rasterize import rasterize

    finder = ShoeFinder(WEIGHTS, SHIPPED / WEIGHTS / GALLERY)
    config, canvas = finder.embedder.config, finder.embedder.canvas
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shoes"
        write_retrieval(data, GALLERY_SHOES, GALLERY_SHOES, 1.0, seed=GALLERY_SEED)
        collection = load_collection(data)
        photos = {photo.id: read_picture(photo.photo) for photo in collection.photos}
    found = []
    for sketch in collection.sketches:
        matches = finder.find(rasterize(sketch.drawing, 256), k=100)
        ids = [match.id for match in matches]
        rank = ids.index(sketch.photo_id) if sketch.photo_id in ids else len(ids)
        found.append((rank, -len(sketch.drawing), sketch, matches))
    _, _, sketch, matches = min(found, key=lambda each: each[:2])
    photo = photos[sketch.photo_id]
    prepared = prepare_sketch(sketch.drawing, canvas, config.line_width)
    prepared_photo = (
        prepare_rgb(photo, canvas)
        if config.photo_input == "rgb"
        else prepare_photo(photo, canvas, config.line_width)
    )
    return {
        "sketch": rasterize(sketch.drawing, 256),
        "prepared": prepared,
        "photo": photo,
        "prepared_photo": prepared_photo,
        "query": finder.embedder.sketches(prepared[None], 1),
        "item": finder.embedder.photos(prepared_photo[None], 1),
        "results": [read_picture(match.picture) for match in matches[:3]],
        "photo_step": "prepare" if config.photo_input == "rgb" else "edge map",
        "photo_file": "imaging/prepare.py" if config.photo_input == "rgb" else "imaging/edges.py",
        "gallery": len(finder.gallery),
    }


def embedding_rows(found: dict) -> list[str]:
    """The query from left to right, and the gallery below it, up to vectors and local maps."""
    out = []
    for y, first, second, names in (
        (TOP, found["sketch"], found["prepared"],
         (("sketch", "demo/canvas.js"), ("prepare", "imaging/prepare.py"))),
        (BOTTOM, found["photo"], found["prepared_photo"],
         (("photo", "data/pairs/"), (found["photo_step"], found["photo_file"]))),
    ):  # fmt: skip
        out += [picture(X[0], y, first), picture(X[1], y, second)]
        out += [captions(X[i] + HALF, y + SIDE + 18, *names[i]) for i in (0, 1)]
        out += [arrow((X[i] + SIDE + 4, y + HALF), (X[i + 1] - 5, y + HALF)) for i in (0, 1)]
        out.append(arrow((X[2] + 100, y + HALF), (X[3] - 5, y + HALF)))
    # One network for both sides, as a funnel.
    y0, y1 = TOP, BOTTOM + SIDE
    out.append(
        f'<path d="M{X[2]},{y0} L{X[2] + 96},{y0 + 22} L{X[2] + 96},{y1 - 22} L{X[2]},{y1} z" '
        f'fill="{CARD}" stroke="{LINE}"/>'
    )
    middle = (y0 + y1) / 2
    out.append(captions(X[2] + 48, middle - 4, "network", "trunk.py"))
    out.append(text(X[2] + 48, middle + 24, "compact.py", 9.5, GREY, "middle", mono=True))
    for y, embedded in ((TOP, found["query"]), (BOTTOM, found["item"])):
        out += [box(X[3], y, SIDE, SIDE), bars(X[3] + 7, y + 8, embedded.vectors[0], 36)]
        out.append(grid(X[3] + 24, y + 44, embedded.maps[0], 48))
        out.append(
            captions(X[3] + HALF, y + SIDE + 18, "vector, local map", "inference/embedder.py")
        )
    return out


def ranking(found: dict) -> list[str]:
    """Retrieval, re-ranking and results."""
    out = []
    middle = (TOP + BOTTOM + SIDE) / 2
    width, height = 132, 116
    for left, what, lines in (
        (X[4], "retrieval", ("nearest vectors by", "squared distance")),
        (X[5], "re-ranking", ("local alignment,", "hubness correction")),
    ):
        centre, y = left + width / 2, middle - height / 2
        out.append(box(left, y, width, height))
        out.append(text(centre, y + 28, what, 13, INK, "middle", 600))
        out += [
            text(centre, y + 52 + 16 * n, words, 11, INK, "middle") for n, words in enumerate(lines)
        ]
        out.append(text(centre, y + 94, "retrieval/ranker.py", 9.5, GREY, "middle", mono=True))
    centre, edge = X[4] + width / 2, height / 2 + 6
    out.append(arrow((X[3] + SIDE + 4, TOP + HALF), (centre, TOP + HALF), (centre, middle - edge)))
    out.append(
        arrow((X[3] + SIDE + 4, BOTTOM + HALF), (centre, BOTTOM + HALF), (centre, middle + edge))
    )
    out.append(text(centre + 12, BOTTOM + HALF + 4, f"gallery of {found['gallery']} photos,", 11))
    out.append(text(centre + 12, BOTTOM + HALF + 18, "embedded once", 11))
    out.append(arrow((X[4] + width + 4, middle), (X[5] - 5, middle)))
    out.append(arrow((X[5] + width + 4, middle), (X[6] - 5, middle)))
    for rank, pixels in enumerate(found["results"]):
        y = TOP + (BOTTOM - TOP) / 2 - 98 + 104 * rank
        out += [
            picture(X[6], y, pixels),
            text(X[6] + SIDE + 5, y + HALF + 4, str(rank + 1), 13, GREY),
        ]
    out.append(captions(X[6] + HALF, middle + 180, "results", "retrieval/search.py"))
    return out


def layer_rows(top: float) -> tuple[list[str], float]:
    """One row per layer of the contract; the height of all."""
    out, y = [], top
    layers = contract_layers()
    for number, modules in enumerate(layers):
        shade = 1 - number / (2.2 * len(layers))
        out.append(
            f'<rect x="{MARGIN}" y="{y}" width="{WIDTH - 2 * MARGIN}" height="{ROW - 3}" rx="5" '
            f'fill="{BLUE}" fill-opacity="{0.13 * shade:.3f}"/>'
        )
        folders = [module.replace("sketchnet_demo", "demo") for module in modules]
        names = " · ".join(folder.replace("sketchnet.", "") for folder in folders)
        what = "; ".join(filter(None, (LAYERS[module][0] for module in modules)))
        files = ", ".join(LAYERS[module][1] for module in modules)
        out.append(text(MARGIN + 12, y + 15, names, 12.5, INK, weight=650))
        out.append(text(MARGIN + 226, y + 15, what, 12, INK))
        out.append(text(WIDTH - MARGIN - 12, y + 15, files, 10.5, GREY, "end", mono=True))
        y += ROW
    return out, y - top


def draw(found: dict) -> str:
    """The whole picture."""
    rows, height = layer_rows(HEAD + 38)
    total = HEAD + 38 + height + 18
    title = "From a sketch to the photo"
    layers = (
        "The folders of sketchnet/ are layers: a file imports from its own layer and those below"
    )
    parts: Sequence[str] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total:.0f}" '
        "font-family=\"ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif\" "
        f'role="img" aria-label="{title}; {layers}">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0.6 L7 4 L0 7.4 z" fill="{GREY}"/>'
        "</marker></defs>",
        f'<rect width="{WIDTH}" height="{total:.0f}" rx="14" fill="{PAPER}"/>',
        text(MARGIN, 36, title, 17, INK, weight=650),
        *embedding_rows(found),
        *ranking(found),
        text(MARGIN, HEAD + 18, layers, 17, INK, weight=650),
        *rows,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    OUT.write_text(draw(example_query()), encoding="utf-8")
