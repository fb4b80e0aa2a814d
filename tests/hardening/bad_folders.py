"""Damaged and forged galleries and runs: functions that change a valid one."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.retrieval.gallery.store import checksum, thumbnails_checksum
from tests.hardening.bad_drawings import archive, deflated, npy, npy_of, shape_claim, stored

Damage = Callable[[Path], None]
"""Changes the files in a folder."""


def change(path: Path, **fields: Any) -> None:
    """Set fields of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def with_checksums(damage: Damage) -> Damage:
    """The same damage with the checksums of the gallery recomputed afterwards, as in a forgery."""

    def forge(folder: Path) -> None:
        damage(folder)
        metadata = json.loads((folder / "gallery.json").read_text())
        checksums = {
            name: checksum(folder / name) for name in metadata["checksums"] if name != "thumbnails"
        }
        if (folder / "thumbnails").is_dir():
            checksums["thumbnails"] = thumbnails_checksum(folder)
        change(folder / "gallery.json", checksums=checksums)

    return forge


def flip(name: str, at: float = 0.5) -> Damage:
    """Flip one bit of a file, at the share `at` of its length."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int(at * len(content))] ^= 1
        (folder / name).write_bytes(content)

    return damage


def write(name: str, content: bytes | str) -> Damage:
    """Replace a file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data) and None


