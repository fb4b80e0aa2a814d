"""Two kills of each task; and proof that incomplete files would be detected."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchnet.utils.atomic_files import recover_directory, replace_directory, write_atomically
from tests.soak.kill_and_resume import kill_and_resume
from tests.soak.kill_process import Duration, KillPoint, measure, run
from tests.soak.task import Task

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def run_command(*arguments: str) -> str:
    """Run the command in a new process: the threads of this one would not survive a fork."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.kill_and_resume", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_galleries_and_downloads_survive_two_kills():
    output = run_command("--times", "2", "--only", "gallery", "download")
    assert [line.split()[:2] for line in output.splitlines()[1:3]] == [
        ["gallery", "2"],
        ["download", "2"],
    ]


@pytest.mark.slow
def test_trainings_and_saved_runs_survive_two_kills():
    output = run_command("--times", "2", "--only", "saving", "training")
    assert output.count(" 2 ") >= 2


class WriteInPlace(Task):
    """Overwrites a file in two steps."""

    def prepare(self, log: Path) -> None:
        self.target.mkdir()

    def reset(self, rng: random.Random) -> None:
        (self.target / "file").write_text("old!")

    def work(self) -> None:
        with (self.target / "file").open("w") as file:
            file.write("ne")
            file.flush()
            (self.target / "other").write_text("")
            file.write("w!")

    def check(self) -> str:
        found = (self.target / "file").read_text()
        if found not in ("old!", "new!"):
            raise AssertionError(f"incomplete: {found!r}")
        return found

    def check_finished(self) -> None:
        assert self.check() == "new!"


class WriteAtomically(WriteInPlace):
    def work(self) -> None:
        write_atomically(self.target / "file", lambda file: file.write(b"new!"))

    def check_finished(self) -> None:
        super().check_finished()
        assert [path.name for path in self.target.iterdir()] == ["file"]


def test_an_incomplete_file_is_detected(tmp_path):
    with pytest.raises(AssertionError, match="incomplete"):
        kill_and_resume(WriteInPlace(tmp_path), 60, random.Random(0), 1)


def test_atomic_writes_pass(tmp_path):
    counts = kill_and_resume(WriteAtomically(tmp_path), 12, random.Random(0), 1)
    assert counts.kills == 12
    assert counts.states["old!"] + counts.states["new!"] == 12


def test_a_process_is_killed_at_a_time_and_before_a_file_change(tmp_path):
    def work():
        for name in "abc":
            (tmp_path / name).write_text("")
        time.sleep(20)

    log = tmp_path / "log"
    assert run(work, log, KillPoint(change=3))
    assert (tmp_path / "b").exists()
    assert not (tmp_path / "c").exists()
    start = time.monotonic()
    assert run(work, log, KillPoint(seconds=0.2))
    assert time.monotonic() - start < 10
    assert not run(lambda: None, log, KillPoint(seconds=60))
    assert measure(lambda: (tmp_path / "d").write_text(""), log).changes == 1
    points = [Duration(2.0, 5).sample(random.Random(seed)) for seed in range(50)]
    assert {point.change for point in points} == {None, 1, 2, 3, 4, 5}
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run(lambda: 1 / 0, log)


def test_temporary_files_of_killed_processes_are_removed_and_those_of_others_are_not(tmp_path):
    path = tmp_path / "run [1].json"
    assert run(lambda: write_atomically(path, _write_and_die), tmp_path / "log")
    assert len([*tmp_path.glob(".run*")]) == 1

    def write(file):
        assert len([*tmp_path.glob(".run*")]) == 1, "the file of the killed process is gone"
        write_atomically(path, lambda other: other.write(b"first"))
        file.write(b"second")

    write_atomically(path, write)
    assert path.read_bytes() == b"second"
    assert not [*tmp_path.glob(".run*")]


def _write_and_die(file) -> None:
    file.write(b"half")
    os.kill(os.getpid(), 9)


def test_a_folder_whose_replacement_was_interrupted_is_recovered(tmp_path):
    target = tmp_path / "gallery"
    for change in range(1, 20):
        for name, text in (("gallery", "old"), ("staged", "new")):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "file").write_text(text)
        killed = run(
            lambda: replace_directory(target, tmp_path / "staged"),
            tmp_path / "log",
            KillPoint(change=change),
        )
        recover_directory(target)
        assert (target / "file").read_text() in ("old", "new")
        assert not (tmp_path / ".gallery.old").exists()
        if not killed:
            break
    assert change > 3
    assert (target / "file").read_text() == "new"
