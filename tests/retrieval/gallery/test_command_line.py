"""`python -m sketchnet.gallery`: what it prints, and its exit status."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.cli import gallery_search
from sketchnet.cli.gallery import main
from sketchnet.retrieval import search
from sketchnet.retrieval.gallery import build_gallery, load_gallery, staging
from sketchnet.strokes.svg import read_svg
from tests.browser.hog_embedder import HogEmbedder
from tests.data.pairs.files import SVG, put
from tests.tiny import photo_of, sketch_of, write_photos


@pytest.fixture(autouse=True)
def without_network(monkeypatch):
    """Every run is embedded by gradient histograms, in place of a network."""
    from sketchnet.inference import embedder

    hog = HogEmbedder()
    monkeypatch.setattr(embedder, "Embedder", lambda run: hog)
    original = search.ShoeFinder.__init__
    monkeypatch.setattr(
        search.ShoeFinder, "__init__", lambda self, run, gallery: original(self, hog, gallery)
    )


@pytest.fixture
def photos(tmp_path) -> Path:
    return write_photos(tmp_path / "photos", range(6))


def call(capsys, *arguments) -> tuple[int, list[str], list[str]]:
    """Exit status, lines of output, and lines of errors without progress."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    errors = [line for line in captured.err.splitlines() if not line.startswith("embedding photos")]
    return status, captured.out.splitlines(), errors


def test_a_photo_of_several_things_is_named(photos, tmp_path, capsys):
    collage = np.full((120, 400, 3), 255, np.uint8)
    collage[40:90, 20:100] = collage[40:90, 150:230] = collage[40:90, 280:360] = 60
    cv2.imwrite(str(photos / "collage.png"), collage)
    _, lines, _ = call(capsys, "build", "run", photos, tmp_path / "out")
    assert "no single shoe was found: collage" in lines


def test_build_ends_with_what_it_did(photos, tmp_path, capsys):
    (photos / "broken.jpg").write_text("no")
    (photos / "catalogue.pdf").write_bytes(b"x")
    put(photos, "@eaDir/shoe_1.png/thumb.jpg")
    shutil.copyfile(photos / "shoe_1.png", photos / "twin.png")
    status, lines, errors = call(capsys, "build", "run", photos, tmp_path / "out")
    assert (status, errors) == (0, [])
    assert lines == [
        "@eaDir/: 1 picture, kept by a storage or other system, left out",
        f"skipped broken: expected a picture in {photos}/broken.jpg; received something else; "
        "save it as PNG or JPEG",
        "skipped catalogue.pdf: a document that is not read; save it as PNG or JPEG",
        "several files of one picture: shoe_1 = twin",
        "embedded 6, skipped 2",
    ]


def test_a_second_build_reports_the_changes(photos, tmp_path, capsys):
    call(capsys, "build", "run", photos, tmp_path / "out")
    (photos / "shoe_0.png").unlink()
    write_photos(photos, [7, 8])
    cv2.imwrite(str(photos / "shoe_1.png"), photo_of(9))
    status, lines, _ = call(capsys, "check", tmp_path / "out", photos)
    assert status == 1
    assert lines == [
        "new: shoe_7, shoe_8", "changed: shoe_1", "gone: shoe_0", "2 new, 1 changed, 1 gone"
    ]  # fmt: skip
    _, lines, _ = call(capsys, "build", "run", photos, tmp_path / "out")
    assert lines == ["2 new, 1 changed, 1 gone", "embedded 3, skipped 0"]
    status, lines, _ = call(capsys, "check", tmp_path / "out", photos)
    assert (status, lines) == (0, ["0 new, 0 changed, 0 gone"])


def test_a_gallery_inside_its_photos_never_contains_itself(photos, capsys):
    for _ in range(3):
        call(capsys, "build", "run", photos, photos / "gallery")
        assert len(load_gallery(photos / "gallery")) == 6
    _, lines, _ = call(capsys, "build", "run", photos, photos / "gallery")
    assert lines[0] == "gallery/: 6 pictures, a gallery that sketchnet built, left out"


def test_remove(photos, tmp_path, capsys):
    call(capsys, "build", "run", photos, tmp_path / "out")
    status, lines, _ = call(capsys, "remove", tmp_path / "out", "shoe_1", "shoe_4")
    assert (status, lines) == (0, ["removed 2, 4 remain"])
    status, lines, errors = call(capsys, "remove", tmp_path / "out", "shoe_1")
    assert (status, lines, len(errors)) == (2, [], 1)
    assert "'shoe_1'" in errors[0]


