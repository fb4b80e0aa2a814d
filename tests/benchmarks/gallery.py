"""Photos a second into a gallery, from JPEG files on disk: `python -m tests.benchmarks.gallery`.

The photos are the thumbnails of the shipped gallery (400 px), again and again, or a folder of
yours. `as built` is `build_gallery`, where threads decode ahead while the network runs and the work
is saved every sixty photos; `in turn` decodes a chunk with the same threads, then embeds it, then
decodes the next. The network alone gets prepared pictures, and what it reaches is told as a share
of the machine's peak.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from sketchnet import runs
from sketchnet.data.pairs.collection import Photo
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.gallery.build import CHUNK, THREADS, make_ready, photos_in
from tests.benchmarks.measuring import Times, in_turn, machine, parser, peak, print_table

FACES = {1: 1, 10: 5}  # views → pictures that the network sees of a photo


def shipped_photos(folder: Path, number: int) -> list[Photo]:
    """So many JPEG files, and each of them as a photo."""
    shipped = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY)
    for row in range(number):
        shutil.copyfile(shipped.picture(row % len(shipped)), folder / f"{row:06d}.jpg")
    return photos_in(folder)


def decode(photos: Sequence[Photo], embedder: Embedder, pool: ThreadPoolExecutor) -> np.ndarray:
    """Photos on disk → pictures (N, C, C) as the network takes them."""
    ready = pool.map(partial(make_ready, embedder=embedder, root=None), photos)
    return np.stack([each.prepared for each in ready])


def embed_in_turn(
    photos: Sequence[Photo], embedder: Embedder, pool: ThreadPoolExecutor, views: int
) -> None:
    """What a build does, one thing after the other and nothing saved."""
    for start in range(0, len(photos), CHUNK):
        embedder.photos(decode(photos[start : start + CHUNK], embedder, pool), views)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print photos a second of each way, with one view and with ten."""
    options = parser(__doc__)
    options.add_argument("--photos", type=Path, help="a folder of photos to embed instead")
    options.add_argument("--number", type=int, default=5 * CHUNK)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args(arguments)
    if given.quick:
        given.number, given.rounds = 6, 1
    from sketchnet.models.two_branch import photo_branch
    from tests.benchmarks.runtimes import multiplications

    embedder = Embedder("shoes")
    flops = peak()
    cost = multiplications(photo_branch(saving.load_model(runs.resolve_run("shoes"))))
    numbers = count()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(THREADS) as pool:
        folder, out = Path(name) / "photos", Path(name) / "galleries"
        folder.mkdir()
        out.mkdir()
        listed = photos_in(given.photos) if given.photos else shipped_photos(folder, given.number)
        photos = listed[: given.number]
        prepared = decode(photos, embedder, pool)
        calls = {"decode and prepare, no network": lambda: decode(photos, embedder, pool)}
        for views in FACES:
            calls |= {
                f"network alone, {views} view{'s' * (views > 1)}": partial(
                    embedder.photos, prepared, views
                ),
                f"in turn, {views} view{'s' * (views > 1)}": partial(
                    embed_in_turn, photos, embedder, pool, views
                ),
                f"as built, {views} view{'s' * (views > 1)}": lambda views=views: build_gallery(
                    embedder, photos, out / str(next(numbers)), views=views
                ),
            }
        times = in_turn(calls, given.rounds)
    print(machine(flops))
    rows = []
    for way, each in times.items():
        pictures = next((n for views, n in FACES.items() if f", {views} view" in way), 0)
        share = 2 * cost * pictures * len(photos) / each.median / flops
        rows.append([way, a_second(each, len(photos)), f"{share:.0%}" if pictures else ""])
    title = f"{len(photos):,} photos, {cost / 1e6:.0f} M multiply-adds a picture"
    print_table(title, ["", "photos/s, median (best)", "share of peak"], rows)


def a_second(times: Times, number: int) -> str:
    """`median (best)` of photos in a second."""
    return f"{number / times.median:.1f} ({number / times.best:.1f})"


if __name__ == "__main__":
    main()
