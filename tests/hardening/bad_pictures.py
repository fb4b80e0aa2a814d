"""Generated picture files: unusual, broken, mislabelled and enormous ones."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

ACCEPTED, REFUSED, EITHER = "accepted", "refused", "either"

Kind = tuple[str, Callable[[], bytes]]
"""The expected outcome of `read_picture`, and a function that makes the file."""


def shoe(height: int = 120, width: int = 160) -> np.ndarray:
    """A grey picture (H, W) uint8: a black rectangle on white."""
    picture = np.full((height, width), 255, np.uint8)
    top, left = height // 4, width // 6
    picture[top:-top, left : left + 3] = picture[top:-top, -left - 3 : -left] = 0
    picture[top : top + 3, left:-left] = picture[-top - 3 : -top, left:-left] = 0
    return picture


def colours(height: int = 90, width: int = 120) -> np.ndarray:
    """An RGB picture (H, W, 3) of noise, which hardly compresses."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def file_of(picture: Any, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG file."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(width: int, height: int, *, bits: int = 1, colour: int = 0, extra: bytes = b"") -> bytes:
    """A complete PNG of zeros, which compress by a factor of about 1,000; `bits` per channel."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    row = bytes(1 + -(-width * bits * (3 if colour == 2 else 1) // 8))
    packer = zlib.compressobj()
    rows = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()
    chunks = (chunk(b"IHDR", head), extra, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def frames(kind: str, **options: Any) -> bytes:
    """An animation of two frames, the second of which is blank."""
    blank = Image.new("L", (160, 120), 255)
    return file_of(
        Image.fromarray(shoe()), kind, save_all=True, append_images=[blank], duration=50, **options
    )


def rotated(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return file_of(colours(), "JPEG", exif=exif)


def tiff(entries: Sequence[tuple[int, int, int, int]], following: int = 0) -> bytes:
    """A TIFF with one directory and no pixels; entries are (tag, type, count, value)."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
    )


def _palette(transparency: int | bytes | None = None) -> bytes:
    image = Image.fromarray((shoe() > 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 255, 255, 255])
    return file_of(image, **({} if transparency is None else {"transparency": transparency}))


def _nan_floats() -> bytes:
    values = shoe().astype(np.float32) / 255
    values[:8] = np.nan
    values[8:12], values[12:16] = np.inf, -np.inf
    return file_of(values, "TIFF")