@pytest.fixture
def gallery(photos, tmp_path) -> Path:
    build_gallery(HogEmbedder(), photos, tmp_path / "out")
    return tmp_path / "out"


def test_search_prints_rank_similarity_id_and_thumbnail(gallery, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "sketch.png"), sketch_of(2))
    status, lines, _ = call(capsys, "search", "run", gallery, tmp_path / "sketch.png")
    assert status == 0
    assert len(lines) == 6
    rank, similarity, photo_id, thumbnail = lines[0].split()
    assert (rank, photo_id) == ("1", "shoe_2")
    assert 0 < float(similarity) <= 1
    assert Path(thumbnail).is_file()


def test_search_as_json_is_one_array_in_the_last_line(gallery, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "sketch.png"), sketch_of(2))
    _, lines, _ = call(
        capsys, "search", "run", gallery, tmp_path / "sketch.png", "--json", "--k", 3
    )
    found = json.loads(lines[-1])
    assert [each["rank"] for each in found] == [1, 2, 3]
    assert found[0]["id"] == "shoe_2"
    assert found[0].keys() == {"rank", "id", "similarity", "picture", "fields"}
    assert found[0]["fields"] == {}
    similarities = [each["similarity"] for each in found]
    assert similarities == sorted(similarities, reverse=True)
    assert all(Path(each["picture"]).is_file() for each in found)


@pytest.mark.parametrize("k", [0, -3])
def test_k_below_one_is_one_line(gallery, tmp_path, capsys, k):
    cv2.imwrite(str(tmp_path / "sketch.png"), sketch_of(2))
    status, lines, errors = call(
        capsys, "search", "run", gallery, tmp_path / "sketch.png", "--k", k
    )
    assert (status, lines) == (2, [])
    assert errors == [f"expected --k of 1 or more; received {k}; leave it out for 10"]


@pytest.mark.parametrize(
    ("shown", "kind", "branch"),
    [
        ("photo", "auto", "photo"),
        ("sketch", "auto", "sketch"),
        ("photo", "sketch", "sketch"),
        ("sketch", "photo", "photo"),
    ],
)
def test_search_as(gallery, tmp_path, capsys, monkeypatch, shown, kind, branch):
    seen = []
    original = gallery_search.read_query

    def record(*arguments):
        seen.append(original(*arguments))
        return seen[-1]

    monkeypatch.setattr(gallery_search, "read_query", record)
    path = tmp_path / "query.png"
    cv2.imwrite(str(path), photo_of(3)[..., ::-1] if shown == "photo" else sketch_of(3))
    _, lines, _ = call(capsys, "search", "run", gallery, path, "--as", kind)
    assert seen[0].is_photo == (branch == "photo")
    if shown == branch:
        assert lines[0].split()[2] == "shoe_3"


def test_an_svg_drawing_is_searched_by_its_strokes(gallery, tmp_path, capsys):
    pytest.importorskip("svgelements", reason="pip install -r requirements-formats.txt")
    (tmp_path / "shoe.svg").write_text(SVG)
    assert len(read_svg(tmp_path / "shoe.svg")) == 1
    status, lines, _ = call(capsys, "search", "run", gallery, tmp_path / "shoe.svg", "--k", 2)
    assert (status, len(lines)) == (0, 2)


def test_wrong_input_is_one_line(tmp_path, capsys, photos):
    for arguments in (
        ("build", "run", tmp_path / "absent", tmp_path / "out"),
        ("search", "run", tmp_path, tmp_path / "sketch.png"),
        ("check", tmp_path / "absent", photos),
    ):
        status, lines, errors = call(capsys, *arguments)
        assert (status, lines, len(errors)) == (2, [], 1)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.jpg").write_text("no")
    status, lines, _ = call(capsys, "build", "run", tmp_path / "other", tmp_path / "out")
    assert (status, lines[-1]) == (1, "embedded 0, skipped 1")


def test_a_full_disk_is_one_line_and_leaves_the_old_gallery(gallery, photos, capsys, monkeypatch):
    write_photos(photos, range(6, 9))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(staging.np, "savez", full)
        status, lines, errors = call(capsys, "build", "run", photos, gallery)
    assert (status, lines, len(errors)) == (2, [], 1)
    assert "No space left" in errors[0]
    assert len(load_gallery(gallery)) == 6
    _, lines, _ = call(capsys, "build", "run", photos, gallery)
    assert lines[-1] == "embedded 3, skipped 0"
