"""Suggestions: the category of a drawing, and similar drawings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet.strokes.rasterize import rasterize
from sketchnet.strokes.shape_distance import same_style
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    network = build_doodle_network(small_config(image_branch="compact"), 3)
    embedder = DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))
    return Suggester(embedder, build_doodle_gallery(embedder, doodles(8)))


def as_lists(drawing) -> list:
    return [stroke.tolist() for stroke in drawing]


def test_a_drawing_of_the_gallery_finds_itself(suggester) -> None:
    drawings = doodles(8)
    for row in (0, 13, 23):
        found = suggester.suggest(as_lists(drawings.drawings[row]), k=5)
        first = found.drawings[0]
        assert first.key_id == drawings.key_ids[row]
        assert first.category == WORDS[drawings.labels[row]]
        assert first.similarity == pytest.approx(1, abs=0.01)
        assert [d.rank for d in found.drawings] == [1, 2, 3, 4, 5]
        distances = [d.distance for d in found.drawings]
        assert distances == sorted(distances)
        for stroke, other in zip(first.drawing, drawings.drawings[row], strict=True):
            np.testing.assert_array_equal(stroke, other)


def test_categories_have_probabilities_in_descending_order(suggester) -> None:
    found = suggester.suggest(as_lists(doodles(1).drawings[0]), k=10).categories
    assert {prediction.category for prediction in found} == set(WORDS)
    probabilities = [prediction.probability for prediction in found]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    assert len(suggester.suggest(as_lists(doodles(1).drawings[0]), k=2).categories) == 2


def test_both_stroke_formats_give_the_same_drawing(suggester) -> None:
    drawing = doodles(1).drawings[0]
    points = suggester.suggest(as_lists(drawing), k=3)
    official = suggester.suggest([stroke.T.tolist() for stroke in drawing], k=3)
    assert [d.key_id for d in points.drawings] == [d.key_id for d in official.drawings]


def test_a_picture_of_any_polarity_is_a_query_too(suggester, tmp_path: Path) -> None:
    picture = rasterize(doodles(1).drawings[0], 120)
    by_array = suggester.suggest(picture, k=3)
    by_inverse = suggester.suggest(255 - picture, k=3)
    assert [d.key_id for d in by_array.drawings] == [d.key_id for d in by_inverse.drawings]
    assert len(by_array.categories) == 3


@pytest.mark.parametrize("blank", [[], [[]], np.full((50, 50), 255, np.uint8)])
def test_blank_paper_is_refused(suggester, blank) -> None:
    with pytest.raises(InputError, match="blank paper"):
        suggester.suggest(blank)


def test_distinct_drawings_have_distinct_styles(suggester) -> None:
    query = as_lists(doodles(1).drawings[0])
    found = suggester.suggest(query, k=6, distinct=True).drawings
    for place, first in enumerate(found):
        assert not any(same_style(first.drawing, other.drawing) for other in found[:place])
    assert found[0].key_id == suggester.suggest(query, k=1).drawings[0].key_id


def test_drawings_of_one_category_only(suggester) -> None:
    query = as_lists(doodles(1).drawings[0])
    found = suggester.suggest(query, k=20, category="star").drawings
    assert len(found) == 8
    assert {d.category for d in found} == {"star"}
    with pytest.raises(InputError, match="zebra"):
        suggester.suggest(query, category="zebra")


def test_a_gallery_without_strokes_gives_names_only(suggester, tmp_path: Path) -> None:
    path = tmp_path / "drawings.npz"
    save_doodle_gallery(suggester.gallery, path, strokes=False)
    found = Suggester(suggester.embedder, path).suggest(as_lists(doodles(1).drawings[0]), k=2)
    assert [d.drawing for d in found.drawings] == [None, None]
    none = Suggester(suggester.embedder).suggest(as_lists(doodles(1).drawings[0]))
    assert none.drawings == []
    assert len(none.categories) == 3


def test_the_gallery_of_another_run_is_refused(suggester) -> None:
    with pytest.raises(InputError, match="another"):
        Suggester(suggester.embedder, replace(suggester.gallery, fingerprint="other"))
