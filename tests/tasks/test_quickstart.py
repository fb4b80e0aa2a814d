"""The quick start, with networks and data so small that it takes seconds instead of minutes."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import tyro

from sketchnet import runs
from sketchnet.cli import train
from sketchnet.config.doodles import DOODLE_PRESETS
from sketchnet.config.files import save_config
from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.data.pairs.load import load_collection
from sketchnet.tasks import quickstart
from sketchnet.utils.errors import InputError
from sketchnet_demo.command import Options
from tests.doodles import small_config
from tests.tiny import tiny_config

SIZES = {"shoes": 12, "test": 6, "doodles": 20, "epochs": 1}


def make_quick_tiny(patch: pytest.MonkeyPatch) -> None:
    quick = tiny_config(preset="quick", identities=4, steps_per_epoch=2)
    patch.setitem(RETRIEVAL_PRESETS, "quick", quick)
    patch.setitem(DOODLE_PRESETS, "quick", small_config(preset="quick", gallery=5))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, list[str]]:
    """The directory of a quick start, and what it logged."""
    folder, lines = tmp_path_factory.mktemp("quick start"), []
    with pytest.MonkeyPatch.context() as patch:
        make_quick_tiny(patch)
        quickstart.run_quickstart(folder, **SIZES, log=lines.append)
    return folder, lines


@pytest.fixture
def tiny(monkeypatch) -> None:
    make_quick_tiny(monkeypatch)


def run_folders(folder: Path) -> tuple[Path, Path]:
    return folder / "runs" / "quickstart" / "shoes", folder / "runs" / "quickstart" / "doodles"


def test_it_logs_its_steps_and_ends_with_scores_and_the_next_command(made):
    folder, lines = made
    shoes, doodles = map(runs.load_metrics, run_folders(folder))
    steps = [line[:3] for line in lines if line[1:3] == "/4"]
    assert steps == ["1/4", "2/4", "3/4", "4/4"]
    last = lines[-1].strip().splitlines()
    assert [line.partition(":")[0] for line in last] == ["shoes", "doodles", "pictures", "next"]
    assert f"acc@1 {shoes['acc@1']:.1%}, acc@10 {shoes['acc@10']:.1%}" in last[0]
    assert f"of {shoes['n_queries']} sketches among 6 unseen shoes (chance: 16.7%)" in last[0]
    assert f"accuracy {doodles['accuracy@100']:.1%} finished" in last[1]
    assert f"of {doodles['n']} unseen drawings" in last[1]
    assert f"(chance: {1 / doodles['n_categories']:.1%})" in last[1]


def test_the_next_command_can_be_copied_into_a_shell(made):
    folder, lines = made
    command = shlex.split(lines[-1].splitlines()[-1].removeprefix("next:"))
    assert command[:2] == ["python", "demo/app.py"]
    options = tyro.cli(Options, args=command[2:])
    assert tuple(map(Path, options.run)) == run_folders(folder)


def test_the_scores_are_of_drawings_that_were_not_trained_on(made):
    folder, _ = made
    shoes, doodles = map(runs.load_metrics, run_folders(folder))
    unseen = load_collection(folder / "data" / "quickstart" / "shoes").subset("test")
    assert (shoes["split"], shoes["n_gallery"]) == ("test", 6)
    assert shoes["n_queries"] == len(unseen.sketches)
    assert doodles["split"] == "test"
    assert 0 < doodles["n"] < 200 / 3


def test_both_runs_are_complete(made):
    for run in run_folders(made[0]):
        names = {path.name for path in run.iterdir()}
        assert names >= {runs.MODEL, runs.CONFIG, runs.HISTORY, runs.METRICS, runs.GALLERY}
        assert (run / runs.PICTURES / "index.html").is_file()
        assert list((run / runs.PICTURES).glob("*.png"))


def test_the_gallery_holds_the_unseen_shoes_and_can_be_searched(made):
    from sketchnet.retrieval.search import ShoeFinder

    shoe_run, _ = run_folders(made[0])
    unseen = load_collection(made[0] / "data" / "quickstart" / "shoes").subset("test")
    found = ShoeFinder(shoe_run, shoe_run / runs.GALLERY).find(unseen.sketches[0].drawing, k=6)
    assert {match.id for match in found} == {photo.id for photo in unseen.photos}
    assert [match.rank for match in found] == [1, 2, 3, 4, 5, 6]
    assert all(match.picture.is_file() for match in found)


def test_a_second_quick_start_reuses_the_data_and_replaces_the_runs(
    made, tiny, tmp_path, monkeypatch
):
    """The trainings are only recorded here; they have their own tests."""
    folder = tmp_path / "again"
    shutil.copytree(made[0], folder)
    data = folder / "data" / "quickstart"
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    trained = []

    def record(config, data, run, log):
        assert not run.exists(), "the earlier run is removed"
        trained.append((config, *data))
        if run.name == "doodles":
            raise InterruptedError

    monkeypatch.setattr(quickstart, "train_retrieval", record)
    monkeypatch.setattr(quickstart, "train_doodles", record)
    with pytest.raises(InterruptedError):
        quickstart.run_quickstart(folder, **SIZES, log=lambda _: None)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before
    assert trained == [
        (replace(RETRIEVAL_PRESETS["quick"], epochs=1, validate=False), data / "shoes"),
        (replace(DOODLE_PRESETS["quick"], epochs=1, validate=False), data / "doodles"),
    ]


def run_with_other_settings(run: Path) -> None:
    quick = RETRIEVAL_PRESETS["quick"] if run.name == "shoes" else DOODLE_PRESETS["quick"]
    save_config(replace(quick, epochs=3, validate=False), run / runs.CONFIG, data=[run.name])


def run_with_other_data(run: Path) -> None:
    quick = RETRIEVAL_PRESETS["quick"] if run.name == "shoes" else DOODLE_PRESETS["quick"]
    config = replace(quick, epochs=1, validate=False)
    save_config(config, run / runs.CONFIG, data=[run.name, "mine"])


def unrelated_files(run: Path) -> None:
    run.mkdir(parents=True)
    (run / "notes.txt").write_text("keep me")


@pytest.mark.parametrize("place", [run_with_other_settings, run_with_other_data, unrelated_files])
@pytest.mark.parametrize("which", [0, 1])
def test_other_runs_are_refused_before_any_work(tiny, tmp_path, which, place):
    run = run_folders(tmp_path)[which]
    place(run)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(InputError, match="move it elsewhere") as refusal:
        quickstart.run_quickstart(tmp_path, **SIZES)
    assert str(run) in str(refusal.value)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_train_without_arguments_is_the_quick_start(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    unrelated_files(run_folders(Path())[0])
    assert train.main([]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.count("\n") == 1
    assert "runs/quickstart/shoes" in error


def test_an_interrupted_quick_start_names_the_command_that_starts_it_again(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(quickstart, "run_quickstart", interrupted)
    assert train.main([]) == 130
    error = capsys.readouterr().err
    assert "the same command starts again" in error
    assert "--resume" not in error, "the quick start does not have it"


@pytest.mark.slow
def test_the_true_preset_gives_the_same_scores_twice(tmp_path):
    """The networks of `quick` itself; the second time replaces the runs of the first."""
    scores = []
    for _ in range(2):
        quickstart.run_quickstart(tmp_path, shoes=60, test=20, doodles=20, epochs=1)
        found = [runs.load_metrics(run) for run in run_folders(tmp_path)]
        scores.append([{k: v for k, v in each.items() if k != "seconds"} for each in found])
    assert json.dumps(scores[0]) == json.dumps(scores[1])
