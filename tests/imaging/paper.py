"""Render a sketch as a picture that a person might upload: ruled, photographed, labelled, framed.

`picture_of(kind, sketch, rng)` draws any sketch on a page of one of `KINDS`. Everything about the
page varies with `rng`: spacing and colour of rules, fonts and places of labels, light, camera.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

HEIGHT, WIDTH = 800, 1000
WORDS = ("leather", "heel 4cm", "sole: rubber", "v2 / spring", "Sneaker no. 7", "front", "canvas")
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
)
Rng = np.random.Generator


def picture_of(
    kind: str, sketch: np.ndarray, rng: Rng, other: np.ndarray | None = None
) -> np.ndarray:
    """Render a sketch (H, W) uint8, dark on white, as a page of one of `KINDS`.

    Args:
        other: the second drawing of the kind `two`; without it, the same sketch.

    Returns:
        (800, 1000, 3) RGB uint8; (1000, 800, 3) for `sideways`.
    """
    if kind == "two":
        return two(sketch, sketch if other is None else other, rng)
    if kind == "small_corner":
        return ink_on(np.full((HEIGHT, WIDTH, 3), 255.0), place(sketch, rng, 0.14, (0.08, 0.8)))
    return KINDS[kind](place(sketch, rng), rng)


def place(
    sketch: np.ndarray,
    rng: Rng,
    share: float | None = None,
    at: tuple[float, float] | None = None,
) -> np.ndarray:
    """Scale a sketch to a share of the page's width and place it: (800, 1000) float32, 0..1 ink."""
    share = rng.uniform(0.45, 0.6) if share is None else share
    left, top = (rng.uniform(0.2, 0.8), rng.uniform(0.35, 0.65)) if at is None else at
    x, y, width, height = cv2.boundingRect((sketch < 200).astype(np.uint8))
    ink = 1 - sketch[y : y + height, x : x + width].astype(np.float32) / 255
    scale = min(share * WIDTH / width, 1.2 * share * HEIGHT / height)
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ink = cv2.resize(ink, size, interpolation=smooth)
    page = np.zeros((HEIGHT, WIDTH), np.float32)
    x, y = round(left * (WIDTH - size[0])), round(top * (HEIGHT - size[1]))
    page[y : y + size[1], x : x + size[0]] = ink
    return page


def ink_on(
    paper: np.ndarray, ink: np.ndarray, colour: tuple[int, int, int] = (25, 25, 30)
) -> np.ndarray:
    """Composite ink (H, W) 0..1 of one colour onto paper (H, W, 3): uint8."""
    ink = ink[..., None]
    return np.clip(paper * (1 - ink) + np.array(colour) * ink, 0, 255).astype(np.uint8)


def scanned(picture: np.ndarray, rng: Rng, noise: float = 1.5) -> np.ndarray:
    """Add the tint and noise of a scanner."""
    tint = np.array([250, 250, 248]) / 255
    return np.clip(picture * tint + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def lit(picture: np.ndarray, rng: Rng, shadow: float, blur: float, noise: float = 3) -> np.ndarray:
    """Light a picture unevenly, with a straight shadow of a soft or hard edge, and add noise."""
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    light = 0.86 - 0.2 * along
    edge = cv2.GaussianBlur((along > rng.uniform(-0.15, 0.15)).astype(np.float32), (0, 0), blur)
    light *= 1 - shadow * edge
    shaded = picture * light[..., None] * rng.uniform([0.97, 0.96, 0.9], [1, 1, 0.98])
    return np.clip(shaded + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def pencil(ink: np.ndarray, rng: Rng, strength: float) -> np.ndarray:
    """Make ink faint and grainy."""
    grain = cv2.GaussianBlur(rng.random(ink.shape, np.float32), (0, 0), 1.2)
    grain = (grain - grain.min()) / np.ptp(grain)
    return ink * strength * (0.55 + 0.9 * grain)


def white() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), 255.0)


