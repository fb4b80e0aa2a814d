"""`train.py quickdraw`, and `evaluate.py` on its runs, as a person calls them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

import pytest

from sketchnet import runs
from sketchnet.cli import evaluate, train
from sketchnet.data.quickdraw import download
from sketchnet.data.quickdraw.categories import CATEGORIES, DEFAULT_CATEGORIES
from sketchnet.tasks import train_doodles
from tests.data.quickdraw.storage_server import serve_storage
from tests.doodles import WORDS, write_doodles
from tests.tiny import write_run

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "--image-branch none --lstm-units 8 --embedding-size 8 --size 32 --max-points 32 --gallery 10 "
    "--steps-per-epoch 3 --epochs 1 --schedule constant"
)


@pytest.fixture
def requested(monkeypatch):
    """The trainings that the command line would have started, in order."""
    calls = []

    def record(config, data, run, **options):
        calls.append({"config": config, "data": data, "run": run, **options})

    monkeypatch.setattr(train_doodles, "train_doodles", record)
    return calls


def test_a_category_may_have_several_words(requested):
    train.main(["quickdraw", "--data", "a", "--run", "r", "--categories", "flip flops", "bus"])
    assert requested[0]["config"].categories == ("flip flops", "bus")


def test_a_run_of_the_other_task_is_not_resumed(tmp_path, capsys):
    run = write_run(tmp_path / "shoes")
    assert train.main(["quickdraw", "--data", "a", "--run", str(run), "--resume"]) == 2
    assert "a run of another task" in capsys.readouterr().err


@pytest.fixture
def downloads(monkeypatch):
    calls = []

    def record(words, folder, per_category):
        calls.append((words, folder, per_category))

    monkeypatch.setattr(download, "download_categories", record)
    return calls


def test_download_comes_first_and_into_the_first_directory(requested, downloads):
    words = ["quickdraw", "--data", "a", "b", "--run", "r", "--download"]
    assert train.main([*words, "--categories", "cat", "bus"]) == 0
    assert train.main(words) == 0
    assert train.main([*words, "--per-category", "7", "--categories", "cat", "bus"]) == 0
    assert downloads == [
        (("cat", "bus"), Path("a"), None),
        (DEFAULT_CATEGORIES, Path("a"), None),
        (("cat", "bus"), Path("a"), 7),
    ]
    assert len(requested) == 3


@pytest.fixture
def storage():
    with serve_storage() as server:
        yield server


def test_some_drawings_of_all_categories_are_a_stream_that_stops(
    requested, monkeypatch, storage, tmp_path
):
    """All 345 files of a loopback server; the first is too large for the buffers in between."""
    line = b'{"word": "x", "key_id": "%d", "drawing": []}\n'
    drawings = b"".join(line % number for number in range(60))
    for word in CATEGORIES:
        storage.files[f"/full/simplified/{word}.ndjson"] = drawings
    large = 64 << 20
    storage.files[f"/full/simplified/{CATEGORIES[0]}.ndjson"] = (
        drawings * (1 + large // len(drawings))
    )[:large]
    local = partial(download.download_categories, base_url=storage.url, progress=lambda *_: None)
    monkeypatch.setattr(download, "download_categories", local)
    words = ["quickdraw", "--data", str(tmp_path), "--run", "r", "--download"]
    assert train.main([*words, "--per-category", "20"]) == 0
    first = b"".join(line % number for number in range(20))
    files = {path.stem: path.read_bytes() for path in tmp_path.glob("*.ndjson")}
    assert files == dict.fromkeys(CATEGORIES, first)
    assert storage.sent < large / 4 + len(drawings) * len(CATEGORIES)
    assert requested[0]["config"].categories == ()  # trained on all of them
    assert requested[0]["config"].per_category == 20
    storage.requests.clear()
    assert train.main([*words, "--per-category", "15"]) == 0
    assert storage.requests == []  # what is there is enough


def test_download_without_network_is_one_line(requested, monkeypatch, tmp_path, capsys):
    """A port without a server refuses at once."""
    refused = partial(download.download_categories, base_url="http://127.0.0.1:1", pause=0)
    monkeypatch.setattr(download, "download_categories", refused)
    words = ["--data", str(tmp_path / "new"), "--run", str(tmp_path / "run"), "--download"]
    assert train.main(["quickdraw", *words]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.count("\n") == 1
    assert "check the network" in error
    assert not requested, "there is nothing to train on"
    assert not (tmp_path / "run").exists()


def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True
    )


def call_here(command, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, which saves the import of TensorFlow."""
    out, error = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(error):
        status = command.main([*map(str, words)])
    return subprocess.CompletedProcess(words, status, out.getvalue(), error.getvalue())


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> tuple[Path, Path, list[subprocess.CompletedProcess[str]]]:
    """Train, resume, evaluate: data, run, and the finished commands."""
    folder = tmp_path_factory.mktemp("quickdraw")
    data, run = write_doodles(folder / "data", each=20), folder / "run"
    own = ("--data", data, "--run", run)
    finished = [
        call("train.py", "quickdraw", *own, *TINY.split()),
        call_here(train, "quickdraw", *own, "--resume", "--epochs", "2"),
        call_here(evaluate, run, "--data", data, "--split", "test", "--json"),
    ]
    return data, run, finished


