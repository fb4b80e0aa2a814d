"""Filters behind Qdrant leave and count what the catalogue of the folder does."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.columns import Choice
from sketchnet.retrieval.catalogue.filters import (
    Filters,
    HasTags,
    OneOf,
    WishedColour,
    Within,
)
from sketchnet.retrieval.gallery import build_gallery, load_gallery, update_catalogue
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError
from tests.retrieval.catalogue.tables import as_csv, random_rows
from tests.tiny import sketch_of, write_photos

qdrant_client = pytest.importorskip("qdrant_client", reason="pip install -r requirements-scale.txt")
PHOTOS = 14


@pytest.fixture(scope="module")
def folder(embedder, tmp_path_factory):
    root = tmp_path_factory.mktemp("galleries")
    photos = write_photos(root / "photos", range(PHOTOS))
    (photos / "catalogue.csv").write_text(as_csv(random_rows(np.random.default_rng(2), 12)))
    build_gallery(embedder, photos, root / "gallery")
    return root / "gallery"


@pytest.fixture(scope="module")
def finders(embedder, engine, folder):
    client, where = engine
    push_gallery(load_gallery(folder), f"{where}shoes", client=client)
    remote = QdrantGallery(f"{where}shoes", client)
    return ShoeFinder(embedder, folder), ShoeFinder(embedder, remote)


GREY = WishedColour(NAMED_COLOURS["grey"], 0.05)
FILTERS = [
    Filters(),
    Filters(one_of=(OneOf("brand", ("Aria", "Nord")),)),
    Filters(one_of=(OneOf("brand", ()),)),
    Filters(tags=(HasTags("tags", ("new",), ("sale", "vegan")),)),
    Filters(tags=(HasTags("tags", (), ("sale", "none")),)),
    Filters(within=(Within("price", 40.0, 150.0),)),
    Filters(within=(Within("released", "2015-01-01", None),)),
    Filters(within=(Within("price", None, None),)),
    Filters(text="re boo"),
    Filters(text="CAFE"),
    Filters(ids=("shoe_1", "shoe_13", "unknown")),
    Filters(colours=(GREY,)),
    Filters((OneOf("brand", ("Vela",)),), (), (Within("price", 20.0, None),), "b"),
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_the_same_photos_are_left_and_counted(finders, number):
    here, there = finders
    filters = FILTERS[number]
    query = here.embed(sketch_of(3), views=1)
    expected, found = (each.nearest(query, 50, filters=filters) for each in finders)
    assert [match.id for match in found] == [match.id for match in expected]
    assert [match.fields for match in found] == [match.fields for match in expected]
    np.testing.assert_allclose(
        [match.distance for match in found], [match.distance for match in expected], atol=1e-3
    )
    assert there.rank(query, 1, filters=filters).total == len(expected)
    mine, server = (each.gallery.catalogue.facets(filters) for each in finders)
    assert server.total == mine.total
    assert set(server.colours) == set(mine.colours)
    for one, other in zip(mine.fields, server.fields, strict=True):
        assert one.field == other.field
        assert set(one.choices) == set(other.choices)
        assert (one.least, one.most) == (other.least, other.most)


@pytest.mark.parametrize("text", ["red boot", "summ", "nothing"])
@pytest.mark.parametrize("colours", [(), ("grey",)])
def test_words_and_colours_rank_the_same(finders, text, colours):
    query = finders[0].embed(sketch_of(3), views=1)
    for given in (query, None):
        expected, found = (each.nearest(given, 8, text=text, colours=colours) for each in finders)
        assert [match.id for match in found] == [match.id for match in expected]


def test_other_colours_are_refused_with_a_reason(finders):
    with pytest.raises(InputError, match="the named ones"):
        finders[1].find(None, colours=["#123456"])


def test_another_push_updates_fields_that_changed(finders, folder, tmp_path):
    remote = finders[1].gallery
    row, client = remote.row, remote.client
    assert remote.catalogue.values(row("shoe_3")) == finders[0].gallery.catalogue.values(3)
    folder = shutil.copytree(folder, tmp_path / "gallery")
    (tmp_path / "t.csv").write_text("id,brand,stock\nshoe_3,Aria,7\nshoe_4,Nord,9\n")
    update_catalogue(folder, tmp_path / "t.csv")
    assert push_gallery(load_gallery(folder), remote.url, client=client) == 0
    again = QdrantGallery(remote.url, client)
    assert again.catalogue.values(row("shoe_3")) == {"brand": "Aria", "stock": 7.0}
    assert again.catalogue.values(row("shoe_5")) == {}
    facets = {each.field.name: each for each in again.catalogue.facets().fields}
    assert set(facets["brand"].choices) == {Choice("Aria", 1), Choice("Nord", 1)}
    assert (facets["stock"].least, facets["stock"].most) == (7, 9)


def test_a_collection_of_an_older_version_is_a_gallery_without_fields():
    client = qdrant_client.QdrantClient(":memory:")
    client.create_collection(
        "old",
        qdrant_client.models.VectorParams(size=4, distance=qdrant_client.models.Distance.DOT),
        metadata={"fingerprint": "f", "preparation": 1, "views": 1, "size": 4, "map": []},
    )
    gallery = QdrantGallery("qdrant:x/old", client)
    assert gallery.catalogue.fields == ()
    assert gallery.catalogue.facets().total == 0
