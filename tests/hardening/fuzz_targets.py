"""The targets of the fuzzer: every reader of files, with seed files to mutate."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.hardening import bad_arrays, bad_drawings, bad_folders, bad_pictures, fuzz_folders
from tests.hardening.fuzz_checks import check_drawing, seeds


def _identity(content: bytes) -> bytes:
    return content


@dataclass(frozen=True)
class Target:
    """A reader to fuzz.

    Attributes:
        name: Name of the reader.
        suffix: Suffix of its files.
        seeds: Returns the files to mutate.
        read: Reads a file and checks the result. It may raise nothing but InputError.
        wrap: Puts the mutated content into a valid container (a zip, a deflate stream), without
            which hardly any mutation would get past the container's own checks.
        cost: Time per input, relative to a fast reader. The fuzzer tries fewer inputs accordingly.
    """

    name: str
    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], Any]
    wrap: Callable[[bytes], bytes] = _identity
    cost: int = 1


# --- Readers, and checks of what they return ----------------------------------------------------


def read_stroke_record(path: Path) -> None:
    from sketchnet.strokes.formats import as_drawing, tidy
    from sketchnet_demo.stroke_record import on_canvas, read_strokes

    drawing = as_drawing(read_strokes(path.read_bytes().decode("utf-8", "replace")))
    check_drawing(drawing)
    check_drawing(tidy(drawing))
    json.loads(on_canvas(drawing))


def read_drawings(path: Path) -> None:
    from sketchnet.data.quickdraw import load_doodles

    found = load_doodles(path, recognized_only=False)
    for drawing in found.drawings:
        check_drawing(drawing)
    for text in (*found.categories, *found.key_ids, *found.problems):
        assert text.isprintable()


def read_arrays(path: Path) -> None:
    from sketchnet.data.pairs.layout_shoe_v2 import to_drawing
    from sketchnet.utils.safe_arrays import load_arrays

    found = load_arrays(path)
    for value in found.values() if isinstance(found, dict) else [found]:
        try:
            check_drawing(to_drawing(value))
        except ValueError:  # the loader of a folder catches it and reports a problem
            continue


def read_mat(path: Path) -> None:
    from sketchnet.data.pairs.mat_file import load_mat

    found = load_mat(path)
    assert found.dtype == np.uint8
    assert found.ndim == 3


def read_annotation(path: Path) -> None:
    from sketchnet.data.pairs.qmul_annotation import check_annotation, load_annotation

    for part in load_annotation(path).values():
        try:
            list(check_annotation(part, None, None).triplets([]))
        except ValueError:  # reported as a problem, as above
            continue


def read_doodle_gallery(path: Path) -> None:
    from sketchnet.retrieval.doodle_gallery import load_doodle_gallery

    found = load_doodle_gallery(path)
    assert np.isfinite(found.vectors).all()
    for row in range(len(found)):
        assert isinstance(found.categories[found.labels[row]], str)
        check_drawing(found.drawings[row] if found.drawings is not None else [])


def read_querybank(path: Path) -> None:
    from sketchnet.retrieval.hubness import FILE, load_querybank

    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    shutil.copyfile(path, folder / FILE)
    found = load_querybank(folder, 8)
    assert np.isfinite(found.penalties(np.eye(3, 8, dtype=np.float32))).all()


def read_picture(path: Path) -> None:
    from sketchnet.imaging.decode import read_picture
    from sketchnet.imaging.prepare import prepare_photo, prepare_sketch

    found = read_picture(path)
    assert prepare_sketch(found, 109).shape == prepare_photo(found, 109).shape == (109, 109)


def read_config(path: Path) -> None:
    from sketchnet.config.files import load_config

    load_config(path)


def read_input_spec(path: Path) -> None:
    from sketchnet.inference.doodle_embedder import INPUT_SPEC, load_input_spec

    path.replace(path.with_name(INPUT_SPEC))
    load_input_spec(path.parent)


# --- Seeds --------------------------------------------------------------------------------------


def _stroke_records() -> list[bytes]:
    invalid = (
        json.dumps(bad_drawings.official(make())).encode()
        for name, (_, make) in bad_drawings.STROKES.items()
        if not _is_large(name)
    )
    return seeds([json.dumps(bad_drawings.ROWS).encode()], invalid)


def _is_large(name: str) -> bool:
    """Whether a file is above `MAX_SEED_SIZE`, known without making it."""
    return "0000" in name or name == "long_line"


def _ndjson() -> list[bytes]:
    invalid = (make() for name, make in bad_drawings.NDJSON.items() if not _is_large(name))
    return seeds([bad_drawings.VALID_LINE * 2], invalid)


def _npz() -> list[bytes]:
    valid = bad_drawings.npz([bad_drawings.STROKE3] * 3)
    return seeds([valid], (make() for make in bad_drawings.NPZ.values()))


def _doodle_galleries() -> list[bytes]:
    return seeds(
        [bad_folders.doodle_gallery()], (make() for make in bad_folders.DOODLE_GALLERIES.values())
    )


def _querybanks() -> list[bytes]:
    file = io.BytesIO()
    np.savez_compressed(file, vectors=np.eye(4, 8, dtype=np.float16))
    return seeds([file.getvalue()], (make() for make in bad_drawings.NPZ.values()))


def _binary_records() -> list[bytes]:
    rng = np.random.default_rng(0)
    valid = [
        b"".join(
            struct.pack("<Q2sBIH", key, b"DE", 1, 1_480_000_000, 2)
            + b"".join(
                struct.pack("<H", n) + rng.integers(0, 256, 2 * n, np.uint8).tobytes()
                for n in (3, 5)
            )
            for key in range(count)
        )
        for count in (1, 3, 9)
    ]
    return seeds(valid, (make() for make in bad_drawings.BINARY.values()))


def _stroke3() -> list[bytes]:
    """The member of an .npz: a .npy with a pickled array of arrays, or with a plain array."""
    rows = np.empty(3, object)
    rows[:] = [bad_drawings.STROKE3] * 3
    plain = io.BytesIO()
    np.save(plain, np.stack([bad_drawings.STROKE3] * 3))
    return [*(bad_drawings.pickled(rows, protocol) for protocol in (0, 2, 4)), plain.getvalue()]


def _in_zip(content: bytes) -> bytes:
    return bad_drawings.stored(("train.npy", content))


def _npy() -> list[bytes]:
    file = io.BytesIO()
    np.save(file, np.random.default_rng(0).integers(0, 256, (2, 784), np.uint8))
    return seeds([file.getvalue()], (make() for make in bad_drawings.NPY.values()))


def _pickles() -> list[bytes]:
    strokes = {f"/train/shoe_{k}": np.random.default_rng(k).random((5, 3)) for k in range(3)}
    weights = {"conv1/weights": np.ones((2, 2), np.float32), "n": [1, 2.5, None, "a", b"b", (1,)]}
    made = [pickle.dumps(x, protocol) for x in (strokes, weights) for protocol in range(6)]
    saved = io.BytesIO()
    np.save(saved, np.array(weights, object), allow_pickle=True)
    return seeds([*made, saved.getvalue()], (make() for _, make in bad_arrays.PICKLES.values()))


def _mats() -> list[bytes]:
    kinds = ("u1", "i2", "f4", "f8", "?")
    made = [bad_arrays.saved(bad_arrays.THREE_PICTURES[:, :4, :4].astype(kind)) for kind in kinds]
    return seeds(made, (make() for _, make in bad_arrays.MATS.values()))


def _matrices() -> list[bytes]:
    """The content of a compressed element."""
    inner = bad_arrays.matrix((2, 3, 3), bytes(range(18)))
    return [struct.pack("<II", 14, len(inner)) + inner]


def _in_compressed_element(content: bytes) -> bytes:
    return bad_arrays.mat(bad_arrays.element(15, zlib.compress(content)))


def _pictures() -> list[bytes]:
    invalid = (make() for name, (_, make) in bad_pictures.PICTURES.items() if "mega" not in name)
    kinds = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
    return seeds([bad_pictures.file_of(bad_pictures.shoe(40, 50), kind) for kind in kinds], invalid)


def _annotations() -> list[bytes]:
    part = {"images": ["1.jpg", "2.jpg"], "sketches": ["1.png", "2.png"]}
    whole = {"train": part | {"triplets": [[[0, 1], [1, 0]], []]}, "test": part}
    return seeds([json.dumps(whole).encode()], (m() for m in bad_arrays.ANNOTATIONS.values()))


def _gallery_metadata() -> list[bytes]:
    metadata = bad_folders.METADATA
    more = metadata | {"extra": [1, {}]}
    return [json.dumps(metadata).encode(), json.dumps(more).encode()]


def _configs() -> list[bytes]:
    from sketchnet.config.doodles import DOODLE_PRESETS
    from sketchnet.config.files import config_to_json
    from sketchnet.config.retrieval import RETRIEVAL_PRESETS

    presets = (*RETRIEVAL_PRESETS.values(), *DOODLE_PRESETS.values())
    return [json.dumps(config_to_json(preset)).encode() for preset in presets]


def _input_specs() -> list[bytes]:
    from sketchnet.data.doodle_inputs import DoodleInputs

    spec = {"inputs": DoodleInputs().to_json(), "categories": ["sun", "moon"]}
    return [json.dumps(spec).encode()]


TARGETS = (
    Target("strokes", ".json", _stroke_records, read_stroke_record),
    Target("ndjson", ".ndjson", _ndjson, read_drawings),
    Target("bin", ".bin", _binary_records, read_drawings),
    Target("npz", ".npz", _npz, read_drawings),
    Target("npz inside", ".npz", _stroke3, read_drawings, _in_zip),
    Target("npy", ".npy", _npy, read_drawings),
    Target("pickle", ".pkl", _pickles, read_arrays),
    Target("mat", ".mat", _mats, read_mat),
    Target("mat inside", ".mat", _matrices, read_mat, _in_compressed_element),
    Target("annotation", ".json", _annotations, read_annotation),
    Target("config", ".json", _configs, read_config),
    Target("input spec", ".json", _input_specs, read_input_spec),
    Target("gallery", ".npz", _doodle_galleries, read_doodle_gallery),
    Target(
        "gallery inside", ".npz", _gallery_metadata, read_doodle_gallery, bad_folders.doodle_gallery
    ),
    Target("querybank", ".npz", _querybanks, read_querybank),
    Target("picture", ".png", _pictures, read_picture, cost=4),
    Target("HEIC and AVIF", ".heic", fuzz_folders.heifs, read_picture, cost=4),
    Target("SVG", ".svg", fuzz_folders.svgs, fuzz_folders.read_svg, cost=2),
    Target("doodle CSV", ".csv", fuzz_folders.csv_drawings, read_drawings),
    Target("doodle JSON", ".json", fuzz_folders.json_lists, read_drawings),
    Target("ndjson gzip", ".ndjson.gz", _ndjson, read_drawings, fuzz_folders.compress),
    Target("stroke-5", ".npz", fuzz_folders.stroke5, read_drawings),
    Target("pairs CSV", ".csv", fuzz_folders.pair_lists, fuzz_folders.read_pair_list, cost=2),
    Target("name lists", ".txt", fuzz_folders.name_lists, fuzz_folders.read_name_list, cost=2),
    Target("photo names", ".json", fuzz_folders.photo_names, fuzz_folders.read_photo_names, cost=2),
    Target(
        "gallery head", ".json", fuzz_folders.gallery_heads, fuzz_folders.read_gallery_head, cost=2
    ),
    Target("API call", ".json", fuzz_folders.calls, fuzz_folders.read_call),
)
