"""`ShoeFinder` with filters, text and colours, on a gallery of drawn shoes with a catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.imaging.prepare import PREPARATION_VERSION, prepare_sketch
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue.filters import Filters, OneOf, WishedColour
from sketchnet.retrieval.gallery import Gallery
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder, draw_shoe
from tests.retrieval.catalogue.tables import random_rows, write_catalogue

PHOTOS = 24


@pytest.fixture(scope="module")
def rows():
    return random_rows(np.random.default_rng(5), PHOTOS)


@pytest.fixture(scope="module")
def finder(tmp_path_factory, rows) -> ShoeFinder:
    embedder = HogEmbedder()
    prepared = np.stack([prepare_sketch(draw_shoe(n), embedder.canvas) for n in range(PHOTOS)])
    folder = tmp_path_factory.mktemp("gallery")
    write_catalogue(folder, rows, PHOTOS)
    ids = tuple(f"shoe_{n}" for n in range(PHOTOS))
    gallery = Gallery(
        folder=folder,
        ids=ids,
        originals=ids,
        embeddings=Embeddings(embedder.photos(prepared).vectors),
        fingerprint=embedder.fingerprint,
        preparation=PREPARATION_VERSION,
        views=10,
    )
    return ShoeFinder(embedder, gallery, Ranker())


def sketch():
    return [stroke.tolist() for stroke in draw_shoe(7)]


def test_the_photos_left_come_in_the_order_of_the_whole_search(finder, rows):
    query = finder.embed(sketch(), 1)
    every = finder.nearest(query, PHOTOS)
    filters = {"fields": {"brand": ["Aria", "Nord"], "price": {"min": 40}}}
    found = finder.find(sketch(), PHOTOS, 1, filters=filters)

    def meets(match):
        row = rows[int(match.id.removeprefix("shoe_"))]
        return row["brand"] in ("Aria", "Nord") and row["price"] and float(row["price"]) >= 40

    assert [match.id for match in found] == [match.id for match in every if meets(match)]
    assert 0 < len(found) < PHOTOS
    assert [match.rank for match in found] == [*range(1, len(found) + 1)]
    by_id = {match.id: match.distance for match in every}
    for match in found:
        assert match.distance == pytest.approx(by_id[match.id], abs=1e-6)
        assert match.fields["brand"] in ("Aria", "Nord")
    assert finder.rank(query, 3, filters=filters).total == len(found)


def test_the_mix_of_drawing_and_text_is_the_mean_of_both_similarities(finder, rows):
    query = finder.embed(sketch(), 1)
    drawn = {match.id: match.distance for match in finder.nearest(query, PHOTOS)}
    found = finder.nearest(query, PHOTOS, text="red boot")
    for match in found:
        row = rows[int(match.id.removeprefix("shoe_"))]
        score = (("red" in row["title"].split()) + ("boot" in row["title"].split())) / 2
        assert match.distance == pytest.approx((drawn[match.id] + 2 * (1 - score)) / 2, abs=1e-5)
    assert [match.distance for match in found] == sorted(match.distance for match in found)


def test_text_alone_finds_what_holds_its_words(finder, rows):
    found = finder.find(None, PHOTOS, text="summer")
    expected = {row["id"] for row in rows if "summer" in row["title"].split()}
    assert {match.id for match in found} == expected
    assert all(match.similarity == pytest.approx(1) for match in found)
    assert finder.find(None, text="nothing at all here 123456") == []


def test_wished_colours_bring_photos_to_the_front(finder):
    wish = WishedColour((190, 38, 42))
    share = finder.gallery.catalogue.share_of(wish)
    assert share.any(), "the random palettes hold some red"
    found = finder.find(None, PHOTOS, colours=[wish])
    expected = sorted(range(PHOTOS), key=lambda n: (-min(share[n] / 0.35, 1), n))
    assert [m.id for m in found] == [f"shoe_{n}" for n in expected if share[n] > 0]


def test_more_like_keeps_the_filters(finder, rows):
    filters = Filters(one_of=(OneOf("brand", ("Aria",)),))
    found = finder.more_like("shoe_0", 30, filters=filters)
    expected = {row["id"] for row in rows if row["brand"] == "Aria"} - {"shoe_0"}
    assert {match.id for match in found} == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "a sketch, or text or colours"),
        ({"filters": {"fields": {"colour": ["red"]}}, "text": "x"}, "a field of the gallery"),
        ({"colours": ["reddish"]}, "a colour as #rrggbb"),
        ({"text": 3}, "text of at most"),
    ],
)
def test_wrong_arguments_are_one_clear_line(finder, arguments, line):
    with pytest.raises(InputError, match=line):
        finder.find(None, **arguments)


def test_nothing_left_is_an_empty_list(finder):
    assert finder.find(sketch(), views=1, filters={"ids": ["unknown"]}) == []
