"""`python -m sketchnet.doodles` as a person calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sketchnet import runs
from sketchnet.cli import doodles as command
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.doodle_embedder import load_temperature, save_input_spec
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval.suggest import Suggester
from tests.doodles import WORDS, small_config, write_doodles


@pytest.fixture
def run(tmp_path: Path) -> Path:
    config = small_config()
    runs.start_run(tmp_path / "run", config, [])
    saving.save_model(build_doodle_network(config, 3), tmp_path / "run")
    save_input_spec(tmp_path / "run", DoodleInputs(32, 32), WORDS)
    return tmp_path / "run"


def call(capsys, *arguments) -> tuple[int, list[str], list[str]]:
    code = command.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err.splitlines()


def test_a_run_is_calibrated(run: Path, tmp_path: Path, capsys) -> None:
    data = write_doodles(tmp_path / "data", each=30)
    code, out, _ = call(capsys, "calibrate", run, "--data", data)
    assert code == 0
    assert load_temperature(run) != 1
    assert out[-1].startswith(f"temperature {load_temperature(run):.3f}; calibration error ")
    assert out[-1].endswith("finished and partial drawings (val)")
    code, out, err = call(capsys, "calibrate", run, "--data", tmp_path / "absent")
    assert (code, out, len(err)) == (2, [], 1)
    assert "absent" in err[0]


def test_a_category_is_added_by_files(run: Path, tmp_path: Path, capsys) -> None:
    data = write_doodles(tmp_path / "data", each=4, words=("star",))
    code, out, _ = call(capsys, "add", run, "my star", data / "star.ndjson")
    assert code == 0
    assert out[-1] == "added my star by 4 drawings; the run knows 3 categories and 1 added ones"
    assert Suggester(run).categories == (*WORDS, "my star")
    for word, files, reason in (
        ("My Star", [data / "star.ndjson"], "a category already"),
        ("sun", [tmp_path / "absent.png"], "not there"),
        ("sun", [], "at least 3 drawings"),
    ):
        code, out, err = call(capsys, "add", run, word, *files)
        assert (code, out, len(err)) == (2, [], 1)
        assert reason in err[0]
    # Another network with the same files: the run was trained again.
    saving.save_model(build_doodle_network(small_config(), 3), run)
    code, out, err = call(capsys, "add", run, "sun", data / "star.ndjson")
    assert (code, out, len(err)) == (2, [], 1)
    assert "another network" in err[0]
