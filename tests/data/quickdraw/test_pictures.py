"""Pictures of drawings in folders that name their category."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.quickdraw import load_doodles
from sketchnet.data.quickdraw.pictures import category_of
from sketchnet.data.quickdraw.sources import find_sources, sources_fingerprint
from sketchnet.utils.errors import InputError


def write(path: Path, seed: int = 0) -> np.ndarray:
    picture = np.full((40, 60), 255, np.uint8)
    corner = np.random.default_rng(seed).integers(5, 30, 2).tolist()
    cv2.line(picture, corner, (50, 35), 0, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)
    return picture


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("cat/1.png", "cat"),
        ("Flip_Flops/a.JPG", "flip flops"),
        ("car_(sedan)/n02-1.png", "car"),
        ("hot-air_balloon/1.png", "hot air balloon"),
        ("motorcycle/1.png", "motorbike"),
        ("shoes/1.png", None),
        ("photo/cat/1.png", None),
        ("cat/1.txt", None),
    ],
)
def test_the_folder_names_the_category(path: str, word: str | None) -> None:
    assert category_of(Path("sketches") / path) == word


def test_pictures_are_doodles_of_their_folder(tmp_path: Path) -> None:
    expected = {write(tmp_path / "cat" / f"{i}.png", i).tobytes() for i in range(3)}
    write(tmp_path / "dog" / "x.png", 9)
    write(tmp_path / "photo" / "dog" / "y.png", 10)
    loaded = load_doodles(tmp_path)
    assert loaded.categories == ("cat", "dog")
    assert loaded.counts().tolist() == [3, 1]
    assert {loaded.bitmaps[row].tobytes() for row in range(3)} == expected
    assert not any(map(len, loaded.drawings))


def test_broken_and_blank_pictures_are_named(tmp_path: Path) -> None:
    write(tmp_path / "cat" / "good.png")
    (tmp_path / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    cv2.imwrite(str(tmp_path / "cat" / "blank.png"), np.full((9, 9), 255, np.uint8))
    loaded = load_doodles(tmp_path)
    assert len(loaded) == 1
    text = "\n".join(loaded.problems)
    assert "broken.png" in text
    assert "blank picture" in text


def test_pictures_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    write(tmp_path / "cat" / "1.png")
    before = sources_fingerprint(tmp_path)
    write(tmp_path / "cat" / "2.png")
    assert sources_fingerprint(tmp_path) != before


def test_a_picture_in_no_category_is_no_doodle(tmp_path: Path) -> None:
    write(tmp_path / "things" / "1.png")
    assert find_sources(tmp_path) == ()
    with pytest.raises(InputError, match="which holds none"):
        find_sources(tmp_path / "things" / "1.png")