def _bad_exif() -> bytes:
    return file_of(colours(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(40))


def _text_bomb(name: bytes) -> bytes:
    """A small picture with a compressed text of 256 MB."""
    return png(64, 64, extra=chunk(name, b"note\0\0" + _compressed_zeros(256)))


def _compressed_zeros(megabytes: int) -> bytes:
    """A zlib stream of zeros, made fast: one compressed megabyte is repeated."""
    megabyte, checksum = bytes(1 << 20), 1
    for _ in range(megabytes):
        checksum = zlib.adler32(megabyte, checksum)
    packer = zlib.compressobj()
    first, block = (packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    last = b"\x03\x00"  # an empty final block
    return first + block * (megabytes - 1) + last + struct.pack(">I", checksum)


def _flipped(content: bytes, at: float) -> bytes:
    changed = bytearray(content)
    changed[int(at * len(changed))] ^= 0x55
    return bytes(changed)


def _dot() -> np.ndarray:
    picture = np.full((200, 200), 255, np.uint8)
    picture[60:63, 120:123] = 0
    return picture


def _line(height: int, width: int) -> np.ndarray:
    picture = np.full((height, width), 255, np.uint8)
    picture[height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = 0
    return picture


def _clear() -> np.ndarray:
    return np.zeros((50, 50, 4), np.uint8)


PICTURES: dict[str, Kind] = {
    # Empty, uniform, and extreme shapes.
    "empty.png": (REFUSED, lambda: b""),
    "white.png": (ACCEPTED, lambda: file_of(np.full((64, 64), 255, np.uint8))),
    "black.png": (ACCEPTED, lambda: file_of(np.zeros((64, 64), np.uint8))),
    "grey.png": (ACCEPTED, lambda: file_of(np.full((64, 64), 128, np.uint8))),
    "clear.png": (ACCEPTED, lambda: file_of(_clear())),
    "dot.png": (ACCEPTED, lambda: file_of(_dot())),
    "pixel_white.png": (ACCEPTED, lambda: file_of(np.full((1, 1), 255, np.uint8))),
    "pixel_black.png": (ACCEPTED, lambda: file_of(np.zeros((1, 1), np.uint8))),
    "two_pixels.png": (ACCEPTED, lambda: file_of(np.array([[0, 255]], np.uint8))),
    "line_1x10000.png": (ACCEPTED, lambda: file_of(_line(1, 10_000))),
    "line_10000x1.png": (ACCEPTED, lambda: file_of(_line(10_000, 1))),
    "line_2x10000.png": (ACCEPTED, lambda: file_of(_line(2, 10_000))),
    "noise.png": (ACCEPTED, lambda: file_of(colours())),
    "stripes.png": (ACCEPTED, lambda: file_of(np.tile(np.uint8([[0], [255]]), (100, 200)))),
    # Decompression bombs: small files, or headers alone, that claim very many pixels.
    "megapixels_39.png": (ACCEPTED, lambda: png(6240, 6250)),
    "megapixels_39_rgb.png": (ACCEPTED, lambda: png(6240, 6250, bits=8, colour=2)),
    "megapixels_100.png": (REFUSED, lambda: png(10_000, 10_000)),
    "megapixels_3000.png": (REFUSED, lambda: png(50_000, 60_000)),
    "megapixels_100.bmp": (REFUSED, lambda: _bmp(10_000, 10_000)),
    "megapixels_4200.gif": (
        REFUSED,
        lambda: b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b"\x3b",
    ),
    "megapixels_4200.jpg": (REFUSED, lambda: _jpeg_of_size(65_500, 65_500)),
    "megapixels_10000.tif": (REFUSED, lambda: tiff(_size_tags(100_000, 100_000))),
    "megapixels_268.webp": (REFUSED, lambda: _webp_of_size(16_383, 16_383)),
    "text_bomb.png": (EITHER, lambda: _text_bomb(b"zTXt")),
    "profile_bomb.png": (EITHER, lambda: _text_bomb(b"iCCP")),
    # Broken.
    "no_width.png": (REFUSED, lambda: png(0, 10)),
    "cut.png": (REFUSED, lambda: file_of(colours())[:9000]),
    "cut.jpg": (REFUSED, lambda: file_of(colours(), "JPEG")[:2000]),
    "cut.gif": (REFUSED, lambda: file_of(colours(), "GIF")[:900]),
    "cut.webp": (REFUSED, lambda: file_of(colours(), "WEBP", lossless=True)[:9000]),
    "cut.tif": (REFUSED, lambda: file_of(colours(), "TIFF")[:9000]),
    "flipped.png": (EITHER, lambda: _flipped(file_of(colours()), 0.5)),
    "flipped.jpg": (EITHER, lambda: _flipped(file_of(colours(), "JPEG"), 0.5)),
    "flipped.webp": (EITHER, lambda: _flipped(file_of(colours(), "WEBP"), 0.5)),
    "endless_directory.tif": (REFUSED, lambda: tiff(_size_tags(20, 20), following=8)),
    "endless_tag.tif": (REFUSED, lambda: tiff([*_size_tags(20, 20), (273, 4, 2**32 - 1, 8)])),
    "bad_exif.jpg": (ACCEPTED, _bad_exif),
    "garbage_behind.jpg": (ACCEPTED, lambda: file_of(colours(), "JPEG") + b"\xff\xd8" * 999),
    # Other content with the name of a picture.
    "text.png": (REFUSED, lambda: b"this is no picture"),
    "not_utf8.jpg": (REFUSED, lambda: bytes(range(128, 256)) * 9),
    "page.png": (REFUSED, lambda: b"<html><script>alert(1)</script></html>"),
    "drawing.svg": (
        REFUSED,
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    ),
    "program.png": (REFUSED, lambda: _postscript()),
    "archive.jpg": (REFUSED, lambda: b"PK\x03\x04" + bytes(200)),
    "film.gif": (REFUSED, lambda: b"\0\0\0\x18ftypmp42" + bytes(200)),
    "paper.png": (REFUSED, lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "gif_named.png": (ACCEPTED, lambda: file_of(shoe(), "GIF")),
    "jpeg_named.png": (ACCEPTED, lambda: file_of(shoe(), "JPEG")),
    # Unusual but valid.
    "animated.gif": (ACCEPTED, lambda: frames("GIF")),
    "animated.webp": (ACCEPTED, lambda: frames("WEBP")),
    "animated.png": (ACCEPTED, lambda: frames("PNG")),
    "pages.tif": (ACCEPTED, lambda: frames("TIFF")),
    "deep_grey.png": (ACCEPTED, lambda: file_of(shoe().astype(np.uint16) * 257)),
    "deep_grey.tif": (ACCEPTED, lambda: file_of(shoe().astype(np.uint16) * 257, "TIFF")),
    "deep_rgb.png": (ACCEPTED, lambda: png(64, 64, bits=16, colour=2)),
    "whole_numbers.tif": (ACCEPTED, lambda: file_of(shoe().astype(np.int32), "TIFF")),
    "floats_nan.tif": (ACCEPTED, _nan_floats),
    "bits.png": (ACCEPTED, lambda: file_of(shoe(), mode="1")),
    "cmyk.jpg": (ACCEPTED, lambda: file_of(colours(), "JPEG", mode="CMYK")),
    "cmyk.tif": (ACCEPTED, lambda: file_of(colours(), "TIFF", mode="CMYK")),
    "lab.tif": (EITHER, lambda: file_of(Image.new("LAB", (20, 20)), "TIFF")),
    "palette.png": (ACCEPTED, lambda: _palette()),
    "palette_clear.png": (ACCEPTED, lambda: _palette(1)),
    "palette_half_clear.png": (ACCEPTED, lambda: _palette(b"\xff\x10")),
    "grey_alpha.png": (ACCEPTED, lambda: file_of(shoe(), mode="LA")),
    "progressive.jpg": (ACCEPTED, lambda: file_of(colours(), "JPEG", progressive=True)),
    "old.bmp": (ACCEPTED, lambda: file_of(shoe(), "BMP")),
    "new.avif": (EITHER, lambda: file_of(colours(), "AVIF")),
    **{f"rotated_{i}.jpg": (ACCEPTED, lambda i=i: rotated(i)) for i in (1, 3, 6, 8, 9)},
}


def _size_tags(width: int, height: int) -> list[tuple[int, int, int, int]]:
    return [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (262, 3, 1, 1), (259, 3, 1, 1)]


def _bmp(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 2, 0)
    return b"BM" + struct.pack("<IHHI", 70, 0, 0, 62) + head + bytes(8) + b"\0\x01"


def _jpeg_of_size(width: int, height: int) -> bytes:
    small = bytearray(file_of(shoe(), "JPEG"))
    at = small.index(b"\xff\xc0") + 5
    small[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(small)


def _webp_of_size(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 30) + b"\x2f" + struct.pack("<I", bits) + bytes(25)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _postscript() -> bytes:
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(/etc/passwd) run\n"


def metadata() -> bytes:
    """A valid PNG whose metadata contains HTML; none of it may be shown."""
    note = PngImagePlugin.PngInfo()
    note.add_text("Title", "<script>alert(1)</script>")
    return file_of(shoe(), pnginfo=note)
