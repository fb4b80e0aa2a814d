"""Categories that a person adds: what is kept, what is refused, and that they take part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval.added_categories import (
    ADDED_FILE,
    add_category,
    check_word,
    load_added_categories,
)
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet.strokes.rasterize import rasterize
from sketchnet.utils.errors import InputError
from tests.doodles import doodles, small_config

KNOWN = ("circle", "stairs")


@pytest.fixture(scope="module")
def embedder() -> DoodleEmbedder:
    network = build_doodle_network(small_config(image_branch="compact"), 2)
    return DoodleEmbedder((network, DoodleInputs(32, 32), KNOWN))


@pytest.fixture(scope="module")
def stars() -> list:
    return doodles(6, ("star",), seed=7).queries()


def test_examples_are_embedded_and_kept(embedder, stars) -> None:
    picture = rasterize(stars[5], 64)
    added = add_category(embedder, None, " my  star ", [*stars[:3], picture])
    assert added.categories == ("my star",)
    np.testing.assert_allclose(
        added.vectors, embedder.predict([*stars[:3], picture]).embeddings, atol=1e-6
    )
    assert [len(each) for each in added.drawings] == [4, 4, 4, 0]
    circles = doodles(3, ("circle",), seed=8).queries()
    both = add_category(embedder, added, "ring", circles)
    assert both.categories == ("my star", "ring")
    assert both.labels.tolist() == [0] * 4 + [1] * 3
    assert len(set(both.key_ids)) == 7
    np.testing.assert_array_equal(both.vectors[:4], added.vectors)
    np.testing.assert_array_equal(both.drawings[4][0], circles[0][0])


@pytest.mark.parametrize(
    ("word", "number", "reason"),
    [
        ("star", 2, "at least 3 drawings of star; received 2"),
        ("Circle", 3, "Circle, which is a category already"),
        ("", 3, "1 to 40 characters"),
        ("x" * 41, 3, "1 to 40 characters"),
        ("a\x07b", 3, "1 to 40 characters"),
    ],
)
def test_wrong_words_and_few_drawings_are_refused(embedder, stars, word, number, reason) -> None:
    with pytest.raises(InputError, match=reason):
        add_category(embedder, None, word, stars[:number])


def test_a_word_is_the_same_in_any_spelling() -> None:
    for word in ("flip-flops", "Flip Flops", "FLIPFLOPS"):
        with pytest.raises(InputError, match="already"):
            check_word(word, ("flip flops",))
    assert check_word("flip-flops", ("apple",)) == "flip-flops"


def test_the_examples_belong_to_their_network(embedder, stars, tmp_path: Path) -> None:
    assert load_added_categories(tmp_path, "one") is None
    added = replace(add_category(embedder, None, "star", stars), fingerprint="one")
    (tmp_path / ADDED_FILE).parent.mkdir()
    save_doodle_gallery(added, tmp_path / ADDED_FILE)
    loaded = load_added_categories(tmp_path, "one")
    assert loaded.categories == ("star",)
    np.testing.assert_allclose(loaded.vectors, added.vectors, atol=1e-3)
    with pytest.raises(InputError, match="another network; delete this file"):
        load_added_categories(tmp_path, "two")
    (tmp_path / ADDED_FILE).write_bytes(b"PK broken")
    with pytest.raises(InputError, match="embedded drawings"):
        load_added_categories(tmp_path, "one")


def test_added_categories_are_named_and_suggested(embedder, stars) -> None:
    base = Suggester(embedder, build_doodle_gallery(embedder, doodles(9, KNOWN)))
    picture = rasterize(stars[5], 64)
    suggester = base.with_added(add_category(embedder, None, "star", [*stars[:4], picture]))
    assert suggester.categories == (*KNOWN, "star")
    found = suggester.suggest(stars[0], k=3, category="star", distinct=True)
    assert sorted(each.category for each in found.categories) == sorted((*KNOWN, "star"))
    assert sum(each.probability for each in found.categories) == pytest.approx(1, abs=1e-5)
    assert {each.category for each in found.drawings} == {"star"}
    assert all(each.drawing for each in found.drawings)
    assert suggester.suggest(stars[0], k=1).drawings[0].distance == pytest.approx(0, abs=1e-5)
    assert base.categories == KNOWN
    assert "star" not in base.gallery.categories
    assert suggester.with_added(None).categories == KNOWN
    alone = Suggester(embedder).with_added(suggester.added)
    assert alone.gallery is suggester.added
