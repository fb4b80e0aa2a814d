"""`python train.py`: presets, flags and errors, and that a killed training resumes exactly."""

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
from sketchnet.tasks import train_doodles, train_retrieval
from sketchnet.utils.errors import InputError
from tests.tiny import tiny_config, write_pairs

ROOT = Path(__file__).resolve().parents[2]


PRESETS = {"retrieval": RETRIEVAL_PRESETS, "quickdraw": DOODLE_PRESETS}
SETTINGS = {"retrieval": RetrievalConfig, "quickdraw": DoodleConfig}


@pytest.fixture
def requested(monkeypatch):
    """The trainings that the command line would have started."""
    calls = []

    def record(config, data, run, **options):
        calls.append({"config": config, "data": data, "run": run, **options})

    monkeypatch.setattr(train_retrieval, "train_retrieval", record)
    monkeypatch.setattr(train_doodles, "train_doodles", record)
    return calls


@pytest.mark.parametrize(
    ("task", "preset"), [(task, preset) for task, presets in PRESETS.items() for preset in presets]
)
def test_a_preset_sets_the_fields(task, preset, requested):
    assert train.main([task, "--data", "a", "--run", "r", "--preset", preset]) == 0
    assert requested == [
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
def test_the_preset_is_default_unless_another_is_named(task, requested):
    train.main([task, "--data", "a", "--run", "r"])
    assert requested[0]["config"] == PRESETS[task]["default"]


@pytest.mark.parametrize(
    ("task", "words", "preset", "fields"),
    [
        (
            "retrieval",
            "--epochs 3 --no-local --data a b --preset sketch_a_net --run r --margin 0.5 --seed 4",
            "sketch_a_net",
            {"epochs": 3, "local": False, "margin": 0.5, "seed": 4},
        ),
        (
            "quickdraw",
            "--loss softmax_triplet --categories apple bus --data a b --preset quick --run r "
            "--mining random --image-branch vgg16 --stroke-branch none",
            "quick",
            {
                "loss": "softmax_triplet", "categories": ("apple", "bus"), "mining": "random",
                "image_branch": "vgg16", "stroke_branch": "none",
            },
        ),
    ],
)  # fmt: skip
def test_flags_override_the_preset_in_any_order(task, words, preset, fields, requested):
    train.main([task, *words.split()])
    assert requested[0]["config"] == replace(PRESETS[task][preset], **fields)
    assert requested[0]["data"] == (Path("a"), Path("b"))


@pytest.mark.parametrize(
    ("words", "new", "field", "value"),
    [
        ("--edges published", ["--edge-maps", "provided"], "edge_maps", "provided"),
        ("--others 0.1", ["--auxiliary"], "auxiliary", 0.1),
        ("--look-alikes=4", ["--hard-negative-group=4"], "hard_negative_group", 4),
        ("--loss hinge", ["triplet"], "loss", "triplet"),
        ("--distance plain", ["euclidean"], "distance", "euclidean"),
        ("--preset paper", ["sketch_a_net"], "preset", "sketch_a_net"),
        ("--preset best", ["default"], "preset", "default"),
    ],
)
def test_older_names_of_settings_still_work_and_name_the_new_ones(
    words, new, field, value, requested, capsys
):
    assert train.main(["retrieval", "--data", "a", "--run", "r", *words.split()]) == 0
    assert getattr(requested[0]["config"], field) == value
    lines = capsys.readouterr().err.splitlines()
    assert any(all(part in line for part in new) and "is now" in line for line in lines)


def test_initial_weights(requested):
    train.main(["retrieval", "--data", "a", "--run", "r", "--initial-weights", "w.npy"])
    assert requested[0]["initial_weights"] == Path("w.npy")


def test_resuming_keeps_the_settings_of_the_run(requested, tmp_path):
    run = tmp_path / "run"
    config = tiny_config(margin=0.7)
    runs.start_run(run, config, [Path("a")])
    train.main(["retrieval", "--data", "a", "--run", str(run), "--resume", "--epochs", "99"])
    assert requested[0]["config"] == replace(config, epochs=99)
    assert requested[0]["resume"] is True


@pytest.mark.parametrize("words", [[], *([task] for task in PRESETS)])
def test_help_is_instant_and_names_every_setting(words):
    """Within a second also on a busy machine; importing Keras alone takes four."""
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
        (["quickdraw", "--data", "--run", "r"], "expected a directory of drawings"),
        (["quickdraw", "--data", "--run", "r", "--download"], "expected a directory of drawings"),
        (["quickdraw", "--data", "x", "--run", "/no/such", "--resume"], "config.json"),
        (["quickdraw", "--data", "x", "--run", "r", "--download", "--categories", "gnu"], "gnu"),
    ],
)
def test_an_error_is_one_line_and_status_2(words, expected, capsys, tmp_path, monkeypatch):
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
def test_an_invalid_flag_is_status_2_before_anything_happens(words, requested, capsys):
    status = 0
    try:
        status = train.main(["retrieval", "--data", "a", "--run", "r", *words])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert words[0].lstrip("-") in capsys.readouterr().err
    assert not requested


def test_an_interrupt_names_the_way_to_resume(monkeypatch, capsys):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_retrieval, "train_retrieval", interrupted)
    assert train.main(["retrieval", "--data", "a", "--run", "r"]) == 130
    assert "--resume" in capsys.readouterr().err


def test_an_error_during_the_training_is_one_line(monkeypatch, capsys):
    def refuses(*_args, **_options):
        raise InputError("a finite loss", "nan")

    monkeypatch.setattr(train_retrieval, "train_retrieval", refuses)
    assert train.main(["retrieval", "--data", "a", "--run", "r"]) == 2
    assert capsys.readouterr().err == "expected a finite loss; received nan\n"


SETTINGS_OF_A_RUN = (
    "--preset compact --size 32 --embedding-size 8 --no-local --identities 4 --steps-per-epoch 4 "
    "--epochs 4"
)


def command(data: Path, run: Path, *more: str) -> list[str]:
    own = ["--data", str(data), "--run", str(run)]
    return [sys.executable, "train.py", "retrieval", *own, *SETTINGS_OF_A_RUN.split(), *more]


def weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "checkpoint" / "state.npz") as found:
        return {key: found[key] for key in found.files if key != "progress"}


@pytest.mark.slow
def test_a_killed_training_resumes_to_the_same_weights(tmp_path):
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
    assert not (killed / "metrics.json").exists(), "it was killed before its end"

    subprocess.run(command(data, killed, "--resume"), **quiet)
    expected, found = weights(whole), weights(killed)
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(value, found[key], err_msg=key)
    assert runs.load_metrics(killed)["acc@1"] == runs.load_metrics(whole)["acc@1"]
