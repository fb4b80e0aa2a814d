"""`python demo/app.py` and `sketchnet demo`: open the runs and galleries, serve the page."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from sketchnet.utils.errors import InputError

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


@dataclass(frozen=True)
class Options:
    """Serve the page: draw a shoe, find the shoe; draw a doodle, see its like."""

    run: tuple[str, ...] = ()
    """Runs to serve, folders or shipped names; none: what ships."""
    gallery: tuple[str, ...] = ()
    """Galleries, or folders of photos, which the first start embeds, or qdrant:ADDRESS/NAME
    (docs/scaling.md); none: the run's own."""
    drawings: Path | None = None
    """A folder of Quick, Draw! files to suggest from; none: the run's own."""
    download: tuple[str, ...] = ()
    """Categories of Quick, Draw! to fetch first (some 100 MB each) and to suggest from."""
    share: bool = False
    """Make a public link, valid for some days."""
    auth: str | None = None
    """USER:PASSWORD that visitors have to give."""
    host: str | None = None
    """The address to listen on: 127.0.0.1, or 0.0.0.0 for the whole network."""
    port: int | None = None
    """The port; none: the first free one from 7860."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = tyro.cli(Options, args=arguments, prog="python demo/app.py")
    try:
        auth = _user(options.auth)
        if options.share and auth is None:
            print(
                "anybody with the link can use the page; --auth USER:PASSWORD asks for a password"
            )
        from .load import download_doodles, open_runs

        drawings = options.drawings
        if options.download:
            drawings = download_doodles(options.download, drawings)
        finders, suggester = open_runs(options.run, options.gallery, drawings)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    from .page import build_page, launch  # Gradio takes seconds to import

    page = build_page(finders, suggester)
    launch(
        page,
        finders,
        share=options.share,
        auth=auth,
        server_name=options.host,
        server_port=options.port,
    )
    return 0


def _user(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise InputError("--auth USER:PASSWORD", "something else", "mind the colon")
    return user, password
