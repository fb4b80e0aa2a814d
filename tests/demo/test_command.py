"""`python demo/app.py`: help at once, one clear line where nothing can be served."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchnet.utils.errors import InputError
from sketchnet_demo import load

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "demo" / "app.py"), *arguments]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


def test_help_names_every_option_and_loads_no_network(tmp_path: Path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for option in ("--run", "--gallery", "--drawings", "--share", "--auth", "--host", "--port"):
        assert option in done.stdout
    code = (
        "import sys, sketchnet_demo.command;"
        "print([m for m in ('gradio', 'keras', 'tensorflow') if m in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--run", "/nowhere/at/all"], "expected the folder of a run"),
        (["--auth", "me"], "expected --auth USER:PASSWORD"),
        (["--auth", ":secret"], "expected --auth USER:PASSWORD"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(arguments: list[str], told: str):
    done = run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_shipped_and_nothing_named(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(load.runs, "SHIPPED", tmp_path)
    with pytest.raises(InputError, match="--run RUN --gallery PHOTOS"):
        load.open_runs((), (), None)


def test_each_folder_and_model_has_its_own_place_in_the_cache(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a" / "photos").mkdir(parents=True)
    (tmp_path / "b" / "photos").mkdir(parents=True)
    places = {load._cache(tmp_path / folder / "photos", model) for folder in "ab" for model in "mn"}
    assert len(places) == 4
    assert all(place.is_relative_to(tmp_path) and "photos" in place.name for place in places)
    same = load._cache(tmp_path / "b" / ".." / "a" / "photos", "m")
    assert same == load._cache(tmp_path / "a" / "photos", "m")


def test_help_is_quick():
    run("--help")
    start = time.monotonic()
    run("--help")
    assert time.monotonic() - start < 3  # on a busy machine; 0.3 s on a quiet one
