"""A gallery that is built, or added to, and killed on the way."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

from sketchnet.utils.errors import InputError
from tests.soak.work import Work, contents


class Building(Work):
    """A gallery of 12 photos to which 30 come; about every other one begins with none at all."""

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

    def fresh(self, rng: random.Random) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        self.began = rng.random() < 0.5
        if self.began:
            shutil.copytree(self.folder / "old", self.place / "gallery")

    def work(self) -> None:
        self._build(self.photos, self.place / "gallery")

    def check(self) -> str:
        from sketchnet.retrieval.gallery import load_gallery

        gallery = self.place / "gallery"
        with suppress(InputError):
            load_gallery(gallery)  # puts back what a kill between two renames left
        if not self.began and not gallery.exists():
            return "none yet"
        found = contents(gallery)
        assert found == self.new or (self.began and found == self.old), "neither old nor new"
        return "new" if found == self.new else "old"

    def finished(self) -> None:
        assert contents(self.place / "gallery") == self.new
        assert [path.name for path in self.place.iterdir()] == ["gallery"]
