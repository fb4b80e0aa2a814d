from __future__ import annotations

import pytest

from tests.browser.hog_embedder import HogEmbedder


@pytest.fixture(scope="module")
def embedder():
    return HogEmbedder()


@pytest.fixture(scope="module")
def client():
    """Qdrant's client with the engine in its own process."""
    return pytest.importorskip("qdrant_client").QdrantClient(":memory:")
