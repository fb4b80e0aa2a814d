"""An engine ranks as `Ranker` does in memory, by one request: in the client and in the process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
from sketchnet.retrieval.hubness import Querybank
from sketchnet.retrieval.ranker import Ranker
from sketchnet.utils.errors import InputError
from tests.models.test_coded_cells import random_maps
from tests.tiny import write_photos

pytest.importorskip("qdrant_client", reason="pip install -r requirements-scale.txt")
PHOTOS, SIZE, SHAPE = 24, 16, (6, 5, 7)


def unit(rng, count):
    vectors = rng.normal(size=(count, SIZE)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(embedder, tmp_path_factory):
    """A gallery with random vectors and maps, a third of whose cells are blank."""
    root = tmp_path_factory.mktemp("galleries")
    photos = write_photos(root / "photos", range(PHOTOS))
    gallery = build_gallery(embedder, photos, root / "gallery").gallery
    rng = np.random.default_rng(5)
    maps = random_maps(rng, SHAPE, 0.3, PHOTOS)
    return replace(gallery, embeddings=Embeddings(unit(rng, PHOTOS), maps))


@pytest.fixture(scope="module")
def bank():
    return Querybank(unit(np.random.default_rng(6), 40), weight=2.0)


@pytest.fixture(scope="module")
def remote(engine, folder, bank):
    client, where = engine
    assert push_gallery(folder, f"{where}shoes", client=client, querybank=bank) == PHOTOS
    return QdrantGallery(f"{where}shoes", client)


@pytest.fixture
def query(rng):
    maps = random_maps(rng, SHAPE, 0.4, 3)[1:]
    vectors = unit(rng, 2)
    mirrored = Embeddings(vectors[1:], maps[1:])
    return Embeddings(vectors[:1], maps[:1], mirrored, of_sketches=True)


@pytest.fixture
def asked(remote, monkeypatch):
    """Every call of the engine, by name."""
    calls = []
    for name in ("query_batch_points", "query_points", "retrieve", "scroll", "count"):
        if hasattr(remote.client, name):
            original = getattr(remote.client, name)
            monkeypatch.setattr(
                remote.client,
                name,
                lambda *given, _name=name, _do=original, **named: (
                    calls.append(_name) or _do(*given, **named)
                ),
            )
    return calls


def check(ranker, query, folder, remote, k):
    rows, distances = ranker.rank(query, folder.embeddings, k)
    found, there = ranker.rank(query, remote.embeddings, k)
    assert [remote.ids[row] for row in found] == [folder.ids[row] for row in rows]
    np.testing.assert_allclose(there, distances, atol=1e-4)


@pytest.mark.parametrize("k", [3, 8, None])
@pytest.mark.parametrize("depth", [8, 100])
def test_the_same_order_and_distances_by_one_request(folder, remote, bank, query, asked, depth, k):
    ranker = Ranker(depth, hubness=bank)
    assert ranker.hubness.penalties(folder.embeddings.vectors).max() > 0.1, "it changes the order"
    check(ranker, query, folder, remote, k)
    assert asked == ["query_batch_points"]
    check(ranker, replace(query, mirrored=None), folder, remote, k)
    check(replace(ranker, hubness=None), query, folder, remote, k)
    check(replace(ranker, weight=0.0), query, folder, remote, k)
    check(replace(ranker, weight=1.0), query, folder, remote, k)


def test_with_another_querybank_the_vectors_come_with_the_same_request(
    folder, remote, query, rng, asked
):
    ranker = Ranker(10, hubness=Querybank(unit(rng, 40), weight=2.0))
    check(ranker, query, folder, remote, 5)
    assert asked == ["query_batch_points"]


def test_a_query_without_maps_or_without_ink(folder, remote, bank, query):
    blank = np.zeros((1, *SHAPE), np.float16)
    for maps, mirrored in ((None, None), (query.maps, blank), (blank, blank)):
        other = None if mirrored is None else replace(query.mirrored, maps=mirrored)
        given = replace(query, maps=maps, mirrored=other)
        check(Ranker(10, hubness=bank), given, folder, remote, 6)


def test_photos_of_the_collection_are_queries_too(folder, remote):
    row = remote.row(folder.ids[4])
    there, here = remote.embeddings[[row]], folder.embeddings[[4]]
    np.testing.assert_allclose(there.maps, here.maps, atol=5e-4)
    rows, distances = Ranker().rank(here, folder.embeddings, 5)
    found, others = Ranker().rank(there, remote.embeddings, 5)
    assert [remote.ids[row] for row in found] == [folder.ids[row] for row in rows]
    np.testing.assert_allclose(others, distances, atol=1e-3)


def test_a_collection_keeps_its_querybank(folder, remote, bank):
    with pytest.raises(InputError, match="hubness correction"):
        push_gallery(folder, remote.url, client=remote.client)
    again = push_gallery(folder, remote.url, client=remote.client, querybank=bank)
    assert again == 0


def test_a_collection_without_coded_cells_is_searched_as_before(folder, bank, query, client):
    from qdrant_client import models

    vectors = models.VectorParams(size=SIZE, distance=models.Distance.DOT)
    client.create_collection("old", vectors)
    assert push_gallery(folder, "qdrant:x/old", client=client, querybank=bank) == PHOTOS
    old = QdrantGallery("qdrant:x/old", client)
    assert old.form == 1
    assert [old.row(photo_id) for photo_id in folder.ids] == list(range(PHOTOS))
    check(Ranker(8, hubness=bank), query, folder, old, 5)


def test_a_collection_made_beforehand_may_have_coded_cells(folder, bank, query, client):
    from sketchnet.retrieval.gallery.qdrant_points import vectors_config

    client.create_collection("own", vectors_config(SIZE, SHAPE, quantized=False))
    assert push_gallery(folder, "qdrant:x/own", client=client, querybank=bank) == PHOTOS
    check(Ranker(8, hubness=bank), query, folder, QdrantGallery("qdrant:x/own", client), 5)
    client.create_collection("wrong", vectors_config(SIZE, (), quantized=False))
    with pytest.raises(InputError, match="cells and vector"):
        push_gallery(folder, "qdrant:x/wrong", client=client)
