"""The files of a run, saved again and again."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.soak.work import Work

VERSIONS = 8
KINDS = ("config.json", "metrics.json", "drawings.npz", "model.keras")


class Saving(Work):
    """Version after version of settings, scores, drawings and network, each full of its number.

    `told` has the versions whose saving was over: no kill afterwards may lose them.
    """

    def prepare(self, log: Path) -> None:
        import keras  # noqa: F401 (before the forks)

    def fresh(self, rng: random.Random) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        self.told = self.folder / "told"
        self.told.write_text("")

    def work(self) -> None:
        import keras

        # Layers draw their first weights by operations, which take their seconds.
        dense = keras.layers.Dense(900, use_bias=False, kernel_initializer="zeros")
        network = keras.Sequential([keras.Input((300,)), dense])
        told = self._told()
        for version in range(1 + min(told.values()), 1 + VERSIONS):
            dense.kernel.assign(np.full(dense.kernel.shape, version, np.float32))
            for kind in KINDS:
                if version > told[kind]:
                    save(kind, version, network, self.place)
                    with self.told.open("a") as file:
                        file.write(f"{kind} {version}\n")

    def check(self) -> str:
        told, ahead = self._told(), 0
        for kind in KINDS:
            version = version_of(kind, self.place)
            assert version in (told[kind], told[kind] + 1), (kind, version, told)
            ahead += version > told[kind]
        return "new" if ahead else "old"

    def finished(self) -> None:
        assert {version_of(kind, self.place) for kind in KINDS} == {VERSIONS}
        assert {path.name for path in self.place.iterdir()} == set(KINDS)

    def _told(self) -> dict[str, int]:
        lines = [line.split() for line in self.told.read_text().splitlines()]
        return dict.fromkeys(KINDS, 0) | {kind: int(version) for kind, version in lines}


def save(kind: str, version: int, network: Any, run: Path) -> None:
    from sketchnet import runs
    from sketchnet.config.files import save_config
    from sketchnet.retrieval.doodle_gallery import DoodleGallery, save_doodle_gallery
    from tests.tiny import tiny_config

    if kind == "config.json":
        save_config(replace(tiny_config(), seed=version), run / kind)
    elif kind == "metrics.json":
        runs.save_metrics(run, _scores(version))
    elif kind == "model.keras":
        from sketchnet.models import saving

        saving.save_model(network, run)
    else:
        n = 5_000
        vectors = np.zeros((n, 64), np.float32)
        vectors[:, version] = 1
        names = tuple(map(str, range(n)))
        labels = np.zeros(n, np.int32)
        gallery = DoodleGallery(vectors, labels, ("sun",), names, None, str(version))
        save_doodle_gallery(gallery, run / kind)


def version_of(kind: str, run: Path) -> int:
    """The version of a file, read to its last byte; 0 before the first."""
    from sketchnet import runs
    from sketchnet.config.files import load_config
    from sketchnet.retrieval.doodle_gallery import load_doodle_gallery

    if not (run / kind).exists():
        return 0
    if kind == "config.json":
        return load_config(run / kind).seed
    if kind == "metrics.json":
        found = runs.load_metrics(run)
        assert found == _scores(found["version"])
        return found["version"]
    if kind == "model.keras":
        (kernel,) = weights_of(run / kind).values()
        assert (kernel == kernel.flat[0]).all()
        return int(kernel.flat[0])
    gallery = load_doodle_gallery(run / kind)
    version = int(gallery.fingerprint)
    assert (gallery.vectors[:, version] == 1).all()
    return version


def weights_of(path: Path) -> dict[str, np.ndarray]:
    """Every array in a network's file, by its place there; without Keras, and to the last byte."""
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


def _scores(version: int) -> dict[str, Any]:
    return {"version": version, "values": [version] * 20_000}
