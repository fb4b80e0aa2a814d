"""The embedded default collections on disk, read back by the ordinary readers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.pairs.load import load_collection
from sketchnet.data.quickdraw.ndjson import read_ndjson
from sketchnet.data.synthetic.__main__ import main
from sketchnet.data.synthetic.doodles.draw import PROGRAMS
from sketchnet.data.synthetic.write_datasets import RECIPE, write_quickdraw, write_retrieval
from sketchnet.utils.errors import InputError


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def shoes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_retrieval(tmp_path_factory.mktemp("data") / "shoes", photos=24, test=5, seed=3)


@pytest.fixture(scope="module")
def doodles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_quickdraw(tmp_path_factory.mktemp("data") / "doodles", per_category=30, seed=3)


def test_the_ordinary_reader_reads_the_shoes(shoes):
    collection = load_collection(shoes)
    assert collection.problems == ()
    splits = {
        split: [p for p in collection.photos if p.split == split] for split in ("train", "test")
    }
    assert (len(splits["train"]), len(splits["test"])) == (19, 5)
    assert all(photo.photo is not None for photo in collection.photos)
    photo_ids = {photo.id for photo in collection.photos}
    assert {sketch.photo_id for sketch in collection.sketches} == photo_ids
    assert 3 <= len(collection.sketches) / 24 <= 4
    for sketch in collection.sketches:
        points = np.concatenate(sketch.drawing)
        assert points.min() >= 0
        assert points.max() <= 256


def test_photos_are_256_pixels_on_white(shoes):
    files = sorted((shoes / "photo").iterdir())
    assert len(files) == 24
    for path in files:
        picture = cv2.imread(str(path))
        assert picture.shape == (256, 256, 3)
        assert picture[0].min() > 240


def test_no_shoe_is_in_two_splits_and_more_shoes_do_not_change_the_first(shoes, tmp_path):
    more = write_retrieval(tmp_path / "more", photos=25, test=5, seed=3)
    old, new = contents(shoes), contents(more)
    assert all(new[name] == data for name, data in old.items() if name.startswith("photo/"))
    other = write_retrieval(tmp_path / "other", photos=2, test=0, seed=4)
    assert not set(contents(other).values()) & set(old.values())


def test_any_number_of_workers_writes_the_same_bytes(shoes, doodles, tmp_path):
    assert contents(
        write_retrieval(tmp_path / "shoes", photos=24, test=5, seed=3, workers=2)
    ) == contents(shoes)
    assert contents(
        write_quickdraw(tmp_path / "doodles", per_category=30, seed=3, workers=2)
    ) == contents(doodles)


def test_doodles_are_official_lines(doodles):
    keys = []
    for category in PROGRAMS:
        lines = (doodles / f"{category}.ndjson").read_text().splitlines()
        assert len(lines) == 30
        for line in lines:
            found = json.loads(line)
            assert list(found) == [
                "word", "countrycode", "timestamp", "recognized", "key_id", "drawing",
            ]  # fmt: skip
            assert found["word"] == category
            assert len(found["key_id"]) == 16
            keys.append(found["key_id"])
            for xs, ys in found["drawing"]:
                assert len(xs) == len(ys) >= 1
                assert all(isinstance(v, int) and 0 <= v <= 255 for v in xs + ys)
    assert len(set(keys)) == len(keys)


def test_the_ordinary_reader_reads_the_doodles(doodles):
    items = list(read_ndjson(doodles / "bus.ndjson", "bus", problems=None))
    assert len(items) == 30
    assert {item.word for item in items} == {"bus"}


def test_some_doodles_were_interrupted(tmp_path):
    folder = write_quickdraw(tmp_path / "grapes", per_category=300, categories=["grapes"])
    lines = [json.loads(line) for line in (folder / "grapes.ndjson").read_text().splitlines()]
    given_up = [line for line in lines if not line["recognized"]]
    assert 3 <= len(given_up) <= 30


def test_a_collection_that_is_there_is_left_alone(shoes):
    before = {path: path.stat().st_mtime_ns for path in shoes.rglob("*")}
    assert write_retrieval(shoes, photos=24, test=5, seed=3) == shoes
    assert {path: path.stat().st_mtime_ns for path in shoes.rglob("*")} == before


def test_what_belongs_to_others_is_not_overwritten(shoes, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    for folder in (mine, shoes):
        before = contents(folder)
        with pytest.raises(InputError, match="empty folder"):
            write_retrieval(folder, photos=3, test=1)
        assert contents(folder) == before
    with pytest.raises(InputError, match="expected a folder"):
        write_quickdraw(mine / "letter.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_failure_leaves_nothing_behind(tmp_path):
    def fail(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_quickdraw(tmp_path / "doodles", per_category=1, report=fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [{"photos": 0}, {"photos": 3, "test": 4}, {"test": -1}, {"sketches_per_photo": 0}],
)
def test_impossible_numbers_of_shoes(arguments, tmp_path):
    with pytest.raises(InputError, match="expected photos"):
        write_retrieval(tmp_path / "x", **arguments)


@pytest.mark.parametrize(
    "arguments", [{"per_category": 0}, {"categories": []}, {"categories": ["sloth"]}]
)
def test_impossible_doodles(arguments, tmp_path):
    with pytest.raises(InputError, match="expected categories"):
        write_quickdraw(tmp_path / "x", **arguments)


def test_an_empty_folder_is_filled(tmp_path):
    write_quickdraw(tmp_path, per_category=1)
    assert json.loads((tmp_path / RECIPE).read_text())["per_category"] == 1


def test_the_command_writes_and_says_how_to_look(tmp_path, capsys):
    shoes, doodles = tmp_path / "shoes", tmp_path / "doodles"
    more = ["--workers", "1"]
    assert main(["retrieval", str(shoes), "--photos", "2", "--test", "1", *more]) == 0
    assert main(["quickdraw", str(doodles), "--per-category", "2", *more]) == 0
    assert f"python -m sketchnet.data {shoes}" in capsys.readouterr().out
    assert len(list((shoes / "photo").iterdir())) == 2
    assert len((doodles / "pear.ndjson").read_text().splitlines()) == 2


def test_the_command_refuses_in_one_line(tmp_path, capsys):
    assert main(["retrieval", str(tmp_path / "x"), "--photos", "0"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "received 0" in error


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from sketchnet.data.synthetic.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numpy', 'cv2', 'keras'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
