from __future__ import annotations

import pytest

from tests.browser.hog_embedder import HogEmbedder


@pytest.fixture(scope="module")
def embedder():
    return HogEmbedder()


@pytest.fixture(scope="module")
def client():
    """Qdrant's client with its own mode, in memory."""
    return pytest.importorskip("qdrant_client").QdrantClient(":memory:")


@pytest.fixture(scope="module", params=["client", "edge"])
def engine(request, tmp_path_factory):
    """The client's own mode, then the engine in this process; and what begins a URL of each."""
    reason = "pip install -r requirements-scale.txt"
    qdrant_client = pytest.importorskip("qdrant_client", reason=reason)
    if request.param == "client":
        yield qdrant_client.QdrantClient(":memory:"), "qdrant:x/"
        return
    pytest.importorskip("qdrant_edge", reason=reason)
    from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient

    opened = EdgeClient(str(tmp_path_factory.mktemp("edge")))
    yield opened, "qdrant-edge:x/"
    opened.close()
