"""Some inputs of the fuzzer for every reader, and that it would see a reader break."""

from __future__ import annotations

import time

import pytest

from sketchnet.utils.errors import InputError
from tests.hardening import fuzz as fuzzing
from tests.hardening.corpus import write_corpus
from tests.hardening.fuzz import fuzz, main
from tests.hardening.targets import TARGETS, Target

SEED = 20261122

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_but_answers_and_refusals_comes_out(target, tmp_path):
    tally = fuzz(target, 60 // target.cost, SEED, tmp_path)
    assert tally.failures == []
    assert tally.outcomes["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_else_comes_out_of_many(target, tmp_path):
    assert fuzz(target, 5_000 // target.cost, SEED + 1, tmp_path).failures == []


def broken_reader(path):
    content = path.read_bytes()
    if len(content) % 7 == 0:
        raise KeyError(len(content))
    if len(content) % 7 == 1:
        raise InputError("another length", "this one")


def test_it_sees_a_reader_break_and_keeps_the_input(tmp_path):
    target = Target("broken", ".x", lambda: [b"one two three"], broken_reader)
    tally = fuzz(target, 200, SEED, tmp_path)
    kept = [path.read_bytes() for path in tmp_path.glob("broken-*.x")]
    assert 0 < len(kept) == len(tally.failures)
    assert all(len(content) % 7 == 0 for content in kept)
    assert all("KeyError" in failure for failure in tally.failures)
    assert tally.outcomes.total() + len(kept) == 200
    again = fuzz(target, 200, SEED, tmp_path)
    assert again.failures == tally.failures, "the same inputs for the same seed"


def test_it_sees_a_reader_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzing, "PATIENCE", 0.05)
    target = Target("slow", ".x", lambda: [b"a"], lambda path: time.sleep(5))
    assert "TimeoutError" in fuzz(target, 1, SEED, tmp_path).failures[0]


def test_the_command_tells_how_many_it_tried(capsys):
    assert main(["--inputs", "20", "--reader", "annotation"]) == 0
    out = capsys.readouterr().out
    assert "20 inputs, 0 broke a reader" in out


def test_the_corpus_is_the_same_every_time(tmp_path):
    counts = write_corpus(tmp_path / "a")
    assert counts.total() > 300
    assert write_corpus(tmp_path / "b") == counts
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
            assert path.read_bytes() == twin.read_bytes(), path
