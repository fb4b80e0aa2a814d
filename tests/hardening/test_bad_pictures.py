"""Unusual, broken and hostile pictures, given to every function that reads pictures."""

from __future__ import annotations

import gc
import json
import os

import numpy as np
import pytest

from sketchnet.data.report import report_folder
from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.gallery import build_gallery, load_gallery, photos_in
from sketchnet.retrieval.query import photo_query, sketch_query
from sketchnet.retrieval.suggest import doodle_query
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.hardening.bad_pictures import ACCEPTED, EITHER, PICTURES, metadata
from tests.hardening.readers import read_in_subprocess

pytestmark = [
    # Pillow warns about invalid Exif data and continues.
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SMALL = [name for name in PICTURES if not name.startswith("megapixels_39")]
MAX_MEMORY = 800  # MB for a process that reads all pictures, up to 39 megapixels


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, (_, make) in PICTURES.items():
        (folder / name).write_bytes(make())
    return folder


@pytest.mark.parametrize("name", SMALL)
def test_each_picture_is_accepted_or_refused_as_expected(files, name, outcome):
    expected = PICTURES[name][0]
    for source in (files / name, (files / name).read_bytes()):
        assert expected in (EITHER, outcome(read_picture, source))
    if name.startswith("megapixels"):
        with pytest.raises(InputError, match=r"40 megapixels|something else"):
            read_picture(files / name)


@pytest.mark.parametrize("name", SMALL)
def test_each_picture_becomes_a_query_or_is_refused(files, finder, name, outcome):
    content = (files / name).read_bytes()
    for make_query in (sketch_query, photo_query):
        if outcome(make_query, finder.embedder, content) == ACCEPTED:
            embedded = make_query(finder.embedder, content).embed(finder.embedder)
            assert np.isfinite(embedded.vectors).all()
    outcome(doodle_query, content)


@pytest.mark.slow
def test_memory_is_bounded_when_one_process_reads_all_pictures(files):
    results, peak = read_in_subprocess("picture", sorted(files.iterdir()))
    assert len(results) == len(PICTURES)
    wrong = [r for r in results if PICTURES[r.name][0] not in (EITHER, r.outcome)]
    assert wrong == []
    assert peak < MAX_MEMORY


def test_a_gallery_holds_the_valid_pictures_of_a_folder(files, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for name in SMALL:
        os.link(files / name, tmp_path / "photos" / name)
    os.mkfifo(tmp_path / "photos" / "pipe.png")  # opening it would block forever
    (tmp_path / "photos" / "lost.png").symlink_to("/nowhere")
    (tmp_path / "photos" / "loop.png").symlink_to("loop.png")
    os.link(files / "noise.png", os.fsencode(tmp_path / "photos") + b"/not_utf8_\xff.png")
    os.link(files / "noise.png", tmp_path / "photos" / "line\nbreak\x1b[2J.png")

    built = build_gallery(HogEmbedder(), tmp_path / "photos", tmp_path / "gallery")
    gallery = load_gallery(tmp_path / "gallery")
    ids = [name.id for row in range(len(gallery)) for name in gallery.names_of(row)]
    assert {"not_utf8_\\udcff", "line\\nbreak\\x1b[2J", "noise"} <= set(ids)
    unreadable = [
        name for name, _ in built.skipped if name not in ("pipe.png", "lost.png", "loop.png")
    ]
    assert len(built.skipped) == len(unreadable) + 3
    assert len(ids) + len(unreadable) == len(photos_in(tmp_path / "photos"))
    skipped = {name for name, _ in built.skipped}
    assert all(name.removesuffix(".png") in skipped for name in ("cut.png", "text.png"))
    assert all("\n" not in reason for _, reason in built.skipped)
    json.dumps([*ids]).encode()

    report = report_folder(tmp_path / "photos")
    assert "usable as a gallery" in report
    assert report.encode().isascii() or "…" in report
    assert "\x1b" not in report


@pytest.mark.parametrize("name", SMALL)
def test_endpoints_answer_or_refuse_each_picture_and_delete_the_upload(
    files, endpoints, tmp_path, name, outcome, monkeypatch
):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    for endpoint, more in (("find", (10, "")), ("embed", ("",)), ("suggest", (10, ""))):
        upload = tmp_path / name
        upload.write_bytes((files / name).read_bytes())
        outcome(lambda: json.dumps(endpoints[endpoint](str(upload), *more)))  # noqa: B023
        assert not upload.exists()


@pytest.fixture(scope="module")
def upload_to_page(gradio, finder):
    """A function that uploads a picture file to the page and returns what it shows."""
    from sketchnet_demo.picture_query import PictureQuery
    from sketchnet_demo.session import Session
    from sketchnet_demo.shoe_search import ShoeSearch

    with gradio.Blocks(analytics_enabled=False):
        query = PictureQuery(ShoeSearch({"shoes": finder}), gradio.HTML(), gradio.HTML())
    gc.collect()  # while the warnings about what Gradio leaves open are ignored
    return lambda file: query.upload(file, Session(gallery="shoes"))


@pytest.mark.parametrize("name", SMALL)
def test_the_page_shows_or_refuses_each_uploaded_picture_and_deletes_it(
    files, upload_to_page, tmp_path, name, outcome
):
    upload = tmp_path / name
    upload.write_bytes((files / name).read_bytes())
    outcome(upload_to_page, str(upload))
    assert not upload.exists()


def test_metadata_of_a_picture_is_not_shown(upload_to_page, tmp_path):
    (tmp_path / "a.png").write_bytes(metadata())
    shown, _ = upload_to_page(str(tmp_path / "a.png")).values()
    assert "<img" in shown
    assert "alert" not in shown


def test_pipes_devices_and_impossible_paths_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", "/dev/null"):
        with pytest.raises(InputError, match="no ordinary file"):
            read_picture(path)
    for name in ("a\0b.png", "a" * 5000, "/proc/self/mem", ""):
        with pytest.raises(InputError, match="expected a picture"):
            read_picture(name)
