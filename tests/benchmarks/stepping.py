"""One training step, again and again, in a process of its own: each backend of Keras needs one.

`python -m tests.benchmarks.stepping '{"jit_compile": true}'` with `KERAS_BACKEND` in the
environment says `ready`, then for every line that it reads trains one step and says its seconds.
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
    """A step of a fresh network on one batch; `fields` are those of `RetrievalConfig`."""
    import numpy as np

    from sketchnet.config.retrieval import RetrievalConfig
    from sketchnet.tasks.train_retrieval import build_network
    from sketchnet.training.retrieval_trainer import build_trainer

    config = RetrievalConfig(**fields)
    trainer = build_trainer(build_network(config), config)
    rng = np.random.default_rng(0)
    shape = (config.identities, config.size, config.size, 1)
    batch = {side: 255 * rng.random(shape, np.float32) for side in ("sketch", "photo")}
    labels = np.arange(config.identities, dtype=np.int32)
    return lambda: trainer.train_on_batch(batch, labels)


@contextmanager
def stepper(backend: str, **fields: Any) -> Iterator[Callable[[], object]]:
    """A step that runs in a process of its own; the first one has been taken when it is given."""
    command = [sys.executable, "-m", "tests.benchmarks.stepping", json.dumps(fields)]
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
        asked, answered = process.stdin, process.stdout

        def step() -> None:
            asked.write("step\n")
            asked.flush()
            if not answered.readline():
                raise RuntimeError(f"{backend} {fields} stopped")

        try:
            if answered.readline() != "ready\n":
                raise RuntimeError(f"{backend} {fields} could not begin")
            yield step
        finally:
            asked.close()


def main(arguments: list[str]) -> None:
    """Be the process."""
    step = build_step(**json.loads(arguments[0]))
    step()
    print("ready", flush=True)
    for _ in sys.stdin:
        step()
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
