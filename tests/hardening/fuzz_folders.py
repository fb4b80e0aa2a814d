"""Targets of the fuzzer: text files of folders, galleries of photos, SVG, HEIC, and API calls."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sketchnet.data.pairs.load import load_collection
from sketchnet.retrieval.gallery.store import checksum, load_gallery, thumbnails_checksum
from tests.hardening import bad_drawings, bad_pictures
from tests.hardening.fuzz_checks import check_drawing, seeds

MODEL = "f" * 64  # fingerprint of the network that made the gallery

SVGS = [
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60"><path d="M5 50C9 10 40 5 60 20L85'
    b' 50Z" fill="none" stroke="black"/><circle cx="20" cy="30" r="4" stroke="#000"/></svg>',
    b'<svg xmlns="http://www.w3.org/2000/svg"><g transform="rotate(9) scale(2,1)"><polyline '
    b'points="1,1 5,9 9,2 20,30"/><rect x="1" y="2" width="30" height="8" rx="2"/></g></svg>',
]
PAIR_LISTS = [
    b"sketch,photo,split,price\ns1.png,a.png,train,3.90\ns2.png,b.png,test,12\n",
    "\ufeffphoto;colour\r\na.png;red\r\nb.png;\u00fc\r\n".encode(),
    b'photo\tsketch\n"a.png"\t"s1.png"\nb.png\ts2.png\n',
]
NAME_LISTS = [b"a.png\nb.png\n", b"\xef\xbb\xbfx_photo\\a.png\r\nx_photo\\b.png\r\n", b"b.png"]


# --- Readers -------------------------------------------------------------------------------------


def read_svg(path: Path) -> None:
    from sketchnet.imaging.prepare import prepare_sketch
    from sketchnet.strokes.svg import read_svg

    drawing = read_svg(path.read_bytes())
    check_drawing(drawing)
    assert prepare_sketch(drawing, 109).shape == (109, 109)


def _check_collection(folder: Path) -> None:
    found = load_collection(folder)
    ids = {photo.id for photo in found.photos}
    assert len(ids) == len(found.photos)
    assert all(sketch.photo_id in ids for sketch in found.sketches)
    for text in (*ids, *found.layouts, *found.problems):
        assert text.isprintable(), text


def read_pair_list(path: Path) -> None:
    for name in ("a.png", "b.png", "s1.png", "s2.png"):
        (path.parent / name).write_bytes(_small_picture())
    _check_collection(path.parent)


def read_name_list(path: Path) -> None:
    for name in ("x_photo/a.png", "x_photo/b.png", "x_sketch/a_1.png", "x_sketch/b_1.png"):
        (path.parent / name).parent.mkdir(exist_ok=True)
        (path.parent / name).write_bytes(_small_picture())
    path.replace(path.with_name("photo_train.txt"))
    _check_collection(path.parent)


def _fill_gallery(folder: Path) -> None:
    (folder / "thumbnails").mkdir()
    for row in range(2):
        (folder / "thumbnails" / f"{row:06d}.jpg").write_bytes(_small_picture("JPEG"))
    np.save(folder / "embeddings.npy", np.eye(2, 8, dtype=np.float32))
    (folder / "photos.json").write_bytes(_photo_names()[0])


def _open_gallery(folder: Path) -> None:
    found = load_gallery(folder)
    for row in range(len(found)):
        assert found.picture(row).is_file()
        assert all(found.row(name.id) == row for name in found.names_of(row))


def read_photo_names(path: Path) -> None:
    """A forged gallery: the checksums fit the mutated names."""
    folder = path.parent / "gallery"
    folder.mkdir()
    _fill_gallery(folder)
    path.replace(folder / "photos.json")
    (folder / "gallery.json").write_text(json.dumps(_head(folder)))
    _open_gallery(folder)


def read_gallery_head(path: Path) -> None:
    folder = path.parent / "gallery"
    folder.mkdir()
    _fill_gallery(folder)
    path.replace(folder / "gallery.json")
    _open_gallery(folder)


def _head(folder: Path) -> dict[str, Any]:
    sums = {name: checksum(folder / name) for name in ("photos.json", "embeddings.npy")}
    sums["thumbnails"] = thumbnails_checksum(folder)
    head = {"version": 1, "fingerprint": MODEL, "preparation": 1, "views": 10, "photos": 2}
    skipped = [{"photo": "c.png", "reason": "broken", "checksum": ""}]
    return head | {"skipped": skipped, "checksums": sums}


def read_call(path: Path) -> None:
    """A call of each endpoint with the JSON of a file as its fields."""
    from sketchnet.utils.errors import InputError
    from sketchnet_demo.api_arguments import PARAMETERS, parse_arguments

    try:
        values = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise InputError("JSON", "something else") from None
    if not isinstance(values, dict):
        raise InputError("an object", "something else")
    refusals = []
    for endpoint in PARAMETERS:
        try:
            found = parse_arguments(endpoint, values)
        except InputError as error:
            refusals.append(str(error))
            continue
        assert 1 <= found.k <= 100
        check_drawing(found.strokes)
    assert all(text.isprintable() and len(text) <= 1_000 for text in refusals), refusals
    if len(refusals) == len(PARAMETERS):
        raise InputError("a call", "one that every endpoint refuses")


# --- Seeds ---------------------------------------------------------------------------------------


@cache
def _small_picture(kind: str = "PNG") -> bytes:
    return bad_pictures.file_of(bad_pictures.shoe(12, 16), kind)


def svgs() -> list[bytes]:
    return seeds(SVGS)


def pair_lists() -> list[bytes]:
    return seeds(PAIR_LISTS)


def name_lists() -> list[bytes]:
    return seeds(NAME_LISTS)


def _photo_names() -> list[bytes]:
    file = [120, 1_700_000_000_000_000_000, "0" * 64, "0" * 12]
    plain: dict[str, Any] = {"ids": ["a", "b"], "originals": ["a.png", ""]}
    more = plain | {"files": [file, None], "aliases": {"0": [["c", "c.png", file]]}}
    return [json.dumps(names).encode() for names in (plain, more)]


def photo_names() -> list[bytes]:
    return seeds(_photo_names())


def gallery_heads() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        _fill_gallery(Path(folder))
        return [json.dumps(_head(Path(folder))).encode()]


def calls() -> list[bytes]:
    import sketchnet_demo.api_arguments  # noqa: F401 (Gradio, imported before the time counts)

    png = "data:image/png;base64,iVBORw0KGgo="
    points = [[[10, 20], [10, 200], [200, 200], [220, 210]]]
    valid = [
        {"image": png, "k": 5},
        {"image": {"path": "a.png", "url": png}, "as": "photo", "k": "7"},
        {"strokes": points, "form": "points"},
        {"strokes": json.dumps([bad_drawings.ROWS[0]]), "form": "official", "as": "sketch"},
    ]
    return [json.dumps(call).encode() for call in valid]


def csv_drawings() -> list[bytes]:
    text = json.dumps(bad_drawings.ROWS)
    head = "countrycode,drawing,key_id,recognized,timestamp,word\n"
    rows = "".join(f'DE,"{text}",{key},True,2017-01-01,sun\n' for key in (1, 2))
    return seeds([(head + rows).encode(), f'key_id;drawing\n7;"{text}"\n'.encode()])


def json_lists() -> list[bytes]:
    lines = [json.loads(bad_drawings.VALID_LINE)] * 2
    return [json.dumps(lines).encode(), json.dumps(lines, indent=1).encode()]


def stroke5() -> list[bytes]:
    steps = np.array([[3, 4, 1, 0, 0], [5, -2, 0, 1, 0], [0, 9, 1, 0, 0], [0, 0, 0, 0, 1]])
    plain = bad_drawings.stored(("train.npy", bad_drawings.npy_of(np.stack([steps] * 2))))
    lists = np.empty(2, object)
    lists[:] = [steps[:, :3].tolist()] * 2
    return [plain, bad_drawings.stored(("train.npy", bad_drawings.pickled(lists)))]


def heifs() -> list[bytes]:
    """HEIC, where pillow-heif is installed, and AVIF."""
    from sketchnet.imaging.heif import heif_formats

    made = []
    for kind in (*heif_formats(), "AVIF"):
        file = io.BytesIO()
        Image.fromarray(bad_pictures.shoe(40, 50)).save(file, kind)
        made.append(file.getvalue())
    return seeds(made)


compress: Callable[[bytes], bytes] = gzip.compress
