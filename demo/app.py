"""The page: `python demo/app.py` and draw.

This file lays the page out and joins its parts; what the parts do stands in their own files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if not __package__:  # run as a script, from a checkout or as a Space: find our own package
    sys.path.insert(0, str(HERE.parent))
    __import__(HERE.name)
    __package__ = HERE.name

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def build_page(finders: Mapping[str, Any], suggester: Any = None) -> Any:
    """Lay the page out and join its events.

    Args:
        finders: a `ShoeFinder` for each gallery, by the name that the page shows.
        suggester: a `Suggester`, or None where there is no run for doodles.

    Returns the `gr.Blocks`, to be launched with `launch_options`.
    """
    import gradio as gr

    from sketchnet.errors import InputError
    from sketchnet.queries import sketch_query

    from . import cards
    from .bring import Bring
    from .canvas import RECORD, ink, read_strokes, sketchpad
    from .clicks import Clicks
    from .find_tab import FindTab
    from .furniture import HEADER, TOOLS
    from .session import Session

    with gr.Blocks(
        title="sketchnet", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        # Handlers change the session in place, so that two that overlap see each other's work.
        session = gr.State(Session(gallery=next(iter(finders))), time_to_live=6 * 3600)
        gr.HTML(HEADER, elem_id="header", apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="left"):
                with gr.Column(elem_id="stage"):
                    sketchpad()
                    tracing = gr.HTML(elem_id="tracing", apply_default_css=False)
                    brought = cards.html(elem_id="brought")
                paper = ink()
                gr.HTML(TOOLS, elem_id="tools", apply_default_css=False)
                buttons = gr.Row(elem_id="ask")
            with gr.Column(elem_id="right"):
                find = FindTab(finders)
        with buttons:
            bring = Bring(find, brought)
            find_now = gr.Button("Find now!", variant="primary", elem_id="find-now")
        clicks = Clicks(find, tracing)
        outputs = [brought, *find.outputs, *clicks.outputs]

        def embedder(session: Session) -> Any:
            return finders[session.gallery].embedder

        def drawn(record: str, session: Session, views: int) -> dict[Any, Any]:
            try:
                drawing = read_strokes(record)
                query = sketch_query(embedder(session), drawing) if drawing else None
            except InputError as error:
                return {find.status: cards.notice(str(error))}
            session.ask(query, views, drawing)
            return {brought: ""} | find.answer(session)

        def live(record: str, session: Session) -> dict[Any, Any]:
            return drawn(record, session, views=1)

        def find_all(record: str, session: Session) -> dict[Any, Any]:
            if session.picture is not None:  # a picture has been searched with ten views already
                return find.answer(session)
            return drawn(record, session, views=10)

        def switch(gallery: str, session: Session) -> dict[Any, Any]:
            session.move(gallery, finders[gallery].embedder)
            return clicks.emptied(session) | find.answer(session)

        def when(event: Any, handler: Any, *inputs: Any, js: str = BUSY, **options: Any) -> None:
            answered = event(
                handler, [*inputs, session], outputs,
                js=js, show_progress="hidden", api_visibility="private", **options,
            )
            answered.then(js="() => window.sketchnet.done()", api_visibility="private")

        when(paper.ink, live, paper, js=RECORD, trigger_mode="always_last")
        when(find_now.click, find_all, paper, js=RECORD)
        when(bring.button.upload, bring.take, bring.button)
        when(brought.act, bring.read_as)
        when(find.gallery.input, switch, find.gallery)
        when(find.more.click, find.show_more)
        for part in (find.status, find.shoes, clicks.sheet, clicks.tray):
            when(part.act, clicks.act)
    return page


BUSY = "(...inputs) => window.sketchnet.busy(...inputs)"


def launch_options() -> dict[str, Any]:
    """What `launch` needs to give the page its look, its scripts and its limits."""
    import gradio as gr

    def text(name: str) -> str:
        return (HERE / name).read_text("utf-8")

    scripts = "".join(f"<script>{text(name)}</script>" for name in ("page.js", "canvas.js"))
    sans = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif")
    return {
        "theme": gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace")),
        # Not `css=`: Gradio would put its own container in front of rules that begin at the body.
        "head": f"<style>{text('style.css')}</style>{scripts}",
        "footer_links": [],
        "max_file_size": "20mb",
        "show_error": True,
    }
