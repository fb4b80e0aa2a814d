"""Task: save the files of a run again and again."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak.task import Task

VERSIONS = 8
FILES = ("config.json", "metrics.json", "drawings.npz", "model.keras")


class SaveRun(Task):
    """Save successive versions of settings, metrics, doodle gallery and network.

    Each version contains its number everywhere. The file `saved` lists the versions whose saving
    was reported as complete: a later kill must not lose them.
    """

    def prepare(self, log: Path) -> None:
        import keras  # noqa: F401 (imported before the forks)

    def reset(self, rng: random.Random) -> None:
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir()
        self.saved = self.folder / "saved"
        self.saved.write_text("")

    def work(self) -> None:
        import keras

        # Zeros, because random initial weights take seconds to compute in a fork.
        dense = keras.layers.Dense(900, use_bias=False, kernel_initializer="zeros")
        network = keras.Sequential([keras.Input((300,)), dense])
        saved = self._saved_versions()
        for version in range(1 + min(saved.values()), 1 + VERSIONS):
            dense.kernel.assign(np.full(dense.kernel.shape, version, np.float32))
            for name in FILES:
                if version > saved[name]:
                    save(name, version, network, self.target)
                    with self.saved.open("a") as file:
                        file.write(f"{name} {version}\n")

    def check(self) -> str:
        saved, newer = self._saved_versions(), 0
        for name in FILES:
            version = version_of(name, self.target)
            assert version in (saved[name], saved[name] + 1), (name, version, saved)
            newer += version > saved[name]
        return "new" if newer else "old"

    def check_finished(self) -> None:
        assert {version_of(name, self.target) for name in FILES} == {VERSIONS}
        assert {path.name for path in self.target.iterdir()} == set(FILES)

    def _saved_versions(self) -> dict[str, int]:
        lines = [line.split() for line in self.saved.read_text().splitlines()]
        return dict.fromkeys(FILES, 0) | {name: int(version) for name, version in lines}


def save(name: str, version: int, network: Any, run: Path) -> None:
    from sketchnet import runs
    from sketchnet.config.files import save_config
    from sketchnet.retrieval.doodle_gallery import DoodleGallery, save_doodle_gallery
    from tests.tiny import tiny_config

    if name == "config.json":
        save_config(replace(tiny_config(), seed=version), run / name)
    elif name == "metrics.json":
        runs.save_metrics(run, _metrics(version))
    elif name == "model.keras":
        from sketchnet.models import saving

        saving.save_model(network, run)
    else:
        n = 5_000
        vectors = np.zeros((n, 64), np.float32)
        vectors[:, version] = 1
        names = tuple(map(str, range(n)))
        labels = np.zeros(n, np.int32)
        gallery = DoodleGallery(vectors, labels, ("sun",), names, None, str(version))
        save_doodle_gallery(gallery, run / name)


def version_of(name: str, run: Path) -> int:
    """The version of a completely read file; 0 if it does not exist."""
    from sketchnet import runs
    from sketchnet.config.files import load_config
    from sketchnet.retrieval.doodle_gallery import load_doodle_gallery

    if not (run / name).exists():
        return 0
    if name == "config.json":
        return load_config(run / name).seed
    if name == "metrics.json":
        found = runs.load_metrics(run)
        assert found == _metrics(found["version"])
        return found["version"]
    if name == "model.keras":
        (kernel,) = weights_of(run / name).values()
        assert (kernel == kernel.flat[0]).all()
        return int(kernel.flat[0])
    gallery = load_doodle_gallery(run / name)
    version = int(gallery.fingerprint)
    assert (gallery.vectors[:, version] == 1).all()
    return version


def weights_of(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a `.keras` file by path, read without Keras and with checksums verified."""
    import h5py

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        content = archive.read("model.weights.h5")
    arrays: dict[str, np.ndarray] = {}
    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()]}) if hasattr(item, "dtype") else None
        )
    return arrays


def _metrics(version: int) -> dict[str, Any]:
    return {"version": version, "values": [version] * 20_000}
