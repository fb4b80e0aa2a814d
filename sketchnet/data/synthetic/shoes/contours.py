"""The lines of a shoe that a person would draw, as paths on the picture plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.build import HOLLOW, Shoe, framed
from sketchnet.data.synthetic.shoes.upper import LEVELS, STATIONS
from sketchnet.data.synthetic.shoes.ornaments import SHAPES, place_ornament
from sketchnet.data.synthetic.shoes.textures import leather_mask
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface
from sketchnet.data.synthetic.shoes.visibility import POINTS, even, visible_runs

SIDE = 144  # of the small canvas that says what hides what
_PLAIN = Finish()
_ANY = (0, 0, 0)


@dataclass(frozen=True)
class Contour:
    """One visible line: `path` (n, 2) on a canvas of `SIDE`, and how likely it is drawn.

    `part` groups lines that one would draw in one go: outline, sole, opening, details.
    """

    path: np.ndarray
    part: str
    weight: float


def contours(shoe: Shoe, camera: Camera) -> list[Contour]:
    """All lines of `shoe` seen by `camera`, outline first and going round."""
    canvas = framed(shoe, camera, SIDE, 0.9)
    _fill(canvas, shoe)
    lines = [*_outline(shoe, canvas), *_bottom(shoe, canvas), *_details(shoe, canvas)]
    return [line for line in lines if len(line.path) > 1]


def _fill(canvas: Canvas, shoe: Shoe) -> None:
    """Only nearness matters here; colours stay white."""
    solid = np.full((2, 2, 4), 255, np.uint8)
    mask = leather_mask(shoe.design, shoe.pattern, 160, 96)
    leather = np.repeat(mask[..., None], 4, axis=2)
    canvas.draw(Surface(shoe.bottom.bed), solid, _PLAIN)
    canvas.draw(Surface(shoe.upper.far[:, ::-1]), leather[48:][::-1, ::-1], _PLAIN, _ANY)
    if shoe.tongue is not None:
        canvas.draw(Surface(shoe.tongue), solid, _PLAIN, _ANY)
    if shoe.bar is not None:
        canvas.draw(Surface(shoe.bar), solid, _PLAIN, _ANY)
    canvas.draw(Surface(shoe.bottom.edge), solid, _PLAIN)
    if shoe.bottom.heel is not None:
        canvas.draw(Surface(shoe.bottom.heel), solid, _PLAIN)
    near = shoe.upper.near.transpose(1, 0, 2)[::-1, ::-1]
    canvas.draw(Surface(near), leather[:48].transpose(1, 0, 2)[::-1, ::-1], _PLAIN, _ANY)


def _outline(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    """The upper's silhouette and its opening; on a sandal there is none."""
    if shoe.design.cover == "open":
        return []
    front, back = _front(shoe, canvas), _back(shoe, canvas)
    near, _ = (canvas.place(shoe.upper.at(rim))[:, :2] for rim in shoe.rims())
    if shoe.design.cover in HOLLOW:
        return [Contour(front, "outline", 1.0)]
    lines = [Contour(front, "outline", 1.0), Contour(near, "outline", 1.0)]
    if shoe.design.cover == "closed":
        lines.append(Contour(back, "outline", 1.0))
    elif shoe.design.cover == "dorsay":
        lines = [Contour(front, "outline", 1.0), Contour(back, "outline", 1.0)]
    lines.append(Contour(_longest(canvas, shoe.upper.at(shoe.rims()[1])), "opening", 0.85))
    return lines


def _front(shoe: Shoe, canvas: Canvas) -> np.ndarray:
    """Toe to throat, where the upper turns away from the viewer: (n, 2)."""
    last = max(4, round(shoe.upper.throat * (STATIONS - 1)))
    over = np.concatenate([shoe.upper.near[:, : last + 1], shoe.upper.far[::-1][1:, : last + 1]])
    placed = canvas.place(over)[..., :2]  # (2 LEVELS - 1, n, 2)
    ridge = placed[LEVELS - 1]
    along = np.gradient(ridge, axis=0)
    outwards = np.stack([along[:, 1], -along[:, 0]], axis=-1)
    height = (placed * outwards).sum(axis=-1)
    tip = placed[height.argmax(axis=0), np.arange(last + 1)]
    start = placed[0, :1]
    return np.concatenate([start, _smoothed(tip)])


