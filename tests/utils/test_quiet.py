"""The commands keep TensorFlow's notes about the machine off the screen and let errors through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sketchnet.utils.quiet import LOG_LEVEL, MACHINE_NOTES, without_machine_notes

ROOT = Path(__file__).resolve().parents[2]

NOISY_TENSORFLOW = r"""
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written\n")
os.write(2, b"I0000 00:00:1.2     7 cudart_stub.cc:31] Could not find cuda drivers\n")
os.write(2, b"W0000 00:00:1.2     7 cpu_feature_guard.cc:227] optimized\n")
os.write(2, b"E0000 00:00:1.2     7 cuda_dnn.cc:8] libcudnn is broken\n")
os.write(2, b"E0000 00:00:1.2     7 util.cc:131] oneDNN supports DT_BOOL only on AVX-512\n")

class config:
    def list_physical_devices():
        os.write(2, b"E0000 00:00:1.3     7 cuda_platform.cc:52] failed call to cuInit: 303\n")
"""

QUIET = "from sketchnet.utils.quiet import quiet_tensorflow; quiet_tensorflow();"


def python(code: str, *path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != LOG_LEVEL}
    environment |= settings | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment
    )


@pytest.fixture
def noisy(tmp_path) -> Path:
    """A folder with a TensorFlow that writes what the real one writes, and an error."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(NOISY_TENSORFLOW)
    return tmp_path


def test_only_errors_of_the_import_are_shown(noisy):
    shown = python(f"{QUIET} import tensorflow", noisy).stderr
    assert shown == "E0000 00:00:1.2     7 cuda_dnn.cc:8] libcudnn is broken\n"


def test_the_environment_can_ask_for_everything(noisy):
    shown = python(f"{QUIET} import tensorflow", noisy, TF_CPP_MIN_LOG_LEVEL="0").stderr
    assert len(shown.splitlines()) == 5


def test_a_failing_import_shows_its_reason(noisy):
    (noisy / "tensorflow" / "__init__.py").write_text(
        NOISY_TENSORFLOW + "raise ImportError('no AVX here')"
    )
    done = python(f"{QUIET} import tensorflow", noisy)
    assert done.returncode == 1
    assert "libcudnn is broken" in done.stderr
    assert done.stderr.endswith("ImportError: no AVX here\n")


def test_a_process_without_standard_error_works(noisy):
    silent = "class config:\n    def list_physical_devices(): ...\n"
    (noisy / "tensorflow" / "__init__.py").write_text(silent)
    done = python(f"import os; os.close(2); {QUIET} import tensorflow; print('fine')", noisy)
    assert (done.returncode, done.stdout) == (0, "fine\n")


BOOLEAN_GRAPH = f"""{QUIET}
import keras
import tensorflow as tf
from tensorflow.python.eager import context

assert not context.context()._initialized, "programs may still choose threads and devices"

@tf.function
def step(batch):
    sums = tf.nn.conv2d(batch, tf.ones((3, 3, 1, 1)), 1, "SAME")
    return sums, tf.transpose(batch > 0)

print(float(tf.reduce_sum(step(tf.ones((1, 8, 8, 1)))[0])))
"""


@pytest.mark.slow
def test_the_real_tensorflow_writes_nothing_at_import_and_in_a_boolean_graph():
    """oneDNN writes its line about DT_BOOL when a graph first transposes booleans."""
    done = python(BOOLEAN_GRAPH)
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) == 22**2  # 3 x 3 windows over 8 x 8 ones, zero-padded


def test_what_python_writes_meanwhile_is_kept(capfd):
    with without_machine_notes():
        print("a warning of a library", file=sys.stderr)
        os.write(2, b"I0000 00:00:1.2     7 port.cc:153] oneDNN\n")
    assert capfd.readouterr().err == "a warning of a library\n"
    assert MACHINE_NOTES.match(b"I0000 ")
    assert not MACHINE_NOTES.match(b"F0000 00:00:1.2 fatal")


MISTAKES = [
    ["sketchnet.cli.train", "retrieval", "--data", "/no/such", "--run", "/no/run"],
    ["sketchnet.cli.train", "quickdraw", "--data", "/no/such", "--run", "/no/run"],
    ["sketchnet.cli.evaluate", "shoes", "--data", "/no/such"],
    ["sketchnet.cli.evaluate", "quickdraw", "--data", "/no/such"],
    ["sketchnet_demo.command", "--gallery", "/no/such"],
    ["sketchnet_demo.command", "--drawings", "/no/such"],
    ["sketchnet_demo.command", "--run", "/no/such"],
    ["sketchnet.data.__main__", "/no/such"],
    ["sketchnet.cli.gallery", "build", "shoes", "/no/such", "/no/out"],
    ["sketchnet.cli.gallery", "build", "/no/such", "docs", "/no/out"],
    ["sketchnet.cli.gallery", "search", "shoes", "/no/such", "sketch.png"],
]

RUN_EACH = """
import contextlib, importlib, io, json, sys

outcomes = []
for module, *words in json.loads(sys.argv[1]):
    written = io.StringIO()
    with contextlib.redirect_stderr(written):
        status = importlib.import_module(module).main(words)
    heavy = sorted({"keras", "tensorflow"} & set(sys.modules))
    outcomes.append([status, written.getvalue(), heavy])
print(json.dumps(outcomes))
"""


def test_a_mistyped_folder_is_reported_before_keras_is_loaded():
    code = RUN_EACH.replace("sys.argv[1]", repr(json.dumps(MISTAKES)))
    done = python(code)
    assert done.returncode == 0, done.stderr
    for words, (status, written, heavy) in zip(MISTAKES, json.loads(done.stdout), strict=True):
        assert status in (1, 2), words
        assert "/no/such" in written, words
        assert written.count("\n") == 1, words
        assert not heavy, words
