"""Make a finished run into weights that ship: `python docs/recipes/ship_weights.py RUN NAME`.

Copies what a user needs into `sketchnet/weights/NAME` and lays a gallery of drawings made by
program beside it, so that there is something to search at once. Of the real drawings that a
quickdraw run keeps for its neighbours only embeddings and labels stay. `CARD.md` is handwritten.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from sketchnet import runs
from sketchnet.config import RetrievalConfig
from sketchnet.data.pairs import load_collection
from sketchnet.data.procedural.writing import write_quickdraw, write_retrieval
from sketchnet.data.quickdraw import load_drawings
from sketchnet.drawing_embedding import FORM, DrawingEmbedder
from sketchnet.drawing_gallery import (
    FILE,
    SHOWN,
    build_drawing_gallery,
    load_drawing_gallery,
    save_drawing_gallery,
)
from sketchnet.embedding import Embedder
from sketchnet.gallery import build_gallery

SHOES, DOODLES = 200, 60


def main(run: Path, name: str) -> None:
    out = runs.SHIPPED / name
    out.mkdir(parents=True, exist_ok=True)
    for part in (runs.CONFIG, runs.MODEL, runs.HISTORY):
        shutil.copyfile(run / part, out / part)
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(runs.config_of(run), RetrievalConfig):
            shutil.rmtree(out / runs.GALLERY, ignore_errors=True)
            shoes = write_retrieval(Path(folder) / "shoes", SHOES, SHOES, 1.0, seed=1)
            photos = list(load_collection(shoes).photos)
            build_gallery(Embedder(out), photos, out / runs.GALLERY)
        else:
            shutil.copyfile(run / FORM, out / FORM)
            kept = load_drawing_gallery(run / FILE)
            save_drawing_gallery(kept, out / FILE, strokes=False)
            doodles = write_quickdraw(Path(folder) / "doodles", DOODLES, seed=1)
            shown = build_drawing_gallery(DrawingEmbedder(out), load_drawings([doodles]))
            save_drawing_gallery(shown, out / SHOWN)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
