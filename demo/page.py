"""The layout of the page; its parts have files of their own, `events` joins them."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester

from . import cards
from .actions import Actions
from .api import add_endpoints
from .canvas import SHOW, canvas, ink, sketchpad
from .doodle_tab import DoodleTab
from .events import Events, Parts
from .header import HEADER, HISTORY, SHOW_HISTORY, TOOLS
from .library import Library
from .library_view import add_library
from .live import Live
from .painting import Painting
from .picture_query import PictureQuery
from .quiz_tab import QuizTab
from .session import Session
from .shoe_search import ShoeSearch
from .shoes_tab import ShoesTab

MAX_QUEUE = 256  # events that may wait; a page has one under way, so that more are no visitors
SESSION_SECONDS = 6 * 3600
MOVE_BOX = "window.sketchnet.moveBox(element, trigger);"
NOTICE = cards.part("notice") + "watch('value', () => window.sketchnet.showNotice(element))"


def build_page(
    finders: Mapping[str, ShoeFinder],
    suggester: Suggester | None = None,
    library: Library | None = None,
) -> gr.Blocks:
    """Build the page.

    Args:
        finders: a finder for each gallery, by the name that the page shows.
        suggester: suggests doodles, or None where no doodle run is served.
        library: keeps the boards of all visitors, or None where the browser of each keeps its own.

    Returns the Blocks, for `launch`, which adds the route of their attribute `live`.
    """
    search = ShoeSearch(finders)
    with gr.Blocks(
        title="sketchnet", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        # Handlers change the session in place, so that overlapping handlers see each other's work.
        start = Session(gallery=next(iter(finders), ""), tab="shoes" if finders else "doodles")
        session = gr.State(start, time_to_live=SESSION_SECONDS)
        events = Events(_lay_out(search, suggester, start.tab), session)
        events.connect()
        add_endpoints(finders, suggester)
        add_library(library)
    page.live = Live(session, events.use_drawing, events.parts_of)
    return page.queue(max_size=MAX_QUEUE)


def _lay_out(search: ShoeSearch, suggester: Suggester | None, tab: str) -> Parts:
    """Place the components: canvas and tools on the left, the tabs on the right."""
    gr.HTML(HEADER, elem_id="header", apply_default_css=False)
    with gr.Row(elem_id="workspace"):
        with gr.Column(elem_id="left"):
            with gr.Column(elem_id="stage"):
                canvas()
                drawn = sketchpad()
                painting = Painting()
                tracing = gr.HTML(elem_id="tracing", apply_default_css=False)
                picture_view = cards.html(elem_id="picture", js=MOVE_BOX)
                notice = gr.HTML(elem_id="notice", apply_default_css=False, js_on_load=NOTICE)
            record = ink()
            gr.HTML(TOOLS, elem_id="tools", apply_default_css=False)
            with gr.Row(elem_id="query-buttons"):
                picture = PictureQuery(search, picture_view, notice)
                gr.Button("Find now!", variant="primary", elem_id="find-now")  # live.js
            gr.HTML(HISTORY, elem_id="history", apply_default_css=False, js_on_load=SHOW_HISTORY)
        with gr.Tabs(selected=tab, elem_id="right"):
            with gr.Tab("Shoes", id="shoes") as shoes_tab:
                shoes = ShoesTab(search)
            with gr.Tab("Doodles", id="doodles") as doodles_tab:
                doodles = DoodleTab(suggester)
            with gr.Tab("Quiz", id="quiz") as quiz_tab:
                quiz = QuizTab(suggester)
    gr.on(None, None, outputs=drawn, js=SHOW, api_visibility="private")  # when the page is opened
    return Parts(
        ink=record,
        canvas_notice=notice,
        painting=painting,
        picture=picture,
        shoes=shoes,
        doodles=doodles,
        quiz=quiz,
        actions=Actions(shoes, tracing),
        tabs={"shoes": shoes_tab, "doodles": doodles_tab, "quiz": quiz_tab},
    )
