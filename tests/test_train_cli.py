"""`python train.py`: what its words mean, and that a killed training goes on to one end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import train
from sketchnet import jobs, runs
from sketchnet.config import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.errors import InputError
from tests.tiny import tiny_config, write_pairs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def asked(monkeypatch):
    """What the command line would have done."""
    calls = []

    def note(config, data, run, **options):
        calls.append({"config": config, "data": data, "run": run, **options})

    monkeypatch.setattr(jobs, "train_retrieval", note)
    return calls


@pytest.mark.parametrize("preset", RETRIEVAL_PRESETS)
def test_a_preset_sets_the_fields(preset, asked):
    assert train.main(["retrieval", "--data", "a", "--run", "r", "--preset", preset]) == 0
    assert asked == [
        {
            "config": RETRIEVAL_PRESETS[preset],
            "data": (Path("a"),),
            "run": Path("r"),
            "resume": False,
            "initial_weights": None,
        }
    ]


def test_without_a_preset_it_is_the_best(asked):
    train.main(["retrieval", "--data", "a", "--run", "r"])
    assert asked[0]["config"] == RETRIEVAL_PRESETS["best"]


def test_flags_come_before_the_preset_wherever_they_stand(asked):
    flags = "--epochs 3 --no-local --data a b --preset paper --run r --margin 0.5 --seed 4"
    train.main(["retrieval", *flags.split()])
    expected = replace(RETRIEVAL_PRESETS["paper"], epochs=3, local=False, margin=0.5, seed=4)
    assert asked[0]["config"] == expected
    assert asked[0]["data"] == (Path("a"), Path("b"))


def test_weights_to_begin_with(asked):
    train.main(["retrieval", "--data", "a", "--run", "r", "--initial-weights", "w.npy"])
    assert asked[0]["initial_weights"] == Path("w.npy")


def test_to_resume_is_to_keep_the_runs_settings(asked, tmp_path):
    run = tmp_path / "run"
    config = tiny_config(margin=0.7)
    runs.start_run(run, config, [Path("a")])
    train.main(["retrieval", "--data", "a", "--run", str(run), "--resume", "--epochs", "99"])
    assert asked[0]["config"] == replace(config, epochs=99)
    assert asked[0]["resume"] is True


def test_every_setting_has_a_flag_and_a_word_of_help(capsys):
    with pytest.raises(SystemExit) as end:
        train.main(["retrieval", "--help"])
    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for field in fields(RetrievalConfig):
        assert f"--{field.name.replace('_', '-')}" in shown
    assert RetrievalConfig.__dataclass_fields__.keys() >= {"margin"}


@pytest.mark.parametrize("words", [["--help"], ["retrieval", "--help"]])
def test_help_is_instant(words):
    """It may take a second at worst on a busy machine; keras alone would take four."""
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['train.py', *{words!r}]\n"
        "try:\n"
        "    runpy.run_path('train.py', run_name='__main__')\n"
        "finally:\n"
        "    assert not {'keras', 'tensorflow'} & {*sys.modules}, 'help needs no keras'\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "retrieval" in shown.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["cooking"], "expected a task"),
        (["retrieval", "--data", "/no/such", "--run", "r"], "/no/such"),
        (["retrieval", "--run", "r", "--data"], "expected a folder of data"),
        (["retrieval", "--data", "x", "--run", "/no/such", "--resume"], "config.json"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train.main(words) == 2
    out, error = capsys.readouterr()
    assert expected in error
    assert error.count("\n") == 1
    assert not out
    assert not any(tmp_path.iterdir()), "nothing is left behind"


@pytest.mark.parametrize(
    "words",
    [["--preset", "finest"], ["--size", "9"], ["--size", "big"], ["--tast", "1"]],
)
def test_an_unfit_flag_is_status_2_before_anything_happens(words, asked, capsys):
    status = 0
    try:
        status = train.main(["retrieval", "--data", "a", "--run", "r", *words])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert words[0].lstrip("-") in capsys.readouterr().err
    assert not asked


def test_an_interrupt_says_how_to_go_on(monkeypatch, capsys):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "train_retrieval", interrupted)
    assert train.main(["retrieval", "--data", "a", "--run", "r"]) == 130
    assert "--resume" in capsys.readouterr().err


def test_a_refusal_on_the_way_is_one_line(monkeypatch, capsys):
    def refuses(*_args, **_options):
        raise InputError("expected a finite loss; received nan")

    monkeypatch.setattr(jobs, "train_retrieval", refuses)
    assert train.main(["retrieval", "--data", "a", "--run", "r"]) == 2
    assert capsys.readouterr().err == "expected a finite loss; received nan\n"


WORDS = "--size 32 --embedding-size 8 --no-local --identities 4 --steps-per-epoch 4 --epochs 4"


def command(data: Path, run: Path, *more: str) -> list[str]:
    own = ["--data", str(data), "--run", str(run)]
    return [sys.executable, "train.py", "retrieval", *own, *WORDS.split(), *more]


def weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "checkpoint" / "state.npz") as found:
        return {key: found[key] for key in found.files if key != "progress"}


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path):
    data = write_pairs(tmp_path / "shoes", range(20))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "check": True}
    subprocess.run(command(data, whole), **quiet)

    process = subprocess.Popen(
        command(data, killed), cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ
    )
    until = time.monotonic() + 300
    while not (killed / "history.csv").is_file():
        assert time.monotonic() < until
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "metrics.json").exists(), "it was killed on the way"

    subprocess.run(command(data, killed, "--resume"), **quiet)
    expected, found = weights(whole), weights(killed)
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(value, found[key], err_msg=key)
    assert runs.load_metrics(killed)["acc@1"] == runs.load_metrics(whole)["acc@1"]
