"""Uploaded pictures: which part is the query, and that any value of a browser is checked."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import gradio as gr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.utils.errors import InputError
from sketchnet_demo.picture import MIN_SIDE, Picture
from sketchnet_demo.picture_query import PictureQuery
from sketchnet_demo.picture_view import picture_view
from sketchnet_demo.session import Session
from tests.demo.test_html import Tags

HEIGHT, WIDTH = 300, 500


def page_with(*corners: tuple[int, int]) -> np.ndarray:
    """White paper (300, 500, 3) with a drawn house of 120 x 100 px at each corner."""
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    house = np.array([[0, 100], [0, 40], [60, 0], [120, 40], [120, 100], [0, 100]])
    for corner in corners:
        cv2.polylines(pixels, [house + corner], True, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.line(pixels, (corner[0], corner[1] + 40), (corner[0] + 120, corner[1] + 40), 0, 4)
    return pixels


@pytest.fixture
def two() -> Picture:
    return Picture.of(page_with((30, 40), (330, 160)), is_photo=False)


def test_every_drawing_of_a_page_is_offered(two):
    assert len(two.boxes) == 2
    for box, corner in zip(sorted(two.boxes), ((30, 40), (330, 160)), strict=True):
        x, y, width, height = box
        assert np.abs(np.array([x, y]) + 6 - corner).max() < 8
        assert np.abs(np.array([width, height]) - 12 - (120, 100)).max() < 12
    assert two.shown_box == two.boxes[0]
    assert two.query is two.pixels, "without a choice the whole picture is prepared as ever"
    chosen = two.with_drawing("1")
    x, y, width, height = two.boxes[1]
    assert (chosen.query == two.pixels[y : y + height, x : x + width]).all()


def test_a_photo_has_no_box():
    photo = Picture.of(page_with((30, 40)), is_photo=True)
    assert (photo.boxes, photo.shown_box) == ((), None)
    assert photo.with_box("0.1,0.1,0.5,0.5").query is photo.pixels


def test_the_box_of_a_page_without_a_drawing_is_the_whole_page():
    blank = Picture.of(page_with(), is_photo=False)
    assert blank.boxes == ()
    assert blank.shown_box == (0, 0, WIDTH, HEIGHT)


def test_a_picture_rotates_by_quarters_with_its_drawings(two):
    left = two.rotated(1)
    assert left.pixels.shape == (WIDTH, HEIGHT, 3)
    assert (left.pixels == np.rot90(two.pixels)).all()
    assert len(left.boxes) == 2
    assert (left.rotated(-1).pixels == two.pixels).all()


def test_a_box_of_the_browser_is_in_shares_of_the_picture(two):
    assert two.with_box("0.1,0.2,0.5,0.4").box == (50, 60, 250, 120)
    assert two.with_box("0.9,0.9,0.5,0.5").box == (250, 150, 250, 150)
    assert two.with_box("0,0,0,0").box == (0, 0, MIN_SIDE, MIN_SIDE)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "inf,0,1,1"])
def test_any_other_box_is_refused(two, text):
    with pytest.raises(InputError, match="a box of four numbers"):
        two.with_box(text)


@pytest.mark.parametrize("number", ["2", "-1", "x", "", "1.0", "9" * 5000, "²"])
def test_another_drawing_is_refused(two, number):
    with pytest.raises(InputError, match="one of the drawings"):
        two.with_drawing(number)


shares = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(shares, min_size=4, max_size=4))
def test_every_box_lies_within_the_picture(box):
    picture = Picture(page_with(), is_photo=False)
    x, y, width, height = picture.with_box(",".join(map(str, box))).box
    assert 0 <= x <= x + width <= WIDTH
    assert 0 <= y <= y + height <= HEIGHT
    assert min(width, height) >= MIN_SIDE


def test_the_view_shows_the_box_in_percent_and_the_drawings(two):
    view = picture_view(two.with_box("0.1,0.2,0.5,0.4"))
    assert "left:10.00%;top:20.00%;width:50.00%;height:40.00%" in view
    assert view.count('data-act="drawing"') == 2
    assert Tags(view).tags.count("img") == 3
    one = picture_view(Picture.of(page_with((30, 40)), is_photo=False))
    assert 'data-act="drawing"' not in one


class Search:
    """Records what the page searches with; blank pictures are refused."""

    def __init__(self) -> None:
        self.prepared: list[tuple[tuple[int, ...], bool]] = []

    def prepare(self, session, sketch, is_photo=False):
        if sketch.min() == 255:
            raise InputError("a drawing", "blank paper", "draw something first")
        self.prepared.append((sketch.shape, is_photo))


def test_every_button_of_the_view_searches_with_what_it_shows(tmp_path):
    search = Search()
    with gr.Blocks(analytics_enabled=False):
        query = PictureQuery(search, gr.HTML(), gr.HTML())
    cv2.imwrite(str(tmp_path / "page.png"), page_with((30, 40), (330, 160)))
    session = Session(gallery="a")
    query.upload(str(tmp_path / "page.png"), session)
    for act, value in (
        ("rotate_left", ""),
        ("as_photo", ""),
        ("rotate_right", ""),
        ("as_sketch", ""),
        ("box", "0,0,0.5,0.5"),
        ("anything", ""),
    ):
        query.act(SimpleNamespace(_data={"act": act, "id": value}), session)
    whole, turned, part = (HEIGHT, WIDTH, 3), (WIDTH, HEIGHT, 3), (150, 250, 3)
    assert search.prepared == [
        (whole, False),
        (turned, False),
        (turned, True),
        (whole, True),
        (whole, False),
        (part, False),
    ]
    assert session.version == len(search.prepared)


def test_a_picture_without_a_drawing_is_shown_with_a_notice(tmp_path):
    with gr.Blocks(analytics_enabled=False):
        query = PictureQuery(Search(), gr.HTML(), gr.HTML())
    cv2.imwrite(str(tmp_path / "page.png"), page_with())
    session = Session(gallery="a")
    shown = query.upload(str(tmp_path / "page.png"), session)
    assert "<img" in shown[query.view]
    assert "Draw something first." in shown[query.notice]
    assert session.query is None
    assert session.picture is not None
