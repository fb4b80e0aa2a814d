"""The flat pattern of an upper: pieces of leather, seams, laces and ornaments.

Everything lies in (p, t) as `shoe_last` names it, so that one pattern serves the photo (which
paints it) and the sketch (which draws its lines).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sketchnet.data.synthetic.shoes.upper import Upper


@dataclass(frozen=True)
class Piece:
    """A piece of leather: `outline` (n, 2) closed; `seams` are the lines that a person sees.

    `role` names the design's colour; `covers` makes leather where the upper is open; `cuts` takes
    leather away.
    """

    outline: np.ndarray
    role: str
    seams: tuple[np.ndarray, ...] = ()
    weight: float = 0.6
    covers: bool = False
    cuts: bool = False
    stitched: bool = False


@dataclass(frozen=True)
class Line:
    """A line on the leather: `style` seam, stitch, zip, elastic, brogue or crease."""

    path: np.ndarray
    style: str = "seam"
    weight: float = 0.4


@dataclass(frozen=True)
class Ornament:
    """Something that lies on the leather at `at` (p, t); `size` in shoe lengths.

    `turn` rotates it on the leather, in radians.
    """

    kind: str
    at: tuple[float, float]
    size: float
    turn: float = 0.0
    role: str = "accent"
    weight: float = 0.85


@dataclass
class Pattern:
    """All that is sewn together; lists, in the order in which it is laid on."""

    pieces: list[Piece] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    ornaments: list[Ornament] = field(default_factory=list)
    laces: list[np.ndarray] = field(default_factory=list)
    eyelets: list[tuple[float, float]] = field(default_factory=list)


def mirrored(path: np.ndarray) -> np.ndarray:
    """The same path on the other side of the shoe."""
    return np.column_stack([path[:, 0], 2 - path[:, 1]]).astype(np.float32)


def leaves_ridge(t: np.ndarray) -> int:
    """The index of the last point on the ridge, of a level line that comes down from there."""
    return max(0, int(np.argmax(t < 0.999)) - 1)


def across(path: np.ndarray) -> np.ndarray:
    """A path that ends on the ridge (t = 1), continued down the other side."""
    return np.concatenate([path, mirrored(path)[::-1][1:]])


def band(upper: Upper, path: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The two edges of a band of `width` shoe lengths along `path`, each (n, 2)."""
    along_p, along_t = _metres(upper, path)
    scale = np.column_stack([along_p, along_t])
    flat = np.cumsum(np.diff(path, axis=0, prepend=path[:1]) * scale, axis=0)
    direction = np.gradient(flat, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
    normal = np.column_stack([-direction[:, 1], direction[:, 0]]) / scale
    return path + normal * width / 2, path - normal * width / 2


def _metres(upper: Upper, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shoe lengths per unit of p and of t along `path`, each (n,)."""
    step = 0.02
    p = path[:, 0].clip(step, 1 - step)
    t = np.where(
        path[:, 1] <= 1, path[:, 1].clip(step, 1 - step), path[:, 1].clip(1 + step, 2 - step)
    )
    gauge = []
    for shift in ((step, 0.0), (0.0, step)):
        low = upper.at(np.column_stack([p - shift[0], t - shift[1]]))
        high = upper.at(np.column_stack([p + shift[0], t + shift[1]]))
        gauge.append(np.linalg.norm(high - low, axis=1).clip(0.02, None) / (2 * step))
    return gauge[0], gauge[1]


def strip(
    upper: Upper,
    path: np.ndarray,
    width: float,
    role: str,
    *,
    covers: bool = False,
    weight: float = 0.8,
    stitched: bool = False,
) -> Piece:
    """A band of leather along `path`, seen by both its edges."""
    left, right = band(upper, path, width)
    return Piece(
        np.concatenate([left, right[::-1]]),
        role,
        (left, right),
        weight,
        covers=covers,
        stitched=stitched,
    )


def both(piece: Piece) -> list[Piece]:
    """`piece` and its twin on the far side."""
    twin = Piece(
        mirrored(piece.outline),
        piece.role,
        tuple(mirrored(s) for s in piece.seams),
        piece.weight,
        piece.covers,
        piece.cuts,
        piece.stitched,
    )
    return [twin, piece]
