"""Fixtures of the tests of invalid input: finders without a network, and the page's endpoints."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sketchnet.utils.errors import InputError


@pytest.fixture(scope="package")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A `ShoeFinder` over four synthetic shoes."""
    from sketchnet.retrieval.gallery import build_gallery
    from sketchnet.retrieval.search import ShoeFinder
    from tests.browser.hog_embedder import HogEmbedder, write_shoes

    folder = tmp_path_factory.mktemp("shoes")
    write_shoes(folder / "photos", count=4)
    embedder = HogEmbedder()
    build_gallery(embedder, folder / "photos", folder / "gallery")
    return ShoeFinder(embedder, folder / "gallery")


@pytest.fixture(scope="package")
def suggester() -> Any:
    """A `Suggester` over a few synthetic doodles."""
    from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
    from sketchnet.retrieval.suggest import Suggester
    from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles

    doodles = draw_doodles(4)
    embedder = HogDoodleEmbedder(doodles)
    return Suggester(embedder, build_doodle_gallery(embedder, doodles))


@pytest.fixture(scope="package")
def gradio() -> Iterator[Any]:
    """The module Gradio. It leaves event loops open, whose warnings these tests ignore."""
    import gradio

    yield gradio
    gc.collect()


@pytest.fixture(scope="package")
def endpoints(gradio: Any, finder: Any, suggester: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the page's endpoints by name: find, embed, suggest."""
    from sketchnet_demo.page import build_page

    page = build_page({"shoes": finder}, suggester)
    gc.collect()
    return {fn.api_name: fn.fn for fn in page.fns.values() if fn.api_name}


@pytest.fixture
def outcome() -> Callable[..., str]:
    """A function that calls its first argument and returns `accepted` or `refused`.

    `refused` means that the call raised an InputError (at an endpoint: Gradio's Error) whose text
    is one line. Every other exception propagates.
    """

    def outcome(function: Callable[..., Any], *arguments: Any) -> str:
        try:
            function(*arguments)
        except Exception as error:
            if not isinstance(error, InputError) and type(error).__module__ != "gradio.exceptions":
                raise
            message = str(error)
        else:
            return "accepted"
        assert "expected" in message
        assert "\n" not in message
        return "refused"

    return outcome
