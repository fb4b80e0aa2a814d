"""Building galleries: rows, killed and continued builds, and what is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.cli.gallery import main
from sketchnet.data.pairs.collection import Photo
from sketchnet.imaging.prepare import prepare_photo_input, read_picture
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.gallery import build, build_gallery, load_gallery, staging
from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.records import PhotoName
from sketchnet.utils import atomic_files
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.tiny import photo_of, sketch_of, tiny_config, tiny_network, write_photos, write_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def embedder():
    return HogEmbedder()


@pytest.fixture
def other_model():
    """Another model: its galleries are not those of `embedder`."""
    other = HogEmbedder()
    other.fingerprint = "another"
    return other


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(build, "CHUNK", 3)


def same(a, b) -> bool:
    return (
        a.ids == b.ids
        and a.originals == b.originals
        and np.allclose(a.embeddings.vectors, b.embeddings.vectors, atol=1e-6)
        and np.allclose(a.embeddings.maps, b.embeddings.maps, atol=2e-3)
        and all(a.picture(i).read_bytes() == b.picture(i).read_bytes() for i in range(len(a)))
    )


@pytest.mark.parametrize("make", [HogEmbedder, "network"])
def test_rows_are_the_embeddings_of_their_photos(make, tmp_path):
    embedder = Embedder(write_run(tmp_path / "run")) if make == "network" else make()
    config = embedder.config
    photos = write_photos(tmp_path / "photos", range(7))
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert (built.embedded, built.skipped) == (7, ())
    gallery = load_gallery(tmp_path / "out")
    assert gallery.ids == tuple(f"shoe_{i}" for i in range(7))
    assert gallery.originals == tuple(f"shoe_{i}.png" for i in range(7))
    for row in range(7):
        prepared = prepare_photo_input(
            photo_of(row), embedder.canvas, config.photo_input, config.line_width
        )
        alone = embedder.photos(prepared[None])
        np.testing.assert_allclose(gallery.embeddings.vectors[row], alone.vectors[0], atol=1e-5)
        np.testing.assert_allclose(gallery.embeddings.maps[row], alone.maps[0], atol=5e-3)
        thumbnail = read_picture(gallery.picture(row))
        assert thumbnail.shape == (96, 96, 3)
        assert np.abs(thumbnail.astype(int) - photo_of(row)).mean() < 6
    assert isinstance(gallery.embeddings.maps.stored, np.memmap)
    assert not (tmp_path / ".out.building").exists()


def test_a_model_without_maps_has_none(tmp_path):
    run = write_run(tmp_path / "run", local_size=0)
    photos = write_photos(tmp_path / "photos", range(3))
    gallery = build_gallery(Embedder(run), photos, tmp_path / "out").gallery
    assert gallery.embeddings.maps is None
    assert not (tmp_path / "out" / "local.npy").exists()


def test_broken_photos_are_skipped_with_their_reasons(embedder, tmp_path):
    photos = write_photos(tmp_path / "photos", range(4))
    (photos / "shoe_1.png").write_bytes((photos / "shoe_1.png").read_bytes()[:60])
    (photos / "shoe_x.jpg").write_text("not a picture")
    write_photos(photos, [9], name="white_{}.png")
    cv2.imwrite(str(photos / "white_9.png"), np.full((40, 40), 255, np.uint8))
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.gallery.ids == ("shoe_0", "shoe_2", "shoe_3")
    reasons = dict(built.skipped)
    assert sorted(reasons) == ["shoe_1", "shoe_x", "white_9"]
    assert "blank" in reasons["white_9"]
    listed = json.loads((tmp_path / "out" / "gallery.json").read_text())["skipped"]
    assert {each["photo"] for each in listed} == set(reasons)


def test_nothing_readable_makes_no_gallery(embedder, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_text("no")
    built = build_gallery(embedder, tmp_path / "photos", tmp_path / "out")
    assert built.gallery is None
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".out.building").exists()


def test_extending_equals_building_at_once(embedder, tmp_path, small_chunks):
    write_photos(tmp_path / "photos", range(5))
    build_gallery(embedder, tmp_path / "photos", tmp_path / "grown")
    write_photos(tmp_path / "photos", range(5, 9))
    built = build_gallery(embedder, tmp_path / "photos", tmp_path / "grown")
    assert built.embedded == 4
    build_gallery(embedder, tmp_path / "photos", tmp_path / "at_once")
    assert same(load_gallery(tmp_path / "grown"), load_gallery(tmp_path / "at_once"))
    assert build_gallery(embedder, tmp_path / "photos", tmp_path / "grown").embedded == 0


class Killed(BaseException):
    """Simulates a kill: no code of the package may catch it."""


@pytest.mark.parametrize("moment", ["chunk", "part", "head", "swap"])
def test_a_killed_build_is_continued(embedder, tmp_path, monkeypatch, small_chunks, moment):
    photos = write_photos(tmp_path / "photos", range(10))
    build_gallery(embedder, photos, tmp_path / "uninterrupted")

    calls = 0

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "chunk":

            def third_time(prepared, views):
                nonlocal calls
                calls += 1
                return die() if calls == 3 else HogEmbedder.photos(embedder, prepared, views)

            patch.setattr(embedder, "photos", third_time, raising=False)
        elif moment == "part":
            patch.setattr(staging.np, "savez", die)
        elif moment == "head":
            patch.setattr(staging, "write_head", die)
        else:
            patch.setattr(staging, "replace_directory", die)
        with pytest.raises(Killed):
            build_gallery(embedder, photos, tmp_path / "out")
    assert not (tmp_path / "out").exists(), "never half a gallery"

    embedded = 0

    def count(prepared, views):
        nonlocal embedded
        embedded += len(prepared)
        return HogEmbedder.photos(embedder, prepared, views)

    monkeypatch.setattr(embedder, "photos", count, raising=False)
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.embedded == 10
    assert embedded == {"chunk": 4, "part": 10, "head": 0, "swap": 0}[moment]
    assert same(load_gallery(tmp_path / "out"), load_gallery(tmp_path / "uninterrupted"))


def test_a_kill_between_the_two_renames_loses_nothing(embedder, tmp_path, monkeypatch):
    photos = write_photos(tmp_path / "photos", range(3))
    build_gallery(embedder, photos, tmp_path / "out")
    write_photos(photos, range(5))

    def half(target, staged):
        target.rename(atomic_files._old(target))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(staging, "replace_directory", half)
        with pytest.raises(Killed):
            build_gallery(embedder, photos, tmp_path / "out")
    assert build_gallery(embedder, photos, tmp_path / "out").embedded == 2
    build_gallery(embedder, photos, tmp_path / "uninterrupted")
    assert same(load_gallery(tmp_path / "out"), load_gallery(tmp_path / "uninterrupted"))
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "out", "uninterrupted"}


def test_the_work_of_another_model_is_not_continued(
    embedder, other_model, tmp_path, monkeypatch, small_chunks
):
    photos = write_photos(tmp_path / "photos", range(6))
    with monkeypatch.context() as patch:
        patch.setattr(staging, "write_head", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            build_gallery(other_model, photos, tmp_path / "out")
    build_gallery(embedder, photos, tmp_path / "out")
    build_gallery(embedder, photos, tmp_path / "uninterrupted")
    assert same(load_gallery(tmp_path / "out"), load_gallery(tmp_path / "uninterrupted"))


@pytest.mark.slow
def test_a_real_kill_leaves_the_old_gallery_and_is_continued(tmp_path, capsys):
    run = write_run(tmp_path / "run")
    embedder = Embedder(run)
    photos = write_photos(tmp_path / "photos", range(3))
    build_gallery(embedder, photos, tmp_path / "out")
    write_photos(photos, range(3, 200))
    build = [sys.executable, "-m", "sketchnet.gallery", "build", run, photos, tmp_path / "out"]
    process = subprocess.Popen(build, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    work = tmp_path / ".out.building"
    until = time.monotonic() + 60
    while len(list(work.glob("part-*.npz"))) < 2 and time.monotonic() < until:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = len(list(work.glob("part-*.npz")))
    assert left >= 2, "it was killed during the build"
    assert len(load_gallery(tmp_path / "out")) == 3, "the old gallery is whole"

    assert main(["build", str(run), str(photos), str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "embedded 197, skipped 0"
    gallery = load_gallery(tmp_path / "out")
    assert sorted(gallery.ids) == sorted(f"shoe_{i}" for i in range(200))
    for row in (0, 2, 3, 199):
        number = int(gallery.ids[row].removeprefix("shoe_"))
        shown = read_picture(gallery.picture(row)).astype(int)
        assert np.abs(shown - photo_of(number)).mean() < 6, "thumbnails belong to their rows"


def test_a_gallery_of_another_model_is_neither_opened_nor_extended(embedder, other_model, tmp_path):
    photos = write_photos(tmp_path / "photos", range(3))
    build_gallery(embedder, photos, tmp_path / "out")
    for attempt in (
        lambda: load_gallery(tmp_path / "out").check_made_by(other_model.fingerprint),
        lambda: build_gallery(other_model, photos, tmp_path / "out"),
    ):
        with pytest.raises(InputError, match=f"made by model {embedder.fingerprint[:12]}"):
            attempt()
    with pytest.raises(InputError, match="10 views"):
        build_gallery(embedder, photos, tmp_path / "out", views=1)


def test_another_preparation_is_refused(embedder, tmp_path):
    build_gallery(embedder, write_photos(tmp_path / "photos", range(3)), tmp_path / "out")
    path = tmp_path / "out" / "gallery.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"preparation": 0}))
    with pytest.raises(InputError, match="of preparation 0"):
        load_gallery(tmp_path / "out").check_made_by(embedder.fingerprint)


def test_ids_may_hold_any_character(embedder, tmp_path):
    names = ["../../etc/passwd", "a/b", "naïve shoe ☂", "con:|?*", "..", "line\nbreak"]
    photos = [Photo(name, "test", photo_of(i)) for i, name in enumerate(names)]
    gallery = build_gallery(embedder, photos, tmp_path / "out").gallery
    assert load_gallery(tmp_path / "out").ids == tuple(names)
    for name in names:
        picture = gallery.picture(gallery.row(name)).resolve()
        assert picture.is_file()
        assert picture.parent == (tmp_path / "out" / "thumbnails").resolve()
    assert set(gallery.originals) == {""}


def test_published_edge_maps_stand_in_for_absent_photos(embedder, tmp_path):
    photos = [
        Photo("both", "test", photo_of(1), sketch_of(1)),
        Photo("edges", "test", None, sketch_of(1)),
        Photo("none", "test"),
    ]
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.gallery.ids == ("both", "edges")
    assert built.skipped[0][0] == "none"


def test_a_folder_with_other_things_is_not_overwritten(embedder, tmp_path):
    photos = write_photos(tmp_path / "photos", range(2))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("dear diary")
    with pytest.raises(InputError, match="expected a gallery"):
        build_gallery(embedder, photos, tmp_path / "out")
    assert (tmp_path / "out" / "diary.txt").exists()


def test_progress_counts_up_to_all(embedder, tmp_path, small_chunks):
    photos = write_photos(tmp_path / "photos", range(8))
    calls = []
    build_gallery(
        embedder, photos, tmp_path / "out", progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(3, 8), (6, 8), (8, 8)]


def test_only_a_window_of_photos_is_in_memory(embedder, monkeypatch, small_chunks):
    prepared = 0
    original = build.make_ready

    def count(*arguments):
        nonlocal prepared
        prepared += 1
        return original(*arguments)

    monkeypatch.setattr(build, "make_ready", count)
    photos = [Photo(str(i), "test", photo_of(i)) for i in range(50)]
    entries = [Entry(PhotoName(photo.id, ""), photo=photo) for photo in photos]
    waiting = build._prepared(entries, embedder, [])
    next(waiting)
    time.sleep(0.3)
    assert prepared <= 2 * build.CHUNK + 1
    waiting.close()


def test_a_network_in_memory_makes_no_gallery(tmp_path):
    nameless = Embedder((tiny_network(tiny_config()), tiny_config()))
    with pytest.raises(ValueError, match="of a run"):
        build_gallery(nameless, [Photo("a", "test", photo_of(0))], tmp_path / "out")


def test_rows_that_disagree_with_maps_are_refused():
    with pytest.raises(ValueError, match="N maps"):
        Embeddings(np.zeros((2, 3), np.float32), np.zeros((1, 1, 1, 1), np.float16))
