"""Extracts the visible lines of a shoe that a person would draw, as paths on the picture plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.build import OPEN_BACK, Shoe, framed_canvas
from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.ornaments import SHAPES, place_ornament
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface
from sketchnet.data.synthetic.shoes.textures import leather_mask
from sketchnet.data.synthetic.shoes.upper import LEVELS, STATIONS
from sketchnet.data.synthetic.shoes.visibility import POINTS, resample, visible_segments

CANVAS_SIZE = 144  # pixels; the canvas serves as a depth buffer only
_FINISH = Finish()  # any finish and lining: only the depth is used
_LINING = (0, 0, 0)


@dataclass(frozen=True)
class Contour:
    """A visible line.

    Attributes:
        path: (n, 2) in pixels of a canvas of `CANVAS_SIZE`.
        part: The group of lines that are drawn one after the other: outline, sole, heel, opening,
            straps, details, laces or ornament.
        weight: 1 for a main line, which is drawn unless a person forgets it; below 1, the
            probability that a person with an average eye for detail draws it.
    """

    path: np.ndarray
    part: str
    weight: float


def contours(shoe: Shoe, camera: Camera) -> list[Contour]:
    """All visible lines of `shoe` as seen by `camera`: outline, sole and heel, then details."""
    canvas = framed_canvas(shoe, camera, CANVAS_SIZE, 0.9)
    _draw_depth(canvas, shoe)
    lines = [*_outline(shoe, canvas), *_sole_and_heel(shoe, canvas), *_details(shoe, canvas)]
    return [line for line in lines if len(line.path) > 1]


def _draw_depth(canvas: Canvas, shoe: Shoe) -> None:
    """Fill the depth buffer of `canvas` with all surfaces of the shoe."""
    solid = np.full((2, 2, 4), 255, np.uint8)
    mask = leather_mask(shoe.design, shoe.pattern, 160, 96)
    leather = np.repeat(mask[..., None], 4, axis=2)
    canvas.draw(Surface(shoe.bottom.bed), solid, _FINISH)
    canvas.draw(Surface(shoe.upper.far[:, ::-1]), leather[48:][::-1, ::-1], _FINISH, _LINING)
    if shoe.tongue is not None:
        canvas.draw(Surface(shoe.tongue), solid, _FINISH, _LINING)
    if shoe.bar is not None:
        canvas.draw(Surface(shoe.bar), solid, _FINISH, _LINING)
    canvas.draw(Surface(shoe.bottom.edge), solid, _FINISH)
    if shoe.bottom.heel is not None:
        canvas.draw(Surface(shoe.bottom.heel), solid, _FINISH)
    near = shoe.upper.near.transpose(1, 0, 2)[::-1, ::-1]
    canvas.draw(Surface(near), leather[:48].transpose(1, 0, 2)[::-1, ::-1], _FINISH, _LINING)


def _outline(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    """The silhouette of the upper and the edge of its opening; a sandal has neither."""
    if shoe.design.cover == "open":
        return []
    front, back = _front_silhouette(shoe, canvas), _back_silhouette(shoe, canvas)
    near, _ = (canvas.project(shoe.upper.at(rim))[:, :2] for rim in shoe.rims())
    if shoe.design.cover in OPEN_BACK:
        return [Contour(front, "outline", 1.0)]
    lines = [Contour(front, "outline", 1.0), Contour(near, "outline", 1.0)]
    if shoe.design.cover == "closed":
        lines.append(Contour(back, "outline", 1.0))
    elif shoe.design.cover == "dorsay":
        lines = [Contour(front, "outline", 1.0), Contour(back, "outline", 1.0)]
    lines.append(Contour(_longest_segment(canvas, shoe.upper.at(shoe.rims()[1])), "opening", 0.85))
    return lines


def _front_silhouette(shoe: Shoe, canvas: Canvas) -> np.ndarray:
    """The silhouette (n, 2) of the front of the upper, from the toe to the throat."""
    last = max(4, round(shoe.upper.throat * (STATIONS - 1)))
    over = np.concatenate([shoe.upper.near[:, : last + 1], shoe.upper.far[::-1][1:, : last + 1]])
    projected = canvas.project(over)[..., :2]  # (2 LEVELS - 1, n, 2)
    ridge = projected[LEVELS - 1]
    along = np.gradient(ridge, axis=0)
    outwards = np.stack([along[:, 1], -along[:, 0]], axis=-1)
    height = (projected * outwards).sum(axis=-1)
    tip = projected[height.argmax(axis=0), np.arange(last + 1)]
    start = projected[0, :1]
    return np.concatenate([start, _smoothed(tip)])


def _back_silhouette(shoe: Shoe, canvas: Canvas) -> np.ndarray:
    """The silhouette (n, 2) from the top of the back down to the sole."""
    projected = canvas.project(shoe.upper.near[:, STATIONS // 2 :])[..., :2]
    edge = projected[np.arange(LEVELS), projected[..., 0].argmax(axis=1)]
    return _smoothed(edge)[::-1]


def _sole_and_heel(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    """The visible edges of the sole, and the outline of a separate heel."""
    edge, design = shoe.bottom.edge, shoe.design
    half = edge.shape[1] // 2
    top = canvas.project(edge[-1])[:, :2]
    low = canvas.project(edge[0])[:, :2]
    toe = half - 6 + int(top[half - 6 : half + 7, 0].argmin())
    heel = edge.shape[1] - 10 + int(top[-10:, 0].argmax())
    ground = low[toe : heel + 1]
    if design.sole_style == "tread":
        ground = _with_cleats(ground, top[toe : heel + 1])
    lower_edge = np.concatenate([top[toe : toe + 1], ground, top[heel : heel + 1]])
    thick = float(np.median(np.linalg.norm(top[toe:heel] - low[toe:heel], axis=1))) / CANVAS_SIZE
    lines = [
        Contour(top[toe : heel + 1], "sole", 1.0 if thick > 0.018 else 0.45),
        Contour(lower_edge[::-1], "sole", 1.0),
    ]
    if thick > 0.03 and design.sole_style in ("foxing", "cup", "welt", "runner"):
        lines.append(Contour((0.3 * low + 0.7 * top)[toe + 2 : heel - 1], "details", 0.45))
    if design.cover in (*OPEN_BACK, "slingback", "dorsay"):
        lines.append(Contour(_longest_segment(canvas, edge[-1, : toe + 1], 0.03), "sole", 0.9))
    if shoe.bottom.heel is not None:
        projected = canvas.project(shoe.bottom.heel)[..., :2]
        left = projected[np.arange(len(projected)), projected[..., 0].argmin(axis=1)]
        right = projected[np.arange(len(projected)), projected[..., 0].argmax(axis=1)]
        lines.append(Contour(np.concatenate([left[::-1], right]), "heel", 1.0))
    return lines


def _with_cleats(ground: np.ndarray, top: np.ndarray) -> np.ndarray:
    """The lower edge of a treaded sole, raised by a third of its height between the cleats."""
    path, over = resample(ground, 120), resample(top, 120)
    between = (np.arange(120) // 5) % 3 == 1
    return np.where(between[:, None], path + 0.35 * (over - path), path)


def _details(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    """Seams, straps, tongue, zips, fur, laces and ornaments."""
    upper, pattern = shoe.upper, shoe.pattern
    found: list[tuple[np.ndarray, str, float]] = []  # points (n, 3), part, weight
    for piece in pattern.pieces:
        part = "straps" if piece.covers or piece.cuts else "details"
        found += [(upper.at(resample(seam)), part, piece.weight) for seam in piece.seams]
    if shoe.tongue is not None:
        flap = np.concatenate([shoe.tongue[:, 0][::-1], shoe.tongue[0], shoe.tongue[:, -1]])
        found.append((flap, "details", 0.7))
    if shoe.bar is not None:
        found += [(edge, "straps", 0.95) for edge in (shoe.bar[:, 0], shoe.bar[:, -1])]
    for line in pattern.lines:
        if line.style in ("zip", "elastic"):
            found.append((upper.at(resample(line.path)), "details", line.weight))
        elif line.style == "fur":
            points = upper.at(resample(line.path))
            tufts = np.where(np.arange(POINTS) % 8 < 4, 0.0, 0.02)[:, None]
            found.append((points + tufts, "details", line.weight))
    lines = []
    if found:
        segments = visible_segments(
            canvas, np.stack([resample(points) for points, _, _ in found]), 0.03
        )
        lines = [
            Contour(segment, part, weight)
            for (_, part, weight), visible in zip(found, segments, strict=True)
            for segment in visible
            if _length(segment) > 4
        ]
    for path in pattern.laces:
        lines.append(Contour(canvas.project(upper.at(path[[0, 4, 8]]))[:, :2], "laces", 0.85))
    for ornament in pattern.ornaments:
        frame = upper.frame(*ornament.at)
        if canvas.is_visible(frame[:1], 0.06)[0]:
            for shape in SHAPES[ornament.kind]():
                points = place_ornament(frame, ornament, shape.outline)
                lines.append(Contour(canvas.project(points)[:, :2], "ornament", ornament.weight))
    return lines


def _length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def _longest_segment(canvas: Canvas, points: np.ndarray, bias: float = 0.03) -> np.ndarray:
    """The longest visible segment (m, 2) of a line (n, 3); empty where all of it is hidden."""
    (segments,) = visible_segments(canvas, resample(points)[None], bias)
    return max(segments, key=len) if segments else np.empty((0, 2), np.float32)


def _smoothed(path: np.ndarray) -> np.ndarray:
    """Running mean over five points; the ends stay in place."""
    padded = np.pad(path, ((2, 2), (0, 0)), mode="reflect", reflect_type="odd")
    return np.mean([padded[i : i + len(path)] for i in range(5)], axis=0)
