"""Embeddings: their definition, and that batch, order and engine do not change them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.imaging.views import canvas_for, centre_view, ten_views
from sketchnet.inference.embedder import BATCHES, Embedder, Embeddings
from sketchnet.utils.errors import InputError
from tests.doodles import small_config
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


def test_vectors_are_the_mean_of_five_views_of_each_orientation(embedder, network, pictures):
    branch = network.get_layer("shared_branch")
    found = embedder.sketches(pictures[:3])
    for i in range(3):
        views = ten_views(pictures[i], SIZE)[..., None].astype(np.float32)
        outputs = branch(views, training=False)
        for oriented, five in ((found, slice(0, 5)), (found.mirrored, slice(5, 10))):
            mean = np.asarray(outputs["embedding"])[five].mean(axis=0)
            np.testing.assert_allclose(oriented.vectors[i], mean / np.linalg.norm(mean), atol=1e-5)
            centre = np.asarray(outputs["local"])[five][4]
            np.testing.assert_allclose(oriented.maps[i], centre, atol=2e-3)  # half precision


@pytest.mark.parametrize("views", [1, 10])
def test_mirroring_a_picture_swaps_the_two_orientations(embedder, pictures, views):
    found = embedder.sketches(pictures[:3], views)
    flipped = embedder.sketches(np.ascontiguousarray(pictures[:3, :, ::-1]), views)
    # The canvas may have an odd pixel more on one side, so that a crop can lie one pixel off.
    if (CANVAS - SIZE) % 2 == 0:
        np.testing.assert_allclose(flipped.vectors, found.mirrored.vectors, atol=1e-5)
        np.testing.assert_allclose(flipped.mirrored.vectors, found.vectors, atol=1e-5)
    assert not np.allclose(found.vectors, found.mirrored.vectors, atol=1e-3)


def test_one_view_is_the_centre(embedder, network, pictures):
    found = embedder.sketches(pictures[:4], views=1)
    views = np.stack([centre_view(picture, SIZE) for picture in pictures[:4]])
    outputs = network.get_layer("shared_branch")(views[..., None].astype(np.float32))
    np.testing.assert_allclose(found.vectors, outputs["embedding"], atol=1e-5)
    np.testing.assert_allclose(found.maps, outputs["local"], atol=2e-3)


def test_shapes_and_types(embedder, pictures):
    found = embedder.photos(pictures)
    assert found.vectors.shape == (25, 8)
    assert found.vectors.dtype == np.float32
    assert found.maps.shape == (25, 4, 4, 6)
    assert found.maps.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("views", [1, 10])
def test_an_embedding_does_not_depend_on_the_batch_or_the_order(embedder, pictures, views):
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


def test_threads_get_the_embeddings_of_their_pictures(embedder, pictures):
    alone = [embedder.sketches(picture[None]).vectors for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda p: embedder.sketches(p[None]).vectors, pictures))
    np.testing.assert_allclose(at_once, alone, atol=1e-5)


def test_the_network_is_called_with_few_batch_sizes(network, pictures):
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
    assert seen <= set(BATCHES)
    assert len(seen) > 1


def test_another_engine_may_run_the_branch(pictures):
    def constant(branch):
        return lambda batch: {"embedding": np.tile([3.0, 4.0], (len(batch), 1))}

    config = tiny_config(embedding_size=2)
    found = Embedder((tiny_network(config), config), runtime=constant).sketches(pictures[:2])
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8], [0.6, 0.8]], atol=1e-6)
    assert found.maps is None


def test_separate_branches_differ_and_a_shared_one_does_not(embedder, pictures):
    config = tiny_config(shared=False)
    separate = Embedder((tiny_network(config), config))
    apart = separate.sketches(pictures[:2]).vectors - separate.photos(pictures[:2]).vectors
    assert np.abs(apart).max() > 1e-3
    assert np.array_equal(
        embedder.sketches(pictures[:2]).vectors, embedder.photos(pictures[:2]).vectors
    )


def test_photos_may_be_in_colour(rng):
    config = tiny_config(shared=False, photo_input="rgb")
    colours = rng.integers(0, 256, (7, CANVAS, CANVAS, 3)).astype(np.uint8)
    assert Embedder((tiny_network(config), config)).photos(colours).vectors.shape == (7, 8)


def test_no_pictures_and_progress(embedder, pictures):
    assert len(embedder.sketches(pictures[:0])) == 0
    calls = []
    embedder.sketches(pictures[:13], progress=lambda done, total: calls.append((done, total)))
    assert calls == [(6, 13), (12, 13), (13, 13)]


def test_wrong_arguments_are_refused(embedder, pictures):
    with pytest.raises(InputError, match="1 or 10 views"):
        embedder.sketches(pictures, views=5)
    with pytest.raises(ValueError, match="36, 36"):
        embedder.sketches(pictures[:, :20])
    with pytest.raises(ValueError, match="uint8"):
        embedder.sketches(pictures.astype(np.float32))


def test_nan_of_a_network_is_refused(network, pictures):
    damaged = Embedder(
        (network, tiny_config()),
        runtime=lambda branch: lambda batch: {"embedding": np.full((len(batch), 8), np.nan)},
    )
    with pytest.raises(InputError, match="finite"):
        damaged.sketches(pictures[:1])


def test_a_run_embeds_as_its_network_does(tmp_path, pictures):
    run = write_run(tmp_path / "run", seed=3)
    config = tiny_config()
    in_memory = Embedder((tiny_network(config, seed=3), config))
    of_run = Embedder(run)
    np.testing.assert_allclose(
        of_run.sketches(pictures[:2]).vectors, in_memory.sketches(pictures[:2]).vectors, atol=1e-6
    )
    assert len(of_run.fingerprint) == 64
    assert of_run.fingerprint == runs.fingerprint(run)
    assert in_memory.fingerprint == ""


def test_a_doodle_run_is_refused(tmp_path):
    save_config(small_config(), tmp_path / runs.CONFIG)
    with pytest.raises(InputError, match="a retrieval run"):
        Embedder(tmp_path)


def test_nearest_is_by_squared_euclidean_distance(rng):
    vectors = rng.normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, squared = Embeddings(vectors).nearest(vectors[17:18], 10)
    expected = ((vectors.astype(np.float64) - vectors[17]) ** 2).sum(axis=1)
    assert rows.tolist() == np.argsort(expected)[:10].tolist()
    np.testing.assert_allclose(squared, np.sort(expected)[:10], atol=1e-5)
    assert rows[0] == 17
    assert squared.min() >= 0


def test_nearest_is_by_the_nearer_of_both_queries(rng):
    vectors = rng.normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[[17, 30]]
    rows, squared = Embeddings(vectors).nearest(queries, 50)
    expected = [min(((each - query) ** 2).sum() for query in queries) for each in vectors]
    assert sorted(rows[:2].tolist()) == [17, 30]
    assert sorted(rows.tolist()) == list(range(50))
    np.testing.assert_allclose(squared, np.array(expected)[rows], atol=1e-5)
    assert (np.diff(squared) >= 0).all()


def test_rows_of_embeddings_can_be_selected(rng):
    maps = np.arange(4, dtype=np.float16).reshape(4, 1, 1, 1)
    both = Embeddings(np.eye(4, dtype=np.float32), maps)
    assert both[[2, 0]].maps.ravel().tolist() == [2, 0]
    assert len(both[1:]) == 3
    with pytest.raises(ValueError, match="N maps"):
        Embeddings(np.eye(4, dtype=np.float32), np.zeros((3, 1, 1, 1), np.float16))
