"""A few fuzzer inputs for every reader; and proof that the fuzzer notices a failing reader."""

from __future__ import annotations

import time

import pytest

from sketchnet.utils.errors import InputError
from tests.hardening import fuzz as fuzzing
from tests.hardening.corpus import corpus_files, write_corpus
from tests.hardening.fuzz import fuzz, main
from tests.hardening.fuzz_targets import TARGETS, Target

SEED = 20261122
LENIENT = {"pairs CSV", "name lists"}  # a line that cannot be used is left out and named

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_mutated_files_are_accepted_or_refused(target, tmp_path):
    result = fuzz(target, 60 // target.cost, SEED, tmp_path)
    assert result.failures == []
    assert result.outcomes["refused"] > 0 or target.name in LENIENT


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_files_that_are_mutated_can_be_read(target, tmp_path):
    """Otherwise no mutation would get past the first check of a reader."""
    path = tmp_path / "now" / f"input{target.suffix}"
    path.parent.mkdir()
    path.write_bytes(target.wrap(target.seeds()[-1]))
    target.read(path)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_many_mutated_files_are_accepted_or_refused(target, tmp_path):
    assert fuzz(target, 5_000 // target.cost, SEED + 1, tmp_path).failures == []


def failing_reader(path):
    content = path.read_bytes()
    if len(content) % 7 == 0:
        raise KeyError(len(content))
    if len(content) % 7 == 1:
        raise InputError("another length", "this one")


def test_a_failure_of_a_reader_is_reported_and_its_input_saved(tmp_path):
    target = Target("failing", ".x", lambda: [b"one two three"], failing_reader)
    result = fuzz(target, 200, SEED, tmp_path)
    saved = [path.read_bytes() for path in tmp_path.glob("failing-*.x")]
    assert 0 < len(saved) == len(result.failures)
    assert all(len(content) % 7 == 0 for content in saved)
    assert all("KeyError" in failure for failure in result.failures)
    assert result.outcomes.total() + len(saved) == 200
    again = fuzz(target, 200, SEED, tmp_path)
    assert again.failures == result.failures, "the same seed gives the same inputs"


def test_a_reader_that_hangs_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzing, "TIMEOUT", 0.05)
    target = Target("slow", ".x", lambda: [b"a"], lambda path: time.sleep(5))
    assert "TimeoutError" in fuzz(target, 1, SEED, tmp_path).failures[0]


def test_the_command_prints_the_number_of_inputs(capsys):
    assert main(["--inputs", "20", "--reader", "annotation"]) == 0
    out = capsys.readouterr().out
    assert "20 inputs, 0 failures" in out


def test_the_command_goes_on_with_further_inputs_until_the_time_is_over(capsys):
    assert main(["--inputs", "5", "--reader", "annotation", "--minutes", "0.02"]) == 0
    tried = int(capsys.readouterr().out.splitlines()[-1].split()[0].replace(",", ""))
    assert tried > 5
    assert tried % 5 == 0


@pytest.mark.slow
def test_the_corpus_is_reproducible(tmp_path):
    """The files of up to 100 kB are made twice; larger ones repeat a simple pattern."""
    counts = write_corpus(tmp_path)
    assert counts.total() > 300
    repeated = 0
    for kind, name, make in corpus_files():
        path = tmp_path / kind / name
        if path.stat().st_size <= 100_000:
            assert make() == path.read_bytes(), path
            repeated += 1
    assert repeated > 0.8 * counts.total()
