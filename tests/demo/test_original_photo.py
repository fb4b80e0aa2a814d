"""The photo at its size: its pixels and nothing else of the server's files."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from sketchnet.utils.errors import InputError
from sketchnet_demo.original_photo import original_file, original_photo


@pytest.fixture
def finder(tmp_path: Path) -> SimpleNamespace:
    photos = tmp_path / "photos"
    (photos / "boots").mkdir(parents=True)
    picture = np.full((300, 700, 3), 90, np.uint8)
    cv2.imwrite(str(photos / "boots" / "b1.png"), picture)
    cv2.imwrite(str(tmp_path / "secret.png"), picture)
    (photos / "notes.txt").write_text("secret")
    (photos / "link.png").symlink_to(tmp_path / "secret.png")
    (photos / "broken.png").write_text("no picture")
    names = ("boots/b1.png", "../secret.png", "notes.txt", "link.png", "", "gone.png", "broken.png",
             str(tmp_path / "secret.png"), "a\0.png")  # fmt: skip
    gallery = SimpleNamespace(originals=names, row=lambda photo_id: int(photo_id))
    return SimpleNamespace(photos=photos, gallery=gallery)


def test_the_photo_has_its_size(finder):
    html = original_photo(finder, "0")
    assert 'width="700" height="300"' in html
    content = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (300, 700, 3)
    assert abs(int(picture[5, 5, 0]) - 90) < 3


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 8])
def test_other_files_are_not_shown(finder, number):
    assert original_file(finder, str(number)) is None
    with pytest.raises(InputError, match="the file of the photo"):
        original_photo(finder, str(number))


def test_a_broken_file_is_one_clear_line(finder):
    with pytest.raises(InputError, match="a picture"):
        original_photo(finder, "6")


def test_a_built_gallery_does_not_know_where_its_photos_are(finder):
    finder.photos = None
    assert original_file(finder, "0") is None
