"""Full disks, folders that may only be read, photos that are gone, clocks that jump: told in one
line, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sketchnet import runs
from sketchnet.models import saving
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.hardening.doors import ROOT
from tests.soak.work import contents
from tests.tiny import tiny_config, write_photos


@contextmanager
def disk(room: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Inside, so many bytes can be written by what galleries and runs are written with.

    Gives what is left, in a list of one.
    """
    left = [room]

    def take(size: int) -> None:
        left[0] -= size
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def measured(function: Callable, size: Callable[..., int]) -> Callable:
        def limited(*given, **more):
            take(size(*given))
            return function(*given, **more)

        return limited

    class File:
        """What `write_atomically` hands out, on this disk."""

        def __init__(self, file) -> None:
            self.file = file

        def write(self, data) -> int:
            take(memoryview(data).nbytes)
            return self.file.write(data)

        def __getattr__(self, name: str):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_) -> None:
            self.file.close()

    opened = os.fdopen
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", measured(Path.write_bytes, lambda _, data: len(data)))
        patch.setattr(shutil, "copyfile", measured(shutil.copyfile, lambda a, _: a.stat().st_size))
        patch.setattr("sketchnet.utils.atomic_files.os.fdopen", lambda *given: File(opened(*given)))
        yield left


@pytest.fixture(scope="module")
def galleries(tmp_path_factory) -> Path:
    """A folder with photos, the gallery of some of them, and the one of all."""
    folder = tmp_path_factory.mktemp("galleries")
    write_photos(folder / "photos", range(6))
    build_gallery(HogEmbedder(), write_photos(folder / "some", range(2)), folder / "old")
    shutil.copytree(folder / "old", folder / "new")
    build_gallery(HogEmbedder(), folder / "photos", folder / "new")
    return folder


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99, 1.5])
def test_a_disk_that_fills_up_leaves_the_old_gallery_and_the_build_goes_on(
    share, galleries, tmp_path, monkeypatch
):
    target = tmp_path / "gallery"
    shutil.copytree(galleries / "old", target)
    shutil.copytree(target, galleries / f"{share}")
    with disk(1 << 40, monkeypatch) as left:
        build_gallery(HogEmbedder(), galleries / "photos", galleries / f"{share}")
    written = (1 << 40) - left[0]

    with disk(int(share * written), monkeypatch):
        if share > 1:
            build_gallery(HogEmbedder(), galleries / "photos", target)
        else:
            with pytest.raises(OSError, match="No space left"):
                build_gallery(HogEmbedder(), galleries / "photos", target)
            assert contents(target) == contents(galleries / "old")
    build_gallery(HogEmbedder(), galleries / "photos", target)
    assert contents(target) == contents(galleries / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["gallery"]


@pytest.mark.parametrize("room", [0, 3])
def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_beside_it(
    room, tmp_path, monkeypatch
):
    runs.save_metrics(tmp_path, {"acc@1": 0.5})
    with disk(room, monkeypatch), pytest.raises(OSError, match="No space left"):
        runs.save_metrics(tmp_path, {"acc@1": 0.75})
    assert runs.load_metrics(tmp_path) == {"acc@1": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == [runs.METRICS]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
from sketchnet.inference import embedder
from sketchnet.cli.gallery import main
from tests.browser.hog_embedder import HogEmbedder
from sketchnet.models import saving
embedder.Embedder = lambda run: HogEmbedder()
sys.exit(main(["build", "shoes", *sys.argv[1:]]))
"""


def test_the_command_line_tells_in_one_line_that_nothing_more_can_be_written(galleries, tmp_path):
    """By the system itself: its limit on the size of a file stands for the end of the disk."""
    pytest.importorskip("resource", reason="this system has no limits on files")
    target = tmp_path / "gallery"
    shutil.copytree(galleries / "old", target)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(galleries / "photos"), str(target)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "File too large" in done.stderr
    assert contents(target) == contents(galleries / "old")


@pytest.fixture
def locked(monkeypatch) -> Callable[[Path], None]:
    """Make a folder one that may only be read, also for root, who may write everywhere."""
    import tempfile

    makes = tempfile.mkstemp, os.mkdir

    def lock(folder: Path) -> None:
        def refuse(path) -> None:
            if folder in (Path(path), *Path(path).parents):
                raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))

        def mkstemp(**given):
            refuse(given["dir"])
            return makes[0](**given)

        def mkdir(path, *given, **more):
            refuse(Path(path).parent)
            return makes[1](path, *given, **more)

        monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
        monkeypatch.setattr(os, "mkdir", mkdir)

    return lock


def test_a_folder_that_may_only_be_read_is_named(galleries, tmp_path, locked):
    locked(tmp_path)
    with pytest.raises(OSError, match="Read-only file system") as told:
        build_gallery(HogEmbedder(), galleries / "photos", tmp_path / "gallery")
    assert str(tmp_path) in str(told.value)
    with pytest.raises(OSError, match="Read-only file system"):
        runs.start_run(tmp_path / "run", tiny_config(), [])
    assert [*tmp_path.iterdir()] == []


def test_a_gallery_in_a_folder_that_may_only_be_read_is_searched(galleries, locked):
    locked(galleries)
    assert len(load_gallery(galleries / "new")) == 6


def test_photos_that_cannot_be_read_are_named_and_the_others_are_in(
    galleries, tmp_path, monkeypatch
):
    from sketchnet.retrieval.gallery import build

    write_photos(tmp_path / "photos", range(4))
    listed = build.photos_in(tmp_path / "photos")
    (tmp_path / "photos" / "shoe_1.png").unlink()  # after the listing
    plain = build.read_picture

    def read(source, **more):
        if Path(source).name == "shoe_2.png":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(source))
        return plain(source, **more)

    monkeypatch.setattr(build, "read_picture", read)
    built = build_gallery(HogEmbedder(), listed, tmp_path / "gallery")
    assert built.gallery.ids == ("shoe_0", "shoe_3")
    assert [name for name, _ in built.skipped] == ["shoe_1", "shoe_2"]
    assert all("\n" not in reason for _, reason in built.skipped)
    monkeypatch.setattr(build, "read_picture", plain)
    again = build_gallery(HogEmbedder(), listed, tmp_path / "gallery")
    assert again.gallery.ids == ("shoe_0", "shoe_3", "shoe_2"), "what can be read now comes in"


def test_a_folder_of_photos_that_is_gone_is_one_line(tmp_path):
    with pytest.raises(InputError, match="expected a folder of photos"):
        build_gallery(HogEmbedder(), tmp_path / "gone", tmp_path / "gallery")
    assert not (tmp_path / "gallery").exists()


@pytest.fixture
def jumping(monkeypatch) -> None:
    """A clock that goes back a year, on two, to 1970, and so on, at every look."""
    now = time.time()
    times = [now - 3e7, now + 6e7, 0.0, now, 4e9]
    looks = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: times[next(looks) % len(times)])


def test_clocks_that_jump_change_no_gallery(jumping, galleries, tmp_path):
    build_gallery(HogEmbedder(), galleries / "some", tmp_path / "gallery")
    for path in galleries.rglob("*.png"):
        os.utime(path, (0, 0))  # the photos of a camera that has lost its date
    build_gallery(HogEmbedder(), galleries / "photos", tmp_path / "gallery")
    assert contents(tmp_path / "gallery") == contents(galleries / "new")


@pytest.mark.parametrize("now", [0.0, 5e9])
def test_a_clock_out_of_range_is_told_and_the_network_stays(now, tmp_path, monkeypatch):
    """Zip files know 1980 to 2107; a small computer without a battery begins in 1970."""
    (tmp_path / runs.MODEL).write_bytes(b"old")
    monkeypatch.setattr(time, "time", lambda: now)
    with pytest.raises(InputError, match="expected a clock"):
        saving.save_model(None, tmp_path)
    assert contents(tmp_path) == {runs.MODEL: b"old"}


def test_a_write_that_fails_for_any_reason_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, _interrupted)
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def _interrupted(file) -> None:
    file.write(b"half")
    raise KeyboardInterrupt
