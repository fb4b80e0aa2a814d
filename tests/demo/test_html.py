"""HTML of the page: hostile names stay text, and drawings stay drawings."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.retrieval.search import Match
from sketchnet_demo import cards, shoe_detail, tray
from sketchnet_demo.doodle_tab import origin
from sketchnet_demo.session import Session
from sketchnet_demo.svg import drawing_svg

HOSTILE = """x"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;"""


class Tags(HTMLParser):
    """Collects the tags, the attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]

    def handle_data(self, data):
        self.text += data


def pages(name: str) -> list[str]:
    match = Match(name, 1, 0.5, 0.75, Path(f"/photos/{name}.jpg"))
    session = Session(gallery=name, liked=[name])
    return [
        cards.grid([match]),
        cards.grid([match], liked=[name]),
        cards.status(name, name, back=True),
        cards.notice(f"expected a shoe; received {name}; draw {name}"),
        cards.placeholder(name, name),
        shoe_detail.sheet(name, match.picture, name, session),
        tray.tray(name, [(name, match.picture)], [(name, match.picture)], True),
        drawing_svg([np.zeros((2, 2), np.float32)], name),
    ]


@pytest.mark.parametrize("page", pages(HOSTILE))
def test_hostile_names_open_no_tags_and_no_attributes(page: str):
    found = Tags(page)
    assert "script" not in found.tags
    assert "onerror" not in found.attributes
    assert found.tags.count("img") == page.count("<img ")


@given(st.text(max_size=60))
def test_a_name_changes_nothing_but_text(name):
    for page, plain in zip(pages(name), pages("shoe"), strict=True):
        assert Tags(page).tags == Tags(plain).tags
        assert Tags(page).attributes == Tags(plain).attributes


def test_a_notice_says_first_what_to_do():
    page = cards.notice("expected a picture; received a; b; save it as PNG")
    assert "<b>Save it as PNG.</b><span>Expected a picture; received a; b.</span>" in page
    assert "<b>Draw.</b></div>" in cards.notice("draw")


def test_a_card_shows_a_bar_and_no_bare_distance():
    page = cards.card(Match("a", 3, 1.2345, 0.5, Path("/a.jpg")))
    assert "width:50%" in page
    assert "1.2" not in page
    assert "gradio_api/file=/a.jpg" in page


@pytest.mark.parametrize(
    ("similarity", "shown"), [(-0.2, 0), (0.0, 0), (0.126, 13), (1.0, 100), (1.7, 100)]
)
def test_closeness_is_held_to_the_bar(similarity, shown):
    assert f"width:{shown}%" in cards.card(Match("a", 1, 0.0, similarity, Path("/a.jpg")))


coordinates = st.floats(-1e6, 1e6, width=32)
drawings = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), max_size=5
)


@given(drawings)
def test_svg_holds_every_stroke_in_order_inside_its_square(drawing):
    svg = ElementTree.fromstring(drawing_svg([np.array(s, np.float32) for s in drawing], "a <b>"))
    paths = svg.findall("path")
    assert len(paths) == len(drawing)
    starts = [float(path.get("style").split(":")[1].split("s")[0]) for path in paths]
    assert starts == sorted(starts)
    for path in paths:
        points = path.get("d")[1:].split("l")[0].split("L")
        numbers = np.array([float(value) for point in points for value in point.split()])
        assert numbers.min() >= 0
        assert numbers.max() <= 256


def test_the_stroke_that_helped_most_is_marked():
    stroke = np.array([[0, 0], [5, 5]], np.float32)
    drawings = [[stroke] * count for count in (1, 2, 3)]
    page = shoe_detail.steps(drawings, [200, 20, 10], 500)
    assert "Stroke 2 helped most: to place 20 of 500." in page
    assert page.count("class=best") == 1
    assert "No stroke" in shoe_detail.steps(drawings, [5, 5, 9], 500)


@pytest.mark.parametrize("ranks", [[200], [1], [1, 1], [200, 20, 40, 1]])
def test_the_ranks_stand_as_a_curve_with_the_first_place_on_top(ranks: list[int]):
    stroke = np.array([[0, 0], [5, 5]], np.float32)
    page = shoe_detail.steps([[stroke]] * len(ranks), ranks, 500)
    curve = ElementTree.fromstring(
        page[page.index('<svg class="curve"') :].split("</svg>")[0] + "</svg>"
    )
    places = curve.find("path").get("d")[1:].split("L")
    across, down = np.array([place.split() for place in places], float).T
    assert across.tolist() == [number + 0.5 for number in range(len(ranks))]
    assert (np.argsort(down, kind="stable") == np.argsort(ranks, kind="stable")).all()
    assert ((down > 0) & (down < 1)).all()
    assert all(y == down.min() for y, rank in zip(down, ranks, strict=True) if rank == 1)


def test_the_page_says_whose_drawings_it_shows():
    def suggester(by_program: bool) -> SimpleNamespace:
        named, shown = (SimpleNamespace(categories=("a",) * n) for n in (344, 10))
        return SimpleNamespace(by_program=by_program, embedder=named, gallery=shown)

    told = Tags(origin(suggester(True))).text
    assert "344 categories" in told
    assert "built-in ones, made by program, of 10 categories" in told
    assert origin(suggester(False)) == origin(None) == ""
