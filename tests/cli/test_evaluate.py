"""`evaluate.py` as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchnet.cli import evaluate
from tests.tiny import write_pairs, write_run

ROOT = Path(__file__).resolve().parents[2]
KEYS = [
    "n_queries", "n_gallery", "acc@1", "acc@5", "acc@10", "map", "percentile", "triplet_accuracy",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    write_run(folder / "one")
    write_run(folder / "two", seed=2, local_size=0)
    write_pairs(folder / "pairs", range(12))
    return folder


def call(capsys, *arguments) -> tuple[int, list[str], list[str]]:
    code = evaluate.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err.splitlines()


def test_one_run_gives_one_json_object(folder, capsys):
    code, out, _ = call(
        capsys, folder / "one", "--data", folder / "pairs", "--split", "all", "--json"
    )
    assert code == 0
    report = json.loads(out[-1])
    assert set(KEYS) <= set(report)
    assert report["n_queries"] == 12
    assert report["triplet_accuracy"] is None
    assert any(line.startswith("acc@1 ") for line in out), "a table on screen too"
    assert (folder / "one" / "pictures" / "index.html").is_file()
    assert json.loads((folder / "one" / "metrics.json").read_text()) == report


@pytest.mark.parametrize(
    ("run", "split", "is_seen"),
    [
        ("quickdraw", "test", True),  # shipped weights, trained with --no-test
        ("quickdraw", "val", False),
        ("quickdraw", "all", False),
        ("shoes", "val", True),  # and with --no-validate
        ("shoes", "test", False),
    ],
)
def test_a_split_that_was_trained_on_is_named(run, split, is_seen):
    note = evaluate.trained_on_note(run, split)
    assert bool(note) == is_seen
    assert not is_seen or f"{run} was trained on the {split} split" in note


def test_several_runs_give_one_object_by_run(folder, capsys):
    code, out, _ = call(
        capsys, folder / "one", folder / "two", "--data", folder / "pairs", "--split", "val",
        "--views", "1", "--fold", "3", "--json",
    )  # fmt: skip
    assert code == 0
    reports = json.loads(out[-1])
    assert list(reports) == [str(folder / "one"), str(folder / "two")]
    assert all(report["n_queries"] == 2 and report["views"] == 1 for report in reports.values())
    assert out[-2].startswith(str(folder / "two")), "and one table for all"


def test_reports_go_into_out(folder, tmp_path, capsys):
    call(
        capsys, folder / "one", folder / "two", "--data", folder / "pairs", "--split", "all",
        "--out", tmp_path / "out",
    )  # fmt: skip
    for name in ("one", "two"):
        assert (tmp_path / "out" / name / "pictures" / "found.png").is_file()
        assert (tmp_path / "out" / name / "metrics.json").is_file()


def test_distractors_join_the_gallery(folder, tmp_path, capsys):
    others = write_pairs(tmp_path / "others", range(40, 47))
    words = [folder / "one", "--data", folder / "pairs", "--split", "all", "--json"]
    words += ["--out", tmp_path / "out"]
    alone, more = (
        json.loads(call(capsys, *words, *extra)[1][-1]) for extra in ((), ("--distractors", others))
    )
    assert (alone["n_gallery"], alone["n_distractors"]) == (12, 0)
    assert (more["n_gallery"], more["n_distractors"], more["n_queries"]) == (19, 7, 12)
    assert all(more[f"acc@{k}"] <= alone[f"acc@{k}"] for k in (1, 5, 10))


@pytest.mark.parametrize(
    ("run", "data", "split", "reason"),
    [
        ("one", "pairs", "test", "--split: train (10 sketches), val (2 sketches)"),
        ("one", "absent", "all", "absent"),
        ("absent", "pairs", "all", "absent"),
        ("pairs", "pairs", "all", "config.json"),
    ],
)
def test_an_error_is_one_line(folder, capsys, run, data, split, reason):
    code, out, err = call(capsys, folder / run, "--data", folder / data, "--split", split)
    assert code == 2
    assert out == []
    assert reason in err[-1]
    assert not any("Traceback" in line for line in err)


@pytest.mark.parametrize(
    "flags", [("--few-shot", "3"), ("--categories", "apple"), ("--recognized",)]
)
def test_flags_of_doodles_are_refused_for_a_retrieval_run(folder, capsys, flags):
    code, out, err = call(
        capsys, folder / "one", "--data", folder / "pairs", "--split", "all", *flags
    )
    assert (code, out, len(err)) == (2, [], 1)
    assert "quickdraw run" in err[0]


def test_help_is_instant():
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, ROOT / "evaluate.py", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "--split" in done.stdout
    probe = "import sys, evaluate; sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], cwd=ROOT).returncode == 0
    assert time.monotonic() - began < 10
