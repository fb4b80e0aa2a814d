"""HTML of the page: names are escaped, and drawings keep all their strokes."""

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
from sketchnet.utils.errors import InputError
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
        cards.notice(InputError("a shoe", name, f"draw {name}")),
        cards.placeholder(name, name),
        shoe_detail.detail(name, match.picture, name, session),
        tray.tray(name, [(name, match.picture)], [(name, match.picture)], True),
        drawing_svg([np.zeros((2, 2), np.float32)], name),
    ]


@pytest.mark.parametrize("page", pages(HOSTILE))
def test_hostile_names_add_no_tags_and_no_attributes(page: str):
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
    page = cards.notice(InputError("a picture", "a; b", "save it as PNG"))
    assert "<b>Save it as PNG.</b><span>Expected a picture; received a; b.</span>" in page
    page = cards.notice(InputError("a drawing", "none"))
    assert "<b>Expected a drawing.</b><span>Received none.</span>" in page


def test_a_card_shows_rank_and_similarity_and_no_distance():
    page = cards.card(Match("a", 3, 1.2345, 0.5, Path("/a.jpg")))
    assert "width:50%" in page
    assert "Shoe a, rank 3, similarity 50 %" in page
    assert "1.2" not in page
    assert "gradio_api/file=/a.jpg" in page


@pytest.mark.parametrize(
    ("similarity", "shown"), [(-0.2, 0), (0.0, 0), (0.126, 13), (1.0, 100), (1.7, 100)]
)
def test_the_bar_is_clipped_to_0_and_100_percent(similarity, shown):
    assert f"width:{shown}%" in cards.card(Match("a", 1, 0.0, similarity, Path("/a.jpg")))


coordinates = st.floats(-1e6, 1e6, width=32)
drawings = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), max_size=5
)


@given(drawings)
def test_svg_contains_every_stroke_in_order_inside_its_square(drawing):
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
    page = shoe_detail.strokes(drawings, [200, 20, 10], 500)
    assert "Stroke 2 helped most: from rank 200 to 20 of 500." in page
    assert page.count("class=best") == 1
    page = shoe_detail.strokes(drawings, [101, 101, 60], 500_000, 100)
    assert "Stroke 3 helped most: from rank 100+ to 60 of 500,000." in page
    assert "No stroke" in shoe_detail.strokes(drawings, [5, 5, 9], 500)


@pytest.mark.parametrize("ranks", [[200], [1], [1, 1], [200, 20, 40, 1]])
def test_the_curve_shows_the_ranks_with_rank_1_at_the_top(ranks: list[int]):
    stroke = np.array([[0, 0], [5, 5]], np.float32)
    page = shoe_detail.strokes([[stroke]] * len(ranks), ranks, 500)
    curve = ElementTree.fromstring(
        page[page.index('<svg class="curve"') :].split("</svg>")[0] + "</svg>"
    )
    points = curve.find("path").get("d")[1:].split("L")
    x, down = np.array([point.split() for point in points], float).T
    assert x.tolist() == [number + 0.5 for number in range(len(ranks))]
    assert (np.argsort(down, kind="stable") == np.argsort(ranks, kind="stable")).all()
    assert ((down > 0) & (down < 1)).all()
    assert all(y == down.min() for y, rank in zip(down, ranks, strict=True) if rank == 1)


def test_the_page_says_where_its_drawings_are_synthetic():
    def suggester(synthetic: bool) -> SimpleNamespace:
        named, shown = (SimpleNamespace(categories=("a",) * n) for n in (344, 10))
        return SimpleNamespace(synthetic=synthetic, embedder=named, gallery=shown)

    note = Tags(origin(suggester(True))).text
    assert "344 categories" in note
    assert "synthetic, of 10 categories" in note
    assert origin(suggester(False)) == origin(None) == ""
