"""The cache of embedded folders: what it is keyed by, and when it is embedded anew."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from sketchnet.retrieval.doodle_gallery import load_doodle_gallery
from sketchnet_demo.embedded_folders import cache_path, doodle_gallery_of
from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sketchnet"


def test_each_folder_and_key_has_its_own_place(cache, tmp_path: Path):
    for folder in "ab":
        (tmp_path / folder / "photos").mkdir(parents=True)
    keys = [("m",), ("n",), ("m", "cat"), ("m", "dog")]
    places = {cache_path(tmp_path / folder / "photos", *key) for folder in "ab" for key in keys}
    assert len(places) == 8
    assert all(place.is_relative_to(cache) and "photos" in place.name for place in places)
    same = cache_path(tmp_path / "b" / ".." / "a" / "photos", "m")
    assert same == cache_path(tmp_path / "a" / "photos", "m")


def test_a_dot_in_the_name_of_a_folder_keeps_its_key(tmp_path: Path):
    doodles = {}
    for version in ("1", "2"):
        folder = write_doodles(tmp_path / version / "quickdraw.v1", fish=3)
        doodles[version] = doodle_gallery_of(embedder(), folder, ())
    assert doodles["1"] != doodles["2"]
    assert all("quickdraw.v1-" in path.name for path in doodles.values())


def test_a_folder_of_drawings_that_changed_is_embedded_anew(tmp_path: Path, capsys):
    folder = write_doodles(tmp_path / "mine", fish=3)
    first = doodle_gallery_of(embedder(), folder, ())
    assert shown(first) == {"fish": 3}
    capsys.readouterr()
    assert doodle_gallery_of(embedder(), folder, ()) == first
    assert capsys.readouterr().err == "", "an unchanged folder is not embedded again"

    write_doodles(folder, house=2)  # a new file
    second = doodle_gallery_of(embedder(), folder, ())
    assert shown(second) == {"fish": 3, "house": 2}
    write_doodles(folder, fish=5)  # a larger file
    assert shown(doodle_gallery_of(embedder(), folder, ())) == {"fish": 5, "house": 2}
    before = doodle_gallery_of(embedder(), folder, ())
    os.utime(folder / "fish.ndjson", (1, 1))  # another modification time
    assert doodle_gallery_of(embedder(), folder, ()) != before
    (folder / "house.ndjson").unlink()
    assert shown(doodle_gallery_of(embedder(), folder, ())) == {"fish": 5}
    assert len([*(tmp_path / "cache").rglob("*.npz")]) == 1, "outdated files are removed"


def test_another_choice_of_categories_is_another_gallery(tmp_path: Path):
    """As `--download fish` and then `--download house`, which share one folder."""
    folder = write_doodles(tmp_path / "downloads", fish=3)
    assert shown(doodle_gallery_of(embedder(), folder, ["fish"])) == {"fish": 3}
    write_doodles(folder, house=2)
    assert shown(doodle_gallery_of(embedder(), folder, ["house"])) == {"house": 2}
    assert shown(doodle_gallery_of(embedder(), folder, ["fish"])) == {"fish": 3}
    assert shown(doodle_gallery_of(embedder(), folder, ["house", "fish"])) == {
        "house": 2,
        "fish": 3,
    }


def embedder() -> HogDoodleEmbedder:
    return HogDoodleEmbedder(draw_doodles(2))


def write_doodles(folder: Path, **counts: int) -> Path:
    """A folder with one simplified Quick, Draw! file for each category."""
    folder.mkdir(parents=True, exist_ok=True)
    for category, count in counts.items():
        lines = []
        for number in range(count):
            corner = [[0, 100 + number, 255], [0, 200, number]]
            key_id = f"{category}{number}"
            line = {"word": category, "key_id": key_id, "recognized": True, "drawing": [corner]}
            lines.append(json.dumps(line))
        (folder / f"{category}.ndjson").write_text("\n".join(lines) + "\n")
    return folder


def shown(path: Path) -> dict[str, int]:
    """Drawings per category in a file of embedded drawings."""
    gallery = load_doodle_gallery(path)
    return dict(Counter(gallery.categories[label] for label in gallery.labels))
