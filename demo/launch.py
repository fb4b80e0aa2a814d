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
from .later_files import LaterFiles
from .minify import minify_script, minify_style
from .request_filter import RequestFilter
from .thumbnails import Thumbnails

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    "page.js", "live.js", "later.js", "several.js", "packed.js", "history.js", "boards.js",
    "link.js", "record.js", "canvas.js",
)  # fmt: skip
STYLES = ("style.css", "boards.css")
# Scripts and styles in later/, which are not part of the first load.
LATER = ("batch", "boards", "library", "paint", "sketchpad")


def launch(
    page: gr.Blocks,
    finders: Mapping[str, ShoeFinder],
    *,
    has_library: bool = False,
    mcp_server: Any = None,
    auth: tuple[str, str] | None = None,
    **options: Any,
) -> None:
    """Serve the page.

    Args:
        page: what `build_page` returned.
        finders: its finders; only the thumbnails of their galleries are served as files.
        has_library: whether boards are kept on the server (`library`).
        mcp_server: what `mcp_server.build_server` returned, to answer /mcp, or None.
        auth: user and password that visitors and agents must enter.
        options: further options of Gradio's `launch`: host, port, public link.
    """
    middleware = [
        Middleware(LaterFiles, later_files()),
        Middleware(RequestFilter, mcp=mcp_server is not None),
    ]
    if mcp_server is not None:
        from .mcp_server import McpRoute  # needs an optional package

        middleware.append(Middleware(McpRoute, mcp_server, auth))
    endpoints = {
        number: function.api_name
        for number, function in page.fns.items()
        if function.api_name in PARAMETERS
    }
    sans = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif")
    thumbnails = [str(finder.gallery.folder / "thumbnails") for finder in finders.values()]
    page.launch(
        theme=gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace")),
        # Not `css=`: Gradio would put its own container in front of rules that start at the body.
        head=head(has_library),
        footer_links=[],
        ssr_mode=False,  # a Space would turn it on, and our scripts run before it
        max_file_size="20mb",
        app_kwargs={
            "middleware": [
                *middleware,
                Middleware(ApiFilter, endpoints),
                Middleware(Thumbnails, folders=thumbnails),
            ],
            "routes": [page.live.route()],
        },
        auth=auth,
        mcp_server=False,  # Gradio's own would offer the page's events as tools, with file paths
        allowed_paths=thumbnails,
        **options,
    )


def head(has_library: bool = False) -> str:
    """The page's own styles and scripts, inline: it loads nothing else before it can be used."""
    setting = "<script>window.sketchnet={hasLibrary:true}</script>" * has_library
    styles = "".join(f"<style>{style(name)}</style>" for name in STYLES)
    return setting + styles + "".join(f"<script>{script(name)}</script>" for name in SCRIPTS)


def later_files() -> dict[str, str]:
    """The scripts and styles that are loaded when they are first used, by their names."""
    scripts = {f"{name}.js": script(f"later/{name}.js") for name in LATER}
    return scripts | {f"{name}.css": style(f"later/{name}.css") for name in LATER}


def script(name: str) -> str:
    """A script of this folder as the page carries it."""
    return minify_script((HERE / name).read_text("utf-8"))


def style(name: str) -> str:
    """A style sheet of this folder as the page carries it."""
    return minify_style((HERE / name).read_text("utf-8"))