def link(name: str, target: str) -> Damage:
    """Replace a file or folder by a symbolic link."""

    def damage(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            path.rename(folder.parent / "moved")
        else:
            path.unlink()
        path.symlink_to(target)

    return damage


def pipe(name: str) -> Damage:
    """Replace a file by a named pipe."""

    def damage(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return damage


def arrays(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Damage:
    """Replace the array in a .npy file by a function of it."""
    return lambda folder: np.save(folder / name, make(np.load(folder / name)), allow_pickle=True)


def names(**lists: Any) -> Damage:
    """Replace lists in `photos.json`."""
    return lambda folder: change(folder / "photos.json", **lists)


def _with_nan(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.copy()
    vectors[0, 0] = np.nan
    return vectors


# Name -> damage of a gallery of four photos. Each is refused with a line that names the folder.
GALLERIES: dict[str, Damage] = {
    "vector_flipped": flip("embeddings.npy"),
    "map_flipped": flip("local.npy"),
    "id_flipped": flip("photos.json"),
    "thumbnail_flipped": flip("thumbnails/000001.jpg"),
    "thumbnail_lost": lambda folder: (folder / "thumbnails" / "000002.jpg").unlink(),
    "thumbnail_link": link("thumbnails/000001.jpg", "/etc/passwd"),
    "thumbnail_pipe": pipe("thumbnails/000001.jpg"),
    "thumbnails_link_to_root": link("thumbnails", "/"),
    "thumbnails_link_outside": link("thumbnails", "../moved"),
    "html_among_thumbnails": write("thumbnails/page.html", "<script>alert(1)</script>"),
    "metadata_pipe": pipe("gallery.json"),
    "metadata_device": link("gallery.json", "/dev/zero"),
    "ids_device": link("photos.json", "/dev/zero"),
    "vectors_device": link("embeddings.npy", "/dev/zero"),
    "vectors_pipe": pipe("embeddings.npy"),
    "maps_pipe": pipe("local.npy"),
    "metadata_nested": write("gallery.json", "[" * 100_000),
    "metadata_not_utf8": write("gallery.json", b'{"version": 1, "a": "\xff\xfe"}'),
    "metadata_cut": write("gallery.json", '{"version": 1, "fing'),
    "future": lambda folder: change(folder / "gallery.json", version=3),
    "no_checksums": lambda folder: change(folder / "gallery.json", checksums={}),
    "checksums_of_other_paths": lambda folder: change(
        folder / "gallery.json", checksums={"../../../etc/passwd": "0"}
    ),
    "infinite_count": lambda folder: (folder / "gallery.json").write_text(
        (folder / "gallery.json").read_text().replace('"photos": 4', '"photos": 1e999')
    )
    and None,
    "ids_nested": with_checksums(write("photos.json", "[" * 100_000)),
    "ids_repeated": with_checksums(names(ids=["a", "a", "b", "c"])),
    "ids_no_text": with_checksums(names(ids=[1, 2, {}, None])),
    "ids_numbers": with_checksums(names(ids=[1, 2, 3, 4])),
    "ids_too_few": with_checksums(names(ids=["a"])),
    "originals_no_text": with_checksums(names(originals=[[], 1, 2, 3])),
    "vectors_nan": with_checksums(arrays("embeddings.npy", _with_nan)),
    "vectors_flat": with_checksums(arrays("embeddings.npy", np.ravel)),
    "vectors_too_few": with_checksums(arrays("embeddings.npy", lambda vectors: vectors[:2])),
    "vectors_integer": with_checksums(arrays("embeddings.npy", lambda a: a.astype(np.int8))),
    "vectors_pickled": with_checksums(arrays("embeddings.npy", lambda a: a.astype(object))),
    "vectors_of_a_terabyte": with_checksums(
        write("embeddings.npy", npy(shape_claim("(4, 100000000000)", "<f4"), bytes(64)))
    ),
    "vectors_of_a_strange_header": with_checksums(write("embeddings.npy", npy("{'descr': '''"))),
    "maps_flat": with_checksums(arrays("local.npy", np.ravel)),
    "maps_float64": with_checksums(arrays("local.npy", lambda maps: maps.astype(np.float64))),
    "maps_of_a_terabyte": with_checksums(
        write("local.npy", npy(shape_claim("(4, 12, 12, 900000000)", "<f2"), bytes(64)))
    ),
}  # fmt: skip


def npz(**members: np.ndarray) -> bytes:
    """An .npz file of these arrays."""
    return stored(*((f"{name}.npy", npy_of(array)) for name, array in members.items()))


METADATA = {
    "version": 1,
    "categories": ["a", "b"],
    "key_ids": ["1", "2"],
    "fingerprint": "x",
    "strokes": True,
}


def doodle_gallery(metadata: dict[str, Any] | bytes = b"", **changed: Any) -> bytes:
    """A gallery of two drawings of two categories.

    `metadata` replaces some fields, or the whole text; `changed` replaces arrays, None removes
    one.
    """
    text = metadata or json.dumps(METADATA).encode()
    text = json.dumps(METADATA | text).encode() if isinstance(text, dict) else text
    parts = {
        "vectors": np.eye(2, 4, dtype=np.float16),
        "labels": np.array([0, 1], np.int32),
        "note": np.frombuffer(text, np.uint8),
        "points": np.zeros((4, 2), np.uint8),
        "stroke_ends": np.array([2, 4]),
        "drawing_ends": np.array([1, 2]),
    } | changed
    return npz(**{name: part for name, part in parts.items() if part is not None})


# Name -> an invalid `drawings.npz`. Each is refused in one line.
DOODLE_GALLERIES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no_zip": lambda: b"this is no zip",
    "bomb": lambda: archive(
        ("vectors.npy", *deflated(npy(shape_claim("(100000000, 16)", "<f2")), 3072))
    ),
    "locked": lambda: archive(("vectors.npy", bytes(40), 40), method=0, flags=1),
    "unknown_method": lambda: archive(("vectors.npy", bytes(40), 40), method=97),
    "strange_header": lambda: stored(("vectors.npy", npy("{'descr': '''"))),
    "of_a_terabyte": lambda: stored(("vectors.npy", npy(shape_claim("(9000000000, 64)", "<f2")))),
    "pickled": lambda: doodle_gallery(vectors=np.array([{}, {}], object)),
    "metadata_nested": lambda: npz(note=np.frombuffer(b"[" * 100_000, np.uint8)),
    "metadata_not_utf8": lambda: npz(note=np.frombuffer(b'{"version": 1, "\xff": 1}', np.uint8)),
    "no_metadata": lambda: npz(vectors=np.eye(2)),
    "future": lambda: doodle_gallery({"version": 2}),
    "labels_out_of_range": lambda: doodle_gallery(labels=np.array([0, 7])),
    "labels_negative": lambda: doodle_gallery(labels=np.array([-1, 0])),
    "labels_nan": lambda: doodle_gallery(labels=np.array([0.0, np.nan])),
    "labels_too_many": lambda: doodle_gallery(labels=np.array([0, 1, 1])),
    "vectors_nan": lambda: doodle_gallery(vectors=np.full((2, 4), np.nan, np.float16)),
    "vectors_flat": lambda: doodle_gallery(vectors=np.zeros(2, np.float16)),
    "vectors_text": lambda: doodle_gallery(vectors=np.array([["a"], ["b"]])),
    "names_no_text": lambda: doodle_gallery({"categories": [1, {}]}),
    "keys_no_list": lambda: doodle_gallery({"key_ids": 7}),
    "keys_too_few": lambda: doodle_gallery({"key_ids": ["1"]}),
    "ends_beyond": lambda: doodle_gallery(stroke_ends=np.array([2, 400])),
    "ends_back": lambda: doodle_gallery(stroke_ends=np.array([4, 2])),
    "ends_below": lambda: doodle_gallery(stroke_ends=np.array([-4, 4])),
    "ends_floats": lambda: doodle_gallery(stroke_ends=np.array([2.0, 4.0])),
    "empty_stroke": lambda: doodle_gallery(stroke_ends=np.array([0, 4])),
    "drawings_beyond": lambda: doodle_gallery(drawing_ends=np.array([1, 9])),
    "points_flat": lambda: doodle_gallery(points=np.zeros(8, np.uint8)),
    "no_ends": lambda: doodle_gallery(stroke_ends=None),
    "no_points": lambda: doodle_gallery(points=None),
}


def keras_with(path: Path, **members: bytes) -> None:
    """Replace members of a .keras file. In the names of arguments `__` stands for a dot."""
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    content |= {name.replace("__", "."): data for name, data in members.items()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)


def keras_config(change_config: Callable[[dict[str, Any]], Any]) -> Damage:
    """Rewrite the configuration inside model.keras."""

    def damage(run: Path) -> None:
        with zipfile.ZipFile(run / "model.keras") as old:
            config = json.loads(old.read("config.json"))
        changed = change_config(config)
        keras_with(run / "model.keras", config__json=json.dumps(changed).encode())

    return damage


def _calling(module: str, name: str, *arguments: Any) -> Callable[[dict[str, Any]], Any]:
    """A configuration that would call a function when it is loaded."""
    return lambda _: {
        "module": module,
        "class_name": "function",
        "config": {"name": name, "arguments": list(arguments)},
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
    """A layer whose vocabulary is a file of the machine on which it is loaded."""
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


# Name -> damage of a retrieval run without ONNX files. Each is refused in one line.
RUNS: dict[str, Damage] = {
    "no_config": lambda run: (run / "config.json").unlink(),
    "no_model": lambda run: (run / "model.keras").unlink(),
    "config_future": lambda run: change(run / "config.json", version=2),
    "config_of_another_task": lambda run: change(run / "config.json", task="quickdraw"),
    "config_unknown_task": lambda run: change(run / "config.json", task="../../etc"),
    "config_nested": write("config.json", "[" * 100_000),
    "config_not_utf8": write("config.json", b'{"a": "\xff\xfe"}'),
    "config_no_settings": write("config.json", '{"version": 1, "task": "retrieval"}'),
    "config_infinite": write(
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
