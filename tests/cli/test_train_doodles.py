"""What is `train.py quickdraw`'s own, and `evaluate.py` on what it made, as a person calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from sketchnet import runs
from sketchnet.cli import evaluate, train
from sketchnet.data.quickdraw import download
from sketchnet.data.quickdraw.categories import DEFAULT_CATEGORIES
from sketchnet.tasks import train_doodles as quickdraw_jobs
from tests.doodles import WORDS, write_doodles
from tests.tiny import write_run

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "--image-branch none --lstm-units 8 --embedding-size 8 --size 32 --max-points 32 --gallery 10 "
    "--steps-per-epoch 3 --epochs 1 --schedule constant"
)


@pytest.fixture
def asked(monkeypatch):
    """What the command line would have done, in its order."""
    calls = []

    def note(config, data, run, **options):
        calls.append({"config": config, "data": data, "run": run, **options})

    monkeypatch.setattr(quickdraw_jobs, "train_doodles", note)
    return calls


def test_a_category_may_be_of_several_words(asked):
    train.main(["quickdraw", "--data", "a", "--run", "r", "--categories", "flip flops", "bus"])
    assert asked[0]["config"].categories == ("flip flops", "bus")


def test_a_run_of_the_other_task_is_not_resumed(tmp_path, capsys):
    run = write_run(tmp_path / "shoes")
    assert train.main(["quickdraw", "--data", "a", "--run", str(run), "--resume"]) == 2
    assert "of another task" in capsys.readouterr().err


@pytest.fixture
def fetched(monkeypatch):
    calls = []
    monkeypatch.setattr(download, "download_categories", lambda *asked: calls.append(asked))
    return calls


def test_download_comes_first_and_into_the_first_folder(asked, fetched):
    words = ["quickdraw", "--data", "a", "b", "--run", "r", "--download"]
    assert train.main([*words, "--categories", "cat", "bus"]) == 0
    assert train.main(words) == 0
    assert fetched == [(("cat", "bus"), Path("a")), (DEFAULT_CATEGORIES, Path("a"))]
    assert len(asked) == 2


def test_download_without_network_is_one_line_and_status_2(asked, monkeypatch, tmp_path, capsys):
    """A port that nobody listens on refuses at once."""
    nobody = partial(download.download_categories, base_url="http://127.0.0.1:1", pause=0)
    monkeypatch.setattr(download, "download_categories", nobody)
    words = ["--data", str(tmp_path / "new"), "--run", str(tmp_path / "run"), "--download"]
    assert train.main(["quickdraw", *words]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.count("\n") == 1
    assert "check the network" in error
    assert not asked, "nothing is learnt from nothing"
    assert not (tmp_path / "run").exists()


def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> tuple[Path, Path, list[subprocess.CompletedProcess[str]]]:
    """Train, go on, evaluate: data, run, and what the three commands said."""
    folder = tmp_path_factory.mktemp("quickdraw")
    data, run = write_doodles(folder / "data", each=20), folder / "run"
    own = ("--data", data, "--run", run)
    said = [
        call("train.py", "quickdraw", *own, *TINY.split()),
        call("train.py", "quickdraw", *own, "--resume", "--epochs", "2"),
        call("evaluate.py", run, "--data", data, "--split", "test", "--json"),
    ]
    return data, run, said


def test_training_says_what_came_out(story):
    _, run, (trained, _, _) = story
    assert trained.returncode == 0, trained.stderr
    last = trained.stdout.splitlines()[-1]
    assert last.startswith("done: accuracy")
    assert str(run) in last
    assert "Traceback" not in trained.stderr


def test_resume_keeps_the_settings_and_adds_epochs(story):
    _, run, (_, resumed, _) = story
    assert resumed.returncode == 0, resumed.stderr
    assert "going on after epoch 1 of 2" in resumed.stdout
    config = runs.config_of(run)
    assert (config.lstm_units, config.image_branch, config.epochs) == (8, "none", 2)
    history = (run / runs.HISTORY).read_text().splitlines()
    assert len(history) == 1 + 2, "a head, and a line an epoch"


def test_evaluation_ends_with_one_object_of_the_promised_keys(story):
    _, run, (_, _, evaluated) = story
    assert evaluated.returncode == 0, evaluated.stderr
    report = json.loads(evaluated.stdout.splitlines()[-1])
    shares = [f"accuracy@{percent}" for percent in (25, 50, 75, 100)]
    keys = ["n", *shares, *(f"knn@{k}" for k in (1, 3, 4, 5)), "triplet_accuracy"]
    assert all(0 <= report[key] <= 1 for key in keys[1:])
    assert report["n"] > 0
    assert report["categories"] == list(WORDS)
    assert any(line.startswith("accuracy@100 ") for line in evaluated.stdout.splitlines())
    assert runs.load_metrics(run) == report
    assert (run / runs.PICTURES / "index.html").is_file()


def test_two_runs_come_as_one_object_and_one_table(story, tmp_path, capsys):
    data, run, _ = story
    copy = shutil.copytree(run, tmp_path / "copy")
    words = ["--data", str(data), "--split", "val", "--out", str(tmp_path / "out"), "--json"]
    assert evaluate.main([str(run), str(copy), *words]) == 0
    out = capsys.readouterr().out.splitlines()
    reports = json.loads(out[-1])
    assert list(reports) == [str(run), str(copy)]
    assert out[-2].split()[:2] == [str(copy), str(reports[str(copy)]["n"])], "one table over all"
    for name in ("run", "copy"):
        assert json.loads((tmp_path / "out" / name / runs.METRICS).read_text())["split"] == "val"


def test_two_runs_are_drawn_side_by_side(story, tmp_path, capsys):
    data, run, _ = story
    copy = shutil.copytree(run, tmp_path / "copy")
    words = ["--data", str(data), "--split", "all", "--per-category", "4"]
    assert evaluate.main([str(run), str(copy), *words]) == 0
    page = run / "beside" / "index.html"
    assert f"side by side: {page}" in capsys.readouterr().out.splitlines()
    assert "maps.png" in page.read_text()


def test_some_categories_and_some_drawings_of_each(story, tmp_path, capsys):
    data, run, _ = story
    words = ["--data", str(data), "--split", "all", "--out", str(tmp_path), "--json"]
    words += ["--categories", "star", "circle", "--per-category", "6"]
    assert evaluate.main([str(run), *words]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["n"], report["categories"]) == (12, ["star", "circle"])


def test_all_drawings_are_asked_about_unless_the_recognized_are_wanted(story, tmp_path, capsys):
    data, run, _ = story
    lines = (data / "star.ndjson").read_text().splitlines()
    some = [json.loads(line) | {"recognized": i % 4 > 0} for i, line in enumerate(lines)]
    folder = shutil.copytree(data, tmp_path / "data")
    (folder / "star.ndjson").write_text("\n".join(map(json.dumps, some)) + "\n")
    words = [str(run), "--data", str(folder), "--split", "all", "--out", str(tmp_path / "out")]
    counts = []
    for flag in ([], ["--recognized"]):
        assert evaluate.main([*words, "--json", *flag]) == 0
        counts.append(json.loads(capsys.readouterr().out.splitlines()[-1])["n"])
    assert counts == [60, 55]


def test_a_few_shots_of_unseen_categories(story, tmp_path, capsys):
    """Words that the run never learnt, and the same drawings as words that it did."""
    _, run, _ = story
    data = write_doodles(tmp_path / "data", each=14, seed=5)
    for word, unseen in zip(WORDS, ("moon", "river", "zebra"), strict=True):
        text = (data / f"{word}.ndjson").read_text()
        (data / f"{unseen}.ndjson").write_text(
            text.replace(f'"{word}"', f'"{unseen}"').replace('"key_id": "', '"key_id": "9')
        )
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    words = [str(run), "--data", str(data), "--split", "all", "--few-shot", "10", "--json"]
    words += ["--out", str(tmp_path / "out"), "--categories"]
    assert evaluate.main([*words, "moon", "river", "zebra"]) == 0
    out = capsys.readouterr().out.splitlines()
    report = json.loads(out[-1])
    asked = {key: report[key] for key in ("n", "n_categories", "shots", "k", "repeats", "unseen")}
    assert asked == {
        "n": 12, "n_categories": 3, "shots": 10, "k": 4, "repeats": 20, "unseen": True,
    }  # fmt: skip
    assert 0 <= report["accuracy"] <= 1
    assert any("unseen in training" in line for line in out)
    assert any(line.startswith("accuracy ") and "±" in line for line in out)
    assert json.loads((tmp_path / "out" / "few_shot.json").read_text()) == report
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before

    assert evaluate.main([*words, "moon", "star"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["unseen"], report["learnt"]) == (False, ["star"])


def test_too_few_drawings_for_the_shots_is_one_line_and_status_2(story, capsys):
    data, run, _ = story
    words = ["--data", str(data), "--split", "all", "--few-shot", "20"]
    assert evaluate.main([str(run), *words]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert "more than 20 drawings" in error
    assert error.count("\n") == 1


def test_two_reports_do_not_go_into_one_folder(story, tmp_path, capsys):
    data, run, _ = story
    words = ["--data", str(data), "--out", str(tmp_path / "out")]
    assert evaluate.main([str(run), f"{run}/.", *words]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert "different names" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("split", "data", "reason"),
    [
        ("test", "absent", "absent"),
        ("test", "empty", "drawings"),
        ("fold", "data", "invalid choice"),
    ],
)
def test_what_cannot_be_evaluated_is_told_and_status_2(story, capsys, split, data, reason):
    folder, run, _ = story
    (folder.parent / "empty").mkdir(exist_ok=True)
    status = 0
    try:
        status = evaluate.main(
            [str(run), "--data", str(folder.parent / data), "--split", split, "--json"]
        )
    except SystemExit as end:
        status = end.code
    assert status == 2
    out, error = capsys.readouterr()
    assert not out
    assert reason in error
