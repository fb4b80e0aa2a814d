"""Batches made ahead of the network by processes of their own, for a GPU that would have to wait.

Keras can do so too (`use_multiprocessing`), but it forks the training process before every epoch,
whose threads (TensorFlow's, CUDA's) do not survive in the copy, and the copies know the epoch only
by luck. Here processes are started once, and each request says its epoch and step.
"""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from threading import Lock
from types import TracebackType
from typing import Any

import keras

from sketchnet.data import batch_process

AHEAD = 4  # batches in the making or waiting, for each process


class WorkerBatches(keras.utils.PyDataset):
    """The same batches as of a dataset, made by several processes.

    Use it as a context: the processes end with it.

    Args:
        batches: a dataset with `num_batches`, `epoch`, and `batch(epoch, step)`, which must be a
            pure function: then the number of processes changes nothing.
        processes: how many, 1 or more.
    """

    def __init__(self, batches: Any, processes: int) -> None:
        super().__init__()
        self.batches, self.processes = batches, processes
        self._pool: ProcessPoolExecutor | None = None
        self._coming: dict[tuple[int, int], Future[Any]] = {}
        self._lock = Lock()

    @property
    def epoch(self) -> int:
        return int(self.batches.epoch)

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self.batches.epoch = epoch

    @property
    def num_batches(self) -> int:
        """Steps an epoch."""
        return int(self.batches.num_batches)

    def __len__(self) -> int:
        return self.num_batches

    def __enter__(self) -> WorkerBatches:
        self._pool = ProcessPoolExecutor(
            self.processes,
            get_context("spawn"),
            batch_process.prepare,
            (self.batches,),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool, self._coming = None, {}

    def __getitem__(self, step: int) -> Any:
        """The batch of a step of this epoch; those of the next steps are begun, also of the next
        epoch."""
        epoch = self.epoch
        with self._lock:
            for ahead in range(AHEAD * self.processes):
                further, its_step = divmod(step + ahead, self.num_batches)
                self._begin(epoch + further, its_step)
            # Batches that nobody asks for, as after a change of the epoch, are forgotten.
            wanted = epoch * self.num_batches + step
            for key in [k for k in self._coming if k[0] * self.num_batches + k[1] < wanted]:
                self._coming.pop(key).cancel()
            coming = self._coming.pop((epoch, step))
        return coming.result()

    def _begin(self, epoch: int, step: int) -> None:
        if (epoch, step) not in self._coming:
            assert self._pool is not None
            self._coming[epoch, step] = self._pool.submit(batch_process.make, epoch, step)

    def batch(self, epoch: int, step: int) -> Any:
        """Make a batch again, in this process."""
        return self.batches.batch(epoch, step)
