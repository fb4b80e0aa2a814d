"""Words, colours and painted areas beside the query, against the ranking of the library."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.filters import WishedColour
from sketchnet.utils.errors import InputError
from sketchnet_demo.session import Session
from sketchnet_demo.shoe_search import ShoeSearch
from sketchnet_demo.wishes import Wishes, painted_wishes, read_painting
from tests.browser.hog_embedder import draw_shoe
from tests.retrieval.test_filtered_search import PHOTOS, finder, rows  # noqa: F401 (fixtures)

RED, BLUE = "#be262a", "#30549b"


def test_what_is_painted_is_wished_at_its_place_of_the_drawing():
    """The drawing fills 200..600 by 300..500; red covers its left half, blue a stripe outside."""
    drawing = [np.array([[200, 300], [600, 500]], np.float32)]
    strokes = [[RED, [[232, 232, 368, 368], [332, 468, 468, 332]]], [BLUE, [[50, 750], [80, 80]]]]
    painting = read_painting(json.dumps(strokes))
    wishes = painted_wishes(painting, drawing)
    assert [wish.colour for wish in wishes] == [NAMED_COLOURS["red"]]
    assert wishes[0].place == pytest.approx((0, 0, 0.5, 1), abs=0.04)
    alone = painted_wishes(painting, [])
    assert {wish.colour for wish in alone} == {NAMED_COLOURS["red"], NAMED_COLOURS["blue"]}
    assert painted_wishes([], drawing) == ()
    assert read_painting("") == []


@pytest.mark.parametrize(
    "text",
    [
        "[", "{}", "3", '[["red"]]', f'[["{RED}", [[1], [2]], 3]]', f'[["{RED}", "x"]]',
        '[["url(x)", [[1], [2]]]]', f'[["{RED}", [[1], [null]]]]', "[" * 100_000,
        json.dumps([[RED, [[1], [2]]]] * 201),
    ],
)  # fmt: skip
def test_any_other_painting_is_refused(text):
    with pytest.raises(InputError):
        read_painting(text)


def test_wishes_rank_as_the_library_ranks(finder):  # noqa: F811
    search = ShoeSearch({"shoes": finder})
    session, drawing = Session("shoes"), draw_shoe(7)
    session.wishes = Wishes("summer")
    alone = [finder.gallery.ids[row] for row in search.ranking(session).rows]
    expected = finder.nearest(None, PHOTOS, text="summer")
    assert alone == [match.id for match in expected]
    assert search.ranking(session).total == len(alone) < PHOTOS
    session.set_query(search.prepare(session, drawing), 1, drawing)
    session.wishes = Wishes("summer", (WishedColour(NAMED_COLOURS["red"]),))
    session.painting = read_painting(json.dumps([[BLUE, [[60, 200], [150, 150]]]]))
    colours = (*session.wishes.colours, *painted_wishes(session.painting, drawing))
    assert len(colours) == 2
    expected = finder.nearest(search.embedding(session), PHOTOS, text="summer", colours=colours)
    found = search.ranking(session)
    assert [finder.gallery.ids[row] for row in found.rows] == [match.id for match in expected]
    np.testing.assert_allclose(found.distances, [match.distance for match in expected], atol=1e-6)
    assert found.total == PHOTOS
    session.set_like("shoe_3")
    assert search.wishes(session) == session.wishes, "a painting belongs to the drawing"
