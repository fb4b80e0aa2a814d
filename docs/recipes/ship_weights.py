"""Turn a finished run into weights that ship with the package.

`python docs/recipes/ship_weights.py RUN NAME`

Copies what a user needs into `sketchnet/weights/NAME`, with the network in half precision, and adds
a gallery of synthetic photos (with a catalogue) or drawings, to search at once. The querybank is
copied unchanged: half precision changes a vector by a few thousandths. Of the real drawings in the
gallery of a doodle run only labels and embeddings are kept, the latter computed anew by the
half-precision network. The `CARD.md` that is there stays; this script does not write it.
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
MAX_MODEL_BYTES, MAX_RUN_BYTES = 8e6, 16e6


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
    """Write the network of `run` and its galleries to `out`; `folder` is for temporary files."""
    out.mkdir()
    for part in (runs.CONFIG, runs.HISTORY):
        shutil.copyfile(run / part, out / part)
    halve(run / runs.MODEL, out / runs.MODEL)
    if (run / hubness.FILE).is_file():
        shutil.copyfile(run / hubness.FILE, out / hubness.FILE)
    if isinstance(runs.config_of(run), RetrievalConfig):
        shoes = write_retrieval(folder / "shoes", SHOES, SHOES, 1.0, seed=1)
        photos = list(load_collection(shoes).photos)
        fields = shoes / "catalogue.csv"
        build_gallery(Embedder(out), photos, out / runs.GALLERY, fields=fields)
    else:
        shutil.copyfile(run / INPUT_SPEC, out / INPUT_SPEC)
        embedder = DoodleEmbedder(out)
        kept = embed_again(load_doodle_gallery(run / GALLERY_FILE), embedder)
        save_doodle_gallery(kept, out / GALLERY_FILE, strokes=False)
        doodles = write_quickdraw(folder / "doodles", DOODLES, seed=1)
        shown = build_doodle_gallery(embedder, load_doodles([doodles]))
        save_doodle_gallery(shown, out / SYNTHETIC_FILE)
    shutil.rmtree(out / onnx_runtime.FOLDER, ignore_errors=True)  # converted on each machine


def check_size(out: Path) -> None:
    """Print the size of the run. Raises InputError where it is too large for the repository."""
    model = (out / runs.MODEL).stat().st_size
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB, of these the network {model / 1e6:.1f}")
    if model > MAX_MODEL_BYTES or size > MAX_RUN_BYTES:
        raise InputError(
            f"a network under {MAX_MODEL_BYTES / 1e6:.0f} MB in a run under "
            f"{MAX_RUN_BYTES / 1e6:.0f} MB",
            "a larger one",
            "ship a smaller network",
        )


def embed_again(gallery: DoodleGallery, embedder: DoodleEmbedder) -> DoodleGallery:
    """Return the gallery with embeddings of `embedder`."""
    if gallery.drawings is None or not all(gallery.drawings):
        raise InputError(
            "the strokes of every drawing in the gallery of the run, to embed them again",
            "drawings without strokes",
            "name the run that was trained, not shipped weights",
        )
    vectors = embedder.predict(list(gallery.drawings)).embeddings
    return replace(gallery, vectors=vectors, fingerprint=embedder.fingerprint)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
