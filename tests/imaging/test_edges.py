from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.imaging import edges
from sketchnet.imaging.edges import edge_map
from sketchnet.imaging.prepare import prepare_photo, prepare_sketch, read_picture

CENTRE, RADIUS = 128, 80


def disc(inside: tuple[int, int, int], outside: tuple[int, int, int]) -> np.ndarray:
    photo = np.full((256, 256, 3), outside, np.uint8)
    cv2.circle(photo, (CENTRE, CENTRE), RADIUS, inside, -1, cv2.LINE_AA)
    return photo


def radii(lines: np.ndarray) -> np.ndarray:
    """Return the distance of each line pixel from the centre of the disc."""
    return np.hypot(*(np.argwhere(lines < 128) - CENTRE).T)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ((40, 40, 40), (255, 255, 255)),
        ((240, 240, 240), (20, 20, 20)),
        ((235, 235, 235), (255, 255, 255)),
        ((200, 60, 60), (60, 125, 60)),  # almost equal in lightness
    ],
)
def test_a_disc_gives_one_thin_circle(
    inside: tuple[int, int, int], outside: tuple[int, int, int]
) -> None:
    lines = edge_map(disc(inside, outside))
    assert lines.shape == (256, 256)
    assert set(np.unique(lines)) == {0, 255}
    assert np.abs(radii(lines) - RADIUS).max() < 2.5
    assert (
        5.5 * RADIUS < (lines == 0).sum() < 9 * RADIUS
    )  # 2π times the radius, fewer pixels where steps are diagonal
    angles = np.arctan2(*(np.argwhere(lines == 0) - CENTRE).T)
    assert np.diff(np.sort(angles)).max() < 0.1


def test_texture_is_suppressed_and_the_contour_is_kept(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = disc((120, 90, 60), (255, 255, 255))
    grain = cv2.resize(rng.normal(0, 18, (64, 64)).astype(np.float32), (256, 256))
    inner = np.hypot(*(np.mgrid[:256, :256] - CENTRE)) < RADIUS - 2
    photo[inner] = np.clip(photo[inner] + grain[inner, None], 0, 255)
    lines = edge_map(photo)
    contour = np.abs(radii(lines) - RADIUS) < 3
    assert contour.sum() > 5.5 * RADIUS
    monkeypatch.setattr(edges, "_without_texture", lambda dx, dy: (dx, dy))
    clutter = (np.abs(radii(edge_map(photo)) - RADIUS) >= 3).sum()
    assert (~contour).sum() < 0.6 * clutter


def test_a_seam_is_drawn_and_more_detail_only_adds_lines() -> None:
    photo = disc((120, 90, 60), (255, 255, 255))
    cv2.line(photo, (90, 128), (170, 128), (100, 74, 46), 2, cv2.LINE_AA)
    coarse, default, fine = (edge_map(photo, detail) for detail in (0, 0.5, 1))
    assert (radii(default) < RADIUS - 10).any()
    assert (default == 0).sum() >= (coarse == 0).sum()
    assert (fine == 0).sum() >= (default == 0).sum()


def test_noise_gives_no_lines(rng: np.random.Generator) -> None:
    photo = np.full((256, 256, 3), 230, np.uint8)
    photo[100:102, 100:102] = 0
    assert (edge_map(photo) == 255).all()
    noisy = np.clip(rng.normal(200, 3, (256, 256, 3)), 0, 255).astype(np.uint8)
    assert (edge_map(noisy) == 255).all()


def test_grey_photos_and_odd_sizes() -> None:
    grey = cv2.cvtColor(disc((40, 40, 40), (255, 255, 255)), cv2.COLOR_RGB2GRAY)
    assert np.array_equal(edge_map(grey), edge_map(np.repeat(grey[..., None], 3, axis=2)))
    for shape in ((1, 1), (1, 9), (9, 1), (2, 3), (3, 700)):
        assert edge_map(np.zeros((*shape, 3), np.uint8)).shape == shape


def test_mirrored_photos_give_mirrored_lines() -> None:
    photo = disc((40, 90, 160), (255, 255, 255))
    cv2.rectangle(photo, (60, 100), (120, 140), (220, 200, 40), -1)
    one, other = edge_map(photo), edge_map(photo[:, ::-1].copy())[:, ::-1]
    near = cv2.erode(other, np.ones((3, 3), np.uint8))
    assert (near[one == 0] == 0).mean() > 0.98


def test_edge_maps_of_real_photos_resemble_sketches(real_data) -> None:
    """The edge map of a photo overlaps its own sketch more than the sketches of other shoes."""
    shoes = real_data / "qmul_v1" / "shoes" / "train"
    numbers = range(1, 300, 10)

    def soft(prepared: np.ndarray) -> np.ndarray:
        blurred = cv2.GaussianBlur(255.0 - prepared, (0, 0), 3)
        return blurred / np.linalg.norm(blurred)

    lines = [soft(prepare_photo(read_picture(shoes / f"images/{n}.jpg"), 109)) for n in numbers]
    sketches = [
        soft(prepare_sketch(read_picture(shoes / f"sketches/{n}.png"), 109)) for n in numbers
    ]
    overlap = np.tensordot(sketches, lines, axes=([1, 2], [1, 2]))
    better = (overlap >= np.diag(overlap)[:, None]).sum(axis=1)
    assert np.mean(better <= 5) > 0.6


def test_the_slope_is_that_of_the_steepest_channel(rng: np.random.Generator) -> None:
    photo = cv2.resize(rng.integers(0, 256, (9, 11, 3)).astype(np.uint8), (44, 36))
    lab = cv2.cvtColor(cv2.medianBlur(photo, 5), cv2.COLOR_RGB2LAB).astype(np.float32)
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    steepest = (dx**2 + dy**2).argmax(axis=2)[..., None]
    for found, each in zip(edges._slope(photo), (dx, dy), strict=True):
        expected = np.take_along_axis(each, steepest, axis=2)[..., 0]
        np.testing.assert_allclose(found, expected, atol=1e-4)
