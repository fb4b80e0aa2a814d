"""A gallery in Qdrant gives the same results and errors as the folder that was uploaded to it.

The embedded server of the client replaces the real one; the last tests go over HTTP, to a server
that passes each request to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet.cli.gallery import main
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval import search
from sketchnet.retrieval.gallery import build_gallery, load_gallery, open_gallery
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import split_url
from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
from sketchnet.retrieval.hubness import Querybank
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.relevance_feedback import apply_feedback
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.scale.http_qdrant import serve
from tests.tiny import sketch_of, write_photos, write_run

qdrant_client = pytest.importorskip("qdrant_client", reason="pip install -r requirements-scale.txt")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(embedder, tmp_path_factory):
    root = tmp_path_factory.mktemp("galleries")
    build_gallery(embedder, write_photos(root / "photos", range(12)), root / "gallery")
    return root / "gallery"


@pytest.fixture(scope="module")
def remote(client, folder):
    assert push_gallery(load_gallery(folder), "qdrant:x/shoes", client=client) == 12
    return QdrantGallery("qdrant:x/shoes", client)


def test_it_finds_what_the_folder_finds(embedder, folder, remote):
    here, there = ShoeFinder(embedder, folder), ShoeFinder(embedder, remote)
    for number in (0, 5, 11):
        query = here.embed(sketch_of(number), views=1)
        expected, found = here.nearest(query, 6), there.nearest(query, 6)
        assert [match.id for match in found] == [match.id for match in expected]
        np.testing.assert_allclose(
            [match.distance for match in found], [match.distance for match in expected], atol=1e-4
        )
        for match, other in zip(found, expected, strict=True):
            assert match.picture.read_bytes() == other.picture.read_bytes()
    expected, found = here.more_like("shoe_3", 4), there.more_like("shoe_3", 4)
    assert [match.id for match in found] == [match.id for match in expected]


@pytest.mark.parametrize("sketches", [0, 20])
@pytest.mark.parametrize("depth", [0, 4, 100])
def test_retrieval_and_reranking_are_the_same(remote, folder, rng, depth, sketches):
    local = load_gallery(folder).embeddings
    local = replace(local, maps=np.asarray(local.maps))  # float16, as they are uploaded
    vectors = rng.normal(size=(3 + sketches, local.vectors.shape[1])).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ranker = Ranker(depth, hubness=Querybank(vectors[3:]) if sketches else None)
    maps = rng.normal(size=(3, *local.maps.shape[1:])).astype(np.float16)
    for row in range(3):
        query = Embeddings(vectors[[row]], maps[[row]], of_sketches=True)
        expected = ranker.rank(query, local)
        found = ranker.rank(query, remote.embeddings)
        ids = load_gallery(folder).ids
        assert [remote.ids[each] for each in found[0]] == [ids[each] for each in expected[0]]
        np.testing.assert_allclose(found[1], expected[1], atol=1e-4)


def test_rows_hold_what_was_uploaded(remote, folder):
    local = load_gallery(folder)
    rows = [7, 0, 7]
    numbers = [remote.row(photo_id) for photo_id in local.ids]
    there, here = remote.embeddings[[numbers[row] for row in rows]], local.embeddings[rows]
    np.testing.assert_allclose(there.vectors, here.vectors, atol=1e-6)
    np.testing.assert_allclose(there.maps, here.maps, atol=5e-4)
    assert remote.embeddings.vectors.shape == local.embeddings.vectors.shape
    assert [remote.ids[number] for number in numbers] == list(local.ids)
    assert "shoe_3" in remote
    assert "shoe_99" not in remote
    with pytest.raises(InputError, match="shoe_99"):
        remote.row("shoe_99")
    with pytest.raises(InputError, match="has 0"):
        remote.embeddings.maps[[40]]


def test_relevance_feedback_is_the_same(embedder, folder, remote):
    moved = [
        apply_feedback(
            ShoeFinder(embedder, gallery), None, ["shoe_1", "shoe_2"], ["shoe_4"]
        ).vectors
        for gallery in (folder, remote)
    ]
    np.testing.assert_allclose(moved[0], moved[1], atol=1e-6)


def test_an_interrupted_upload_continues_and_galleries_are_joined(
    embedder, client, tmp_path, folder, monkeypatch
):
    from sketchnet.retrieval.gallery import qdrant_upload

    monkeypatch.setattr(qdrant_upload, "BATCH", 5)
    url, upsert, calls = "qdrant:x/grown", client.upsert, []

    def interrupted(*arguments, **keywords):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return upsert(*arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(client, "upsert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            push_gallery(load_gallery(folder), url, client=client)
    assert len(QdrantGallery(url, client)) == 5
    assert push_gallery(load_gallery(folder), url, client=client) == 7
    photos = write_photos(tmp_path / "photos", range(10, 15))
    shard = build_gallery(embedder, photos, tmp_path / "shard").gallery
    assert push_gallery(shard, url, client=client) == 3
    grown = QdrantGallery(url, client)
    assert len(grown) == 15
    assert all(f"shoe_{number}" in grown for number in range(15))


def test_vectors_of_another_model_are_refused(client, remote, folder, tmp_path):
    other = HogEmbedder()
    other.fingerprint = "another"
    with pytest.raises(InputError, match="made by model"):
        ShoeFinder(other, remote)
    shard = build_gallery(other, write_photos(tmp_path / "photos", range(2)), tmp_path / "out")
    with pytest.raises(InputError, match="made by model"):
        push_gallery(shard.gallery, "qdrant:x/shoes", client=client)
    one_view = build_gallery(
        HogEmbedder(), write_photos(tmp_path / "photos", range(2)), tmp_path / "one", views=1
    )
    with pytest.raises(InputError, match="10 views"):
        push_gallery(one_view.gallery, "qdrant:x/shoes", client=client)
    assert client.count("shoes").count == 12


def test_a_collection_created_beforehand_is_used_if_it_is_empty(client, folder):
    from qdrant_client import models

    size = load_gallery(folder).embeddings.vectors.shape[1]
    vectors = models.VectorParams(size=size, distance=models.Distance.DOT)
    client.create_collection("own", vectors)
    with pytest.raises(InputError, match="name no model"):
        QdrantGallery("qdrant:x/own", client)
    assert push_gallery(load_gallery(folder), "qdrant:x/own", client=client) == 12
    client.create_collection("others", vectors)
    client.upsert("others", [models.PointStruct(id=0, vector=[1.0] * size, payload={"a": 1})])
    with pytest.raises(InputError, match="name no model"):
        push_gallery(load_gallery(folder), "qdrant:x/others", client=client)


def test_a_huge_gallery_returns_a_limited_number_of_neighbours(remote, monkeypatch):
    from sketchnet.retrieval.gallery import qdrant

    monkeypatch.setattr(qdrant, "MAX_NEIGHBOURS", 11)
    row = remote.row("shoe_0")
    with pytest.raises(InputError, match="at most 11 neighbours"):
        Ranker().rank(remote.embeddings[[row]], remote.embeddings)
    query = remote.embeddings[[row]]
    assert len(Ranker(depth=5).rank(query, remote.embeddings, 3)[0]) == 3
    # A photo beyond them can still be opened: by its row, vector and thumbnail.
    assert remote.embeddings[[remote.row("shoe_11")]].vectors.shape == query.vectors.shape
    assert remote.picture(remote.row("shoe_11")).is_file()


@pytest.mark.parametrize(
    ("url", "where", "collection"),
    [
        ("qdrant:http://h:6333/shoes", "http://h:6333", "shoes"),
        ("qdrant:/a/b/shoes/", "/a/b", "shoes"),
        ("qdrant:here/shoes", "here", "shoes"),
    ],
)
def test_urls(url, where, collection):
    assert split_url(url) == (where, collection)


@pytest.mark.parametrize("url", ["qdrant:shoes", "qdrant:", "qdrant:/shoes", "x/shoes"])
def test_wrong_urls_are_refused(url):
    with pytest.raises(InputError, match="qdrant:WHERE/collection"):
        split_url(url)


def test_a_missing_collection_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        open_gallery(f"qdrant:{tmp_path}/none/shoes")
    with pytest.raises(InputError, match=r"refused|see that the server runs"):
        open_gallery("qdrant:http://127.0.0.1:9/shoes")


def test_the_command_line_uploads_and_searches(tmp_path, capsys):
    import cv2

    run = write_run(tmp_path / "run")
    photos = write_photos(tmp_path / "photos", range(12))
    folder = build_gallery(Embedder(run), photos, tmp_path / "gallery").gallery.folder
    url = f"qdrant:{tmp_path / 'server'}/shoes"
    assert main(["push", str(folder), url]) == 0
    assert capsys.readouterr().out == "pushed 12, 0 were in already\n"
    assert main(["push", str(folder), url]) == 0
    assert capsys.readouterr().out == "pushed 0, 12 were in already\n"
    cv2.imwrite(str(tmp_path / "sketch.png"), sketch_of(2))
    found = []
    for gallery in (str(folder), url):
        command = ["search", str(run), gallery, str(tmp_path / "sketch.png"), "--k", "4"]
        assert main([*command, "--views", "1"]) == 0
        found.append([line.split()[:3] for line in capsys.readouterr().out.splitlines()])
    assert found[0] == found[1]
    assert len(found[0]) == 4
    with pytest.raises(InputError, match="no such collection"):
        open_gallery(f"qdrant:{tmp_path / 'server'}/bags")


def test_over_http_the_results_are_the_same(folder, embedder):
    with serve(qdrant_client.QdrantClient(":memory:")) as (address, requests):
        url = f"qdrant:{address}/shoes"
        assert push_gallery(load_gallery(folder), url) == 12
        there, here = ShoeFinder(embedder, url), ShoeFinder(embedder, folder)
        query = replace(here.embed(sketch_of(4), views=1), of_sketches=True)
        del requests[:]
        found = there.nearest(query, 5)
        # One ranks, five thumbnails; ids came with the ranking.
        assert len(requests) == 1 + 5
        assert [match.id for match in found] == [match.id for match in here.nearest(query, 5)]
        bank = Querybank(here.gallery.embeddings.vectors[:4])
        expected, _ = Ranker(hubness=bank).rank(query, here.gallery.embeddings, 5)
        del requests[:]
        rows, _ = Ranker(hubness=bank).rank(query, there.gallery.embeddings, 5)
        assert requests == ["POST /points/query/batch"], "vectors come with it"
        ids = [there.gallery.ids[row] for row in rows]
        assert ids == [here.gallery.ids[row] for row in expected]


def test_without_the_extra_one_line_says_what_to_install():
    code = (
        "import sys; sys.modules['qdrant_client'] = None\n"
        "from sketchnet.cli.gallery import main\n"
        "sys.exit(main(['search', 'shoes', 'qdrant:x/shoes', 'sketch.png']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "requirements-scale.txt" in done.stderr


def test_without_qdrant_and_ray_nothing_of_them_is_imported():
    names = ("retrieval.search", "tasks.train_retrieval", "retrieval.gallery")
    modules = ", ".join(f"sketchnet.{name}" for name in (*names, "inference.onnx_runtime"))
    code = f"import json, sys, {modules}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint({"qdrant_client", "qdrant_edge", "ray"})
    assert search.__name__.split(".")[0] in loaded
