"""Parallel work keeps its order; its progress is a bar on a terminal and few lines in a log."""

from __future__ import annotations

import io
import time

import pytest

from sketchnet.utils import progress
from sketchnet.utils.progress import ProgressBar, in_parallel


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_results_come_in_the_order_of_the_items(capsys):
    def work(n: int) -> int:
        time.sleep(0.001 * (5 - n % 5))  # later items finish first
        return n * n

    assert in_parallel(work, range(20)) == [n * n for n in range(20)]
    assert capsys.readouterr() == ("", "")
    assert in_parallel(work, []) == []


def test_an_exception_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError):
        in_parallel(lambda n: 1 // n, [2, 1, 0], "dividing")


def test_a_log_holds_one_line_for_short_work(capsys):
    in_parallel(str, range(50), "preparing photos")
    assert capsys.readouterr().err == "preparing photos 50/50\n"


def test_a_log_holds_a_line_every_half_minute(capsys, monkeypatch):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    bar = ProgressBar("embedding")
    for done in range(1, 8):
        bar(done, 7)
    assert capsys.readouterr().err == "embedding 3/7\nembedding 6/7\nembedding 7/7\n"


def test_a_terminal_shows_a_moving_bar(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", screen)
    in_parallel(str, range(5), "preparing photos")
    drawn = screen.getvalue()
    assert drawn.startswith("\rpreparing photos")
    assert "5/5" in drawn
    assert drawn.endswith("\n")


def test_bytes_have_units_and_an_unknown_total_is_left_out(capsys):
    bar = ProgressBar("apple.ndjson", unit="B")
    bar(768_000, 768_000)
    assert capsys.readouterr().err == "apple.ndjson 768kB/768kB\n"
    ProgressBar("x", unit="B")._log(5, None)
    assert capsys.readouterr().err == ""
