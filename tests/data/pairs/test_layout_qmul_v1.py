"""QMUL v1: arrays, annotation and pictures, together and each alone, sound and broken."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from sketchnet.data.pairs.layout_qmul_v1 import read
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.mat_file import load_mat, save_mat
from sketchnet.data.pairs.to_mat import fit_to_mat, write_mat
from sketchnet.imaging.prepare import read_picture
from sketchnet.utils.errors import InputError
from tests.tiny import photo_of, sketch_of, strokes_of, write_pairs, write_photos

N = 4
TRIPLETS = [[[0, 1], [2, 3]], [[1, 0]], [], [[3, 2], [0, 3]]]


def sketch_rows(n: int = N) -> np.ndarray:
    return np.stack([sketch_of(i, 256) for i in range(n)])


def edge_rows(n: int = N) -> np.ndarray:
    return np.stack([sketch_of(100 + i, 256) for i in range(n)])


def write_arrays(folder: Path, split: str = "train", n: int = N, name: str = "shoes") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_mat(folder / f"{name}_sketch_db_{split}.mat", sketch_rows(n))
    save_mat(folder / f"{name}_edge_db_{split}.mat", edge_rows(n))


def write_annotation(folder: Path, **splits) -> None:
    (folder / "shoes_annotation.json").write_text(json.dumps(splits))


def annotated(start: int = 1, n: int = N, triplets=TRIPLETS) -> dict:
    names = range(start, start + n)
    return {
        "images": [f"{i}.jpg" for i in names],
        "sketches": [f"{i}.png" for i in names],
        "triplets": triplets,
    }


def write_pictures(folder: Path, split: str = "train", start: int = 1, n: int = N) -> None:
    write_photos(folder / split / "images", range(start, start + n), "{}.jpg")
    sketches = folder / split / "sketches"
    sketches.mkdir()
    for i in range(start, start + n):
        ink = 255 - sketch_of(i)
        rgba = np.dstack([np.zeros((*ink.shape, 3), np.uint8), ink])
        cv2.imwrite(str(sketches / f"{i}.png"), rgba)


def owners(collection) -> dict[str, str]:
    return {sketch.id: sketch.photo_id for sketch in collection.sketches}


def test_a_folder_without_its_files_is_in_another_layout(tmp_path):
    scipy.io.savemat(tmp_path / "other.mat", {"data": np.zeros(3)})
    assert read(Listing(tmp_path)) is None


def test_all_parts_together(tmp_path):
    write_arrays(tmp_path)
    write_annotation(tmp_path, train=annotated())
    write_pictures(tmp_path)
    collection = read(Listing(tmp_path))
    assert owners(collection) == {"1": "1", "2": "2", "3": "3", "4": "4"}
    for i, (photo, sketch) in enumerate(zip(collection.photos, collection.sketches, strict=True)):
        assert photo.photo == tmp_path / "train" / "images" / f"{i + 1}.jpg"
        np.testing.assert_array_equal(photo.edges, edge_rows()[i])
        np.testing.assert_array_equal(sketch.picture, sketch_rows()[i])
    assert collection.triplets == (
        ("1", "1", "2"), ("1", "3", "4"), ("2", "2", "1"), ("4", "4", "3"), ("4", "1", "4"),
    )  # fmt: skip
    assert collection.layouts == ("QMUL v1 arrays", "QMUL v1 pictures", "human triplets")
    assert collection.problems == ()


def test_a_test_split_alone(tmp_path):
    write_arrays(tmp_path, "test")
    write_pictures(tmp_path, "test", start=305)
    write_annotation(tmp_path, train=annotated(n=9, triplets=[[]] * 9), test=annotated(305))
    collection = read(Listing(tmp_path))
    assert owners(collection) == {str(i): str(i) for i in range(305, 309)}
    assert {photo.split for photo in collection.photos} == {"test"}
    assert all(p.photo is not None and p.edges is not None for p in collection.photos)
    assert collection.triplets[0] == ("305", "305", "306")
    assert collection.problems == ()


def test_arrays_alone_are_named_by_row(tmp_path):
    write_arrays(tmp_path)
    write_arrays(tmp_path, "test", n=2)
    collection = read(Listing(tmp_path))
    assert owners(collection) == {
        "1": "1", "2": "2", "3": "3", "4": "4", "test-1": "test-1", "test-2": "test-2"
    }  # fmt: skip
    np.testing.assert_array_equal(collection.subset("test").photos[1].edges, edge_rows()[1])
    np.testing.assert_array_equal(collection.subset("test").sketches[1].picture, sketch_rows()[1])


def test_arrays_and_pictures_without_annotation_meet_in_natural_order(tmp_path):
    write_arrays(tmp_path, n=3)
    write_pictures(tmp_path, start=9, n=3)  # 9, 10, 11: not the order of the alphabet
    collection = read(Listing(tmp_path))
    assert [photo.id for photo in collection.photos] == ["9", "10", "11"]
    np.testing.assert_array_equal(collection.photos[0].edges, edge_rows()[0])
    assert owners(collection) == {"9": "9", "10": "10", "11": "11"}


def test_pictures_alone(tmp_path):
    write_pictures(tmp_path)
    write_annotation(tmp_path, train=annotated())
    collection = read(Listing(tmp_path))
    assert owners(collection) == {"1": "1", "2": "2", "3": "3", "4": "4"}
    assert len(collection.triplets) == 5
    read_back = read_picture(collection.sketches[0].picture, grey=True)
    np.testing.assert_array_equal(read_back, sketch_of(1))  # transparent paper is white


def test_pictures_alone_pair_by_name_even_if_equally_many(tmp_path):
    write_photos(tmp_path / "train" / "photos", [1, 2, 3], "{}.jpg")
    for name in ("1_1", "2_1", "2_2"):
        write_photos(tmp_path / "train" / "sketches", [0], f"{name}.png")
    assert owners(read(Listing(tmp_path))) == {"1_1": "1", "2_1": "2", "2_2": "2"}


def test_sketch_arrays_meet_photos_by_row(tmp_path):
    save_mat(tmp_path / "bags_sketch_db_train.mat", sketch_rows(2))
    write_photos(tmp_path / "train" / "images", [7, 8])
    assert owners(read(Listing(tmp_path))) == {"1": "shoe_7", "2": "shoe_8"}


@pytest.mark.parametrize("change", ["sketches", "images", "triplets"])
def test_an_annotation_of_other_counts_is_left_unused(tmp_path, change):
    write_arrays(tmp_path)
    part = annotated(start=50)
    part[change] = part[change][:-1]
    write_annotation(tmp_path, train=part)
    collection = read(Listing(tmp_path))
    assert owners(collection) == {"1": "1", "2": "2", "3": "3", "4": "4"}
    assert collection.triplets == ()
    assert len(collection.problems) == 1
    assert "left unused" in collection.problems[0]
    assert "3" in collection.problems[0]
    assert "4" in collection.problems[0]


@pytest.mark.parametrize(
    "part",
    [
        annotated() | {"sketches": ["1.png"] * 4},
        [],
        {},
        {"images": 3},
        {"images": [1, 2, 3, 4], "sketches": [1, 2, 3, 4]},
        "text",
    ],
    ids=str,
)
def test_an_annotation_of_another_form_is_left_unused(tmp_path, part):
    write_arrays(tmp_path)
    write_annotation(tmp_path, train=part)
    collection = read(Listing(tmp_path))
    assert len(collection.sketches) == N
    assert "left unused" in collection.problems[0]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b""])
def test_a_broken_annotation_is_a_problem(tmp_path, content):
    write_arrays(tmp_path)
    (tmp_path / "shoes_annotation.json").write_bytes(content)
    collection = read(Listing(tmp_path))
    assert len(collection.sketches) == N
    assert len(collection.problems) == 1
    assert "shoes_annotation.json" in collection.problems[0]


def test_triplets_that_are_none_are_skipped_and_counted(tmp_path):
    write_arrays(tmp_path)
    triplets = [
        [[0, 1], [0, 4], [-1, 2], [1, 1]],
        [[0], [0, 1, 2], "01", [True, 2], [0.0, 1]],
        7,
        [[2, 3]],
    ]
    write_annotation(tmp_path, train=annotated(triplets=triplets))
    collection = read(Listing(tmp_path))
    assert collection.triplets == (("1", "1", "2"), ("4", "3", "4"))
    assert len(collection.problems) == 1
    assert " 9 triplet entries" in collection.problems[0]


def test_listed_pictures_that_are_not_there(tmp_path):
    write_pictures(tmp_path)
    (tmp_path / "train" / "sketches" / "2.png").unlink()
    (tmp_path / "train" / "images" / "4.jpg").unlink()
    write_annotation(tmp_path, train=annotated())
    collection = load_collection(tmp_path)
    assert owners(collection) == {"1": "1", "3": "3"}
    assert collection.triplets == (("1", "1", "2"),)
    assert sorted(problem.split(":")[0] for problem in collection.problems) == [
        "photo 4", "train sketch 2"
    ]  # fmt: skip


def test_unequal_rows_pair_by_number(tmp_path):
    save_mat(tmp_path / "shoes_sketch_db_train.mat", sketch_rows(4))
    save_mat(tmp_path / "shoes_edge_db_train.mat", edge_rows(3))
    collection = read(Listing(tmp_path))
    assert owners(collection) == {"1": "1", "2": "2", "3": "3"}
    assert collection.problems == ("train sketch 4: no photo belongs to it, skipped",)


def test_two_collections_in_one_folder(tmp_path):
    write_arrays(tmp_path, name="chairs", n=2)
    write_arrays(tmp_path, name="shoes", n=3)
    collection = read(Listing(tmp_path))
    assert len(collection.sketches) == 2
    assert len(collection.problems) == 2
    assert "own folder" in collection.problems[0]


def test_arrays_of_other_types_arrive_as_uint8(tmp_path):
    ink = np.zeros((1, 2, 2))
    for i, data in enumerate([ink + 0.5, ink + 128, (ink + 1).astype(bool), ink + 300]):
        scipy.io.savemat(tmp_path / f"{i}.mat", {"data": data})
    means = [load_mat(tmp_path / f"{i}.mat").mean() for i in range(4)]
    assert means == [128, 128, 255, 255]
    assert load_mat(tmp_path / "0.mat").dtype == np.uint8


HDF5 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124, b" ") + b"\x00\x02IM" + bytes(400)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HDF5, "7.3"),
        (b"", "broken"),
        (b"nonsense" * 40, "broken"),
        ({"other": np.zeros((1, 2, 2))}, "without it"),
        ({"data": np.zeros((2, 2))}, "shape"),
        ({"data": np.zeros((0, 2, 2))}, "shape"),
        ({"data": "text"}, "shape"),
    ],
    ids=["hdf5", "empty", "nonsense", "no data", "one picture", "no rows", "text"],
)
def test_broken_arrays_are_one_line_and_the_pictures_still_load(tmp_path, content, message):
    path = tmp_path / "shoes_sketch_db_train.mat"
    if isinstance(content, dict):
        scipy.io.savemat(path, content)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_mat(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="shoes_sketch_db_train"):
        load_collection(tmp_path)
    write_pictures(tmp_path)
    collection = load_collection(tmp_path)
    assert len(collection.sketches) == N
    assert message in collection.problems[0]


def test_a_truncated_array_is_broken(tmp_path):
    save_mat(tmp_path / "a.mat", sketch_rows(2))
    (tmp_path / "a.mat").write_bytes((tmp_path / "a.mat").read_bytes()[:-200])
    with pytest.raises(InputError, match="broken"):
        load_mat(tmp_path / "a.mat")


def test_what_is_written_reads_back(tmp_path):
    write_arrays(tmp_path / "shoes")
    write_arrays(tmp_path / "shoes", "test", n=2)
    write_annotation(tmp_path / "shoes", train=annotated(), test=annotated(9, 2, [[[0, 1]], []]))
    first = load_collection(tmp_path / "shoes")
    assert write_mat(first, tmp_path / "out" / "shoes") == []
    second = load_collection(tmp_path / "out" / "shoes")
    assert owners(second) == owners(first)
    assert second.triplets == first.triplets
    assert [p.split for p in second.photos] == [p.split for p in first.photos]
    for one, other in zip(first.sketches, second.sketches, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)
    for one, other in zip(first.photos, second.photos, strict=True):
        np.testing.assert_array_equal(one.edges, other.edges)


def test_several_sketches_of_a_photo_are_written_row_by_row(tmp_path):
    folder = write_pairs(tmp_path / "own", [1, 2])
    cv2.imwrite(str(folder / "sketches" / "shoe_1_b.png"), sketch_of(1))
    (folder / "sketches" / "shoe_2_b.png").write_bytes(b"broken")
    write_photos(folder / "photos", [3])
    collection = load_collection(folder)
    problems = write_mat(collection, tmp_path / "out")
    assert len(problems) == 1
    assert problems[0].startswith("sketch shoe_2_b:")
    sketches = load_mat(tmp_path / "out" / "own_sketch_db_train.mat")
    edges = load_mat(tmp_path / "out" / "own_edge_db_train.mat")
    assert sketches.shape == edges.shape == (3, 256, 256)
    np.testing.assert_array_equal(edges[0], edges[1])
    assert (edges[0] != edges[2]).any()
    again = load_collection(tmp_path / "out")
    assert owners(again) == {"shoe_1": "shoe_1", "shoe_1_b": "shoe_1", "shoe_2": "shoe_2"}


def test_a_gallery_has_no_mat_form(tmp_path):
    write_photos(tmp_path / "photos", [1, 2])
    with pytest.raises(InputError, match="gallery"):
        write_mat(load_collection(tmp_path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("shape", [(256, 256), (100, 50), (50, 100), (800, 801), (1, 300)])
def test_fitted_is_dark_on_white_whatever_came(shape):
    paper = np.full(shape, 255, np.uint8)
    paper[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] = 0
    for picture in (paper, 255 - paper):
        result = fit_to_mat(picture)
        assert result.shape == (256, 256)
        assert result.min() < 128 < np.median(result)
    if shape == (256, 256):
        np.testing.assert_array_equal(fit_to_mat(paper), paper)


def test_strokes_are_written_as_thin_lines(tmp_path):
    from sketchnet.data.pairs.collection import Collection, Photo, Sketch

    collection = Collection(
        "c",
        photos=(Photo("a", "train", photo_of(1)),),
        sketches=(Sketch("a_1", "a", drawing=strokes_of(1)),),
    )
    write_mat(collection, tmp_path)
    row = load_mat(tmp_path / "c_sketch_db_train.mat")[0]
    assert row[0].min() == 255
    assert 0.005 < (row < 128).mean() < 0.05


def test_the_official_arrays_come_out_of_the_official_pictures(real_data, tmp_path):
    official = load_collection(real_data / "qmul_v1" / "shoes")
    (tmp_path / "shoes").mkdir()
    (tmp_path / "shoes" / "train").symlink_to(real_data / "qmul_v1" / "shoes" / "train")
    name = "shoes_annotation.json"
    (tmp_path / "shoes" / name).symlink_to(real_data / "qmul_v1" / "shoes" / name)
    pictures = load_collection(tmp_path / "shoes")
    assert pictures.triplets == official.triplets
    few = pictures.select([photo.id for photo in pictures.photos[:20]])
    assert write_mat(few, tmp_path / "out") == []
    rows = load_mat(tmp_path / "out" / "shoes_sketch_db_train.mat")
    np.testing.assert_array_equal(rows, [sketch.picture for sketch in official.sketches[:20]])
