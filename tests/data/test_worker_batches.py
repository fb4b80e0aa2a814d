"""Processes that make batches: the same ones as without, in every epoch."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data import worker_batches
from sketchnet.data.doodle_batches import DoodleBatches
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.worker_batches import WorkerBatches
from tests.data.test_doodle_batches import SIZE
from tests.data.test_pair_batches import batches as pair_batches
from tests.doodles import doodles


def equal(made, expected) -> bool:
    (x, labels), (y, others) = made, expected
    return (labels == others).all() and all((x[name] == y[name]).all() for name in y)


@pytest.mark.slow  # a process imports Keras
@pytest.mark.parametrize("kind", ["pairs", "doodles"])
def test_processes_make_the_same_batches(kind, monkeypatch):
    monkeypatch.setattr(worker_batches, "AHEAD", 2)
    if kind == "pairs":
        batches = pair_batches(partial=0.5)
    else:
        batches = DoodleBatches(
            doodles(22), DoodleInputs(SIZE, 64), per_category=3, bucket=True, steps=3
        )
    with WorkerBatches(batches, 2) as made:
        assert made.num_batches == 3
        for epoch in (0, 1, 5):
            made.epoch = epoch
            for step in range(3):
                assert equal(made[step], batches.batch(epoch, step))
        assert len(made._coming) <= 4
        assert equal(made.batch(7, 1), batches.batch(7, 1))


class _Numbers:
    """Batches that are made at once, in this process."""

    num_batches, epoch = 3, 0

    def batch(self, epoch, step):
        if epoch == 9:
            raise ValueError("cannot be made")
        return {"x": np.array([epoch, step])}, np.array([step])


@pytest.fixture
def here(monkeypatch):
    """A thread takes the place of the processes."""
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(
        worker_batches,
        "ProcessPoolExecutor",
        lambda n, context, start, arguments: ThreadPoolExecutor(
            n, initializer=start, initargs=arguments
        ),
    )
    monkeypatch.setattr(worker_batches.batch_process, "prepare", lambda pickled: None)
    numbers = _Numbers()
    monkeypatch.setattr(worker_batches.batch_process, "make", numbers.batch)
    return numbers


def test_steps_of_any_epoch_in_any_order(here):
    with WorkerBatches(here, 3) as made:
        for epoch, step in [(0, 0), (0, 1), (0, 0), (4, 2), (1, 1), (1, 2), (2, 0)]:
            made.epoch = epoch
            assert made[step][0]["x"].tolist() == [epoch, step]


def test_an_error_of_a_process_is_raised_where_its_batch_is_asked_for(here):
    with WorkerBatches(here, 1) as made:
        made.epoch = 8
        assert made[2][0]["x"].tolist() == [8, 2]
        made.epoch = 9
        with pytest.raises(ValueError, match="cannot be made"):
            made[0]
