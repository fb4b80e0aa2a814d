"""Settings and fixtures of all tests: environment, random generator, folder of real data."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).resolve().parents[1]
# Tests must not write into the user's cache (embedded folders of drawings, converted networks).
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "xdg")

# On a busy machine a test may take longer than the default deadline of Hypothesis.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real datasets; tests that need it are skipped where it does not exist."""
    folder = Path(os.environ.get("SKETCHNET_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set SKETCHNET_DATA")
    return folder
