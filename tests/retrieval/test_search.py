"""The finder: from every kind of sketch to matches."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.hubness import Querybank
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError
from tests.tiny import sketch_of, strokes_of, write_photos, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("search") / "run")


@pytest.fixture(scope="module")
def finder(run):
    folder = run.parent
    photos = write_photos(folder / "photos", range(12))
    embedder = Embedder(run)
    build_gallery(embedder, photos, folder / "gallery")
    return ShoeFinder(embedder, folder / "gallery")


def test_every_form_of_a_sketch_gives_the_same_matches(finder, tmp_path):
    grey = sketch_of(3)
    cv2.imwrite(str(tmp_path / "sketch.png"), grey)
    results = [
        finder.find(sketch, 5)
        for sketch in (
            tmp_path / "sketch.png",
            str(tmp_path / "sketch.png"),
            (tmp_path / "sketch.png").read_bytes(),
            grey,
            np.stack([grey] * 3, axis=2),
            Image.fromarray(grey),
        )
    ]
    assert all(result == results[0] for result in results)
    assert [match.rank for match in results[0]] == [1, 2, 3, 4, 5]
    assert all(match.picture.is_file() for match in results[0])
    distances = [match.distance for match in results[0]]
    assert distances == sorted(distances)
    assert all(0 <= match.similarity <= 1 for match in results[0])


def test_strokes_are_accepted(finder):
    as_lists = [stroke.tolist() for stroke in strokes_of(3)]
    found = finder.find(as_lists, 12)
    assert sorted(match.id for match in found) == sorted(finder.gallery.ids)
    assert finder.find(strokes_of(3), 12) == found


def test_no_more_matches_than_photos(finder):
    assert len(finder.find(sketch_of(0), 500)) == 12
    assert len(finder.find(sketch_of(0), 3, views=1)) == 3


@pytest.mark.parametrize("blank", [np.full((50, 50), 255, np.uint8), []])
def test_blank_paper_is_refused(finder, blank):
    with pytest.raises(InputError, match="blank"):
        finder.find(blank)


def test_other_objects_are_refused(finder, tmp_path):
    (tmp_path / "sketch.png").write_text("no picture")
    for nonsense in (tmp_path / "sketch.png", tmp_path / "absent.png", 3, [["a"]]):
        with pytest.raises(InputError, match="expected"):
            finder.find(nonsense)


def test_similar_photos_do_not_contain_the_query(finder):
    row = finder.gallery.row("shoe_4")
    assert finder.nearest(finder.gallery.embeddings[[row]], 1)[0].id == "shoe_4"
    similar = finder.more_like("shoe_4", 4)
    assert [match.rank for match in similar] == [1, 2, 3, 4]
    assert "shoe_4" not in {match.id for match in similar}
    with pytest.raises(InputError, match="shoe_99"):
        finder.more_like("shoe_99")


def test_similar_photos_do_not_contain_a_photo_under_its_second_name(run, tmp_path):
    photos = write_photos(tmp_path / "photos", range(4))
    (photos / "twin.png").write_bytes((photos / "shoe_2.png").read_bytes())
    embedder = Embedder(run)
    build_gallery(embedder, photos, tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    assert finder.gallery.row("twin") == finder.gallery.row("shoe_2")
    for name in ("shoe_2", "twin"):
        similar = {match.id for match in finder.more_like(name, 4)}
        assert similar == {"shoe_0", "shoe_1", "shoe_3"}


def test_the_gallery_of_another_model_is_refused(finder, tmp_path):
    other = Embedder(finder.embedder.folder)
    other.fingerprint = "other"
    with pytest.raises(InputError, match="made by model"):
        ShoeFinder(other, finder.gallery.folder)


def test_run_and_gallery_may_be_loaded_before(run, finder):
    again = ShoeFinder(run, load_gallery(finder.gallery.folder))
    assert again.find(sketch_of(2)) == finder.find(sketch_of(2))


def test_a_finder_ranks_with_the_given_ranker(finder):
    query = finder.embed(sketch_of(3), views=1)
    photos = finder.gallery.embeddings.vectors
    hubness = Querybank(np.concatenate([photos, photos]))
    ranker = replace(Ranker(depth=4, weight=0.2), hubness=hubness)
    other = ShoeFinder(finder.embedder, finder.gallery, ranker)
    rows, distances = ranker.rank(query, finder.gallery.embeddings, 12)
    found = other.nearest(query, 12)
    assert [match.id for match in found] == [finder.gallery.ids[row] for row in rows]
    np.testing.assert_allclose([match.distance for match in found], distances)
    assert [m.distance for m in found] != [m.distance for m in finder.nearest(query, 12)]