def _back(shoe: Shoe, canvas: Canvas) -> np.ndarray:
    """From the top of the heel down to the sole: (n, 2)."""
    placed = canvas.place(shoe.upper.near[:, STATIONS // 2 :])[..., :2]
    edge = placed[np.arange(LEVELS), placed[..., 0].argmax(axis=1)]
    return _smoothed(edge)[::-1]


def _bottom(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    edge, design = shoe.bottom.edge, shoe.design
    half = edge.shape[1] // 2
    top = canvas.place(edge[-1])[:, :2]
    low = canvas.place(edge[0])[:, :2]
    toe = half - 6 + int(top[half - 6 : half + 7, 0].argmin())
    heel = edge.shape[1] - 10 + int(top[-10:, 0].argmax())
    ground = low[toe : heel + 1]
    if design.sole_style == "tread":
        ground = _toothed(ground, top[toe : heel + 1])
    round_it = np.concatenate([top[toe : toe + 1], ground, top[heel : heel + 1]])
    thick = float(np.median(np.linalg.norm(top[toe:heel] - low[toe:heel], axis=1))) / SIDE
    lines = [
        Contour(top[toe : heel + 1], "sole", 1.0 if thick > 0.018 else 0.45),
        Contour(round_it[::-1], "sole", 1.0),
    ]
    if thick > 0.03 and design.sole_style in ("foxing", "cup", "welt", "runner"):
        lines.append(Contour((0.3 * low + 0.7 * top)[toe + 2 : heel - 1], "details", 0.45))
    if design.cover in (*HOLLOW, "slingback", "dorsay"):
        lines.append(Contour(_longest(canvas, edge[-1, : toe + 1], 0.03), "sole", 0.9))
    if shoe.bottom.heel is not None:
        placed = canvas.place(shoe.bottom.heel)[..., :2]
        left = placed[np.arange(len(placed)), placed[..., 0].argmin(axis=1)]
        right = placed[np.arange(len(placed)), placed[..., 0].argmax(axis=1)]
        lines.append(Contour(np.concatenate([left[::-1], right]), "heel", 1.0))
    return lines


def _toothed(ground: np.ndarray, top: np.ndarray) -> np.ndarray:
    """The ground line of a treaded sole: up a third of its height between the cleats."""
    path, over = even(ground, 120), even(top, 120)
    between = (np.arange(120) // 5) % 3 == 1
    return np.where(between[:, None], path + 0.35 * (over - path), path)


def _details(shoe: Shoe, canvas: Canvas) -> list[Contour]:
    upper, pattern = shoe.upper, shoe.pattern
    found: list[tuple[np.ndarray, str, float]] = []  # points (n, 3), part, weight
    for piece in pattern.pieces:
        part = "straps" if piece.covers or piece.cuts else "details"
        found += [(upper.at(even(seam)), part, piece.weight) for seam in piece.seams]
    if shoe.tongue is not None:
        flap = np.concatenate([shoe.tongue[:, 0][::-1], shoe.tongue[0], shoe.tongue[:, -1]])
        found.append((flap, "details", 0.7))
    if shoe.bar is not None:
        found += [(edge, "straps", 0.95) for edge in (shoe.bar[:, 0], shoe.bar[:, -1])]
    for line in pattern.lines:
        if line.style in ("zip", "elastic"):
            found.append((upper.at(even(line.path)), "details", line.weight))
        elif line.style == "fur":
            points = upper.at(even(line.path))
            tufts = np.where(np.arange(POINTS) % 8 < 4, 0.0, 0.02)[:, None]
            found.append((points + tufts, "details", line.weight))
    lines = []
    if found:
        runs = visible_runs(canvas, np.stack([even(points) for points, _, _ in found]), 0.03)
        lines = [
            Contour(run, part, weight)
            for (_, part, weight), parts in zip(found, runs, strict=True)
            for run in parts
            if _length(run) > 4
        ]
    for path in pattern.laces:
        lines.append(Contour(canvas.place(upper.at(path[[0, 4, 8]]))[:, :2], "laces", 0.85))
    for ornament in pattern.ornaments:
        frame = upper.frame(*ornament.at)
        if canvas.sees(frame[:1], 0.06)[0]:
            for shape in SHAPES[ornament.kind]():
                points = place_ornament(frame, ornament, shape.outline)
                lines.append(Contour(canvas.place(points)[:, :2], "ornament", ornament.weight))
    return lines


def _length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def _longest(canvas: Canvas, points: np.ndarray, bias: float = 0.03) -> np.ndarray:
    (runs,) = visible_runs(canvas, even(points)[None], bias)
    return max(runs, key=len) if runs else np.empty((0, 2), np.float32)


def _smoothed(path: np.ndarray) -> np.ndarray:
    """Running mean over five points; the ends stay."""
    padded = np.pad(path, ((2, 2), (0, 0)), mode="reflect", reflect_type="odd")
    return np.mean([padded[i : i + len(path)] for i in range(5)], axis=0)