def test_training_ends_with_the_scores(commands):
    _, run, (trained, _, _) = commands
    assert trained.returncode == 0, trained.stderr
    last = trained.stdout.splitlines()[-1]
    assert last.startswith("done: accuracy")
    assert str(run) in last
    assert "Traceback" not in trained.stderr


def test_resume_keeps_the_settings_and_adds_epochs(commands):
    _, run, (_, resumed, _) = commands
    assert resumed.returncode == 0, resumed.stderr
    assert "resuming after epoch 1 of 2" in resumed.stdout
    config = runs.config_of(run)
    assert (config.lstm_units, config.image_branch, config.epochs) == (8, "none", 2)
    history = (run / runs.HISTORY).read_text().splitlines()
    assert len(history) == 1 + 2, "a header, and one line per epoch"


def test_evaluation_ends_with_one_json_object(commands):
    _, run, (_, _, evaluated) = commands
    assert evaluated.returncode == 0, evaluated.stderr
    report = json.loads(evaluated.stdout.splitlines()[-1])
    accuracies = [f"accuracy@{percent}" for percent in (25, 50, 75, 100)]
    keys = ["n", *accuracies, *(f"knn@{k}" for k in (1, 3, 4, 5)), "triplet_accuracy"]
    assert all(0 <= report[key] <= 1 for key in keys[1:])
    assert report["n"] > 0
    assert report["categories"] == list(WORDS)
    assert any(line.startswith("accuracy at 50 %") for line in evaluated.stdout.splitlines())
    assert runs.load_metrics(run) == report
    assert (run / runs.PICTURES / "index.html").is_file()


def test_two_runs_give_one_object_and_one_table(commands, tmp_path, capsys):
    data, run, _ = commands
    copy = shutil.copytree(run, tmp_path / "copy")
    words = ["--data", str(data), "--split", "val", "--out", str(tmp_path / "out"), "--json"]
    assert evaluate.main([str(run), str(copy), *words]) == 0
    out = capsys.readouterr().out.splitlines()
    reports = json.loads(out[-1])
    assert list(reports) == [str(run), str(copy)]
    assert out[-2].split()[:2] == [str(copy), str(reports[str(copy)]["n"])], (
        "one table for all runs"
    )
    for name in ("run", "copy"):
        assert json.loads((tmp_path / "out" / name / runs.METRICS).read_text())["split"] == "val"


def test_two_runs_are_compared_in_pictures(commands, tmp_path, capsys):
    data, run, _ = commands
    copy = shutil.copytree(run, tmp_path / "copy")
    words = ["--data", str(data), "--split", "all", "--per-category", "4"]
    assert evaluate.main([str(run), str(copy), *words]) == 0
    page = run / "comparison" / "index.html"
    assert f"comparison: {page}" in capsys.readouterr().out.splitlines()
    assert "maps.png" in page.read_text()


def test_some_categories_and_some_drawings_of_each(commands, tmp_path, capsys):
    data, run, _ = commands
    words = ["--data", str(data), "--split", "all", "--out", str(tmp_path), "--json"]
    words += ["--categories", "star", "circle", "--per-category", "6"]
    assert evaluate.main([str(run), *words]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["n"], report["categories"]) == (12, ["star", "circle"])


def test_unrecognized_drawings_are_left_out_on_request(commands, tmp_path, capsys):
    data, run, _ = commands
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


def test_few_shot_evaluation_of_unseen_categories(commands, tmp_path, capsys):
    """Categories that the run was not trained on, and the same drawings under known ones."""
    _, run, _ = commands
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
    setting = {key: report[key] for key in ("n", "n_categories", "shots", "k", "repeats", "unseen")}
    assert setting == {
        "n": 12, "n_categories": 3, "shots": 10, "k": 4, "repeats": 20, "unseen": True,
    }  # fmt: skip
    assert 0 <= report["accuracy"] <= 1
    assert any("trained on none of the categories" in line for line in out)
    assert any(line.startswith("few-shot accuracy") and "±" in line for line in out)
    assert json.loads((tmp_path / "out" / "few_shot.json").read_text()) == report
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before

    assert evaluate.main([*words, "moon", "star"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["unseen"], report["trained_on"]) == (False, ["star"])


def test_too_few_drawings_for_the_shots_is_one_line_and_status_2(commands, capsys):
    data, run, _ = commands
    words = ["--data", str(data), "--split", "all", "--few-shot", "20"]
    assert evaluate.main([str(run), *words]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert "more than 20 drawings" in error
    assert error.count("\n") == 1


def test_two_reports_do_not_share_one_folder(commands, tmp_path, capsys):
    data, run, _ = commands
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
def test_errors_are_reported_with_status_2(commands, capsys, split, data, reason):
    folder, run, _ = commands
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
