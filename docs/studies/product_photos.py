"""How well a sketch finds its shoe when the gallery's photos are not cut out on white.

    python docs/studies/product_photos.py [DATA]

DATA (default $SKETCHNET_DATA or ../shared/data) holds qmul_v1/shoes and shoe_304x3. The photos of
60 QMUL-Shoe train shoes are put on other backgrounds by tests/imaging/product_photos.py, and
their sketches search them with the shipped network `shoes`, one view. "before" prepares a photo as
it is, "now" leaves the background out (`sketchnet.imaging.foreground`). "named" counts the photos
that the building of a gallery names, since they show no single shoe. Milliseconds are those of one
processor for this step on one photo at its size.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.load import load_collection
from sketchnet.imaging import prepare
from sketchnet.imaging.foreground import on_white, separate
from sketchnet.imaging.prepare import prepare_rgb, prepare_sketch, read_picture
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.ranker import load_ranker

ROOT = Path(__file__).resolve().parents[2]
PHOTOS, FIRST = 60, 10


def main(source: str | None = None) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.imaging.product_photos import KINDS, photo_of

    data = Path(source or os.environ.get("SKETCHNET_DATA", "../shared/data"))
    embedder = Embedder("shoes")
    ranker, canvas = load_ranker(embedder), embedder.canvas
    collection = load_collection(data / "qmul_v1" / "shoes")
    chosen = np.linspace(0, len(collection.photos) - 1, PHOTOS).astype(int)
    photos = [read_picture(collection.photos[row].photo) for row in chosen]
    numbers = [collection.photos[row].id for row in chosen]
    folder = data / "shoe_304x3" / "sketches"
    files = [next(folder.rglob(f"{int(number):03d}-1.*")) for number in numbers]
    sketches = np.stack([prepare_sketch(read_picture(file), canvas) for file in files])
    queries = [embedder.sketches(sketch[None], views=1) for sketch in sketches]
    print(
        f"| background | N | first {FIRST} before | now | acc@1 before | now | named | median ms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    cv2.setNumThreads(1)
    for number, kind in enumerate(KINDS):
        made = [
            photo_of(kind, photo, np.random.default_rng([number, row]), photos[row - 1])
            for row, photo in enumerate(photos)
        ]
        times, bare = [], []
        for picture in made:
            started = time.process_time()
            bare.append(on_white(picture))
            times.append(1e3 * (time.process_time() - started))
        shares = []
        prepare.separate = lambda photo: (photo, 1)  # it was measured above
        for pictures in (made, bare):
            gallery = embedder.photos(np.stack([prepare_rgb(each, canvas) for each in pictures]), 1)
            orders = [ranker.rank(query, gallery, PHOTOS)[0] for query in queries]
            ranks = np.array([list(order).index(row) for row, order in enumerate(orders)])
            shares += [[100 * np.mean(ranks < k) for k in (FIRST, 1)]]
        (ten, one), (ten_now, one_now) = shares
        cells = [f"{each:.0f}" for each in (ten, ten_now, one, one_now)]
        named = sum(separate(picture)[1] > 2 for picture in made)
        cells += [str(named), f"{np.median(times):.0f}"]
        print(f"| {kind} | {PHOTOS} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
