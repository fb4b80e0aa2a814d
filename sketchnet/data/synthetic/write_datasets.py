"""Writes synthetic datasets in the file layouts of ShoeV2 and Quick, Draw!."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sketchnet.data.synthetic.doodles.draw import GENERATORS, draw_doodle
from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.catalogue import FILE as CATALOGUE
from sketchnet.data.synthetic.shoes.catalogue import catalogue_csv, catalogue_row
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.data.synthetic.shoes.sketch import sketch_shoe
from sketchnet.data.synthetic.sketcher import sample_sketcher
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.atomic_files import replace_directory
from sketchnet.utils.errors import InputError

VERSION = 3  # raise it whenever the same seed gives other pictures, strokes or fields than before
PARAMETERS_FILE = "procedural.json"  # in the dataset's folder: the arguments it was written with

_CHUNK = 20  # shoes or doodles per task of a worker process


def write_retrieval(
    directory: Path | str,
    photos: int = 2000,
    test: int = 200,
    sketches_per_photo: float = 3.3,
    seed: int = 0,
    processes: int = 1,
    log: Callable[[str], None] | None = None,
) -> Path:
    """Write a paired shoe dataset in the layout of ShoeV2 and ChairV2; returns its folder.

    The folder holds `photo/<id>.jpg` (256×256, RGB, white background) and the pickle
    `ProceduralShoes_Coordinate`, which maps `/<train|test>/<id>_<k>` to an array (n, 3) of x, y
    in pixels from 0 to 256 and a flag that is 1 on the last point of each stroke. `catalogue.csv`
    says title, brand, price, colour and more of each shoe.

    Args:
        directory: Folder to create. A folder that holds the same dataset is left unchanged.
        photos: Number of shoes, with one photo each.
        test: The last `test` shoes form the test split, the others the training split.
        sketches_per_photo: Mean number of sketches per shoe, each by another simulated person.
        seed: The same arguments write the same bytes, whatever the number of processes.
        processes: Number of worker processes.
        log: Receives a progress line every 100 shoes.

    Raises:
        InputError: The numbers are out of range, or the folder holds anything else.
    """
    if not (photos >= 1 and 0 <= test <= photos and sketches_per_photo > 0):
        raise InputError(
            "photos ≥ 1, 0 ≤ test ≤ photos and sketches per photo > 0",
            f"{photos}, {test} and {sketches_per_photo}",
            "change them",
        )
    parameters = {
        "collection": "shoes",
        "version": VERSION,
        "photos": photos,
        "test": test,
        "sketches_per_photo": sketches_per_photo,
        "seed": seed,
    }

    def write_files(folder: Path) -> None:
        (folder / "photo").mkdir()
        coordinates: dict[str, np.ndarray] = {}
        catalogue: list[dict[str, str]] = []
        make_shoe = partial(_make_shoe, seed, sketches_per_photo)
        shoes = _map_in_processes(make_shoe, photos, processes)
        for index, (row, photo, drawings) in enumerate(shoes):
            name = row["id"]
            catalogue.append(row)
            (folder / "photo" / f"{name}.jpg").write_bytes(photo)
            split = "test" if index >= photos - test else "train"
            for k, drawing in enumerate(drawings, start=1):
                coordinates[f"/{split}/{name}_{k}"] = _to_coordinates(drawing)
            if log and (index + 1) % 100 == 0:
                log(f"shoes {index + 1}/{photos}")
        with (folder / "ProceduralShoes_Coordinate").open("wb") as file:
            pickle.dump(coordinates, file, protocol=4)
        (folder / CATALOGUE).write_text(catalogue_csv(catalogue), encoding="utf-8", newline="")

    return _write_dataset(Path(directory), parameters, write_files)


def write_quickdraw(
    directory: Path | str,
    per_category: int = 1000,
    seed: int = 0,
    categories: Iterable[str] = tuple(GENERATORS),
    processes: int = 1,
    log: Callable[[str], None] | None = None,
) -> Path:
    """Write doodles as simplified Quick, Draw! files, `<category>.ndjson`; returns their folder.

    Each line holds one drawing. About 1 doodle in 30 breaks off early and is marked as not
    `recognized`.

    Args:
        directory: Folder to create. A folder that holds the same dataset is left unchanged.
        per_category: Number of doodles per category.
        seed: The same arguments write the same bytes, whatever the number of processes.
        categories: Keys of `GENERATORS`.
        processes: Number of worker processes.
        log: Receives a line after each category.

    Raises:
        InputError: A category is unknown, there are none of them or no doodles, or the folder
            holds anything else.
    """
    categories = list(categories)
    unknown = [name for name in categories if name not in GENERATORS]
    if unknown or not categories or per_category < 1:
        raise InputError(
            f"categories of {', '.join(GENERATORS)} and at least 1 drawing of each",
            f"{', '.join(unknown or categories) or 'none'} and {per_category}",
            "change them",
        )
    parameters = {
        "collection": "doodles",
        "version": VERSION,
        "per_category": per_category,
        "categories": categories,
        "seed": seed,
    }

    def write_files(folder: Path) -> None:
        make_line = partial(_make_ndjson_line, seed, categories, per_category)
        lines = _map_in_processes(make_line, per_category * len(categories), processes)
        for category in categories:
            (folder / f"{category}.ndjson").write_bytes(b"".join(islice(lines, per_category)))
            if log:
                log(f"{category} {per_category}")

    return _write_dataset(Path(directory), parameters, write_files)


def _write_dataset(
    directory: Path, parameters: dict[str, Any], write_files: Callable[[Path], None]
) -> Path:
    """Let `write_files` fill a temporary folder, then move it into place as a whole."""
    if directory.exists():
        if not directory.is_dir():
            raise InputError("a folder", f"the file {directory}", "choose another path")
        if _read_parameters(directory) == parameters:
            return directory
        if any(directory.iterdir()):
            raise InputError(
                "an empty folder, or one with the same synthetic dataset",
                f"{directory}, which holds something else",
                "choose another folder or remove this one",
            )
    directory.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    try:
        write_files(staged)
        (staged / PARAMETERS_FILE).write_text(json.dumps(parameters, indent=2) + "\n")
        staged.chmod(0o755)
        replace_directory(directory, staged)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return directory


def _read_parameters(directory: Path) -> Any:
    try:
        return json.loads((directory / PARAMETERS_FILE).read_text())
    except (OSError, ValueError):
        return None


def _map_in_processes(function: Callable[[int], Any], count: int, processes: int) -> Iterator[Any]:
    """Yield `function(0)`, `function(1)`, … in this order, computed by several processes."""
    processes = min(processes, os.cpu_count() or 1, -(-count // _CHUNK))
    if processes <= 1:
        yield from map(function, range(count))
        return
    # Forked children of a process that has loaded TensorFlow or OpenCV threads can deadlock.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(function, range(count), chunksize=_CHUNK)


def _make_shoe(
    seed: int, sketches_per_photo: float, index: int
) -> tuple[dict[str, str], bytes, list[Drawing]]:
    """Shoe number `index`: its row in the catalogue, its photo as a JPEG file, its sketches."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, index])
    design = sample_design(rng)
    shoe = build_shoe(design)
    count = max(1, int(sketches_per_photo) + int(rng.random() < sketches_per_photo % 1))
    drawings = [sketch_shoe(shoe, sample_sketcher(child), child) for child in rng.spawn(count)]
    pixels = render_photo(shoe)[..., ::-1]
    encoded, photo = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 93])
    assert encoded
    name = f"{design.kind.replace(' ', '-')}-{index:05d}"
    return catalogue_row(name, index, shoe), photo.tobytes(), drawings


