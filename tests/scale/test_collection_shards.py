"""Shards that are written into a collection in any order, twice or after a loss are one build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sketchnet.cli.gallery import main
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.gallery import qdrant_upload as upload
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_build import CollectionShards, write_shard
from sketchnet.retrieval.gallery.shards import embed_shard, prepare_shard
from tests.scale.http_qdrant import serve
from tests.tiny import write_photos

REASON = "pip install -r requirements-scale.txt"
qdrant_client = pytest.importorskip("qdrant_client", reason=REASON)
ROOT = Path(__file__).resolve().parents[2]
SIZE = 4
PHOTOS = 13


@pytest.fixture
def photos(tmp_path):
    folder = write_photos(tmp_path / "photos", range(PHOTOS))
    (folder / "shoe_5.png").write_bytes(b"broken")
    (folder / "catalogue.csv").write_text("id,size\n" + "shoe_1,42\nshoe_2,x\nshoe_9,7\n" * 1)
    return folder


def shards_of(embedder, photos, client, url) -> CollectionShards:
    return CollectionShards(photos, url, embedder, None, 10, SIZE, client=client)


def write(shards, embedder, number, client) -> int:
    piece = shards.pieces[number]
    prepared = prepare_shard(piece, embedder.config)
    embeddings = embed_shard(embedder, prepared, 10)
    cells = shards.cells_of(piece)
    return write_shard(shards.target, piece, prepared, embeddings, cells, client)[0]


def check(there: QdrantGallery, expected) -> None:
    """The same photos, each once, with their vectors, maps, fields and thumbnails."""
    assert len(there) == len(expected) == PHOTOS - 1
    for row, photo_id in enumerate(expected.ids):
        number = there.row(photo_id)
        one, other = there.embeddings[[number]], expected.embeddings[[row]]
        np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-5)
        np.testing.assert_allclose(one.maps, other.maps, atol=2e-3)
        assert there.catalogue.values(number) == expected.catalogue.values(row)
        assert there.picture(number).read_bytes() == expected.picture(row).read_bytes()


def test_shards_in_any_order_twice_and_after_a_loss(
    embedder, photos, tmp_path, engine, monkeypatch
):
    client, where = engine
    url = f"{where}built"
    monkeypatch.setattr(upload, "BATCH", 3)
    shards = shards_of(embedder, photos, client, url)
    assert [len(piece) for piece in shards.pieces] == [4, 4, 4, 1]

    def lost(*given, _upsert=client.upsert, _calls=[], **named):  # noqa: B006 (it counts)
        _calls.append(1)
        if len(_calls) == 2:
            raise KeyboardInterrupt
        return _upsert(*given, **named)

    with monkeypatch.context() as patch:  # a worker dies when three of four photos are written
        patch.setattr(client, "upsert", lost)
        with pytest.raises(KeyboardInterrupt):
            write(shards, embedder, 2, client)
    assert len(QdrantGallery(url, client)) == 3
    assert [write(shards, embedder, number, client) for number in (2, 3, 2)] == [1, 1, 0]

    again = shards_of(embedder, photos, client, url)  # the command was stopped
    assert again.present == 5
    assert sum(map(len, again.pieces)) == PHOTOS - 5
    for number in (1, 0, 1):
        write(again, embedder, number, client)
    again.finish()
    check(QdrantGallery(url, client), build_gallery(embedder, photos, tmp_path / "once").gallery)
    left = shards_of(embedder, photos, client, url)
    assert [[entry.name.id for entry in piece] for piece in left.pieces] == [["shoe_5"]]


WRITER = """
import os, sys
from tests.browser.hog_embedder import HogEmbedder
from tests.scale import test_collection_shards as here
from sketchnet.retrieval.gallery import qdrant_upload
from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient
qdrant_upload.BATCH = 3
folder, photos, until = sys.argv[1:]
client, embedder = EdgeClient(folder), HogEmbedder()
upsert, left = client.upsert, [int(until)]
def dying(*given, **named):
    left[0] -= 1
    upsert(*given, **named)
    if not left[0]:
        os._exit(9)  # like a kill: nothing is closed or flushed
client.upsert = dying
shards = here.shards_of(embedder, photos, client, "qdrant-edge:x/built")
for number in range(len(shards.pieces)):
    here.write(shards, embedder, number, client)
shards.finish()
client.close()
"""


@pytest.mark.slow
def test_a_killed_process_leaves_a_collection_that_can_be_continued(embedder, photos, tmp_path):
    pytest.importorskip("qdrant_edge", reason=REASON)
    from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient

    ends = []
    for until in (2, 1, 100):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "edge"), str(photos), str(until)]
        ends.append(subprocess.run(command, cwd=ROOT, timeout=300).returncode)
    assert ends == [9, 9, 0]
    client = EdgeClient(str(tmp_path / "edge"))
    expected = build_gallery(embedder, photos, tmp_path / "once").gallery
    check(QdrantGallery("qdrant-edge:x/built", client), expected)
    client.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_cluster_writes_into_a_server_and_loses_a_machine(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason=REASON)
    from ray.cluster_utils import Cluster

    from sketchnet.retrieval.gallery.ray_build import build_into_collection

    run, count = "shoes", 24  # runs without Keras
    photos = write_photos(tmp_path / "photos", range(count))
    (photos / "shoe_7.png").write_bytes(b"broken")
    expected = build_gallery(Embedder(run), photos, tmp_path / "at_once").gallery
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    node = {"num_cpus": 2, "object_store_memory": 100_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    local = qdrant_client.QdrantClient(":memory:")
    try:
        lost = cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False)
        killed = []

        def kill_one(done: int, total: int) -> None:
            if not killed:
                killed.append(done)
                cluster.remove_node(lost, allow_graceful=False)

        with serve(local) as (address, _):
            url = f"qdrant:{address}/shoes"
            written = build_into_collection(run, photos, url, size=SIZE, progress=kill_one)
            assert killed
            assert killed[0] < count, "it was lost during the build"
            there = QdrantGallery(url)
            assert len(there) == len(expected) == count - 1
            for row, photo_id in enumerate(expected.ids):
                vector = there.embeddings.vectors[[there.row(photo_id)]]
                np.testing.assert_allclose(vector[0], expected.embeddings.vectors[row], atol=1e-5)
            again = build_into_collection(run, photos, url, size=SIZE)
            assert (again.added, again.present) == (0, count - 1)
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert [name for name, _ in written.skipped] == ["shoe_7"]


def test_a_build_into_a_collection_needs_a_cluster(tmp_path, capsys):
    photos = write_photos(tmp_path / "photos", range(2))
    assert main(["build", "shoes", str(photos), "qdrant:http://127.0.0.1:9/shoes"]) == 2
    assert "--cluster local" in capsys.readouterr().err
