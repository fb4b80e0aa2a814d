"""A newcomer's screen: TensorFlow's notes stay off it, errors do not; mistakes are told at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sketchnet.utils.quiet import LEVEL, NOTES, without_notes

ROOT = Path(__file__).resolve().parents[2]

LOUD = r"""
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written\n")
os.write(2, b"I0000 00:00:1.2     7 cudart_stub.cc:31] Could not find cuda drivers\n")
os.write(2, b"W0000 00:00:1.2     7 cpu_feature_guard.cc:227] optimized\n")
os.write(2, b"E0000 00:00:1.2     7 cuda_dnn.cc:8] libcudnn is broken\n")

class config:
    def list_physical_devices():
        os.write(2, b"E0000 00:00:1.3     7 cuda_platform.cc:52] failed call to cuInit: 303\n")
"""


def python(code: str, *path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != LEVEL}
    environment |= settings | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment
    )


@pytest.fixture
def loud(tmp_path) -> Path:
    """A folder with a TensorFlow that says what the true one does, and an error."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(LOUD)
    return tmp_path


def test_of_what_an_import_says_only_errors_are_shown(loud):
    said = python("import sketchnet, tensorflow", loud).stderr
    assert said == "E0000 00:00:1.2     7 cuda_dnn.cc:8] libcudnn is broken\n"


def test_who_asks_for_all_gets_all(loud):
    said = python("import sketchnet, tensorflow", loud, TF_CPP_MIN_LOG_LEVEL="0").stderr
    assert len(said.splitlines()) == 4


def test_an_import_that_fails_shows_why(loud):
    (loud / "tensorflow" / "__init__.py").write_text(LOUD + "raise ImportError('no AVX here')")
    done = python("import sketchnet, tensorflow", loud)
    assert done.returncode == 1
    assert "libcudnn is broken" in done.stderr
    assert done.stderr.endswith("ImportError: no AVX here\n")


def test_without_standard_error_there_is_no_harm(loud):
    silent = "class config:\n    def list_physical_devices(): ...\n"
    (loud / "tensorflow" / "__init__.py").write_text(silent)
    done = python("import os; os.close(2); import sketchnet, tensorflow; print('fine')", loud)
    assert (done.returncode, done.stdout) == (0, "fine\n")


def test_the_true_keras_comes_without_a_word():
    done = python("import sketchnet, keras, tensorflow as tf; print(float(tf.constant(1) + 1))")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n", "")


def test_what_python_itself_prints_meanwhile_is_kept(capfd):
    with without_notes():
        print("a warning of a library", file=sys.stderr)
        os.write(2, b"I0000 00:00:1.2     7 port.cc:153] oneDNN\n")
    assert capfd.readouterr().err == "a warning of a library\n"
    assert NOTES.match(b"I0000 ")
    assert not NOTES.match(b"F0000 00:00:1.2 fatal")


MISTAKES = [
    ["train", "retrieval", "--data", "/no/such", "--run", "/no/run"],
    ["train", "quickdraw", "--data", "/no/such", "--run", "/no/run"],
    ["evaluate", "shoes", "--data", "/no/such"],
    ["evaluate", "quickdraw", "--data", "/no/such"],
    ["sketchnet_demo.command", "--gallery", "/no/such"],
    ["sketchnet_demo.command", "--drawings", "/no/such"],
    ["sketchnet_demo.command", "--run", "/no/such"],
    ["sketchnet.data.__main__", "/no/such"],
    ["sketchnet.cli.gallery", "build", "shoes", "/no/such", "/no/out"],
    ["sketchnet.cli.gallery", "build", "/no/such", "docs", "/no/out"],
    ["sketchnet.cli.gallery", "search", "shoes", "/no/such", "sketch.png"],
]

ONE_BY_ONE = """
import contextlib, importlib, io, json, sys

told = []
for module, *words in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        status = importlib.import_module(module).main(words)
    told.append([status, said.getvalue(), sorted({"keras", "tensorflow"} & set(sys.modules))])
print(json.dumps(told))
"""


def test_a_mistyped_folder_is_told_before_keras_is_loaded():
    code = ONE_BY_ONE.replace("sys.argv[1]", repr(json.dumps(MISTAKES)))
    done = python(code)
    assert done.returncode == 0, done.stderr
    for words, (status, said, heavy) in zip(MISTAKES, json.loads(done.stdout), strict=True):
        assert status in (1, 2), words
        assert "/no/such" in said, words
        assert said.count("\n") == 1, words
        assert not heavy, words
