"""Folders of photos and drawings are embedded at the first start and opened from then on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.quickdraw import download
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.utils.errors import InputError
from sketchnet_demo import load
from tests.tiny import sketch_of, write_photos, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "mine")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sketchnet"


def start(run: Path, *folders: Path | str):
    """The finders of one start of the page."""
    load._embedder.cache_clear()
    return load.open_runs([str(run)], folders, None)[0]


def test_a_folder_is_embedded_at_its_first_start_only(run, cache, tmp_path, capsys, monkeypatch):
    photos = write_photos(tmp_path / "photos", range(7))
    (photos / "broken.png").write_bytes(b"no picture")
    collage = np.full((60, 300, 3), 255, np.uint8)
    collage[10:50, 10:60] = collage[10:50, 110:160] = collage[10:50, 220:280] = 60
    cv2.imwrite(str(photos / "three.png"), collage)
    first = start(run, photos)["photos"]
    report = capsys.readouterr().err
    assert "embedding 9/9" in report
    assert "skipped broken: " in report
    assert "no single shoe was found: three\n" in report
    assert len(first.gallery) == 8
    assert len([*cache.iterdir()]) == 1

    embedded = []
    whole = Embedder.photos
    monkeypatch.setattr(
        Embedder,
        "photos",
        lambda self, prepared, *rest, **more: (
            embedded.append(len(prepared)) or whole(self, prepared, *rest, **more)
        ),
    )
    again = start(run, photos)["photos"]
    assert embedded == []
    assert [match.id for match in again.find(sketch_of(3))] == [
        match.id for match in first.find(sketch_of(3))
    ]
    write_photos(photos, [7])
    assert len(start(run, photos)["photos"].gallery) == 9
    assert embedded == [1], "a new photo is added, the others are not embedded again"


def test_a_folder_that_changed_is_noticed_in_one_line(run, cache, tmp_path, capsys):
    photos = write_photos(tmp_path / "photos", range(4))
    start(run, photos)
    (photos / "shoe_2.png").unlink()
    other = write_photos(tmp_path / "other", [9])
    (photos / "shoe_1.png").write_bytes((other / "shoe_9.png").read_bytes())
    write_photos(photos, [5])
    capsys.readouterr()
    finder = start(run, photos)["photos"]
    assert f"{photos}: 1 new, 1 changed, 1 gone\n" in capsys.readouterr().err
    assert sorted(finder.gallery.ids) == ["shoe_0", "shoe_1", "shoe_3", "shoe_5"]
    replaced = finder.gallery.embeddings.vectors[finder.gallery.row("shoe_1")]
    expected = start(run, other)["other"].gallery.embeddings.vectors[0]
    np.testing.assert_allclose(replaced, expected, atol=1e-5)
    capsys.readouterr()
    start(run, photos)
    assert "changed" not in capsys.readouterr().err


def test_galleries_and_folders_are_shown_by_their_names(run, cache, tmp_path):
    one = write_photos(tmp_path / "one", range(3))
    build_gallery(Embedder(run), write_photos(tmp_path / "two", range(3, 7)), tmp_path / "built")
    build_gallery(Embedder(run), one, run / "gallery")
    finders = start(run, one, tmp_path / "built", run / "gallery")
    assert {name: len(finder.gallery) for name, finder in finders.items()} == {
        "one": 3,
        "built": 4,
        "mine": 3,
    }


def test_categories_are_downloaded_to_the_named_folder_or_to_the_cache(
    cache, tmp_path, monkeypatch
):
    calls = []
    monkeypatch.setattr(download, "download_categories", lambda *given: calls.append(given))
    assert load.download_doodles(("cat",), tmp_path) == tmp_path
    assert load.download_doodles(("cat", "bus"), None) == cache / "quickdraw"
    assert calls == [(("cat",), tmp_path), (("cat", "bus"), cache / "quickdraw")]


@pytest.mark.parametrize(
    ("galleries", "drawings", "expected"),
    [
        (["nowhere"], None, "expected a folder of photos"),
        (["empty"], None, "expected photos in"),
        ([], "nowhere", "nowhere: not there"),
    ],
)
def test_a_wrong_folder_is_reported_before_a_network_is_loaded(
    run, tmp_path, monkeypatch, galleries, drawings, expected
):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(load, "_embedder", lambda run: pytest.fail("loaded"))
    monkeypatch.setattr(load, "_suggester", lambda *given: pytest.fail("loaded"))
    folders = [tmp_path / name for name in galleries]
    with pytest.raises(InputError, match=expected):
        load.open_runs([str(run)], folders, tmp_path / drawings if drawings else None)


def test_a_qdrant_gallery_is_served_like_its_folder(run, tmp_path):
    pytest.importorskip("qdrant_client", reason="pip install -r requirements-scale.txt")
    from sketchnet.retrieval.gallery import load_gallery
    from sketchnet.retrieval.gallery.qdrant_upload import push_gallery

    photos = write_photos(tmp_path / "photos", range(4))
    build_gallery(Embedder(run), photos, tmp_path / "gallery")
    url = f"qdrant:{tmp_path}/server/mine"
    push_gallery(load_gallery(tmp_path / "gallery"), url)
    local, remote = start(run, tmp_path / "gallery", url).values()
    assert [*start(run, url)] == ["mine"]
    for one, other in zip(local.find(sketch_of(2)), remote.find(sketch_of(2)), strict=True):
        assert one.id == other.id
        assert one.picture.read_bytes() == other.picture.read_bytes()
        assert other.picture.is_relative_to(remote.gallery.folder / "thumbnails")
