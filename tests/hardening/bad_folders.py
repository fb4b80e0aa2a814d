"""Galleries and runs as strangers hand them over: sound ones, damaged or forged by a function."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.retrieval.gallery.store import _seen, checksum
from tests.hardening.bad_drawings import archive, deflated, npy, npy_of, shape_claim, stored

Damage = Callable[[Path], None]


def change(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def sealed(damage: Damage) -> Damage:
    """Damage by somebody who knows how to make the checksums right again."""

    def forge(folder: Path) -> None:
        damage(folder)
        head = json.loads((folder / "gallery.json").read_text())
        sums = {name: checksum(folder / name) for name in head["checksums"] if name != "thumbnails"}
        if (folder / "thumbnails").is_dir():
            sums["thumbnails"] = _seen(folder)
        change(folder / "gallery.json", checksums=sums)

    return forge


def flip(name: str, at: float = 0.5) -> Damage:
    """One bit of one file."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int(at * len(content))] ^= 1
        (folder / name).write_bytes(content)

    return damage


def write(name: str, content: bytes | str) -> Damage:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data) and None


def link(name: str, target: str) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            path.rename(folder.parent / "moved")
        else:
            path.unlink()
        path.symlink_to(target)

    return damage


def pipe(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return damage


def arrays(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Damage:
    return lambda folder: np.save(folder / name, make(np.load(folder / name)), allow_pickle=True)


def names(**lists: Any) -> Damage:
    return lambda folder: change(folder / "photos.json", **lists)


def _with_nan(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.copy()
    vectors[0, 0] = np.nan
    return vectors


# Four photos. Each is refused, by a line that names the folder.
GALLERIES: dict[str, Damage] = {
    "vector_flipped": flip("embeddings.npy"),
    "map_flipped": flip("local.npy"),
    "id_flipped": flip("photos.json"),
    "thumbnail_flipped": flip("thumbnails/000001.jpg"),
    "thumbnail_lost": lambda folder: (folder / "thumbnails" / "000002.jpg").unlink(),
    "thumbnail_link": link("thumbnails/000001.jpg", "/etc/passwd"),
    "thumbnail_pipe": pipe("thumbnails/000001.jpg"),
    "thumbnails_link_to_all": link("thumbnails", "/"),
    "thumbnails_link_beside": link("thumbnails", "../moved"),
    "page_among_thumbnails": write("thumbnails/page.html", "<script>alert(1)</script>"),
    "head_pipe": pipe("gallery.json"),
    "head_device": link("gallery.json", "/dev/zero"),
    "ids_device": link("photos.json", "/dev/zero"),
    "vectors_device": link("embeddings.npy", "/dev/zero"),
    "vectors_pipe": pipe("embeddings.npy"),
    "maps_pipe": pipe("local.npy"),
    "head_nested": write("gallery.json", "[" * 100_000),
    "head_not_utf8": write("gallery.json", b'{"version": 1, "a": "\xff\xfe"}'),
    "head_cut": write("gallery.json", '{"version": 1, "fing'),
    "future": lambda folder: change(folder / "gallery.json", version=2),
    "no_sums": lambda folder: change(folder / "gallery.json", checksums={}),
    "sums_of_others": lambda folder: change(
        folder / "gallery.json", checksums={"../../../etc/passwd": "0"}
    ),
    "endless_count": lambda folder: (folder / "gallery.json").write_text(
        (folder / "gallery.json").read_text().replace('"photos": 4', '"photos": 1e999')
    )
    and None,
    "ids_nested": sealed(write("photos.json", "[" * 100_000)),
    "ids_twice": sealed(names(ids=["a", "a", "b", "c"])),
    "ids_no_text": sealed(names(ids=[1, 2, {}, None])),
    "ids_numbers": sealed(names(ids=[1, 2, 3, 4])),
    "ids_too_few": sealed(names(ids=["a"])),
    "originals_no_text": sealed(names(originals=[[], 1, 2, 3])),
    "vectors_unknown": sealed(arrays("embeddings.npy", _with_nan)),
    "vectors_flat": sealed(arrays("embeddings.npy", np.ravel)),
    "vectors_too_few": sealed(arrays("embeddings.npy", lambda vectors: vectors[:2])),
    "vectors_whole": sealed(arrays("embeddings.npy", lambda vectors: vectors.astype(np.int8))),
    "vectors_pickled": sealed(arrays("embeddings.npy", lambda vectors: vectors.astype(object))),
    "vectors_of_a_terabyte": sealed(
        write("embeddings.npy", npy(shape_claim("(4, 100000000000)", "<f4"), bytes(64)))
    ),
    "vectors_of_a_strange_header": sealed(write("embeddings.npy", npy("{'descr': '''"))),
    "maps_flat": sealed(arrays("local.npy", np.ravel)),
    "maps_whole": sealed(arrays("local.npy", lambda maps: maps.astype(np.float64))),
    "maps_of_a_terabyte": sealed(
        write("local.npy", npy(shape_claim("(4, 12, 12, 900000000)", "<f2"), bytes(64)))
    ),
}  # fmt: skip


def npz(**given: np.ndarray) -> bytes:
    return stored(*((f"{name}.npy", npy_of(array)) for name, array in given.items()))


NOTE = {
    "version": 1,
    "categories": ["a", "b"],
    "key_ids": ["1", "2"],
    "fingerprint": "x",
    "strokes": True,
}


def doodles(note: dict[str, Any] | bytes = b"", **changed: Any) -> bytes:
    """A gallery of two drawings, one a category, with parts changed or left out (None)."""
    text = note or json.dumps(NOTE).encode()
    text = json.dumps(NOTE | text).encode() if isinstance(text, dict) else text
    parts = {
        "vectors": np.eye(2, 4, dtype=np.float16),
        "labels": np.array([0, 1], np.int32),
        "note": np.frombuffer(text, np.uint8),
        "points": np.zeros((4, 2), np.uint8),
        "stroke_ends": np.array([2, 4]),
        "drawing_ends": np.array([1, 2]),
    } | changed
    return npz(**{name: part for name, part in parts.items() if part is not None})


# Files of `drawings.npz`. Each is refused in one line.
DOODLES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no_zip": lambda: b"this is no zip",
    "bomb": lambda: archive(
        ("vectors.npy", *deflated(npy(shape_claim("(100000000, 16)", "<f2")), 3072))
    ),
    "locked": lambda: archive(("vectors.npy", bytes(40), 40), method=0, flags=1),
    "unknown_method": lambda: archive(("vectors.npy", bytes(40), 40), method=97),
    "strange_header": lambda: stored(("vectors.npy", npy("{'descr': '''"))),
    "of_a_terabyte": lambda: stored(("vectors.npy", npy(shape_claim("(9000000000, 64)", "<f2")))),
    "pickled": lambda: doodles(vectors=np.array([{}, {}], object)),
    "note_nested": lambda: npz(note=np.frombuffer(b"[" * 100_000, np.uint8)),
    "note_not_utf8": lambda: npz(note=np.frombuffer(b'{"version": 1, "\xff": 1}', np.uint8)),
    "no_note": lambda: npz(vectors=np.eye(2)),
    "future": lambda: doodles({"version": 2}),
    "labels_of_others": lambda: doodles(labels=np.array([0, 7])),
    "labels_below": lambda: doodles(labels=np.array([-1, 0])),
    "labels_unknown": lambda: doodles(labels=np.array([0.0, np.nan])),
    "labels_too_many": lambda: doodles(labels=np.array([0, 1, 1])),
    "vectors_unknown": lambda: doodles(vectors=np.full((2, 4), np.nan, np.float16)),
    "vectors_flat": lambda: doodles(vectors=np.zeros(2, np.float16)),
    "vectors_text": lambda: doodles(vectors=np.array([["a"], ["b"]])),
    "names_no_text": lambda: doodles({"categories": [1, {}]}),
    "keys_no_list": lambda: doodles({"key_ids": 7}),
    "keys_too_few": lambda: doodles({"key_ids": ["1"]}),
    "ends_beyond": lambda: doodles(stroke_ends=np.array([2, 400])),
    "ends_back": lambda: doodles(stroke_ends=np.array([4, 2])),
    "ends_below": lambda: doodles(stroke_ends=np.array([-4, 4])),
    "ends_floats": lambda: doodles(stroke_ends=np.array([2.0, 4.0])),
    "empty_stroke": lambda: doodles(stroke_ends=np.array([0, 4])),
    "drawings_beyond": lambda: doodles(drawing_ends=np.array([1, 9])),
    "points_flat": lambda: doodles(points=np.zeros(8, np.uint8)),
    "no_ends": lambda: doodles(stroke_ends=None),
    "no_points": lambda: doodles(points=None),
}


def keras_with(path: Path, **members: bytes) -> None:
    """Replace members of a .keras file; their names have `__` for the dot."""
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    content |= {name.replace("__", "."): data for name, data in members.items()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)


def keras_config(change_it: Callable[[dict[str, Any]], Any]) -> Damage:
    """Rewrite the configuration inside model.keras."""

    def damage(run: Path) -> None:
        with zipfile.ZipFile(run / "model.keras") as old:
            config = json.loads(old.read("config.json"))
        changed = change_it(config)
        keras_with(run / "model.keras", config__json=json.dumps(changed).encode())

    return damage


def _calling(module: str, name: str, *given: Any) -> Callable[[dict[str, Any]], Any]:
    """A configuration that wants a function called when it is loaded."""
    return lambda _: {
        "module": module,
        "class_name": "function",
        "config": {"name": name, "arguments": list(given)},
        "registered_name": name,
    }


def _lambda_layer(config: dict[str, Any]) -> dict[str, Any]:
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {
            "name": "spy",
            "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}},
        },
        "registered_name": None,
    }  # fmt: skip
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [layer], "build_input_shape": [None, 2]},
        "registered_name": None,
    }


