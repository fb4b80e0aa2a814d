"""`python demo/app.py`: help at once, one clear line where nothing can be served."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchnet.utils.errors import InputError
from sketchnet_demo import command as command_line
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
    for option in (
        "--run",
        "--gallery",
        "--drawings",
        "--library",
        "--share",
        "--auth",
        "--host",
        "--port",
    ):
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
    ("arguments", "message"),
    [
        (["--run", "/nowhere/at/all"], "expected the folder of a run"),
        (["--auth", "me"], "expected --auth USER:PASSWORD"),
        (["--auth", ":secret"], "expected --auth USER:PASSWORD"),
    ],
)
def test_what_cannot_be_served_is_reported_in_one_line(arguments: list[str], message: str):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_shipped_run_and_no_named_run(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(load.runs, "SHIPPED", tmp_path)
    with pytest.raises(InputError, match="--run RUN --gallery PHOTOS"):
        load.open_runs((), (), None)


def test_help_is_quick():
    run("--help")
    start = time.monotonic()
    run("--help")
    assert time.monotonic() - start < 3  # on a busy machine; 0.3 s on an idle one


def test_a_library_that_cannot_be_kept_is_reported_before_anything_is_loaded(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert command_line.main(["--library", str(tmp_path / "file")]) == 2
    assert "--library" in capsys.readouterr().err
