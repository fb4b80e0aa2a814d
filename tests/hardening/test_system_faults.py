"""Full disks, read-only folders, missing photos, wrong clocks: one line, and nothing is lost."""

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
from tests.hardening.readers import ROOT
from tests.soak.task import contents
from tests.tiny import tiny_config, write_photos


@contextmanager
def limited_disk(free: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Raise the error of a full disk in the body after `free` bytes have been written.

    Counts the functions with which galleries and runs are written. Yields a list whose only item
    is the number of bytes left.
    """
    left = [free]

    def take(size: int) -> None:
        left[0] -= size
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def measured(function: Callable, size: Callable[..., int]) -> Callable:
        def limited(*args, **kwargs):
            take(size(*args))
            return function(*args, **kwargs)

        return limited

    class File:
        """Wraps the file that `write_atomically` opens."""

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
        patch.setattr(os, "fdopen", lambda *args: File(opened(*args)))
        yield left


@pytest.fixture(scope="module")
def galleries(tmp_path_factory) -> Path:
    """A folder with photos, the gallery `old` of some of them, and the gallery `new` of all."""
    folder = tmp_path_factory.mktemp("galleries")
    write_photos(folder / "photos", range(6))
    build_gallery(HogEmbedder(), write_photos(folder / "some", range(2)), folder / "old")
    shutil.copytree(folder / "old", folder / "new")
    build_gallery(HogEmbedder(), folder / "photos", folder / "new")
    return folder


def embedded(folder: Path) -> dict[str, bytes]:
    """The files of a gallery without its fields."""
    return {name: each for name, each in contents(folder).items() if "catalogue" not in name}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99, 1.5])
def test_a_full_disk_leaves_the_old_gallery_and_the_build_can_continue(
    share, galleries, tmp_path, monkeypatch
):
    target = tmp_path / "gallery"
    shutil.copytree(galleries / "old", target)
    shutil.copytree(target, galleries / f"{share}")
    with limited_disk(1 << 40, monkeypatch) as left:
        build_gallery(HogEmbedder(), galleries / "photos", galleries / f"{share}")
    written = (1 << 40) - left[0]

    with limited_disk(int(share * written), monkeypatch):
        if share > 1:
            build_gallery(HogEmbedder(), galleries / "photos", target)
        else:
            with pytest.raises(OSError, match="No space left"):
                build_gallery(HogEmbedder(), galleries / "photos", target)
            # The fields and colours are written last, when the photos are in place.
            states = [embedded(galleries / name) for name in ("old", "new")]
            assert embedded(target) in (states[:1] if share < 0.6 else states)
            assert len(load_gallery(target)) in (2, 6)
    build_gallery(HogEmbedder(), galleries / "photos", target)
    assert contents(target) == contents(galleries / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["gallery"]


@pytest.mark.parametrize("free", [0, 3])
def test_a_full_disk_leaves_the_old_file_and_no_temporary_file(free, tmp_path, monkeypatch):
    runs.save_metrics(tmp_path, {"acc@1": 0.5})
    with limited_disk(free, monkeypatch), pytest.raises(OSError, match="No space left"):
        runs.save_metrics(tmp_path, {"acc@1": 0.75})
    assert runs.load_metrics(tmp_path) == {"acc@1": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == [runs.METRICS]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
from sketchnet.utils.process import prepare_process
prepare_process()
from sketchnet.inference import embedder
from sketchnet.cli.gallery import main
from tests.browser.hog_embedder import HogEmbedder
embedder.Embedder = lambda run: HogEmbedder()
sys.exit(main(["build", "shoes", *sys.argv[1:]]))
"""


def test_the_command_reports_a_failed_write_in_one_line(galleries, tmp_path):
    """With the system's limit on file sizes in place of a full disk."""
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
def make_read_only(monkeypatch) -> Callable[[Path], None]:
    """A function that makes a folder read-only, for root too, whom file modes do not stop."""
    import tempfile

    original_mkstemp, original_mkdir = tempfile.mkstemp, os.mkdir

    def lock(folder: Path) -> None:
        def refuse(path) -> None:
            if folder in (Path(path), *Path(path).parents):
                raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))

        def mkstemp(**kwargs):
            refuse(kwargs["dir"])
            return original_mkstemp(**kwargs)

        def mkdir(path, *args, **kwargs):
            refuse(Path(path).parent)
            return original_mkdir(path, *args, **kwargs)

        monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
        monkeypatch.setattr(os, "mkdir", mkdir)

    return lock


