"""`python demo/app.py` and `sketchnet demo`: open the runs and galleries, serve the page."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from sketchnet.utils.errors import InputError
from sketchnet.utils.process import command

from .machine import bypass_proxy, check_address, prepare_upload_directory

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


@dataclass(frozen=True)
class Options:
    """Serve the page: draw a shoe and find similar photos; draw a doodle and see what it may be."""

    run: tuple[str, ...] = ()
    """Runs to serve: folders or names of shipped weights. Default: the shipped weights."""
    gallery: tuple[str, ...] = ()
    """Galleries, folders of photos (embedded at the first start), qdrant:ADDRESS/NAME or
    qdrant-edge:FOLDER/NAME
    (docs/scaling.md). Default: the gallery of the run."""
    drawings: Path | None = None
    """Folder of Quick, Draw! files whose drawings are suggested. Default: those of the run."""
    download: tuple[str, ...] = ()
    """Categories of Quick, Draw! to download first (about 100 MB each) and to suggest from."""
    library: Path | None = None
    """Folder that keeps the boards of all visitors, in one file. Default: each browser keeps its
    own."""
    share: bool = False
    """Create a public link that is valid for some days."""
    auth: str | None = None
    """USER:PASSWORD that visitors must enter."""
    host: str | None = None
    """Address to listen on: 127.0.0.1 (this computer) or 0.0.0.0 (the whole network)."""
    port: int | None = None
    """Port to listen on. Default: the first free one from 7860."""
    mcp: bool = False
    """Answer agents at /mcp (Model Context Protocol) with the endpoints as tools (docs/api.md)."""


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = tyro.cli(Options, args=arguments, prog="python demo/app.py")
    try:
        auth = _user_and_password(options.auth)
        check_address(options.host, options.port)
        if options.share and auth is None:
            print("anybody with the link can use the page; --auth USER:PASSWORD protects it")
        from .library import Library
        from .load import download_doodles, open_runs

        library = None if options.library is None else Library(options.library)

        drawings, categories = options.drawings, options.download
        if options.download:
            drawings = download_doodles(categories, options.drawings)
        if options.drawings is not None:
            categories = ()  # everything in the folder that the person names
        finders, suggester = open_runs(options.run, options.gallery, drawings, categories)
        server = None
        if options.mcp:
            from .mcp_server import build_server  # needs an optional package

            local = options.host is None and not options.share
            server = build_server(finders, suggester, local)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    bypass_proxy()
    prepare_upload_directory()
    from .launch import launch  # Gradio takes seconds to import
    from .page import build_page

    page = build_page(finders, suggester, library)
    address = {"server_name": options.host, "server_port": options.port}
    kept = {"has_library": library is not None, "mcp_server": server}
    try:
        launch(page, finders, share=options.share, auth=auth, **kept, **address)
    except OSError as error:  # the port was taken since it was checked, or all of Gradio's are
        print(error, file=sys.stderr)
        return 2
    return 0


def _user_and_password(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise InputError(
            "--auth USER:PASSWORD", "something else", "write both, with a colon between"
        )
    return user, password
