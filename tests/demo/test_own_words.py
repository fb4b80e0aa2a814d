"""Words that a visitor teaches: when they are known, what is refused, what is downloaded."""

from __future__ import annotations

import base64
import json
import re

import gradio as gr
import pytest

from sketchnet.data.doodle_examples import read_examples
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError
from sketchnet_demo.doodle_tab import DoodleTab
from sketchnet_demo.own_words import EXAMPLES, OwnWords, own_words_html
from sketchnet_demo.session import Session
from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles
from tests.demo.test_doodle_tabs import html_of, press


@pytest.fixture(scope="module")
def suns():
    drawings = draw_doodles(8)
    return list(drawings.only(["sun"]).drawings)


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    """It knows fish, houses and ladders, and no suns."""
    drawings = draw_doodles(6).without(["sun"])
    embedder = HogDoodleEmbedder(drawings)
    return Suggester(embedder, build_doodle_gallery(embedder, drawings))


def test_a_word_is_known_after_five_drawings(suggester, suns, tmp_path) -> None:
    with gr.Blocks():
        tab = DoodleTab(suggester)
    session = Session("", tab="doodles")
    for number in range(EXAMPLES):
        session.set_query(None, drawing=suns[number])
        shown = html_of(tab.act(press("teach", " my  sun "), session))
        assert (f"{number + 1} of 5 drawings of my sun" in shown) == (number < EXAMPLES - 1)
    assert "my sun is known now" in shown
    session.set_query(None, drawing=suns[6])
    shown = html_of(tab.show_results(session))
    assert "<b>my sun</b>" in shown.partition("</ol>")[0]
    assert "<span>my sun</span>" in shown
    assert "my sun" not in html_of(tab.show_results(restarted(session)))  # another visitor
    href = re.search(r'download="my sun.ndjson" href="data:[^,]*,([^"]*)"', shown)
    (tmp_path / "my sun.ndjson").write_bytes(base64.b64decode(href[1]))
    again = read_examples([tmp_path / "my sun.ndjson"])
    assert [len(each) for each in again] == [len(each) for each in suns[:EXAMPLES]]
    first = json.loads((tmp_path / "my sun.ndjson").read_text().splitlines()[0])
    assert first["word"] == "my sun"


def restarted(session: Session) -> Session:
    other = Session("", tab="doodles")
    other.set_query(None, drawing=session.drawing)
    return other


def test_what_is_refused(suggester, suns) -> None:
    own = OwnWords()
    for word, drawing, reason in (
        ("Fish", suns[0], "Fish, which is a category already"),
        ("", suns[0], "1 to 40 characters"),
        ("sun", [], "blank paper"),
    ):
        with pytest.raises(InputError, match=reason):
            own.add(word, drawing, 1, suggester)
    assert own.examples == {}
    assert own.add("sun", suns[0], 1, suggester) is suggester
    with pytest.raises(InputError, match="another drawing"):
        own.add("sun", suns[0], 1, suggester)
    for version in range(2, EXAMPLES + 1):
        taught = own.add("sun", suns[version], version, suggester)
    assert "sun" in taught.categories
    with pytest.raises(InputError, match="a category already"):
        own.add("sun", suns[0], 9, taught)
    assert '<input maxlength="40" placeholder="word" value="sun">' in own_words_html(own)
