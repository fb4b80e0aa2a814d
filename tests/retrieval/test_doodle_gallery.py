"""Doodle galleries: contents, files with and without strokes, damaged files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval.doodle_gallery import (
    DoodleGallery,
    build_doodle_gallery,
    load_doodle_gallery,
    save_doodle_gallery,
)
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config


@pytest.fixture(scope="module")
def embedder() -> DoodleEmbedder:
    network = build_doodle_network(small_config(), 3)
    return DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))


@pytest.fixture(scope="module")
def gallery(embedder: DoodleEmbedder) -> DoodleGallery:
    return replace(build_doodle_gallery(embedder, doodles(6)), fingerprint="print")


def test_a_gallery_holds_the_embeddings_of_its_drawings(embedder, gallery) -> None:
    drawings = doodles(6)
    np.testing.assert_allclose(
        gallery.vectors, embedder.predict(drawings.queries()).embeddings, atol=1e-5
    )
    assert gallery.key_ids == drawings.key_ids
    few = build_doodle_gallery(embedder, drawings, 2)
    assert np.bincount(few.labels).tolist() == [2, 2, 2]
    assert few.key_ids[:2] == drawings.key_ids[:2]


def test_a_gallery_survives_the_disk(gallery, tmp_path: Path) -> None:
    path = tmp_path / "new" / "drawings.npz"
    save_doodle_gallery(gallery, path)
    found = load_doodle_gallery(path)
    np.testing.assert_allclose(found.vectors, gallery.vectors, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(found.labels, gallery.labels)
    assert (found.categories, found.key_ids) == (gallery.categories, gallery.key_ids)
    assert found.fingerprint == "print"
    assert found.drawings is not None
    for drawing, other in zip(found.drawings, gallery.drawings, strict=True):
        for stroke, expected in zip(drawing, other, strict=True):
            np.testing.assert_allclose(stroke, expected, atol=0.51)
    save_doodle_gallery(gallery, path, strokes=False)
    bare = load_doodle_gallery(path)
    assert bare.drawings is None
    assert bare.key_ids == gallery.key_ids


def test_distances_are_squared_euclidean(gallery, rng) -> None:
    vectors = gallery.vectors[[3, 8]]
    expected = ((vectors[:, None].astype(float) - gallery.vectors[None]) ** 2).sum(-1)
    np.testing.assert_allclose(gallery.squared_distances(vectors), expected, atol=1e-5)


def test_balanced_takes_equally_many_of_each_category(gallery) -> None:
    rows = np.flatnonzero((gallery.labels != 0) | (np.arange(len(gallery)) < 2))
    uneven = gallery.take(rows)
    even = uneven.balanced(["star", "zebra", "circle"])
    assert even.categories == ("star", "zebra", "circle")
    assert np.bincount(even.labels, minlength=3).tolist() == [2, 0, 2]
    assert even.drawings is not None
    assert len(even.drawings) == 4
    assert set(even.key_ids) <= set(gallery.key_ids)
    assert len(uneven.balanced(["zebra"])) == 0


def test_the_gallery_of_another_network_is_refused(gallery) -> None:
    gallery.check_made_by("print")
    with pytest.raises(InputError, match="another"):
        gallery.check_made_by("other")


@pytest.mark.parametrize("content", [None, b"", b"broken", b"PK\x03\x04"])
def test_damaged_files_are_refused_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "drawings.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="embedded drawings") as refused:
        load_doodle_gallery(path)
    assert "\n" not in str(refused.value)
