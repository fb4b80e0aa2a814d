"""Make a finished run into weights that ship.

`PYTHONPATH=. python docs/recipes/ship_weights.py RUN NAME`

Copies what a user needs into `sketchnet/weights/NAME`, the network in half precision, and lays a
gallery of drawings made by program beside it, so that there is something to search at once. A
querybank goes along as it is: half precision moves a vector by some thousandths. Of the real
drawings that a quickdraw run keeps for its neighbours only embeddings, by the network that ships,
and labels stay. `CARD.md` is handwritten.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.quickdraw import load_doodles
from sketchnet.data.synthetic.write_datasets import write_quickdraw, write_retrieval
from sketchnet.inference import onnx_runtime
from sketchnet.inference.doodle_embedder import INPUT_SPEC, DoodleEmbedder
from sketchnet.inference.embedder import Embedder
from sketchnet.inference.half_precision import halve
from sketchnet.retrieval import hubness
from sketchnet.retrieval.doodle_gallery import (
    GALLERY_FILE,
    SYNTHETIC_FILE,
    DoodleGallery,
    build_doodle_gallery,
    load_doodle_gallery,
    save_doodle_gallery,
)
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.utils.atomic_files import replace_directory
from sketchnet.utils.errors import InputError

CARD = "CARD.md"
SHOES, DOODLES = 200, 60
MOST_MODEL, MOST = 8e6, 16e6  # bytes


def main(run: Path, name: str) -> None:
    out = runs.SHIPPED / name
    with tempfile.TemporaryDirectory(dir=runs.SHIPPED, prefix=".") as folder:
        staged = Path(folder) / "run"
        fill(staged, run, Path(folder))
        check_size(staged)
        if (out / CARD).is_file():
            shutil.copyfile(out / CARD, staged / CARD)
        replace_directory(out, staged)


def fill(out: Path, run: Path, folder: Path) -> None:
    """Lay the network of `run` and its galleries into `out`; `folder` holds drawings meanwhile."""
    out.mkdir()
    for part in (runs.CONFIG, runs.HISTORY):
        shutil.copyfile(run / part, out / part)
    halve(run / runs.MODEL, out / runs.MODEL)
    if (run / hubness.FILE).is_file():
        shutil.copyfile(run / hubness.FILE, out / hubness.FILE)
    if isinstance(runs.config_of(run), RetrievalConfig):
        shoes = write_retrieval(folder / "shoes", SHOES, SHOES, 1.0, seed=1)
        build_gallery(Embedder(out), list(load_collection(shoes).photos), out / runs.GALLERY)
    else:
        shutil.copyfile(run / INPUT_SPEC, out / INPUT_SPEC)
        embedder = DoodleEmbedder(out)
        kept = embed_again(load_doodle_gallery(run / GALLERY_FILE), embedder)
        save_doodle_gallery(kept, out / GALLERY_FILE, strokes=False)
        doodles = write_quickdraw(folder / "doodles", DOODLES, seed=1)
        shown = build_doodle_gallery(embedder, load_doodles([doodles]))
        save_doodle_gallery(shown, out / SYNTHETIC_FILE)
    shutil.rmtree(out / onnx_runtime.FOLDER, ignore_errors=True)  # every machine makes its own


def check_size(out: Path) -> None:
    """Say how large the run is; raises InputError where that is too much for a clone."""
    model = (out / runs.MODEL).stat().st_size
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB, of these the network {model / 1e6:.1f}")
    if model > MOST_MODEL or size > MOST:
        raise InputError(
            f"a network under {MOST_MODEL / 1000000.0:.0f} MB in a run under {MOST / 1000000.0:.0f}",
            "a larger one",
            "ship a smaller network",
        )


def embed_again(gallery: DoodleGallery, embedder: DoodleEmbedder) -> DoodleGallery:
    """Return the same drawings as the network of `embedder` places them."""
    if gallery.drawings is None or not all(gallery.drawings):
        raise InputError(
            (
                "the strokes of every drawing of the run's gallery, to embed them by the network that "
                "ships"
            ),
            "some without",
            "name the run as it was trained",
        )
    vectors = embedder.predict(list(gallery.drawings)).embeddings
    return replace(gallery, vectors=vectors, fingerprint=embedder.fingerprint)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
