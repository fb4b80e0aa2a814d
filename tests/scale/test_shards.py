"""Shards embedded in any order, twice or after a loss give the gallery that one machine builds."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from sketchnet.cli.gallery import main
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.gallery.shards import (
    Shards,
    embed_shard,
    prepare_shard,
    read_shard,
    shard_path,
    write_shard,
)
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.tiny import write_photos

SIZE = 4
MARK = 7  # in place of the last byte of a JPEG file


@pytest.fixture
def embedder():
    return HogEmbedder()


@pytest.fixture
def photos(tmp_path):
    folder = write_photos(tmp_path / "photos", range(18))
    (folder / "shoe_5.png").write_bytes(b"broken")
    return folder


def shards_of(embedder, photos, out) -> Shards:
    return Shards(photos, out, embedder.fingerprint, 10, SIZE)


def embed(shards: Shards, embedder, number: int) -> Path:
    prepared = prepare_shard(shards.pieces[number], embedder.config)
    path = shard_path(shards.folder, number)
    write_shard(path, prepared, embed_shard(embedder, prepared, 10))
    return path


def same(a, b) -> bool:
    return (
        a.ids == b.ids
        and a.originals == b.originals
        and np.allclose(a.embeddings.vectors, b.embeddings.vectors, atol=1e-5)
        and np.allclose(a.embeddings.maps, b.embeddings.maps, atol=2e-3)
        and all(a.picture(i).read_bytes() == b.picture(i).read_bytes() for i in range(len(a)))
    )


def test_shards_in_any_order_and_twice_are_the_gallery(embedder, photos, tmp_path):
    shards = shards_of(embedder, photos, tmp_path / "out")
    assert shards.missing() == [0, 1, 2, 3, 4]
    for number in (3, 1, 4, 3, 0):
        path = embed(shards, embedder, number)
    again = shards_of(embedder, photos, tmp_path / "out")
    assert again.missing() == [2]
    with pytest.raises(InputError, match="all but 1"):
        again.join()
    content = path.read_bytes()
    assert embed(again, embedder, 0).read_bytes() == content, "a shard depends on its photos only"
    embed(again, embedder, 2)
    built = again.join()
    assert (built.embedded, [name for name, _ in built.skipped]) == (17, ["shoe_5"])
    expected = build_gallery(embedder, photos, tmp_path / "at_once").gallery
    assert same(load_gallery(tmp_path / "out"), expected)
    assert not shards.folder.exists()


def test_a_gallery_grows_by_shards(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    write_photos(photos, range(18, 23))
    shards = shards_of(embedder, photos, tmp_path / "out")
    assert sum(map(len, shards.pieces)) == 6, "a broken photo is tried again"
    for number in shards.missing():
        embed(shards, embedder, number)
    assert len(shards.join().gallery) == 22
    build_gallery(embedder, photos, tmp_path / "at_once")
    grown, whole = load_gallery(tmp_path / "out"), load_gallery(tmp_path / "at_once")
    assert sorted(grown.ids) == sorted(whole.ids)


def test_shards_of_other_photos_or_another_model_are_not_used(embedder, photos, tmp_path):
    embed(shards_of(embedder, photos, tmp_path / "out"), embedder, 0)
    other = Shards(photos, tmp_path / "out", "another", 10, SIZE)
    assert 0 in other.missing()
    shards = shards_of(embedder, photos, tmp_path / "out")
    assert 0 in shards.missing()
    embed(shards, embedder, 0)
    write_photos(photos, [40])
    assert 0 in shards_of(embedder, photos, tmp_path / "out").missing()


def test_a_shard_with_other_photos_is_refused(embedder, photos, tmp_path):
    shards = shards_of(embedder, photos, tmp_path / "out")
    for number in shards.missing():
        embed(shards, embedder, number)
    shard_path(shards.folder, 0).write_bytes(shard_path(shards.folder, 1).read_bytes())
    with pytest.raises(InputError, match="photos of shard 0"):
        shards.join()
    assert not (tmp_path / "out").exists()


def test_a_shard_without_any_readable_photo(embedder, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in "ab":
        (tmp_path / "photos" / f"{name}.jpg").write_text(f"no photo {name}")
    shards = shards_of(embedder, tmp_path / "photos", tmp_path / "out")
    ready, embeddings, skipped = read_shard(embed(shards, embedder, 0))
    assert (ready, len(embeddings), len(skipped)) == ([], 0, 2)
    assert shards.join().gallery is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_cluster_loses_a_machine_and_no_photo(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="pip install -r requirements-scale.txt")
    from ray.cluster_utils import Cluster

    from sketchnet.retrieval.gallery.ray_build import build_on_cluster

    run = "shoes"  # runs without Keras
    embedder = Embedder(run)
    photos = write_photos(tmp_path / "photos", range(120))
    (photos / "shoe_7.png").write_bytes(b"broken")
    expected = build_gallery(embedder, photos, tmp_path / "at_once").gallery

    # One shard is there already; its thumbnails are marked, to show that it is not embedded again.
    shards = shards_of(embedder, photos, tmp_path / "out")
    content = embed(shards, embedder, 2)
    arrays = dict(np.load(content))
    arrays["thumbnails"][arrays["sizes"].cumsum() - 1] = MARK
    np.savez(content, **arrays)

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    node = {"num_cpus": 2, "object_store_memory": 100_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        cluster.add_node(**node)
        lost = cluster.add_node(**node)
        ray.init(address=cluster.address, log_to_driver=False)
        assert sum(each["Alive"] for each in ray.nodes()) == 3
        killed = []

        def kill_one(done: int, total: int) -> None:
            if not killed and done >= 12:
                killed.append(done)
                cluster.remove_node(lost, allow_graceful=False)

        built = build_on_cluster(run, photos, tmp_path / "out", size=SIZE, progress=kill_one)
        assert killed
        assert killed[0] < 60, "it was lost during the build"
        assert sum(each["Alive"] for each in ray.nodes()) == 2
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert built.embedded == 119
    assert [name for name, _ in built.skipped] == ["shoe_7"]
    gallery = load_gallery(tmp_path / "out")
    assert gallery.ids == expected.ids
    marked = [
        photo_id
        for row, photo_id in enumerate(gallery.ids)
        if gallery.picture(row).read_bytes()[-1] == MARK
    ]
    assert marked == [f"shoe_{number}" for number in range(8, 12)]
    np.testing.assert_allclose(gallery.embeddings.vectors, expected.embeddings.vectors, atol=1e-5)
    for row in (0, 50, 118):
        assert gallery.picture(row).read_bytes() == expected.picture(row).read_bytes()


def test_without_the_extra_one_line_says_what_to_install(photos, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    command = ["build", "shoes", str(photos), str(tmp_path / "out"), "--cluster", "auto"]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "requirements-scale.txt" in error
    assert error.count("\n") == 1
