"""The page: its layout and the events that join its parts, which have files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from sketchnet.utils.errors import InputError

from . import cards
from .actions import Actions
from .api import endpoints
from .canvas import RECORD, ink, read_strokes, sketchpad
from .doodle_tab import DoodleTab
from .header import HEADER, TOOLS
from .picture_query import PictureQuery
from .quiz_tab import QuizTab
from .request_filter import RequestFilter
from .session import Session
from .shoes_tab import ShoesTab

HERE = Path(__file__).resolve().parent


def build_page(finders: Mapping[str, Any], suggester: Any = None) -> Any:
    """Lay the page out and join its events.

    Args:
        finders: a `ShoeFinder` for each gallery, by the name that the page shows.
        suggester: a `Suggester`, or None where there is no run for doodles.

    Returns the `gr.Blocks`, for `launch`.
    """
    with gr.Blocks(
        title="sketchnet", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        # Handlers change the session in place, so that two that overlap see each other's work.
        first = Session(gallery=next(iter(finders), ""), tab="shoes" if finders else "doodles")
        session = gr.State(first, time_to_live=6 * 3600)
        gr.HTML(HEADER, elem_id="header", apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="left"):
                with gr.Column(elem_id="stage"):
                    sketchpad()
                    tracing = gr.HTML(elem_id="tracing", apply_default_css=False)
                    brought = cards.html(elem_id="brought")
                    notice = gr.HTML(elem_id="notice", apply_default_css=False, js_on_load=TOLD)
                paper = ink()
                gr.HTML(TOOLS, elem_id="tools", apply_default_css=False)
                buttons = gr.Row(elem_id="ask")
            with gr.Tabs(selected=first.tab, elem_id="right"):
                with gr.Tab("Shoes", id="shoes") as shoes_tab:
                    find = ShoesTab(finders)
                with gr.Tab("Doodles", id="doodles") as doodles_tab:
                    doodle = DoodleTab(suggester)
                with gr.Tab("Quiz", id="quiz") as quiz_tab:
                    quiz = QuizTab(suggester)
        with buttons:
            bring = PictureQuery(find, brought)
            find_now = gr.Button("Find now!", variant="primary", elem_id="find-now")
        clicks = Actions(find, tracing)
        endpoints(finders, suggester)
        outputs = [brought, notice, doodle.shown, quiz.shown, *find.outputs, *clicks.outputs]

        def answer(session: Session) -> dict[Any, Any]:
            return (doodle if session.tab == "doodles" else find).answer(session)

        def ask(record: str, session: Session, views: int) -> dict[Any, Any]:
            drawing = read_strokes(record)
            query = find.prepare(session, drawing) if drawing else None
            session.ask(query, views, drawing)
            return {brought: ""}

        def drawn(record: str, session: Session) -> dict[Any, Any]:
            return ask(record, session, views=1)

        def find_all(record: str, session: Session) -> dict[Any, Any]:
            if session.picture is not None:  # a picture has been searched with ten views already
                return {}
            return ask(record, session, views=10)

        def turn(tab: str, session: Session) -> dict[Any, Any]:
            session.tab = tab
            return {} if tab == "quiz" else answer(session)

        def switch(gallery: str, session: Session) -> dict[Any, Any]:
            return clicks.move(session, gallery)

        def when(
            event: Any,
            handler: Any,
            *inputs: Any,
            asks: bool = False,
            js: str = BUSY,
            **options: Any,
        ) -> None:
            """On `event` show what `handler` gives and, where it `asks` anew, the answer."""

            @wraps(handler)
            def told(*given: Any) -> dict[Any, Any]:
                try:
                    updates = handler(*given)
                    return {notice: ""} | updates | (answer(given[-1]) if asks else {})
                except InputError as error:
                    return {notice: cards.notice(str(error))}

            # One queue for all: an answer that was asked for later is hardly ever there earlier.
            options |= {"concurrency_id": "page", "concurrency_limit": 2}
            options |= {"js": js, "show_progress": "hidden", "api_visibility": "private"}
            answered = event(told, [*inputs, session], outputs, **options)
            for over in (answered.success, answered.failure):
                over(js="() => window.sketchnet.done()", api_visibility="private")

        when(paper.ink, drawn, paper, asks=True, js=RECORD, trigger_mode="always_last")
        when(find_now.click, find_all, paper, asks=True, js=RECORD)
        when(bring.button.upload, bring.take, bring.button, asks=True)
        when(brought.act, bring.read_as, asks=True)
        when(find.gallery.input, switch, find.gallery, asks=True)
        when(find.more.click, find.show_more)
        for name, tab in (("shoes", shoes_tab), ("doodles", doodles_tab), ("quiz", quiz_tab)):
            when(tab.select, partial(turn, name), js=f"() => window.sketchnet.turn('{name}')")
        when(doodle.shown.act, doodle.act)
        when(quiz.shown.act, quiz.act)
        for part in (find.status, find.shoes, clicks.sheet, clicks.tray):
            when(part.act, clicks.act)
    # A page has one question under way: who fills a longer queue is no visitor.
    return page.queue(max_size=QUEUE)


QUEUE = 256  # questions that may wait; the next is told that the queue is full
TOLD = "watch('value', () => window.sketchnet.told(element))"
BUSY = "(...inputs) => window.sketchnet.busy(...inputs)"


def launch(page: Any, finders: Mapping[str, Any], **options: Any) -> None:
    """Serve the page with its look, its scripts and its limits; `options` go to Gradio's launch."""

    def text(name: str) -> str:
        return (HERE / name).read_text("utf-8")

    scripts = "".join(f"<script>{text(name)}</script>" for name in ("page.js", "canvas.js"))
    sans = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif")
    page.launch(
        theme=gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace")),
        # Not `css=`: Gradio would put its own container in front of rules that begin at the body.
        head=f"<style>{text('style.css')}</style>{scripts}",
        footer_links=[],
        ssr_mode=False,  # a Space would turn it on, and our scripts come before it
        max_file_size="20mb",
        app_kwargs={"middleware": [Middleware(RequestFilter)]},
        allowed_paths=[str(finder.gallery.folder / "thumbnails") for finder in finders.values()],
        **options,
    )
