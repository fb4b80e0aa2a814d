"""Preparation gives the same picture for every pen, paper and picture size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.imaging.prepare import (
    canvas_for,
    centre_view,
    prepare_edge_map,
    prepare_photo,
    prepare_rgb,
    prepare_sketch,
    rasterize,
    read_picture,
    ten_views,
)
from sketchnet.strokes.formats import Drawing

CANVAS = 109


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> np.ndarray:
    t = np.linspace(start, end, 40)
    return np.column_stack([cx + rx * np.cos(t), cy + ry * np.sin(t)]).astype(np.float32)


BOOT: Drawing = [
    np.array([[60, 10], [150, 12], [150, 120], [240, 170], [250, 215], [55, 215]], np.float32),
    np.array([[60, 10], [55, 215]], np.float32),
    arc(100, 60, 18, 18, 0, 6.3),
    np.array([[55, 190], [246, 192]], np.float32),
    arc(180, 160, 30, 14, 3.3, 5.5),
]


def picture(side: int, width: float, fill: float = 0.7) -> np.ndarray:
    return rasterize(BOOT, side, width=width, fill=fill)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean absolute difference in grey levels where either picture has ink."""
    inked = (one < 255) | (other < 255)
    return float(np.abs(one.astype(int) - other)[inked].mean()) if inked.any() else 0.0


def ink(prepared: np.ndarray) -> float:
    return float((255.0 - prepared).sum() / 255)


REFERENCE = prepare_sketch(BOOT, CANVAS)


