"""HEIC pictures of phones: read by pillow-heif, which is named where it is missing."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from sketchnet.imaging import heif
from sketchnet.imaging.decode import read_picture
from sketchnet.utils.errors import InputError
from tests.tiny import photo_of

HEADER = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(300)


@pytest.fixture
def content() -> bytes:
    """A HEIC file of photo 1."""
    pillow_heif = pytest.importorskip("pillow_heif", reason="requirements-formats.txt")
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.fromarray(photo_of(1)).save(file, "HEIF", quality=95)
    return file.getvalue()


def test_a_picture_is_read_from_a_file_and_from_bytes(content, tmp_path):
    (tmp_path / "IMG_0002.HEIC").write_bytes(content)
    for source in (tmp_path / "IMG_0002.HEIC", content):
        picture = read_picture(source)
        assert picture.shape == (96, 96, 3)
        assert np.abs(picture.astype(int) - photo_of(1)).mean() < 5


def test_a_damaged_file_is_one_line(content):
    for damaged in (HEADER, content[:200], content[: len(content) // 2]):
        with pytest.raises(InputError) as error:
            read_picture(damaged)
        assert "\n" not in str(error.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    heif.heif_formats.cache_clear()
    try:
        with pytest.raises(InputError, match="pip install pillow-heif"):
            read_picture(HEADER)
    finally:
        monkeypatch.undo()
        heif.heif_formats.cache_clear()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", True),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", True),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", False),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif", False),
        (b"\xff\xd8\xff\xe0", False),
        (b"", False),
    ],
)
def test_the_container_is_told_from_avif_and_others(head, expected):
    assert heif.is_heif(io.BytesIO(head)) == expected
