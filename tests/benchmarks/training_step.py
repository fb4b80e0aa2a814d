"""Runs training steps in a separate process, as each Keras backend needs a process of its own.

`python -m tests.benchmarks.training_step '{"jit_compile": true}'` with `KERAS_BACKEND` in the
environment prints `ready`; for every line on standard input it trains one step and prints `done`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def build_step(**fields: Any) -> Callable[[], object]:
    """A function that trains a new network for one step; `fields` are of `RetrievalConfig`."""
    import numpy as np

    from sketchnet.config.retrieval import RetrievalConfig
    from sketchnet.models.retrieval_network import build_retrieval_network
    from sketchnet.training.retrieval_trainer import build_trainer

    config = RetrievalConfig(**fields)
    trainer = build_trainer(build_retrieval_network(config), config)
    rng = np.random.default_rng(0)
    channels = {"sketch": 1, "photo": 3 if config.photo_input == "rgb" else 1}
    batch = {
        side: 255 * rng.random((config.identities, config.size, config.size, n), np.float32)
        for side, n in channels.items()
    }
    labels = np.arange(config.identities, dtype=np.int32)
    return lambda: trainer.train_on_batch(batch, labels)


@contextmanager
def step_in_process(backend: str, **fields: Any) -> Iterator[Callable[[], object]]:
    """A function that trains one step in a separate process, after a first warm-up step."""
    command = [sys.executable, "-m", "tests.benchmarks.training_step", json.dumps(fields)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, responses = process.stdin, process.stdout

        def step() -> None:
            requests.write("step\n")
            requests.flush()
            if not responses.readline():
                raise RuntimeError(f"{backend} {fields} stopped")

        try:
            if responses.readline() != "ready\n":
                raise RuntimeError(f"{backend} {fields} could not start")
            yield step
        finally:
            requests.close()


def main(arguments: list[str]) -> None:
    """Run in the separate process."""
    step = build_step(**json.loads(arguments[0]))
    step()
    print("ready", flush=True)
    for _ in sys.stdin:
        step()
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
