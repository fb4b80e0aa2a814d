"""Photos → a gallery on disk: resumable after any stop, and never half there.

Threads decode and prepare a little ahead of the network. Everything is laid down beside the target
(`staging`), and the finished folder takes the target's place in one step: a build that is killed
leaves the old gallery as it was and goes on where it stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.collection import Photo
from sketchnet.data.pairs.file_names import PICTURE_ENDINGS, natural_order, printable
from sketchnet.data.pairs.load import load_collection
from sketchnet.imaging.prepare import prepare_edge_input, prepare_photo_input, read_picture
from sketchnet.inference.embedder import Embedder, ProgressCallback
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.retrieval.gallery.store import Gallery, load_gallery
from sketchnet.utils.atomic_files import recover_directory
from sketchnet.utils.errors import InputError

CHUNK = 60  # photos embedded, saved and reported together: what a kill can cost
THUMBNAIL = 400  # px, the longest side: what the page shows large; 10 kB each
THREADS = 4

Skipped = tuple[str, str]
"""The id of a photo that was left out, and why."""


@dataclass(frozen=True)
class Built:
    """What a build did; `gallery` is None where no photo at all is in.

    `embedded` counts the photos it added, with those of an earlier build that was killed.
    """

    gallery: Gallery | None
    embedded: int
    skipped: tuple[Skipped, ...]


def photos_in(directory: Path | str) -> list[Photo]:
    """List the photos of a folder: those of a data layout, else every picture below it.

    The id of such a picture is its path below `directory` without the ending, with it where two
    would be the same. Raises InputError where there is none.
    """
    directory = Path(directory).resolve()
    if not directory.is_dir():
        raise InputError("a folder of photos", f"{directory}, which is none")
    found: dict[str, Photo] = {}
    paths = (
        path
        for path in directory.rglob("*")
        if path.suffix.lower() in PICTURE_ENDINGS and path.is_file()
    )
    for path in sorted(paths, key=lambda p: natural_order(p.as_posix())):
        name = path.relative_to(directory)
        if any(part.startswith(".") for part in name.parts):
            continue
        photo_id = printable(name.with_suffix("").as_posix())
        photo_id = printable(name.as_posix()) if photo_id in found else photo_id
        found[photo_id] = Photo(photo_id, "test", path)
    try:
        collection = load_collection(directory)
    except InputError:
        collection = None
    # A layout that knows of sketches must say which pictures are photos; one that accounts for
    # every picture has the shorter ids.
    if collection and (collection.sketches or len(collection.photos) == len(found)):
        return list(collection.photos)
    if not found:
        raise InputError(
            f"photos in {directory}",
            "a folder without any",
            f"put pictures there ({', '.join(sorted(PICTURE_ENDINGS))})",
        )
    return list(found.values())


def build_gallery(
    embedder: Embedder,
    photos: Path | str | Sequence[Photo],
    out: Path | str,
    *,
    views: int = 10,
    progress: ProgressCallback | None = None,
) -> Built:
    """Embed photos into the gallery `out`, or add them to the one that lies there.

    Photos whose id is in already stay as they are; broken ones are skipped and reported; a build
    that was killed goes on where it stopped.

    Args:
        embedder: the model, from a run; its fingerprint goes into the gallery.
        photos: a folder (`photos_in`), or photos with ids of their own.
        out: the folder to write.
        views: 10, or 1 for speed; one gallery holds one kind.
        progress: told after every chunk how many of the new photos are done.

    Raises InputError where `out` is no gallery, or one of another model or preparation.
    """
    if not embedder.fingerprint:
        raise ValueError("expected an embedder of a run; received one of a network in memory")
    out = Path(out)
    root, listed = None, photos
    if isinstance(listed, Path | str):
        root = Path(listed).resolve()
        listed = photos_in(root)
    base = gallery_so_far(out, embedder.fingerprint, views)
    known = set(base.ids) if base else set()
    stage = Stage(out, base, embedder.fingerprint, views)
    new = [photo for photo in listed if photo.id not in known]
    done = set(stage.ids)
    missing = [photo for photo in new if photo.id not in done]

    skipped: list[Skipped] = []
    ready = _prepared(missing, embedder, root, skipped)
    while batch := list(islice(ready, CHUNK)):
        pictures = np.stack([each.prepared for each in batch])
        stage.add(batch, embedder.photos(pictures, views))
        if progress:
            progress(len(stage.ids) + len(skipped), len(new))

    gallery = base
    if stage.ids:
        stage.finish(skipped)
        gallery = load_gallery(out, verify=False)
    stage.remove()
    return Built(gallery, len(stage.ids), tuple(skipped))


def gallery_so_far(out: Path, fingerprint: str, views: int) -> Gallery | None:
    recover_directory(out)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    gallery = load_gallery(out)
    gallery.check_made_by(fingerprint)
    if gallery.views != views:
        raise InputError(
            f"{gallery.views} views, as {out} was made with", views, "build into another folder"
        )
    return gallery


def _prepared(
    photos: Sequence[Photo], embedder: Embedder, root: Path | None, skipped: list[Skipped]
) -> Iterator[Ready]:
    """Yield the readable photos in order; the others go to `skipped`."""
    with ThreadPoolExecutor(THREADS) as pool:
        tasks = ((photo, pool.submit(make_ready, photo, embedder, root)) for photo in photos)
        # A window of them, not all at once: a million prepared photos would not fit in memory.
        ahead = deque(islice(tasks, 2 * CHUNK))
        while ahead:
            photo, task = ahead.popleft()
            ahead.extend(islice(tasks, 1))
            try:
                yield task.result()
            except (InputError, OSError, cv2.error) as error:
                skipped.append((photo.id, str(error).strip()))


def make_ready(photo: Photo, embedder: Embedder, root: Path | None) -> Ready:
    config = embedder.config
    source = photo.photo if photo.photo is not None else photo.edges
    if source is None:
        raise InputError(f"a photo of {photo.id}", "none")
    picture = read_picture(source)
    prepare = prepare_edge_input if source is photo.edges else prepare_photo_input
    prepared = prepare(picture, embedder.canvas, config.photo_input, config.line_width)
    if prepared.min() == 255:
        raise InputError(f"something to see in {photo.id}", "a blank picture")
    original = ""
    if isinstance(source, Path):
        # Never the whole path: a gallery says nothing about the machine it was made on.
        original = source.name
        if root and source.is_relative_to(root):
            original = source.relative_to(root).as_posix()
    return Ready(photo.id, printable(original), prepared, _thumbnail(picture))


def _thumbnail(picture: np.ndarray) -> bytes:
    scale = THUMBNAIL / max(picture.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
