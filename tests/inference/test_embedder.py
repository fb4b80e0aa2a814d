"""Embeddings: what they are, and that neither batch nor order nor engine changes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sketchnet.imaging.views import canvas_for, centre_view, ten_views
from sketchnet.inference import embedder as embedding
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.utils.errors import InputError
from tests.tiny import SIZE, tiny_config, tiny_network, write_run

CANVAS = canvas_for(SIZE)


@pytest.fixture(scope="module")
def network():
    return tiny_network(tiny_config())


@pytest.fixture(scope="module")
def embedder(network):
    return Embedder((network, tiny_config()))


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (25, CANVAS, CANVAS)).astype(np.uint8)


def test_vectors_are_the_mean_of_five_views_each_way(embedder, network, pictures):
    branch = network.get_layer("shared_branch")
    found = embedder.sketches(pictures[:3])
    for i in range(3):
        views = ten_views(pictures[i], SIZE)[..., None].astype(np.float32)
        outputs = branch(views, training=False)
        for face, five in ((found, slice(0, 5)), (found.mirrored, slice(5, 10))):
            mean = np.asarray(outputs["embedding"])[five].mean(axis=0)
            np.testing.assert_allclose(face.vectors[i], mean / np.linalg.norm(mean), atol=1e-5)
            centre = np.asarray(outputs["local"])[five][4]
            np.testing.assert_allclose(face.maps[i], centre, atol=2e-3)  # kept in half precision


@pytest.mark.parametrize("views", [1, 10])
def test_a_mirrored_picture_swaps_the_two_faces(embedder, pictures, views):
    found = embedder.sketches(pictures[:3], views)
    turned = embedder.sketches(np.ascontiguousarray(pictures[:3, :, ::-1]), views)
    # The canvas may have an odd pixel more on one side, so that a crop can lie one pixel off.
    if (CANVAS - SIZE) % 2 == 0:
        np.testing.assert_allclose(turned.vectors, found.mirrored.vectors, atol=1e-5)
        np.testing.assert_allclose(turned.mirrored.vectors, found.vectors, atol=1e-5)
    assert not np.allclose(found.vectors, found.mirrored.vectors, atol=1e-3)


def test_one_view_is_the_centre(embedder, network, pictures):
    found = embedder.sketches(pictures[:4], views=1)
    views = np.stack([centre_view(picture, SIZE) for picture in pictures[:4]])
    outputs = network.get_layer("shared_branch")(views[..., None].astype(np.float32))
    np.testing.assert_allclose(found.vectors, outputs["embedding"], atol=1e-5)
    np.testing.assert_allclose(found.maps, outputs["local"], atol=2e-3)


def test_forms(embedder, pictures):
    found = embedder.photos(pictures)
    assert found.vectors.shape == (25, 8)
    assert found.vectors.dtype == np.float32
    assert found.maps.shape == (25, 4, 4, 6)
    assert found.maps.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("views", [1, 10])
def test_company_changes_nothing(embedder, pictures, views):
    together = embedder.sketches(pictures, views)
    alone = [embedder.sketches(picture[None], views) for picture in pictures]
    np.testing.assert_allclose(
        together.vectors, np.concatenate([each.vectors for each in alone]), atol=1e-5
    )
    np.testing.assert_allclose(
        together.maps, np.concatenate([each.maps for each in alone]), atol=2e-3
    )
    backwards = embedder.sketches(pictures[::-1], views)
    np.testing.assert_allclose(backwards.vectors[::-1], together.vectors, atol=1e-5)


def test_threads_do_not_mix_their_pictures(embedder, pictures):
    alone = [embedder.sketches(picture[None]).vectors for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda p: embedder.sketches(p[None]).vectors, pictures))
    np.testing.assert_allclose(at_once, alone, atol=1e-5)


def test_the_network_sees_few_batch_sizes_only(network, pictures):
    seen = set()

    def spy(branch):
        def run(batch):
            seen.add(len(batch))
            assert batch.dtype == np.float32
            return branch.predict_on_batch(batch)

        return run

    spied = Embedder((network, tiny_config()), runtime=spy)
    for n in (1, 2, 3, 7, 25):
        for views in (1, 10):
            assert len(spied.sketches(pictures[:n], views)) == n
    assert seen <= set(embedding.BATCHES)
    assert len(seen) > 1


def test_another_engine_may_run_the_branch(pictures):
    def constant(branch):
        return lambda batch: {"embedding": np.tile([3.0, 4.0], (len(batch), 1))}

    config = tiny_config(embedding_size=2)
    found = Embedder((tiny_network(config), config), runtime=constant).sketches(pictures[:2])
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8], [0.6, 0.8]], atol=1e-6)
    assert found.maps is None


def test_separate_branches_differ_shared_ones_agree(embedder, pictures):
    config = tiny_config(shared=False)
    separate = Embedder((tiny_network(config), config))
    apart = separate.sketches(pictures[:2]).vectors - separate.photos(pictures[:2]).vectors
    assert np.abs(apart).max() > 1e-3
    assert np.array_equal(
        embedder.sketches(pictures[:2]).vectors, embedder.photos(pictures[:2]).vectors
    )


def test_photos_in_colour(rng):
    config = tiny_config(shared=False, photo_input="rgb")
    colours = rng.integers(0, 256, (7, CANVAS, CANVAS, 3)).astype(np.uint8)
    assert Embedder((tiny_network(config), config)).photos(colours).vectors.shape == (7, 8)


def test_nothing_and_progress(embedder, pictures):
    assert len(embedder.sketches(pictures[:0])) == 0
    told = []
    embedder.sketches(pictures[:13], progress=lambda done, total: told.append((done, total)))
    assert told == [(6, 13), (12, 13), (13, 13)]


def test_what_cannot_be_embedded_is_named(embedder, pictures):
    with pytest.raises(InputError, match="1 or 10 views"):
        embedder.sketches(pictures, views=5)
    with pytest.raises(ValueError, match="36, 36"):
        embedder.sketches(pictures[:, :20])
    with pytest.raises(ValueError, match="uint8"):
        embedder.sketches(pictures.astype(np.float32))


def test_a_broken_network_is_no_answer(network, pictures):
    broken = Embedder(
        (network, tiny_config()),
        runtime=lambda branch: lambda batch: {"embedding": np.full((len(batch), 8), np.nan)},
    )
    with pytest.raises(InputError, match="finite"):
        broken.sketches(pictures[:1])


def test_a_run_embeds_as_its_network_does(tmp_path, pictures):
    run = write_run(tmp_path / "run", seed=3)
    config = tiny_config()
    in_memory = Embedder((tiny_network(config, seed=3), config))
    of_run = Embedder(run)
    np.testing.assert_allclose(
        of_run.sketches(pictures[:2]).vectors, in_memory.sketches(pictures[:2]).vectors, atol=1e-6
    )
    assert len(of_run.fingerprint) == 64
    assert Embedder(write_run(tmp_path / "other", seed=4)).fingerprint != of_run.fingerprint


def test_nearest_is_squared_euclidean(rng):
    vectors = embedding._unit(rng.normal(size=(50, 8)).astype(np.float32))
    rows, squared = Embeddings(vectors).nearest(vectors[17], 10)
    expected = ((vectors.astype(np.float64) - vectors[17]) ** 2).sum(axis=1)
    assert rows.tolist() == np.argsort(expected)[:10].tolist()
    np.testing.assert_allclose(squared, np.sort(expected)[:10], atol=1e-5)
    assert rows[0] == 17
    assert squared.min() >= 0


def test_rows_of_embeddings(rng):
    maps = np.arange(4, dtype=np.float16).reshape(4, 1, 1, 1)
    both = Embeddings(np.eye(4, dtype=np.float32), maps)
    assert both[[2, 0]].maps.ravel().tolist() == [2, 0]
    assert len(both[1:]) == 3
    with pytest.raises(ValueError, match="N maps"):
        Embeddings(np.eye(4, dtype=np.float32), np.zeros((3, 1, 1, 1), np.float16))