def _lookup_layer(config: dict[str, Any]) -> dict[str, Any]:
    """A layer whose vocabulary is a file of the machine that loads it."""
    layer = {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"name": "spy", "vocabulary": "/etc/passwd"},
        "registered_name": None,
    }
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [layer]},
        "registered_name": None,
    }


def _model_bomb(run: Path) -> None:
    packed, size = deflated(b"{", 3072)
    (run / "model.keras").write_bytes(archive(("config.json", packed, size)))


def _other_network(run: Path) -> None:
    import keras

    picture = keras.Input((4,))
    keras.Model(picture, keras.layers.Dense(2)(picture)).save(run / "model.keras")


# A retrieval run without kept ONNX files. Each is refused in one line.
RUNS: dict[str, Damage] = {
    "no_config": lambda run: (run / "config.json").unlink(),
    "no_model": lambda run: (run / "model.keras").unlink(),
    "config_future": lambda run: change(run / "config.json", version=2),
    "config_of_another_task": lambda run: change(run / "config.json", task="quickdraw"),
    "config_unknown_task": lambda run: change(run / "config.json", task="../../etc"),
    "config_nested": write("config.json", "[" * 100_000),
    "config_not_utf8": write("config.json", b'{"a": "\xff\xfe"}'),
    "config_no_settings": write("config.json", '{"version": 1, "task": "retrieval"}'),
    "config_endless": write(
        "config.json", '{"version": 1, "task": "retrieval", "settings": {"margin": 1e999}}'
    ),
    "config_unknown_field": write(
        "config.json", '{"version": 1, "task": "retrieval", "settings": {"__class__": 1}}'
    ),
    "config_pipe": pipe("config.json"),
    "config_of_another_size": lambda run: _resize(run, size=64),
    "config_of_another_embedding": lambda run: _resize(run, embedding_size=16),
    "model_empty": write("model.keras", b""),
    "model_no_zip": write("model.keras", b"this is no zip"),
    "model_cut": lambda run: (run / "model.keras").write_bytes(
        (run / "model.keras").read_bytes()[:-500]
    )
    and None,
    "model_device": link("model.keras", "/dev/zero"),
    "model_pipe": pipe("model.keras"),
    "model_bomb": _model_bomb,
    "model_nested": lambda run: keras_with(run / "model.keras", config__json=b"[" * 100_000),
    "model_no_weights": lambda run: keras_with(run / "model.keras", model__weights__h5=b""),
    "model_of_another_kind": _other_network,
    "model_lambda": keras_config(_lambda_layer),
    "model_lookup": keras_config(_lookup_layer),
    "model_system": keras_config(_calling("os", "system", "mkdir executed")),
    "model_get_file": keras_config(_calling("keras.utils", "get_file", "x", "http://127.0.0.1:1/")),
    "model_import": keras_config(
        lambda config: config | {"module": "tests.hardening.executed", "class_name": "X"}
    ),
}  # fmt: skip


def _resize(run: Path, **settings: Any) -> None:
    found = json.loads((run / "config.json").read_text())
    change(run / "config.json", settings=found["settings"] | settings)
