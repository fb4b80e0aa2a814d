"""Starts the server of the page, with its style, its scripts and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from sketchnet.retrieval.search import ShoeFinder

from .api_arguments import PARAMETERS
from .api_filter import ApiFilter
from .minify import minify_script, minify_style
from .request_filter import RequestFilter
from .thumbnails import Thumbnails

HERE = Path(__file__).resolve().parent
SCRIPTS = ("page.js", "live.js", "packed.js", "history.js", "boards.js", "link.js", "canvas.js")
STYLES = ("style.css", "boards.css")


def launch(page: gr.Blocks, finders: Mapping[str, ShoeFinder], **options: Any) -> None:
    """Serve the page.

    Args:
        page: what `build_page` returned.
        finders: its finders; only the thumbnails of their galleries are served as files.
        options: further options of Gradio's `launch`: host, port, password.
    """
    endpoints = {
        number: function.api_name
        for number, function in page.fns.items()
        if function.api_name in PARAMETERS
    }
    sans = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif")
    thumbnails = [str(finder.gallery.folder / "thumbnails") for finder in finders.values()]
    filters = [
        Middleware(RequestFilter),
        Middleware(ApiFilter, endpoints),
        Middleware(Thumbnails, folders=thumbnails),
    ]
    page.launch(
        theme=gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace")),
        # Not `css=`: Gradio would put its own container in front of rules that start at the body.
        head=head(),
        footer_links=[],
        ssr_mode=False,  # a Space would turn it on, and our scripts run before it
        max_file_size="20mb",
        app_kwargs={"middleware": filters, "routes": [page.live.route()]},
        allowed_paths=thumbnails,
        **options,
    )


def head() -> str:
    """The page's own styles and scripts, inline: it loads nothing else before it can be used."""
    styles = "".join(f"<style>{style(name)}</style>" for name in STYLES)
    return styles + "".join(f"<script>{script(name)}</script>" for name in SCRIPTS)


def script(name: str) -> str:
    """A script of this folder as the page carries it."""
    return minify_script((HERE / name).read_text("utf-8"))


def style(name: str) -> str:
    """A style sheet of this folder as the page carries it."""
    return minify_style((HERE / name).read_text("utf-8"))
