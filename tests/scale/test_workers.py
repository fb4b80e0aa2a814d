"""Distributed training: two workers give the gradients of one process; train, stop and resume."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.collection import Collection
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.imaging.views import canvas_for
from sketchnet.training.distributed import check_addresses
from sketchnet.utils.errors import InputError
from tests.scale.worker_process import first_step, make_trainer
from tests.tiny import SIZE, write_pairs

ROOT = Path(__file__).resolve().parents[2]


def free_addresses(count: int) -> list[str]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def run_together(commands: list[list[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands at the same time until all have finished."""
    environment = os.environ | {"TF_NUM_INTRAOP_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        ends = [process.communicate(timeout=900) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return [
        subprocess.CompletedProcess(process.args, process.returncode, *end)
        for process, end in zip(processes, ends, strict=True)
    ]


# With frozen batch normalisation only the order of sums differs. With synchronised normalisation
# the difference is larger: Keras computes its variance as E[x²] - E[x]², which cancels in float32.
@pytest.mark.slow
@pytest.mark.parametrize(("norms", "tolerance"), [("frozen", 1e-5), ("synchronized", 5e-5)])
def test_two_workers_give_the_gradients_of_one_process(norms, tolerance, tmp_path):
    addresses = free_addresses(2)
    worker = ["-m", "tests.scale.worker_process", norms]
    outs = [tmp_path / "0.npz", tmp_path / "1.npz"]
    done = run_together([[*worker, str(i), str(out), *addresses] for i, out in enumerate(outs)])
    assert [each.returncode for each in done] == [0, 0], done[0].stderr + done[1].stderr
    expected = first_step(make_trainer(norms), slice(None))  # without a distribution strategy
    first, second = (dict(np.load(out)) for out in outs)
    assert expected["loss"] > 0.05
    assert sum(np.abs(expected[name]).max() > 1e-3 for name in expected if "gradient" in name) >= 10
    for name, values in expected.items():
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
        close = 1e-5 if name == "loss" else tolerance
        np.testing.assert_allclose(first[name], values, atol=close, rtol=close, err_msg=name)
    for found in (first, second):
        assert "the same settings and data on all 2 workers" in str(found["refused"])


@pytest.mark.slow
def test_the_command_trains_and_resumes_on_two_workers(tmp_path):
    data = write_pairs(tmp_path / "data", range(10))
    fields = "--preset compact --size 32 --embedding-size 8 --identities 4 --steps-per-epoch 2"

    def train(*options: str) -> list[subprocess.CompletedProcess[str]]:
        command = ["train.py", "retrieval", "--data", str(data), "--run", str(tmp_path / "run")]
        command += [*fields.split(), *options, "--workers", *free_addresses(2), "--worker"]
        return run_together([[*command, "0"], [*command, "1"]])

    for options in (["--epochs", "1"], ["--epochs", "2", "--resume"]):
        chief, other = train(*options)
        assert (chief.returncode, other.returncode) == (0, 0), chief.stderr + other.stderr
        assert "done: acc@1" in chief.stdout
        assert "done:" not in other.stdout
    with (tmp_path / "run" / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]


def test_the_shares_of_the_workers_form_the_batch(tmp_path):
    collection: Collection = load_collection(write_pairs(tmp_path / "data", range(9)))
    pairs = prepare_pairs(collection, canvas_for(SIZE), progress=False)

    def batches(worker: tuple[int, int]) -> PairBatches:
        return PairBatches(pairs, size=SIZE, identities=7, steps=3, worker=worker)

    whole, shares = batches((0, 1)), [batches((i, 3)) for i in range(3)]
    for step in range(3):
        labels = [share.batch(0, step)[1] for share in shares]
        assert [len(each) for each in labels] == [2, 2, 2]
        combined = np.concatenate(labels)
        assert len(set(combined)) == 6, "no photo is on two workers"
        assert set(combined) <= set(whole.batch(0, step)[1])
    pictures = [share.batch(0, 0)[0]["sketch"] for share in shares]
    assert not np.array_equal(pictures[0], pictures[1])
    with pytest.raises(InputError, match="each of 8 workers"):
        batches((0, 8))


@pytest.mark.parametrize(
    ("addresses", "index"),
    [
        (["localhost"], 0),
        (["localhost:99999"], 0),
        ([":23"], 0),
        (["a:1", "a:1"], 0),
        (["a:1", "b:1"], 2),
        (["a:1"], -1),
    ],
)
def test_invalid_worker_addresses_are_refused(addresses, index):
    with pytest.raises(InputError, match="expected"):
        check_addresses(addresses, index)


def test_a_worker_index_without_addresses_is_refused(tmp_path):
    from sketchnet.config.retrieval import RetrievalConfig
    from sketchnet.tasks.train_retrieval import train_retrieval

    with pytest.raises(InputError, match="addresses of all workers"):
        train_retrieval(RetrievalConfig(), [tmp_path], tmp_path / "run", worker=1)
