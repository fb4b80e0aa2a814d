"""Queries: sketches are distinguished from photos, blank pictures are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.picture_kind import looks_like_photo
from sketchnet.retrieval.query import photo_query, sketch_query
from sketchnet.strokes.rasterize import rasterize
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder, draw_shoe, with_shadow, write_shoes


def sketch(number: int, side: int = 300) -> np.ndarray:
    return np.repeat(rasterize(draw_shoe(number), side)[..., None], 3, axis=2)


@settings(max_examples=30)
@example(0, 79, False, 0.25, 2.0)
@given(
    st.integers(0, 500), st.integers(60, 700), st.booleans(), st.floats(0, 0.45), st.floats(0, 6.28)
)
def test_sketches_of_any_size_polarity_and_light_are_sketches(number, side, negative, dark, angle):
    picture = sketch(number, side)
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    light = np.cos(angle) * x + np.sin(angle) * y
    light = 1 - dark * (light - light.min()) / np.ptp(light)
    picture = (picture * light[..., None]).astype(np.uint8)
    assert not looks_like_photo(255 - picture if negative else picture)


def test_rendered_photos_are_photos(tmp_path):
    write_shoes(tmp_path, 0, 25)
    photos = [with_shadow(read_picture(path)) for path in sorted(tmp_path.glob("*.png"))]
    assert all(looks_like_photo(photo) for photo in photos)


@pytest.mark.slow
def test_real_photos_and_sketches_are_distinguished(real_data):
    photos = sorted((real_data / "ShoeV2" / "photo").glob("*.jpg"))[::10]
    sketches = sorted((real_data / "qmul_v1" / "shoes" / "train" / "sketches").glob("*.png"))
    assert np.mean([looks_like_photo(read_picture(path)) for path in photos]) > 0.97
    assert np.mean([looks_like_photo(read_picture(path)) for path in sketches]) < 0.03


def test_a_sketch_query_has_the_embedding_of_its_prepared_sketch():
    embedder = HogEmbedder()
    vector = sketch_query(embedder, draw_shoe(3)).embed(embedder, views=1).vectors
    from sketchnet.imaging.prepare import prepare_sketch

    own = embedder.sketches(prepare_sketch(draw_shoe(3), embedder.canvas)[None], 1).vectors
    np.testing.assert_array_equal(vector, own)


def test_blank_pictures_are_refused_with_a_fix():
    white = np.full((50, 50, 3), 255, np.uint8)
    with pytest.raises(InputError, match="draw something first"):
        sketch_query(HogEmbedder(), white)
    with pytest.raises(InputError, match="draw something first"):
        sketch_query(HogEmbedder(), [])
    with pytest.raises(InputError, match="try another one"):
        photo_query(HogEmbedder(), white)
