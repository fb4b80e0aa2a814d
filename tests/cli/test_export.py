"""The command that exports networks, and its older names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sketchnet.cli import export


@pytest.fixture
def exported(monkeypatch) -> list[tuple[str, str]]:
    """Replaces the export by one that only writes empty files; returns what was exported."""
    calls: list[tuple[str, str]] = []

    def write_empty(run: str, form: str, out: Path | None) -> list[Path]:
        calls.append((run, form))
        path = out or Path(f"{run}.{form}")
        path.write_bytes(b"")
        path.with_suffix(".json").write_text(json.dumps({}))
        return [path]

    monkeypatch.setattr(export, "export_run", write_empty)
    return calls


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_the_command_writes_and_lists_the_files(form, exported, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export.main([form, "shoes"]) == 0
    assert exported == [("shoes", form)]
    assert capsys.readouterr().out.startswith(f"shoes.{form}  0 bytes, described in shoes.json")
    assert export.main([form, "shoes", "--out", "other.bin"]) == 0
    assert (tmp_path / "other.bin").is_file()


def test_the_older_form_is_accepted_with_a_note(exported, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export.main(["export", "shoes", "--format", "onnx"]) == 0
    assert exported == [("shoes", "onnx")]
    note = capsys.readouterr().err
    assert "is now `python -m sketchnet.export onnx RUN`" in note
    assert note.count("\n") == 1


def test_an_unknown_run_is_reported_in_one_line(capsys):
    assert export.main(["tflite", "nowhere"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("expected the folder of a run")
    assert error.count("\n") == 1


@pytest.mark.parametrize("module", ["sketchnet.export", "sketchnet.runs"])
def test_the_command_runs_as_a_module(module):
    form = ["onnx", "nowhere"]
    if module == "sketchnet.runs":  # its older name
        form = ["export", "nowhere", "--format", "onnx"]
    command = [sys.executable, "-m", module, *form]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "expected the folder of a run" in done.stderr.splitlines()[-1]
