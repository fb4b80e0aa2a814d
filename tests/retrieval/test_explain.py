"""Explanations: heat lies where the lines agree, computed from local maps and by occlusion."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.explain import (
    PICTURE_SIZE,
    explain,
    occlusion,
    overlay_heat_map,
    tracing,
)
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.query import Query, photo_query, sketch_query
from sketchnet.retrieval.search import ShoeFinder
from tests.browser.hog_embedder import HogEmbedder, draw_shoe, write_shoes


class NoMaps(HogEmbedder):
    """A model without local maps."""

    def _hog(self, prepared):
        return Embeddings(super()._hog(prepared).vectors)


def test_occlusion_finds_the_line_that_both_pictures_have():
    embedder = NoMaps()
    line, other = [np.array([[20, 60], [236, 60]], np.float32)], np.array([[20, 230], [236, 230]])
    prepared = prepare_sketch([*line, other.astype(np.float32)], embedder.canvas)
    only = prepared.copy()
    only[embedder.canvas // 2 :] = 255
    heat = occlusion(embedder, Query(prepared), embedder.sketches(only[None]).vectors[0])
    assert heat.shape == (7, 7)
    assert heat.min() >= 0
    assert heat[:3].sum() > 10 * heat[4:].sum()


def test_the_overlay_colours_positive_heat_only():
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 3
    heat[3, 3] = -5
    shown = overlay_heat_map(np.full((40, 40), 255, np.uint8), heat)
    assert shown.shape == (PICTURE_SIZE, PICTURE_SIZE, 3)
    red, _, blue = shown[10, 10].astype(int)
    assert red - blue > 100
    assert (shown[-10:, -10:] == 255).all()
    assert (overlay_heat_map(np.full((40, 40), 255, np.uint8), 0 * heat) == 255).all()


@pytest.mark.parametrize("model", [HogEmbedder, NoMaps])
@pytest.mark.parametrize("photo", [False, True])
def test_explanations_with_and_without_local_maps(tmp_path, model, photo):
    write_shoes(tmp_path / "photos", 0, 4)
    embedder = model()
    build_gallery(embedder, tmp_path / "photos", tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    query = (
        photo_query(embedder, tmp_path / "photos" / "shoe_002.png")
        if photo
        else sketch_query(embedder, draw_shoe(2))
    )
    for picture in explain(finder, query, "shoe_002"):
        assert (picture.shape, picture.dtype) == ((PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
        orange = picture[..., 0].astype(int) - picture[..., 2]
        assert (orange > 60).mean() > 0.01
        assert (picture.min(axis=2) > 240).mean() > 0.2  # paper far from any line stays white


def test_a_tracing_is_thin_and_follows_the_edges_of_the_photo(tmp_path):
    write_shoes(tmp_path, 5, 1)
    lines = tracing(tmp_path / "shoe_005.png", 440)
    assert (lines.shape, lines.dtype) == ((440, 440, 4), np.uint8)
    inked = lines[..., 3] > 90
    assert 0.005 < inked.mean() < 0.12
    across = np.flatnonzero(inked.any(axis=0))
    assert across[0] > 30
    assert across[-1] < 410


@pytest.mark.parametrize("model", [HogEmbedder, NoMaps])
def test_the_heat_of_a_mirrored_drawing_is_mirrored(tmp_path, model):
    write_shoes(tmp_path / "photos", 7, 1)
    embedder = model()
    build_gallery(embedder, tmp_path / "photos", tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    drawing = draw_shoe(7)
    flipped = [stroke * [-1, 1] + [256, 0] for stroke in drawing]
    straight, photo = explain(finder, sketch_query(embedder, drawing), "shoe_007")
    mirrored, same = explain(finder, sketch_query(embedder, flipped), "shoe_007")
    heat = [picture.astype(int)[..., 0] - picture[..., 2] for picture in (straight, mirrored)]
    assert np.abs(heat[0] - heat[1][:, ::-1]).mean() < 0.2 * heat[0].mean()
    assert np.abs(photo.astype(int) - same).mean() < 6