def _to_coordinates(drawing: Drawing) -> np.ndarray:
    """Array (n, 3) float32 of x, y (two decimals) and 1 on the last point of each stroke."""
    last = np.zeros(sum(map(len, drawing)), np.float32)
    last[np.cumsum([len(stroke) for stroke in drawing]) - 1] = 1
    return np.column_stack([np.concatenate(drawing).round(2), last]).astype(np.float32)


def _make_ndjson_line(seed: int, categories: list[str], per_category: int, number: int) -> bytes:
    """One doodle as a line of an .ndjson file. Numbers of one category are consecutive."""
    category, index = categories[number // per_category], number % per_category
    key = int.from_bytes(
        hashlib.blake2b(f"{seed}:{category}:{index}".encode(), digest_size=8).digest(), "big"
    )
    rng = np.random.default_rng(key)
    drawing = draw_doodle(category, rng)
    interrupted = len(drawing) > 1 and rng.random() < 0.04
    if interrupted:
        # Most of these can still be recognized by eye, as can about two thirds of the real ones.
        drawing = drawing[: max(1, int(len(drawing) * rng.uniform(0.4, 0.9)))]
    line = {
        "word": category,
        "countrycode": "ZZ",  # ISO 3166: unknown
        "timestamp": "1970-01-01 00:00:00.00000 UTC",
        "recognized": not interrupted,
        "key_id": str(4_503_599_627_370_496 + key % 4_503_599_627_370_496),  # 16 digits
        "drawing": [stroke.astype(int).T.tolist() for stroke in drawing],
    }
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"
