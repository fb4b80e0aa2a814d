"""Tasks: build a gallery, or extend one."""

from __future__ import annotations

import io
import json
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchnet.utils.errors import InputError
from tests.soak.kill_process import run
from tests.soak.task import Task, contents

if TYPE_CHECKING:
    from sketchnet.inference.embedder import Embedder


HEAD = "gallery.json"
MOST = 1e-3  # difference between two embeddings of a photo; their local maps have eleven bits
Contents = dict[str, bytes]
"""The content of each file of a gallery."""


class BuildGallery(Task):
    """Build a gallery of 42 photos; in half of the cases one of the first 12 exists already."""

    def prepare(self, log: Path) -> None:
        from tests.tiny import write_photos

        self.photos = write_photos(self.folder / "photos", range(42))
        (self.photos / "broken.png").write_bytes(b"no picture")
        some = write_photos(self.folder / "some", range(12))
        old, new = self.folder / "old", self.folder / "new"
        run(lambda: self._build(some, old), log)  # a network that ran would not survive a fork
        shutil.copytree(old, new)
        run(lambda: self._build(self.photos, new), log)
        self.old, self.new = contents(self.folder / "old"), contents(self.folder / "new")
        assert self.old != self.new

    def _build(self, photos: Path, target: Path) -> None:
        from sketchnet.retrieval.gallery import build

        build.CHUNK = 5
        build.build_gallery(self._embedder(), photos, target)

    def _equal(self, found: Contents, expected: Contents) -> bool:
        return found == expected

    def _embedder(self) -> Embedder:
        from tests.browser.hog_embedder import HogEmbedder

        return HogEmbedder()

    def reset(self, rng: random.Random) -> None:
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir()
        self.has_old = rng.random() < 0.5
        if self.has_old:
            shutil.copytree(self.folder / "old", self.target / "gallery")

    def work(self) -> None:
        self._build(self.photos, self.target / "gallery")

    def check(self) -> str:
        from sketchnet.retrieval.gallery import load_gallery

        gallery = self.target / "gallery"
        with suppress(InputError):
            load_gallery(gallery)  # restores the folder after a kill between two renames
        if not self.has_old and not gallery.exists():
            return "none yet"
        load_gallery(gallery)  # its checksums are right
        found = contents(gallery)
        is_new = self._equal(found, self.new)
        assert is_new or (self.has_old and found == self.old), "neither old nor new"
        return "new" if is_new else "old"

    def check_finished(self) -> None:
        assert self._equal(contents(self.target / "gallery"), self.new)
        assert [path.name for path in self.target.iterdir()] == ["gallery"]


class BuildDefault(BuildGallery):
    """The same with the network `shoes` that ships: the preset `default`.

    A photo's embedding depends in its last digits on the others of its batch, and so on where a
    build was interrupted. All other files are compared byte by byte, the arrays by value.
    """

    def _embedder(self) -> Embedder:
        from sketchnet.inference.embedder import Embedder

        return Embedder("shoes")

    def _equal(self, found: Contents, expected: Contents) -> bool:
        if found.keys() != expected.keys():
            return False
        arrays = {name for name in expected if name.endswith(".npy")}
        heads = [json.loads(files[HEAD]) for files in (found, expected)]
        for name in arrays:
            heads[0]["checksums"][name] = heads[1]["checksums"][name]
        others = expected.keys() - arrays - {HEAD}
        return (
            heads[0] == heads[1]
            and all(found[name] == expected[name] for name in others)
            and all(np.allclose(*map(_array, (found[name], expected[name])), rtol=0, atol=MOST)
                    for name in arrays)
        )  # fmt: skip


def _array(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content)).astype(np.float64)