def clean(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return ink_on(white(), ink)


def rules(rng: Rng, spacing: tuple[int, int], squared: bool, margin: bool) -> np.ndarray:
    """Draw ruled or squared paper, slightly skewed: (800, 1000, 3) float."""
    paper = np.full((HEIGHT + 200, WIDTH + 200, 3), 253, np.uint8)
    colour = [(140, 175, 215), (170, 190, 210), (160, 200, 200), (150, 150, 150)][rng.integers(4)]
    step, bold = int(rng.integers(*spacing)), int(rng.choice([1, 4, 5]))
    start = int(rng.integers(step))
    for i, at in enumerate(range(start, HEIGHT + 200, step)):
        width = 1 + (squared and bold > 1 and i % bold == 0) + (not squared and rng.random() < 0.2)
        cv2.line(paper, (0, at), (WIDTH + 200, at), colour, int(width))
    for i, at in enumerate(range(start, WIDTH + 200, step) if squared else ()):
        width = 1 + (bold > 1 and i % bold == 0)
        cv2.line(paper, (at, 0), (at, HEIGHT + 200), colour, int(width))
    if margin:
        x = int(rng.integers(180, 250))
        cv2.line(paper, (x, 0), (x, HEIGHT + 200), (225, 130, 130), 2)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), rng.uniform(-0.6, 0.6), 1.0)
    paper = cv2.warpAffine(paper, turn, paper.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    return paper[100:-100, 100:-100].astype(float)


def lined(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return scanned(ink_on(rules(rng, (24, 42), False, rng.random() < 0.7), ink), rng)


def graph(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return scanned(ink_on(rules(rng, (18, 36), True, False), ink), rng)


def graph_photo(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return lit(ink_on(rules(rng, (20, 32), True, False), ink), rng, 0.45, 12)


def dotted(ink: np.ndarray, rng: Rng) -> np.ndarray:
    paper, step = white(), int(rng.integers(22, 40))
    for y in range(step // 2, HEIGHT, step):
        for x in range(step // 2, WIDTH, step):
            cv2.circle(paper, (x, y), int(rng.integers(1, 3)), (150, 150, 160), -1)
    return scanned(ink_on(paper, ink), rng)


def line_by_hand(
    picture: np.ndarray, start: tuple[float, float], end: tuple[float, float], rng: Rng, width: int
) -> None:
    """Draw a straight line that wavers slightly."""
    t = np.linspace(0, 1, 12)[:, None]
    points = np.array(start) * (1 - t) + np.array(end) * t
    points[1:-1] += rng.normal(0, 1.2, (10, 2))
    cv2.polylines(picture, [points.round().astype(np.int32)], False, (0, 0, 0), width, cv2.LINE_AA)


def frame(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    inset, width = int(rng.integers(15, 55)), int(rng.integers(1, 6))
    left, top, right, bottom = inset, inset, WIDTH - inset, HEIGHT - inset
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if rng.random() < 0.5:
        cv2.rectangle(picture, corners[0], corners[2], (0, 0, 0), width)
        return picture
    for one, two_ in zip(corners, corners[1:] + corners[:1], strict=True):
        line_by_hand(picture, one, two_, rng, width)
    return picture


def ground_line(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    _, y, _, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    at = min(y + height * rng.uniform(0.85, 1.05), HEIGHT - 10)
    left, right = rng.uniform(10, 80), WIDTH - rng.uniform(10, 80)
    line_by_hand(
        picture, (left, at), (right, at + rng.uniform(-8, 8)), rng, int(rng.integers(2, 5))
    )
    return picture


def write(
    picture: np.ndarray, text: str, centre: tuple[float, float], rng: Rng, height: float
) -> tuple[int, int, int, int]:
    """Write text around a point inside the page; returns its box x, y, width, height."""
    font, bold = FONTS[rng.integers(len(FONTS))], int(rng.integers(1, 4))
    (width, up), _ = cv2.getTextSize(text, font, height / 22, bold)
    x = int(np.clip(centre[0] - width / 2, 5, WIDTH - width - 5))
    y = int(np.clip(centre[1] + up / 2, up + 5, HEIGHT - 12))
    cv2.putText(picture, text, (x, y), font, height / 22, (0, 0, 0), bold, cv2.LINE_AA)
    return x, y - up, width, up


def label_below(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    x, y, width, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    above = rng.random() < 0.25 or y + height > HEIGHT - 75
    at = y - rng.uniform(45, 80) if above else y + height + rng.uniform(45, 80)
    write(picture, WORDS[4 + rng.integers(3)], (x + width / 2, at), rng, rng.uniform(18, 36))
    return picture


def labels(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Label parts of the drawing with words and arrows."""
    picture = clean(ink, rng)
    around = np.argwhere(ink > 0.5)[:, ::-1]
    places = [(0.1, 0.07), (0.86, 0.1), (0.12, 0.93), (0.85, 0.93), (0.5, 0.05)]
    for place_, word in zip(rng.permutation(places)[: rng.integers(3, 6)], WORDS, strict=False):
        centre = np.array([place_[0] * WIDTH, place_[1] * HEIGHT])
        box = write(picture, word, tuple(centre), rng, rng.uniform(14, 24))
        if rng.random() < 0.2:
            continue
        near = around[np.hypot(*(around - centre).T).argmin()]
        tip = near + (near - centre) * rng.uniform(-0.15, 0.2)
        start = np.clip(tip, box[:2], np.add(box[:2], box[2:]))
        start = start + (tip - start) / np.hypot(*(tip - start)) * 8
        cv2.arrowedLine(
            picture, start.astype(int).tolist(), tip.astype(int).tolist(), (0, 0, 0), 2,
            cv2.LINE_AA, tipLength=0.08,
        )  # fmt: skip
    return picture


def signature(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    at = (rng.uniform(0.75, 0.95) * WIDTH, 0.97 * HEIGHT)
    write(
        picture, str(rng.choice(["M.K. 2024", "A. Lind", "jo 3/7"])), at, rng, rng.uniform(12, 24)
    )
    return picture


def stamp(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    x, y = (90, WIDTH - 90)[rng.integers(2)], (80, HEIGHT - 80)[rng.integers(2)]
    cv2.circle(picture, (x, y), 60, (170, 40, 40), 4, cv2.LINE_AA)
    cv2.putText(picture, "PAID", (x - 38, y + 10), FONTS[1], 1, (170, 40, 40), 2, cv2.LINE_AA)
    return picture


def specks(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    for _ in range(int(rng.integers(1, 30))):
        at = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        cv2.circle(picture, at, int(rng.integers(1, 5)), (40, 40, 40), -1, cv2.LINE_AA)
    return picture


def scan_holes(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = scanned(clean(ink, rng), rng)
    for _ in range(int(rng.integers(1, 3))):
        strip = int(rng.integers(8, 35))
        side = rng.integers(4)
        rows = (slice(None), slice(None), slice(strip), slice(-strip, None))[side]
        columns = (slice(strip), slice(-strip, None), slice(None), slice(None))[side]
        picture[rows, columns] = rng.integers(20, 60)
    for y in np.linspace(0.16, 0.84, int(rng.integers(2, 5))) * HEIGHT:
        cv2.circle(picture, (int(rng.integers(45, 55)), int(y)), 16, (60, 60, 60), -1, cv2.LINE_AA)
    return picture


def wood(rng: Rng) -> np.ndarray:
    """A wooden table (800, 1000, 3) float."""
    grain = cv2.resize(rng.random((HEIGHT // 3, 12)).astype(np.float32), (WIDTH, HEIGHT))
    grain += 0.6 * cv2.resize(rng.random((HEIGHT, 30)).astype(np.float32), (WIDTH, HEIGHT))
    colour = np.array([[110, 70, 40], [160, 120, 80], [75, 55, 45]][rng.integers(3)])
    return colour * (0.7 + 0.4 * grain[..., None])


def on_desk(ink: np.ndarray, rng: Rng) -> np.ndarray:
    desk = wood(rng) if rng.random() < 0.6 else np.full((HEIGHT, WIDTH, 3), rng.uniform(30, 140, 3))
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    spot = 0.5 + (corners / (WIDTH, HEIGHT) - 0.5) * rng.uniform(0.68, 0.82)
    spot = (spot + rng.uniform(-0.04, 0.04, (4, 2))) * (WIDTH, HEIGHT)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), rng.uniform(-9, 9), 1.0)
    spot = (spot @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, spot)
    sheet = cv2.warpPerspective(clean(ink, rng), warp, (WIDTH, HEIGHT)).astype(float)
    mask = cv2.warpPerspective(np.ones((HEIGHT, WIDTH)), warp, (WIDTH, HEIGHT))[..., None]
    return lit(desk * (1 - mask) + sheet * mask, rng, rng.uniform(0, 0.5), rng.uniform(2, 30))


def screenshot(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A drawing application with tool bars at two to four sides."""
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    top, left, bottom = (
        int(rng.integers(35, 70)),
        int(rng.integers(40, 75)),
        int(rng.integers(0, 30)),
    )
    inner = (WIDTH - left, HEIGHT - top - bottom)
    picture[top : HEIGHT - bottom, left:] = cv2.resize(
        clean(ink, rng), inner, interpolation=cv2.INTER_AREA
    )
    dark = rng.random() < 0.5
    picture[:, :left] = (45, 45, 50) if dark else (236, 236, 240)
    picture[:top] = (60, 58, 66) if dark or rng.random() < 0.5 else (222, 224, 228)
    picture[HEIGHT - bottom :] = (200, 200, 205)
    for i in range(8):
        colour = rng.integers(0, 255, 3).tolist()
        cv2.circle(picture, (40 + 42 * i, top // 2), 11, colour, -1, cv2.LINE_AA)
        corner = (left // 2 - 13, top + 25 + 62 * i)
        icon = (200, 200, 200) if dark else (95, 95, 100)
        cv2.rectangle(picture, corner, (corner[0] + 26, corner[1] + 26), icon, 3)
    return picture


def shadow_soft(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return lit(clean(ink, rng), rng, 0.3, 40)


def shadow_hard(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return lit(clean(ink, rng), rng, 0.45, 4)


def pencil_shadow(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return lit(ink_on(white(), pencil(ink, rng, 0.5)), rng, 0.45, 8)


def faint_pencil(ink: np.ndarray, rng: Rng) -> np.ndarray:
    paper = white() - rng.uniform(8, 20)
    picture = ink_on(paper, pencil(ink, rng, rng.uniform(0.12, 0.2)))
    return np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def thumb(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng)
    at = [(WIDTH - 60, HEIGHT - 40), (60, HEIGHT - 40), (WIDTH // 2, HEIGHT + 20)][rng.integers(3)]
    skin = [(205, 150, 120), (150, 100, 75), (225, 180, 155)][rng.integers(3)]
    axes = (int(rng.integers(90, 130)), int(rng.integers(45, 65)))
    cv2.ellipse(picture, at, axes, rng.uniform(0, 180), 0, 360, skin, -1, cv2.LINE_AA)
    return lit(picture, rng, 0.15, 60)


def fold(ink: np.ndarray, rng: Rng) -> np.ndarray:
    picture = clean(ink, rng).astype(float)
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.uniform(0.2, 0.8) * WIDTH)
        ramp = np.clip((np.arange(WIDTH) - at) / 60, -1, 1)
        picture *= (1 - 0.12 * np.sign(ramp) * (1 - np.abs(ramp)))[None, :, None]
    return lit(picture, rng, 0.1, 60)


def two(first: np.ndarray, second: np.ndarray, rng: Rng) -> np.ndarray:
    """Two drawings on one page; the first is at the left."""
    left = place(first, rng, 0.36, (0.06, rng.uniform(0.1, 0.3)))
    right = place(second, rng, 0.32, (0.94, rng.uniform(0.7, 0.9)))
    return clean(np.maximum(left, right), rng)


def upside(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return clean(ink, rng)[::-1, ::-1].copy()


def sideways(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return np.rot90(clean(ink, rng)).copy()


def broad(ink: np.ndarray, width: int) -> np.ndarray:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return cv2.dilate(ink, kernel)


def marker(ink: np.ndarray, rng: Rng) -> np.ndarray:
    colour = [(210, 50, 50), (235, 120, 200), (40, 90, 200)][rng.integers(3)]
    return scanned(ink_on(white(), broad(ink, 5), colour), rng)


def highlighter(ink: np.ndarray, rng: Rng) -> np.ndarray:
    return scanned(ink_on(white(), broad(ink, 9), (255, 240, 90)), rng)


def chalk(ink: np.ndarray, rng: Rng) -> np.ndarray:
    board = np.full((HEIGHT, WIDTH, 3), (35, 58, 47), float)
    picture = ink_on(board, pencil(broad(ink, 5), rng, 0.8), (235, 235, 225))
    return np.clip(picture + rng.normal(0, 2.5, picture.shape), 0, 255).astype(np.uint8)


def kraft(ink: np.ndarray, rng: Rng) -> np.ndarray:
    fibres = cv2.GaussianBlur(rng.normal(0, 14, (HEIGHT, WIDTH, 1)), (0, 0), 1.2)[..., None]
    return ink_on(np.array([190, 150, 105]) + 2 * fibres, broad(ink, 3) * 0.85)


def whiteboard(ink: np.ndarray, rng: Rng) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    centre = rng.uniform(0.3, 0.8, 2) * (WIDTH, HEIGHT)
    glare = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * 90.0**2))[..., None]
    picture = ink_on(np.array([214, 218, 224.0]) + 0 * glare, broad(ink, 5), (60, 80, 170))
    picture = picture * (1 - glare) + 255 * glare
    picture[:8] = picture[-8:] = picture[:, :8] = picture[:, -8:] = 150
    return np.clip(picture, 0, 255).astype(np.uint8)


def enclosed(ink: np.ndarray) -> np.ndarray:
    """The areas that the lines enclose: (H, W) bool."""
    paper = (ink < 0.3).astype(np.uint8)
    outside = np.zeros((HEIGHT + 2, WIDTH + 2), np.uint8)
    cv2.floodFill(paper, outside, (0, 0), 2)
    return paper == 1


def hatched(ink: np.ndarray, rng: Rng) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    hatches = ((x + y) % int(rng.integers(8, 14)) < 2) & enclosed(ink)
    return clean(np.maximum(ink, 0.7 * hatches), rng)


def coloured_in(ink: np.ndarray, rng: Rng) -> np.ndarray:
    colour = [(235, 115, 105), (120, 170, 230), (240, 205, 110)][rng.integers(3)]
    paper = white()
    paper[enclosed(ink)] = colour
    return scanned(ink_on(paper, broad(ink, 3)), rng)


KINDS: dict[str, Callable[[np.ndarray, Rng], np.ndarray]] = {
    function.__name__: function
    for function in (
        clean, lined, graph, graph_photo, dotted, frame, ground_line, label_below, labels,
        signature, stamp, specks, scan_holes, on_desk, screenshot, shadow_soft, shadow_hard,
        pencil_shadow, faint_pencil, thumb, fold, upside, sideways, marker, highlighter, chalk,
        kraft, whiteboard, hatched, coloured_in,
    )
}  # fmt: skip
