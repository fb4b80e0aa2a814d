"""The commands on machines with unusual settings: each works or reports one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "train": ["sketchnet.cli.train"],
    "evaluate": ["sketchnet.cli.evaluate", "shoes", "--data", "none"],
    "export": ["sketchnet.cli.export", "onnx", "shoes"],
    "gallery": ["sketchnet.cli.gallery", "search", "shoes", "gallery", "a.png"],
    "demo": ["sketchnet_demo.command"],
}
RUN = "import importlib, sys; sys.exit(importlib.import_module(sys.argv[1]).main(sys.argv[2:]))"


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("theano", "expected KERAS_BACKEND as one of tensorflow, jax, torch; received theano"),
        ("torch", "expected the package torch, as KERAS_BACKEND says; received none; install"),
    ],
)
def test_a_backend_that_is_missing_is_reported_in_one_line(command, backend, message):
    hide = (
        "import importlib.util as util; find = util.find_spec;"
        "util.find_spec = lambda name, *more: None if name == 'torch' else find(name, *more);"
    )
    done = python(hide + RUN, *COMMANDS[command], KERAS_BACKEND=backend)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_keras_is_not_configured_by_the_file_in_the_home_directory(tmp_path: Path):
    """An old keras.json may ask for another layout of images, precision and package."""
    (tmp_path / ".keras").mkdir()
    old = {"image_data_format": "channels_first", "floatx": "float16", "backend": "theano"}
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(old))
    show = (
        "from sketchnet.utils.process import prepare_process; prepare_process(); import keras;"
        "print(keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())"
    )
    environment = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = python(show, **environment, KERAS_BACKEND="", KERAS_HOME=str(tmp_path / ".keras"))
    assert done.stdout.split() == ["tensorflow", "channels_last", "float32"], done.stderr
    assert json.loads((tmp_path / ".keras" / "keras.json").read_text()) == old


@pytest.mark.parametrize("command", ["train", "demo"])
def test_output_that_is_not_utf_8_replaces_characters(command, tmp_path: Path):
    name = "Café-Schuhe…"
    arguments = [*COMMANDS[command], "--run", name]
    if command == "train":
        arguments[1:1] = ["retrieval", "--data", name]
    done = python(RUN, *arguments, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "Caf?-Schuhe?" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_shown_in_any_encoding():
    done = python(RUN, "sketchnet_demo.command", "--help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "--gallery" in done.stdout
