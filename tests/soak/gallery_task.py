"""Task: build a gallery, or extend one."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

from sketchnet.utils.errors import InputError
from tests.soak.task import Task, contents


class BuildGallery(Task):
    """Build a gallery of 42 photos; in half of the cases one of the first 12 exists already."""

    def prepare(self, log: Path) -> None:
        from tests.browser.hog_embedder import HogEmbedder
        from tests.tiny import write_photos

        self.embedder = HogEmbedder()
        self.photos = write_photos(self.folder / "photos", range(42))
        (self.photos / "broken.png").write_bytes(b"no picture")
        some = write_photos(self.folder / "some", range(12))
        self._build(some, self.folder / "old")
        shutil.copytree(self.folder / "old", self.folder / "new")
        self._build(self.photos, self.folder / "new")
        self.old, self.new = contents(self.folder / "old"), contents(self.folder / "new")
        assert self.old != self.new

    def _build(self, photos: Path, target: Path) -> None:
        from sketchnet.retrieval.gallery import build

        build.CHUNK = 5
        build.build_gallery(self.embedder, photos, target)

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
        found = contents(gallery)
        assert found == self.new or (self.has_old and found == self.old), "neither old nor new"
        return "new" if found == self.new else "old"

    def check_finished(self) -> None:
        assert contents(self.target / "gallery") == self.new
        assert [path.name for path in self.target.iterdir()] == ["gallery"]
