"""Two kills of each work, and that a half would be seen."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchnet.utils.atomic_files import recover_directory, replace_directory, write_atomically
from tests.soak.faults import soak
from tests.soak.killing import Extent, Moment, measure, run
from tests.soak.work import Work

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="NO KILLS: there is no fork here")


def killed(*arguments: str) -> str:
    """The command in a process without threads, which forks do not carry over."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.faults", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_kills_leave_galleries_and_downloads_old_or_new():
    told = killed("--times", "2", "--only", "gallery", "download")
    assert [line.split()[:2] for line in told.splitlines()[1:3]] == [
        ["gallery", "2"],
        ["download", "2"],
    ]


@pytest.mark.slow
def test_two_kills_leave_trainings_and_saved_runs_old_or_new():
    told = killed("--times", "2", "--only", "saving", "training")
    assert told.count(" 2 ") >= 2


class Careless(Work):
    """Writes in place, in two pieces."""

    def prepare(self, log: Path) -> None:
        self.place.mkdir()

    def fresh(self, rng: random.Random) -> None:
        (self.place / "file").write_text("old!")

    def work(self) -> None:
        with (self.place / "file").open("w") as file:
            file.write("ne")
            file.flush()
            (self.place / "other").write_text("")
            file.write("w!")

    def check(self) -> str:
        found = (self.place / "file").read_text()
        if found not in ("old!", "new!"):
            raise AssertionError(f"half: {found!r}")
        return found

    def finished(self) -> None:
        assert self.check() == "new!"


class Careful(Careless):
    def work(self) -> None:
        write_atomically(self.place / "file", lambda file: file.write(b"new!"))

    def finished(self) -> None:
        super().finished()
        assert [path.name for path in self.place.iterdir()] == ["file"]


def test_it_sees_a_half(tmp_path):
    with pytest.raises(AssertionError, match="half"):
        soak(Careless(tmp_path), 60, random.Random(0), 1)


def test_it_lets_what_is_whole_pass(tmp_path):
    tally = soak(Careful(tmp_path), 12, random.Random(0), 1)
    assert tally.kills == 12
    assert tally.left["old!"] + tally.left["new!"] == 12


def test_a_process_is_killed_by_the_clock_and_by_what_it_writes(tmp_path):
    def work():
        for name in "abc":
            (tmp_path / name).write_text("")
        time.sleep(20)

    log = tmp_path / "log"
    assert run(work, log, Moment(change=3))
    assert (tmp_path / "b").exists()
    assert not (tmp_path / "c").exists()
    start = time.monotonic()
    assert run(work, log, Moment(seconds=0.2))
    assert time.monotonic() - start < 10
    assert not run(lambda: None, log, Moment(seconds=60))
    assert measure(lambda: (tmp_path / "d").write_text(""), log).changes == 1
    moments = [Extent(2.0, 5).moment(random.Random(seed)) for seed in range(50)]
    assert {moment.change for moment in moments} == {None, 1, 2, 3, 4, 5}
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run(lambda: 1 / 0, log)


def test_what_a_killed_writer_left_is_cleared_and_a_living_ones_is_not(tmp_path):
    path = tmp_path / "run [1].json"
    assert run(lambda: write_atomically(path, _dies), tmp_path / "log")
    assert len([*tmp_path.glob(".run*")]) == 1

    def write(file):
        assert len([*tmp_path.glob(".run*")]) == 1, "the dead one's is gone"
        write_atomically(path, lambda other: other.write(b"first"))
        file.write(b"second")

    write_atomically(path, write)
    assert path.read_bytes() == b"second"
    assert not [*tmp_path.glob(".run*")]


def _dies(file) -> None:
    file.write(b"half")
    os.kill(os.getpid(), 9)


def test_a_folder_half_replaced_is_the_old_one_and_leaves_nothing(tmp_path):
    target = tmp_path / "gallery"
    for change in range(1, 20):
        for name, text in (("gallery", "old"), ("staged", "new")):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "file").write_text(text)
        killed = run(
            lambda: replace_directory(target, tmp_path / "staged"),
            tmp_path / "log",
            Moment(change=change),
        )
        recover_directory(target)
        assert (target / "file").read_text() in ("old", "new")
        assert not (tmp_path / ".gallery.old").exists()
        if not killed:
            break
    assert change > 3
    assert (target / "file").read_text() == "new"
