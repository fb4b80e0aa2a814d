"""Invalid pickles, MATLAB files and annotations: refused in one line, and no code is executed."""

from __future__ import annotations

import os

import numpy as np
import pytest

from sketchnet.data.pairs import layout_qmul_v1, layout_shoe_v2
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.mat_file import load_mat, save_mat
from sketchnet.data.report import report_folder
from sketchnet.utils.safe_arrays import load_arrays
from tests.hardening.bad_arrays import ANNOTATIONS, COORDINATES, MATS, PICKLES, THREE_PICTURES
from tests.hardening.readers import read_in_subprocess

MAX_MEMORY = 300  # MB for a process that reads all pickles, or all .mat files


@pytest.fixture
def working_directory(tmp_path, monkeypatch):
    """An empty working directory, in which code in a file would create a folder `executed`."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", PICKLES)
def test_each_pickle_is_accepted_or_refused_as_expected(name, working_directory, outcome):
    expected, make = PICKLES[name]
    (working_directory / "file").write_bytes(make())
    assert expected in ("either", outcome(load_arrays, working_directory / "file"))


@pytest.mark.parametrize("name", MATS)
def test_each_mat_file_is_accepted_or_refused_as_expected(name, tmp_path, outcome):
    expected, make = MATS[name]
    (tmp_path / "file.mat").write_bytes(make())
    assert outcome(load_mat, tmp_path / "file.mat") == expected


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "kinds"), [("arrays", PICKLES), ("mat", MATS)])
def test_memory_is_bounded_when_one_process_reads_all_files(reader, kinds, tmp_path):
    for name, (_, make) in kinds.items():
        (tmp_path / name).write_bytes(make())
    results, peak = read_in_subprocess(reader, sorted(tmp_path.iterdir()))
    assert len(results) == len(kinds)
    assert peak < MAX_MEMORY


@pytest.mark.parametrize("name", [*COORDINATES, *PICKLES])
def test_an_invalid_coordinate_file_gives_problems_and_no_sketches(name, working_directory):
    make = COORDINATES[name] if name in COORDINATES else PICKLES[name][1]
    (working_directory / "photo").mkdir()
    (working_directory / "Shoes_Coordinate").write_bytes(make())
    found = layout_shoe_v2.read(Listing(working_directory))
    assert not found.sketches
    assert all(problem.isprintable() and len(problem) < 1200 for problem in found.problems)


def write_valid_arrays(folder):
    for kind in ("sketch", "edge"):
        save_mat(folder / f"shoes_{kind}_db_train.mat", THREE_PICTURES)


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_an_invalid_annotation_is_a_problem_and_the_sketches_remain(name, tmp_path):
    write_valid_arrays(tmp_path)
    (tmp_path / "shoes_annotation.json").write_bytes(ANNOTATIONS[name]())
    found = layout_qmul_v1.read(Listing(tmp_path))
    assert len(found.sketches) == len(THREE_PICTURES)
    assert found.problems
    assert report_folder(tmp_path).count("\n  ") == len(found.problems)


@pytest.mark.parametrize("name", [name for name in MATS if MATS[name][0] == "refused"])
def test_a_broken_array_does_not_hide_the_others(name, tmp_path):
    write_valid_arrays(tmp_path)
    (tmp_path / "shoes_sketch_db_test.mat").write_bytes(MATS[name][1]())
    found = load_collection(tmp_path)
    assert len(found.subset("train").sketches) == len(THREE_PICTURES)
    assert len(found.problems) == 1


def test_file_names_that_are_not_utf8_give_printable_ids(tmp_path):
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
