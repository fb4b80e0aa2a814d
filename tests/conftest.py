"""Settings and fixtures of all tests: environment, workers, random generator, real data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from xdist.scheduler import LoadFileScheduling

from sketchnet.inference import onnx_runtime

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).resolve().parents[1]
# Tests must not write into the user's cache (embedded folders of drawings, converted networks).
os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "xdg")

# On a busy machine a test may take longer than the default deadline of Hypothesis.
# Half of the usual number of examples, since the suite runs at every change. A check of a change
# must not fail for an input that the change has nothing to do with: it always tries the same ones.
hypothesis.settings.register_profile(
    "ours", deadline=None, max_examples=50, derandomize="CI" in os.environ
)
hypothesis.settings.load_profile("ours")


# What takes longest comes first, so that no worker has a long file at the end.
LONGEST_FIRST = (
    "tests/browser/",
    "tests/tasks/",
    "tests/training/",
    "tests/test_readme.py",
    "tests/inference/",
    "tests/cli/",
    "tests/models/",
    "tests/hardening/",
    "tests/evaluation/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        found = (i for i, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
        return next(found, len(LONGEST_FIRST))

    items.sort(key=place)


class OneWorkerForThePage(LoadFileScheduling):
    """Gives a worker one file at a time, but all browser tests to one: they share a page."""

    def _split_scope(self, nodeid: str) -> str:
        browser = LONGEST_FIRST[0]
        return browser if nodeid.startswith(browser) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> LoadFileScheduling:
    return OneWorkerForThePage(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One more than there are cores, since the worker with the page often waits for it."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return 1 + (usable or 1)


# Folders and files whose tests run networks as a user's machine does: compiled, by ONNX Runtime.
AS_A_USER = (
    "benchmarks",
    "hardening",
    "inference",
    "scale",
    "test_readme",
    "test_shipped_weights",
)


def run_eagerly(eagerly: bool) -> None:
    """Whether TensorFlow runs functions operation by operation; it is imported only here."""
    from tensorflow import config

    config.run_functions_eagerly(eagerly)


@pytest.fixture(scope="module", autouse=True)
def small_networks_start_at_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """In all other tests Keras runs the small networks, operation by operation.

    A conversion to ONNX takes two seconds, and compiling a train step several, for steps of which
    a test takes a few. `compiled_steps` is for tests that take many.
    """
    if {request.path.stem, *request.path.parent.relative_to(ROOT).parts} & {*AS_A_USER}:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_runtime, "_convert", lambda network, *_: network)
        run_eagerly(True)
        yield
        run_eagerly(False)


@pytest.fixture
def compiled_steps(small_networks_start_at_once: None) -> Iterator[None]:
    """TensorFlow compiles the train step of this test, as it does for a user."""
    run_eagerly(False)
    yield
    run_eagerly(True)


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
