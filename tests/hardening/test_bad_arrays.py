"""Pickles, MATLAB files and annotations from strangers: arrays or one line, and nothing is run."""

from __future__ import annotations

import os

import numpy as np
import pytest

from sketchnet.data.pairs import layout_qmul_v1, layout_shoe_v2
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.mat_file import load_mat, save_mat
from sketchnet.data.report import report_folder
from sketchnet.utils.safe_arrays import load_arrays
from tests.hardening.bad_arrays import ANNOTATIONS, COORDINATES, MATS, PICKLES, PICTURES3
from tests.hardening.doors import in_child

PEAK = 300  # MB of a process that reads all pickles, or all .mat files


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in: hostile files would make `executed` there."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", PICKLES)
def test_each_pickle_is_arrays_or_one_line(name, here, outcome):
    expected, make = PICKLES[name]
    (here / "file").write_bytes(make())
    assert expected in ("either", outcome(load_arrays, here / "file"))


@pytest.mark.parametrize("name", MATS)
def test_each_mat_is_pictures_or_one_line(name, tmp_path, outcome):
    expected, make = MATS[name]
    (tmp_path / "file.mat").write_bytes(make())
    assert outcome(load_mat, tmp_path / "file.mat") == expected


@pytest.mark.slow
@pytest.mark.parametrize(("door", "kinds"), [("arrays", PICKLES), ("mat", MATS)])
def test_all_of_them_leave_memory_in_bounds(door, kinds, tmp_path):
    for name, (_, make) in kinds.items():
        (tmp_path / name).write_bytes(make())
    outcomes, peak = in_child(door, sorted(tmp_path.iterdir()))
    assert len(outcomes) == len(kinds)
    assert peak < PEAK


@pytest.mark.parametrize("name", [*COORDINATES, *PICKLES])
def test_a_stroke_file_is_drawings_or_problems(name, here):
    make = COORDINATES[name] if name in COORDINATES else PICKLES[name][1]
    (here / "photo").mkdir()
    (here / "Shoes_Coordinate").write_bytes(make())
    found = layout_shoe_v2.read(here)
    assert not found.sketches
    assert all(problem.isprintable() and len(problem) < 1200 for problem in found.problems)


def rows(folder):
    for kind in ("sketch", "edge"):
        save_mat(folder / f"shoes_{kind}_db_train.mat", PICTURES3)


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_an_annotation_is_used_or_a_problem(name, tmp_path):
    rows(tmp_path)
    (tmp_path / "shoes_annotation.json").write_bytes(ANNOTATIONS[name]())
    found = layout_qmul_v1.read(tmp_path)
    assert len(found.sketches) == len(PICTURES3)
    assert found.problems
    assert report_folder(tmp_path).count("\n  ") == len(found.problems)


@pytest.mark.parametrize("name", [name for name in MATS if MATS[name][0] == "refused"])
def test_a_broken_array_does_not_keep_the_others_away(name, tmp_path):
    rows(tmp_path)
    (tmp_path / "shoes_sketch_db_test.mat").write_bytes(MATS[name][1]())
    found = load_collection(tmp_path)
    assert len(found.subset("train").sketches) == len(PICTURES3)
    assert len(found.problems) == 1


def test_names_that_are_no_text_become_ids_that_are(tmp_path):
    from PIL import Image

    (tmp_path / "photos").mkdir()
    (tmp_path / "sketches").mkdir()
    for folder in ("photos", "sketches"):
        for name in (b"\xff\xfe", b"a\nb", b"plain"):
            path = os.path.join(os.fsencode(tmp_path / folder), name + b".png")
            with open(path, "wb") as file:
                Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(file, "PNG")
    (tmp_path / "photo_train.txt").write_bytes(b"\xff\xfe.png\nplain.png\n")
    found = load_collection(tmp_path)
    ids = {photo.id for photo in found.photos} | {sketch.id for sketch in found.sketches}
    assert ids == {"\\udcff\\udcfe", "a\\nb", "plain"}
    assert len(found.sketches) == 3
    report_folder(tmp_path).encode()