def test_a_read_only_folder_is_named(galleries, tmp_path, make_read_only):
    make_read_only(tmp_path)
    with pytest.raises(OSError, match="Read-only file system") as error:
        build_gallery(HogEmbedder(), galleries / "photos", tmp_path / "gallery")
    assert str(tmp_path) in str(error.value)
    with pytest.raises(OSError, match="Read-only file system"):
        runs.start_run(tmp_path / "run", tiny_config(), [])
    assert [*tmp_path.iterdir()] == []


def test_a_gallery_in_a_read_only_folder_can_be_loaded(galleries, make_read_only):
    make_read_only(galleries)
    assert len(load_gallery(galleries / "new")) == 6


def test_unreadable_photos_are_named_and_the_others_embedded(galleries, tmp_path, monkeypatch):
    from sketchnet.retrieval.gallery import build

    write_photos(tmp_path / "photos", range(4))
    listed = build.photos_in(tmp_path / "photos")
    (tmp_path / "photos" / "shoe_1.png").unlink()  # after the listing
    original = build.load_picture

    def read(source, **kwargs):
        if Path(source).name == "shoe_2.png":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(source))
        return original(source, **kwargs)

    monkeypatch.setattr(build, "load_picture", read)
    built = build_gallery(HogEmbedder(), listed, tmp_path / "gallery")
    assert built.gallery.ids == ("shoe_0", "shoe_3")
    assert [name for name, _ in built.skipped] == ["shoe_1", "shoe_2"]
    assert all("\n" not in reason for _, reason in built.skipped)
    monkeypatch.setattr(build, "load_picture", original)
    again = build_gallery(HogEmbedder(), listed, tmp_path / "gallery")
    assert again.gallery.ids == ("shoe_0", "shoe_3", "shoe_2"), (
        "a photo that has become readable is added"
    )


def test_a_missing_folder_of_photos_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="expected a folder of photos"):
        build_gallery(HogEmbedder(), tmp_path / "gone", tmp_path / "gallery")
    assert not (tmp_path / "gallery").exists()


@pytest.fixture
def jumping_clock(monkeypatch) -> None:
    """A clock that jumps at every call: back a year, ahead two years, to 1970, …"""
    now = time.time()
    times = [now - 3e7, now + 6e7, 0.0, now, 4e9]
    calls = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: times[next(calls) % len(times)])


def test_a_jumping_clock_does_not_change_a_gallery(jumping_clock, galleries, tmp_path):
    build_gallery(HogEmbedder(), galleries / "some", tmp_path / "gallery")
    for path in galleries.rglob("*.png"):
        os.utime(path, (0, 0))  # as from a camera whose date was not set
    build_gallery(HogEmbedder(), galleries / "photos", tmp_path / "gallery")
    found, expected = contents(tmp_path / "gallery"), contents(galleries / "new")
    for name in ("photos.json", "gallery.json"):  # they record the times of the files
        del found[name], expected[name]
    assert found == expected
    assert load_gallery(tmp_path / "gallery").ids == load_gallery(galleries / "new").ids


@pytest.mark.parametrize("now", [0.0, 5e9])
def test_a_clock_out_of_range_is_reported_and_the_old_network_stays(now, tmp_path, monkeypatch):
    """A zip file can store the years 1980 to 2107; a computer without a battery starts in 1970."""
    (tmp_path / runs.MODEL).write_bytes(b"old")
    monkeypatch.setattr(time, "time", lambda: now)
    with pytest.raises(InputError, match="expected a clock"):
        saving.save_model(None, tmp_path)
    assert contents(tmp_path) == {runs.MODEL: b"old"}


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, _interrupted)
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def _interrupted(file) -> None:
    file.write(b"half")
    raise KeyboardInterrupt