def photographed(light: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Return a pencil drawing under the given light (H, W), with camera noise and a tint."""
    drawn = 1 - cv2.resize(picture(600, 5, 0.9), light.shape[::-1]) / 255.0
    grey = light * (1 - strength * drawn) + rng.normal(0, 5, light.shape)
    return np.clip(grey[..., None] * [1, 0.97, 0.88], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("side", "width"), [(64, 1.3), (256, 1), (256, 2), (256, 3), (256, 6), (512, 4), (800, 12)]
)
def test_pictures_of_every_line_width_and_size_are_prepared_like_the_strokes(
    side: int, width: float
) -> None:
    prepared = prepare_sketch(picture(side, width), CANVAS)
    assert prepared.shape == (CANVAS, CANVAS)
    assert prepared.dtype == np.uint8
    assert ink(prepared) == pytest.approx(ink(REFERENCE), rel=0.2 if side == 64 else 0.1)
    assert difference(prepared, REFERENCE) < (60 if side == 64 else 30)


@pytest.mark.parametrize("canvas", [109, 146, 256])
def test_the_ink_fills_four_fifths_of_the_canvas_and_is_centred(canvas: int) -> None:
    for prepared in (prepare_sketch(BOOT, canvas), prepare_sketch(picture(300, 4, 0.4), canvas)):
        for axis in (0, 1):
            seen = np.nonzero((prepared < 128).any(axis=axis))[0]
            assert seen[0] + seen[-1] == pytest.approx(canvas - 1, abs=2)
        assert np.ptp(np.argwhere(prepared < 128), axis=0).max() + 1 == pytest.approx(
            0.8 * canvas, abs=1.6
        )


def test_polarity_colour_transparency_and_strength_do_not_matter() -> None:
    clean = picture(400, 4)
    reference = prepare_sketch(clean, CANVAS)
    yellow = np.full((400, 400, 3), 255, np.uint8)
    yellow[clean < 128] = 255, 225, 40
    chalk = np.full((400, 400, 3), (20, 60, 35), np.uint8)
    chalk[clean < 128] = 240, 235, 240
    clear = np.zeros((400, 400, 4), np.uint8)
    clear[..., 3] = 255 - clean
    light = clear.copy()
    light[..., :3] = 255
    for variant in (
        255 - clean,
        np.repeat(clean[..., None], 3, axis=2),
        (255 - (255 - clean) * 0.2).astype(np.uint8),
        yellow,
        chalk,
        read_picture(clear),
        read_picture(light),
    ):
        assert difference(prepare_sketch(variant, CANVAS), reference) < 30


def test_dense_white_lines_on_black_are_lines() -> None:
    dense = np.full((200, 200), 255, np.uint8)
    for x in range(30, 170, 12):
        cv2.line(dense, (x, 20), (x, 180), 0, 3)
    one, other = prepare_sketch(dense, CANVAS), prepare_sketch(255 - dense, CANVAS)
    assert np.array_equal(one, other)


def test_compression_and_a_frame_do_not_matter() -> None:
    clean = picture(400, 4)
    reference = prepare_sketch(clean, CANVAS)
    _, compressed = cv2.imencode(".jpg", clean, [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert difference(prepare_sketch(read_picture(compressed.tobytes()), CANVAS), reference) < 30
    for frame, grey in ((1, 238), (1, 0), (3, 0)):
        framed = clean.copy()
        cv2.rectangle(framed, (0, 0), (399, 399), grey, 2 * frame - 1)
        assert difference(prepare_sketch(framed, CANVAS), reference) < 30


def test_a_rectangle_that_touches_the_border_on_three_sides_is_kept() -> None:
    tight = np.full((100, 100), 255, np.uint8)
    tight[-3:] = tight[20:, :3] = tight[20:, -3:] = tight[20:23] = 0
    assert ink(prepare_sketch(tight, CANVAS)) > 300


@pytest.mark.parametrize("kind", ["slope", "lamp", "shadow", "dusk"])
def test_pencil_on_photographed_paper(kind: str, rng: np.random.Generator) -> None:
    y, x = np.mgrid[:600, :600] / 600
    light = {
        "slope": 230 - 120 * y - 30 * x,
        "lamp": 225 - 300 * ((y - 0.5) ** 2 + (x - 0.4) ** 2),
        "shadow": cv2.GaussianBlur(np.where(x + 0.4 * y > 0.6, 130.0, 215.0), (0, 0), 10),
        "dusk": np.full((600, 600), 90.0),
    }[kind]
    prepared = prepare_sketch(photographed(light, rng, strength=0.5), CANVAS)
    assert difference(prepared, REFERENCE) < 45
    assert ink(prepared) == pytest.approx(ink(REFERENCE), rel=0.15)


@pytest.mark.parametrize("noise", [0, 2, 5, 10, 20])
def test_blank_paper_stays_blank(noise: int, rng: np.random.Generator) -> None:
    y, x = np.mgrid[:400, :500] / 500
    for light in (np.full((400, 500), 235.0), 220 - 90 * y - 40 * x):
        paper = np.clip(light + rng.normal(0, noise, light.shape), 0, 255).astype(np.uint8)
        assert (prepare_sketch(paper, CANVAS) == 255).all()


def test_lines_thinner_than_the_others_are_kept() -> None:
    brush = np.full((300, 300), 255, np.uint8)
    cv2.line(brush, (40, 40), (260, 40), 0, 14)
    cv2.line(brush, (40, 40), (40, 260), 0, 14)
    cv2.line(brush, (40, 260), (260, 260), 0, 3)
    prepared = prepare_sketch(brush, CANVAS)
    thin = (prepared < 128)[CANVAS // 2 :].any(axis=0)
    assert thin.sum() > 0.75 * CANVAS
    widths = (prepared[:, CANVAS // 2] < 128).sum()
    assert 4 <= widths <= 8  # two lines of two to four pixels


def test_a_silhouette_becomes_its_outline() -> None:
    silhouette = np.full((300, 300), 255, np.uint8)
    cv2.ellipse(silhouette, (150, 150), (110, 60), 20, 0, 360, 0, -1)
    outline = np.full((300, 300), 255, np.uint8)
    cv2.ellipse(outline, (150, 150), (110, 60), 20, 0, 360, 0, 3)
    for variant in (silhouette, 255 - silhouette):
        prepared = prepare_sketch(variant, CANVAS)
        assert difference(prepared, prepare_sketch(outline, CANVAS)) < 40


def test_filled_areas_stay_filled() -> None:
    sole = picture(400, 4)
    cv2.fillPoly(sole, [np.array([[120, 200], [280, 200], [280, 280], [120, 280]])], 0)
    prepared = prepare_sketch(sole, CANVAS)
    assert cv2.erode(255 - prepared, np.ones((11, 11), np.uint8)).max() == 255


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (1, 900), (900, 1), (2, 2), (5, 3),
                                   (16, 16), (28, 28), (4, 1500)])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_odd_pictures_never_crash(shape: tuple[int, int], rng: np.random.Generator) -> None:
    dot = np.full(shape, 255, np.uint8)
    dot[shape[0] // 2, shape[1] // 2] = 0
    half = np.full(shape, 255, np.uint8)
    half[: shape[0] // 2 + 1, : shape[1] // 2 + 1] = 0
    blank = [np.full(shape, grey, np.uint8) for grey in (0, 128, 255)]
    noise = rng.integers(0, 256, shape, np.uint8)
    for source in (*blank, dot, 255 - dot, half, noise):
        for prepare in (prepare_sketch, prepare_edge_map, prepare_photo, prepare_rgb):
            for form in (source, np.repeat(source[..., None], 3, axis=2)):
                prepared = prepare(form, CANVAS)
                wanted = (CANVAS, CANVAS, 3) if prepare is prepare_rgb else (CANVAS, CANVAS)
                assert prepared.shape == wanted
                assert prepared.dtype == np.uint8
    assert all((prepare_sketch(source, CANVAS) == 255).all() for source in blank)


def test_a_single_dot_is_a_dot() -> None:
    dot = np.full((200, 200), 255, np.uint8)
    cv2.circle(dot, (60, 70), 3, 0, -1)
    for prepared in (prepare_sketch(dot, CANVAS), prepare_sketch([np.ones((1, 2))], CANVAS)):
        assert 2 < ink(prepared) < 30
        assert np.argwhere(prepared < 128).mean(axis=0) == pytest.approx([54, 54], abs=1)
    assert (prepare_sketch([], CANVAS) == 255).all()


@settings(max_examples=25)
@given(st.integers(0, 120), st.integers(0, 120), st.floats(0.5, 2))
def test_position_and_size_on_the_paper_do_not_matter(right: int, down: int, scale: float) -> None:
    small = picture(round(200 * scale), 3)
    page = np.full((small.shape[0] + 120, small.shape[1] + 120), 255, np.uint8)
    corner = page.copy()
    page[down : down + len(small), right : right + len(small)] = small
    corner[: len(small), : len(small)] = small
    prepared = prepare_sketch(page, CANVAS)
    if max(page.shape) <= 512:  # larger pictures are averaged down, which depends on the position
        assert np.array_equal(prepared, prepare_sketch(corner, CANVAS))
    assert difference(prepared, REFERENCE) < 60


def test_preparation_is_deterministic_and_leaves_the_input_alone() -> None:
    source = picture(300, 3)
    before = source.copy()
    assert np.array_equal(prepare_sketch(source, CANVAS), prepare_sketch(source, CANVAS))
    assert np.array_equal(source, before)


# Photos


def photo_of_disc(side: int, radius: float) -> np.ndarray:
    photo = np.full((side, side, 3), 255, np.uint8)
    middle = (round(side * 0.45), round(side * 0.55))
    cv2.circle(photo, middle, round(radius * side), (150, 60, 30), -1, cv2.LINE_AA)
    cv2.circle(photo, middle, round(radius * side / 2), (30, 60, 150), -1, cv2.LINE_AA)
    return photo


@pytest.mark.parametrize(("side", "radius"), [(136, 0.4), (256, 0.3), (700, 0.35), (1600, 0.12)])
def test_photos_of_every_size_give_the_same_edge_map(side: int, radius: float) -> None:
    reference = prepare_photo(photo_of_disc(256, 0.4), CANVAS)
    prepared = prepare_photo(photo_of_disc(side, radius), CANVAS)
    assert difference(prepared, reference) < 60
    ring = [np.hypot(*(p - 54)) for p in np.argwhere(prepared < 128)]
    assert np.all((np.abs(np.array(ring) - 43) < 3.5) | (np.abs(np.array(ring) - 21.5) < 3.5))


def test_rgb_is_placed_like_the_edge_map() -> None:
    photo = photo_of_disc(300, 0.3)
    rgb, lines = prepare_rgb(photo, CANVAS), prepare_photo(photo, CANVAS)
    assert rgb.shape == (CANVAS, CANVAS, 3)
    object_seen = np.argwhere((rgb < 200).any(axis=2))
    line_seen = np.argwhere(lines < 128)
    assert object_seen.min(axis=0) == pytest.approx(line_seen.min(axis=0), abs=2)
    assert object_seen.max(axis=0) == pytest.approx(line_seen.max(axis=0), abs=2)
    assert rgb[54, 54] == pytest.approx([30, 60, 150], abs=12)
    assert (rgb[0] == 255).all()
    assert (prepare_rgb(np.full((50, 60, 3), 255, np.uint8), CANVAS) == 255).all()


def test_frame_and_faint_lines_of_edge_maps_are_removed() -> None:
    edges = 255 - cv2.GaussianBlur(255 - picture(256, 1.5), (0, 0), 0.8)
    reference = prepare_edge_map(edges, CANVAS)
    cv2.rectangle(edges, (0, 0), (255, 255), 238, 1)
    cv2.line(edges, (20, 20), (235, 235), 235, 2)
    assert difference(prepare_edge_map(edges, CANVAS), reference) < 10


# Views


def test_canvas_sides_of_the_usual_input_sizes() -> None:
    assert [canvas_for(size) for size in (225, 128, 96)] == [256, 146, 109]


@pytest.mark.parametrize("channels", [(), (3,)])
def test_ten_views_by_hand(channels: tuple[int, ...], rng: np.random.Generator) -> None:
    prepared = rng.integers(0, 256, (9, 9, *channels), np.uint8)
    views = ten_views(prepared, 6)
    assert views.shape == (10, 6, 6, *channels)
    tops_and_lefts = [(0, 0), (0, 3), (3, 0), (3, 3), (1, 1)]
    for row, (top, left) in enumerate(tops_and_lefts):
        crop = prepared[top : top + 6, left : left + 6]
        assert np.array_equal(views[row], crop)
        assert np.array_equal(views[row + 5], crop[:, ::-1])
    assert np.array_equal(centre_view(prepared, 6), views[4])


# Real data


def test_real_sketches_and_photos_have_similar_amounts_of_ink(real_data) -> None:
    """All lines have one width, so the amount of ink is the length of the lines."""
    shoes = real_data / "qmul_v1" / "shoes" / "train"
    sketches, photos = [], []
    for number in range(1, 300, 20):
        sketches.append(prepare_sketch(read_picture(shoes / f"sketches/{number}.png"), CANVAS))
        photos.append(prepare_photo(read_picture(shoes / f"images/{number}.jpg"), CANVAS))
    for prepared in (*sketches, *photos):
        assert ink(prepared) > 300
        assert np.ptp(np.argwhere(prepared < 128), axis=0).max() + 1 == pytest.approx(87, abs=3)
    assert np.mean([ink(p) for p in photos]) == pytest.approx(
        np.mean([ink(s) for s in sketches]), rel=0.35
    )
