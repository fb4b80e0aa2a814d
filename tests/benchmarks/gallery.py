"""Photos per second when a gallery is built from JPEG files: `python -m tests.benchmarks gallery`.

The photos are the thumbnails of the shipped gallery (400 px), repeated, or a folder of photos.
`pipelined as in a build` is `build_gallery`: threads decode the next photos while the network runs,
and the results are saved every 60 photos. `one step after the other` decodes a chunk with the same
threads, then embeds it. `network alone` gets prepared pictures; its speed is also given as a share
of the machine's peak performance. `--against FOLDER` builds with another checkout as well, by
turns; `--side 1600` enlarges the photos first, as photos of shops and cameras are large.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from sketchnet import runs
from sketchnet.data.pairs.collection import Photo
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.gallery.build import CHUNK, THREADS, make_ready, photos_in
from tests.benchmarks.gallery_against import compare
from tests.benchmarks.timing import (
    Times,
    build_parser,
    describe_machine,
    peak_flops,
    print_table,
    time_interleaved,
)
from tests.tiny import write_run

PICTURES_PER_PHOTO = {1: 1, 10: 5}  # views → pictures of a photo that the network embeds


def shipped_photos(folder: Path, number: int, side: int = 0) -> list[Photo]:
    """Write `number` different JPEG files, with `side` enlarged to so many pixels, as photos."""
    shipped = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY)
    for row in range(number):
        source, target = shipped.picture(row % len(shipped)), folder / f"{row:06d}.jpg"
        if side:
            large = cv2.resize(cv2.imread(str(source)), (side, side), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(target), large, [cv2.IMWRITE_JPEG_QUALITY, 90])
        else:
            shutil.copyfile(source, target)
    return photos_in(folder)


def decode(photos: Sequence[Photo], embedder: Embedder, pool: ThreadPoolExecutor) -> np.ndarray:
    """Decode photos on disk to the pictures (N, C, C) that the network takes."""
    ready = pool.map(partial(make_ready, embedder=embedder), photos)
    return np.stack([each.prepared for each in ready])


def embed_sequentially(
    photos: Sequence[Photo], embedder: Embedder, pool: ThreadPoolExecutor, views: int
) -> None:
    """The steps of a build one after the other, without saving."""
    for start in range(0, len(photos), CHUNK):
        embedder.photos(decode(photos[start : start + CHUNK], embedder, pool), views)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the photos per second of each method, with one view and with ten."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of photos to embed instead")
    parser.add_argument("--number", type=int, default=5 * CHUNK)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=0, help="enlarge the photos to so many pixels")
    parser.add_argument("--against", type=Path, help="another checkout to build with as well")
    options = parser.parse_args(arguments)
    if options.quick:
        options.number, options.rounds = 6, 1
    from sketchnet.models.two_branch import photo_branch
    from tests.benchmarks.query_parts import multiplications

    flops, numbers = peak_flops(), count()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(THREADS) as pool:
        run = write_run(Path(name) / "run") if options.quick else runs.resolve_run("shoes")
        folder, out = Path(name) / "photos", Path(name) / "galleries"
        folder.mkdir()
        out.mkdir()
        listed = (
            photos_in(options.photos)
            if options.photos
            else shipped_photos(folder, options.number, options.side)
        )
        if options.against:
            print(describe_machine(flops))
            views = tuple(PICTURES_PER_PHOTO)
            source = options.photos or folder
            compare(options.against, run, source, len(listed), views, options.rounds, out)
            return
        embedder = Embedder(run)
        cost = multiplications(photo_branch(saving.load_model(run)))
        photos = listed[: options.number]
        prepared = decode(photos, embedder, pool)
        calls = {"decode and prepare, no network": lambda: decode(photos, embedder, pool)}
        for views in PICTURES_PER_PHOTO:
            calls |= {
                f"network alone, {views} view{'s' * (views > 1)}": partial(
                    embedder.photos, prepared, views
                ),
                f"one step after the other, {views} view{'s' * (views > 1)}": partial(
                    embed_sequentially, photos, embedder, pool, views
                ),
                f"pipelined as in a build, {views} view{'s' * (views > 1)}": lambda views=views: (
                    build_gallery(embedder, photos, out / str(next(numbers)), views=views)
                ),
            }
        times = time_interleaved(calls, options.rounds)
    print(describe_machine(flops))
    rows = []
    for method, each in times.items():
        pictures = next(
            (n for views, n in PICTURES_PER_PHOTO.items() if f", {views} view" in method), 0
        )
        share = 2 * cost * pictures * len(photos) / each.median / flops
        rows.append([method, per_second(each, len(photos)), f"{share:.0%}" if pictures else ""])
    title = f"{len(photos):,} photos, {cost / 1e6:.0f} M multiply-adds a picture"
    print_table(title, ["", "photos/s, median (best)", "share of peak"], rows)


def per_second(times: Times, number: int) -> str:
    """`median (best)` of photos per second."""
    return f"{number / times.median:.1f} ({number / times.best:.1f})"


if __name__ == "__main__":
    main()
