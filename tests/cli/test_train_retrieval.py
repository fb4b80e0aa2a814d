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

from sketchnet import runs
from sketchnet.cli import train
from sketchnet.config.doodles import DOODLE_PRESETS, DoodleConfig
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.tasks import train_doodles as quickdraw_jobs
from sketchnet.tasks import train_retrieval as jobs
from sketchnet.utils.errors import InputError
from tests.tiny import tiny_config, write_pairs

ROOT = Path(__file__).resolve().parents[2]


PRESETS = {"retrieval": RETRIEVAL_PRESETS, "quickdraw": DOODLE_PRESETS}
SETTINGS = {"retrieval": RetrievalConfig, "quickdraw": DoodleConfig}


@pytest.fixture
def asked(monkeypatch):
    """What the command line would have done."""
    calls = []

    def note(config, data, run, **options):
        calls.append({"config": config, "data": data, "run": run, **options})

    monkeypatch.setattr(jobs, "train_retrieval", note)
    monkeypatch.setattr(quickdraw_jobs, "train_doodles", note)
    return calls


@pytest.mark.parametrize(
    ("task", "preset"), [(task, preset) for task, presets in PRESETS.items() for preset in presets]
)
def test_a_preset_sets_the_fields(task, preset, asked):
    assert train.main([task, "--data", "a", "--run", "r", "--preset", preset]) == 0
    assert asked == [
        {
            "config": PRESETS[task][preset],
            "data": (Path("a"),),
            "run": Path("r"),
            "resume": False,
            "initial_weights": None,
            **({"workers": (), "worker": 0} if task == "retrieval" else {}),
        }
    ]


@pytest.mark.parametrize("task", PRESETS)
def test_without_a_preset_it_is_the_best(task, asked):
    train.main([task, "--data", "a", "--run", "r"])
    assert asked[0]["config"] == PRESETS[task]["best"]


@pytest.mark.parametrize(
    ("task", "words", "preset", "fields"),
    [
        (
            "retrieval",
            "--epochs 3 --no-local --data a b --preset paper --run r --margin 0.5 --seed 4",
            "paper",
            {"epochs": 3, "local": False, "margin": 0.5, "seed": 4},
        ),
        (
            "quickdraw",
            "--loss softmax --categories apple bus --data a b --preset quick --run r "
            "--mining random --image-branch vgg16 --stroke-branch none",
            "quick",
            {
                "loss": "softmax", "categories": ("apple", "bus"), "mining": "random",
                "image_branch": "vgg16", "stroke_branch": "none",
            },
        ),
    ],
)  # fmt: skip
def test_flags_come_before_the_preset_wherever_they_stand(task, words, preset, fields, asked):
    train.main([task, *words.split()])
    assert asked[0]["config"] == replace(PRESETS[task][preset], **fields)
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


@pytest.mark.parametrize("words", [[], *([task] for task in PRESETS)])
def test_help_is_instant_and_names_every_setting(words):
    """It may take a second at worst on a busy machine; keras alone would take four."""
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['train.py', *{words!r}, '--help']\n"
        "try:\n"
        "    runpy.run_path('train.py', run_name='__main__')\n"
        "finally:\n"
        "    assert not {'keras', 'tensorflow', 'cv2'} & {*sys.modules}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "train.py" in done.stdout
    for field in (field for task in words for field in fields(SETTINGS[task])):
        assert f"--{field.name.replace('_', '-')}" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["cooking"], "expected a task of retrieval, quickdraw"),
        (["--resume"], "expected a task"),
        (["retrieval", "--data", "/no/such", "--run", "r"], "/no/such"),
        (["retrieval", "--run", "r", "--data"], "expected a folder of data"),
        (["retrieval", "--data", "x", "--run", "/no/such", "--resume"], "config.json"),
        (["quickdraw", "--data", "/no/such", "--run", "r"], "/no/such"),
        (["quickdraw", "--data", "--run", "r"], "expected a folder of drawings"),
        (["quickdraw", "--data", "--run", "r", "--download"], "expected a folder of drawings"),
        (["quickdraw", "--data", "x", "--run", "/no/such", "--resume"], "config.json"),
        (["quickdraw", "--data", "x", "--run", "r", "--download", "--categories", "gnu"], "gnu"),
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
        raise InputError("a finite loss", "nan")

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
