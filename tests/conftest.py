"""What every test shares: a quiet TensorFlow, one seed, and the way to the real data."""

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
# What the page and the served networks keep for the next time stays out of the person's own cache.
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "kept")


# A busy machine is no defect of what is tested.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real drawings and photos; tests that need it are skipped without it."""
    folder = Path(os.environ.get("SKETCHNET_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set SKETCHNET_DATA to where qmul_v1 lies")
    return folder
