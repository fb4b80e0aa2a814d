"""Task: download a file that may change on the server during the download."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import NoReturn

import numpy as np

from tests.soak.task import Task

SIZES = (8_000_001, 8_300_000, 7_900_003)  # bytes of the versions


class Download(Task):
    """Download a file of eight megabytes; the server offers one of three versions."""

    def prepare(self, log: Path) -> None:
        self.contents = [np.random.default_rng(size).bytes(size) for size in SIZES]
        self.version, address = self.folder / "version", self.folder / "address"
        self.version.write_text("0")
        self.server = os.fork()
        if not self.server:
            serve(self.contents, self.version, address)
        while not (address.exists() and address.read_text().endswith("\n")):
            time.sleep(0.01)
        self.address = address.read_text().strip()

    def close(self) -> None:
        os.kill(self.server, signal.SIGKILL)
        os.waitpid(self.server, 0)

    def reset(self, rng: random.Random) -> None:
        self.rng = rng
        shutil.rmtree(self.target, ignore_errors=True)

    def work(self) -> None:
        from sketchnet.data.quickdraw.download import download_categories

        download_categories(["sun"], self.target, base_url=self.address, pause=0.01)

    def check(self) -> str:
        found = self._found()
        if self.rng.random() < 0.3:
            self.version.write_text(str(self.rng.randrange(len(SIZES))))
        assert found is None or found in self.contents, "a part of a file, or parts of two"
        return "none yet" if found is None else "complete"

    def check_finished(self) -> None:
        expected = self.contents[int(self.version.read_text())]
        assert self._found() == expected, "not the file on the server"
        files = [path.name for path in self.target.iterdir()]
        assert files == ["sun.ndjson"], f"temporary files: {files}"

    def _found(self) -> bytes | None:
        path = self.target / "sun.ndjson"
        return path.read_bytes() if path.exists() else None


def serve(contents: list[bytes], version: Path, address: Path) -> NoReturn:
    """Serve the version whose number is in the file `version`, while the parent process lives."""
    from tests.data.quickdraw.test_download import Storage

    class Versions(Storage):
        def get_request(self):
            number = version.read_text()
            self.files = {"/full/simplified/sun.ndjson": contents[int(number)]}
            self.etag = f'"{number}"'
            return super().get_request()

    parent, storage = os.getppid(), Versions()
    storage.timeout = 1
    address.write_text(f"{storage.url}\n")
    while os.getppid() == parent:
        storage.handle_request()
    os._exit(0)
