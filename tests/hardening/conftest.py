"""What the tests of bad input share: a gallery that needs no network, and the page around it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sketchnet.utils.errors import InputError


@pytest.fixture(scope="package")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A `ShoeFinder` over four drawn shoes."""
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
    """A `Suggester` over a few drawn doodles."""
    from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
    from sketchnet.retrieval.suggest import Suggester
    from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles

    doodles = draw_doodles(4)
    embedder = HogDoodleEmbedder(doodles)
    return Suggester(embedder, build_doodle_gallery(embedder, doodles))


@pytest.fixture(scope="package")
def gradio() -> Iterator[Any]:
    """Gradio. It leaves event loops open; tests that use it ignore what Python says of them."""
    import gradio

    yield gradio
    gc.collect()


@pytest.fixture(scope="package")
def endpoints(gradio: Any, finder: Any, suggester: Any) -> dict[str, Callable[..., Any]]:
    """The functions behind the page's endpoints, by their names: find, embed, suggest."""
    from sketchnet_demo.page import build_page

    page = build_page({"shoes": finder}, suggester)
    gc.collect()
    return {fn.api_name: fn.fn for fn in page.fns.values() if fn.api_name}


@pytest.fixture
def outcome() -> Callable[..., str]:
    """Call a function: `answered`, or `refused` where it raised an InputError, which is one line.

    An endpoint raises it as Gradio's Error. Everything else goes through.
    """

    def outcome(function: Callable[..., Any], *given: Any) -> str:
        try:
            function(*given)
        except Exception as error:
            if not isinstance(error, InputError) and type(error).__module__ != "gradio.exceptions":
                raise
            told = str(error)
        else:
            return "answered"
        assert "expected" in told
        assert "\n" not in told
        return "refused"

    return outcome
