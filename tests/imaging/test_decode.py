from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchnet.imaging import decode
from sketchnet.imaging.decode import read_picture
from sketchnet.utils.errors import InputError

COLOURS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_path_bytes_array_and_image_give_the_same_picture(tmp_path: Path) -> None:
    image = Image.fromarray(COLOURS)
    path = tmp_path / "picture.jpg"  # a PNG file is read by its content, whatever its name
    path.write_bytes(encode(image))
    for source in (path, str(path), path.read_bytes(), COLOURS, image):
        picture = read_picture(source)
        assert picture.dtype == np.uint8
        assert np.array_equal(picture, COLOURS)
        assert read_picture(source, grey=True).shape == (2, 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I;16", "F"])
def test_every_mode_is_read_as_uint8(mode: str) -> None:
    white = {"I;16": 65535, "F": 255.0}.get(mode)
    image = Image.new("RGB", (5, 4), "white").convert(mode) if white is None else Image.new(
        mode, (5, 4), white
    )  # fmt: skip
    assert (read_picture(image) == 255).all()
    assert read_picture(image).shape == (4, 5, 3)


@pytest.mark.parametrize(
    ("array", "level"),
    [
        (np.full((3, 3), 0.5), 128),
        (np.full((3, 3), 77.4, np.float32), 77),
        (np.full((3, 3), True), 255),
        (np.full((3, 3), 65535, np.uint16), 255),
        (np.full((3, 3), 300, np.int64), 255),
        (np.full((3, 3, 1), 9, np.uint8), 9),
        (np.full((3, 3), np.nan), 255),
    ],
)
def test_arrays_of_every_type(array: np.ndarray, level: int) -> None:
    assert (read_picture(array) == level).all()


def test_sixteen_bit_files_keep_their_levels() -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    picture = read_picture(encode(Image.fromarray(deep)), grey=True)
    assert np.array_equal(picture.ravel(), np.arange(256))


def test_transparency_is_composited_onto_white() -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 128, 255
    assert read_picture(rgba)[0, :, 0].tolist() == [255, 127, 0]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    assert read_picture(encode(palette, transparency=0))[0, :, 0].tolist() == [255, 0]


def test_white_lines_on_transparency_are_composited_onto_black() -> None:
    rgba = np.full((4, 4, 4), 255, np.uint8)
    rgba[..., 3] = 0
    assert (read_picture(rgba) == 255).all()
    rgba[1, 2, 3] = 255
    picture = read_picture(rgba)[..., 0]
    assert picture[1, 2] == 255
    assert picture.sum() == 255


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(np.zeros((4, 8, 3), np.uint8))
    assert read_picture(encode(image, "JPEG", exif=exif)).shape == (8, 4, 3)


def test_of_an_animation_the_first_frame_is_read() -> None:
    frames = [Image.new("RGB", (3, 3), colour) for colour in ("white", "black")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (read_picture(data) == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_truncated_files_are_refused_and_never_crash(kind: str, rng: np.random.Generator) -> None:
    whole = encode(Image.fromarray(rng.integers(0, 255, (40, 40, 3), np.uint8)), kind)
    refusals = []
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        try:
            assert read_picture(whole[:length]).shape == (40, 40, 3)
        except InputError as error:
            refusals.append(str(error))
    assert len(refusals) > 20
    assert all("expected" in line and "\n" not in line for line in refusals)


def test_a_truncated_photo_is_refused_with_its_name(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(
        encode(Image.fromarray(rng.integers(0, 255, (40, 40, 3), np.uint8)), "JPEG")[:700]
    )
    with pytest.raises(InputError, match=r"cut\.jpg.*broken"):
        read_picture(path)


def test_the_error_says_what_was_found_instead_of_a_picture(tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    with pytest.raises(InputError, match=r"notes\.png.*something else"):
        read_picture(text)
    with pytest.raises(InputError, match="no such file"):
        read_picture(tmp_path / "absent.png")
    with pytest.raises(InputError, match="folder"):
        read_picture(tmp_path)
    for wrong in (b"", None, 7, [[1]], np.zeros((2, 2, 5)), np.zeros((0, 3)), np.zeros(3)):
        with pytest.raises(InputError, match="expected"):
            read_picture(wrong)
    with pytest.raises(InputError, match="numbers"):
        read_picture(np.full((2, 2), "a"))


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG file that declares this size and contains no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 50_000), (1_000, 50_000)])
def test_a_huge_picture_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(InputError, match="40 megapixels"):
        read_picture(png_of_size(width, height))
    with pytest.raises(InputError, match="broken"):
        read_picture(png_of_size(1_000, 30_000))


def test_a_huge_array_is_refused() -> None:
    with pytest.raises(InputError, match="40 megapixels"):
        read_picture(np.broadcast_to(np.uint8(0), (decode.MAX_PIXELS // 1000 + 1, 1000)))


@pytest.mark.parametrize(("side", "least", "expected"), [(64, 16, 16), (64, 20, 32), (64, 40, 64)])
def test_a_jpeg_may_be_read_at_a_part_of_its_size(side: int, least: int, expected: int) -> None:
    ramp = np.tile(np.linspace(0, 255, side).astype(np.uint8), (side // 2, 1))
    file = encode(Image.fromarray(ramp), "JPEG", quality=95)
    picture = read_picture(file, grey=True, least=least)
    assert picture.shape == (expected // 2, expected)
    factor = side // expected
    means = ramp.reshape(expected // 2, factor, expected, factor).mean(axis=(1, 3))
    assert np.abs(picture - means).max() < 6
    assert read_picture(file, grey=True).shape == (side // 2, side)
    assert read_picture(encode(Image.fromarray(ramp)), grey=True, least=least).shape == ramp.shape


def test_a_reduced_jpeg_is_upright() -> None:
    image = Image.fromarray(np.tile(np.arange(0, 256, 4, dtype=np.uint8), (32, 1)))  # light: right
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the right side is at the bottom
    picture = read_picture(encode(image, "JPEG", exif=exif), grey=True, least=16)
    assert picture.shape == (16, 8)
    assert picture[-1].mean() > 200 > 50 > picture[0].mean()
