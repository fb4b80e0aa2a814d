"""Why a photo was found: heat lies where the lines agree, by maps and by occlusion."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.explain import SIDE, occlusion, tracing, warm, why
from sketchnet.retrieval.query import Query, photo_query, sketch_query
from tests.browser.hog_embedder import HogEmbedder, draw_shoe, write_shoes


class NoMaps(HogEmbedder):
    """A model with vectors alone."""

    def _hog(self, prepared):
        return Embeddings(super()._hog(prepared).vectors)


def test_occlusion_finds_the_only_line_that_counts():
    embedder = NoMaps()
    line, other = [np.array([[20, 60], [236, 60]], np.float32)], np.array([[20, 230], [236, 230]])
    prepared = prepare_sketch([*line, other.astype(np.float32)], embedder.canvas)
    only = prepared.copy()
    only[embedder.canvas // 2 :] = 255
    heat = occlusion(embedder, Query(prepared), embedder.sketches(only[None]).vectors[0])
    assert heat.shape == (7, 7)
    assert heat.min() >= 0
    assert heat[:3].sum() > 10 * heat[4:].sum()


def test_warm_colours_the_hot_place_and_leaves_the_cold_one():
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 3
    heat[3, 3] = -5
    shown = warm(np.full((40, 40), 255, np.uint8), heat)
    assert shown.shape == (SIDE, SIDE, 3)
    red, _, blue = shown[10, 10].astype(int)
    assert red - blue > 100
    assert (shown[-10:, -10:] == 255).all()
    assert (warm(np.full((40, 40), 255, np.uint8), 0 * heat) == 255).all()


@pytest.mark.parametrize("model", [HogEmbedder, NoMaps])
@pytest.mark.parametrize("photo", [False, True])
def test_why_gives_two_pictures_with_and_without_maps(tmp_path, model, photo):
    from sketchnet.retrieval.gallery import build_gallery
    from sketchnet.retrieval.search import ShoeFinder

    write_shoes(tmp_path / "photos", 0, 4)
    embedder = model()
    build_gallery(embedder, tmp_path / "photos", tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    query = (
        photo_query(embedder, tmp_path / "photos" / "shoe_002.png")
        if photo
        else sketch_query(embedder, draw_shoe(2))
    )
    for picture in why(finder, query, "shoe_002"):
        assert (picture.shape, picture.dtype) == ((SIDE, SIDE, 3), np.uint8)
        orange = picture[..., 0].astype(int) - picture[..., 2]
        assert (orange > 60).mean() > 0.01
        assert (picture.min(axis=2) > 240).mean() > 0.2  # paper far from any line stays white


def test_a_tracing_is_thin_and_lies_where_the_photo_has_its_edge(tmp_path):
    write_shoes(tmp_path, 5, 1)
    lines = tracing(tmp_path / "shoe_005.png", 440)
    assert (lines.shape, lines.dtype) == ((440, 440, 4), np.uint8)
    inked = lines[..., 3] > 90
    assert 0.005 < inked.mean() < 0.12
    across = np.flatnonzero(inked.any(axis=0))
    assert across[0] > 30
    assert across[-1] < 410


@pytest.mark.parametrize("model", [HogEmbedder, NoMaps])
def test_a_shoe_drawn_the_other_way_round_is_warm_where_it_was_drawn(tmp_path, model):
    from sketchnet.retrieval.gallery import build_gallery
    from sketchnet.retrieval.search import ShoeFinder

    write_shoes(tmp_path / "photos", 7, 1)
    embedder = model()
    build_gallery(embedder, tmp_path / "photos", tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    drawing = draw_shoe(7)
    turned = [stroke * [-1, 1] + [256, 0] for stroke in drawing]
    straight, photo = why(finder, sketch_query(embedder, drawing), "shoe_007")
    mirrored, same = why(finder, sketch_query(embedder, turned), "shoe_007")
    heat = [picture.astype(int)[..., 0] - picture[..., 2] for picture in (straight, mirrored)]
    assert np.abs(heat[0] - heat[1][:, ::-1]).mean() < 0.2 * heat[0].mean()
    assert np.abs(photo.astype(int) - same).mean() < 6
