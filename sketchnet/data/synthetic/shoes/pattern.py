"""The flat pattern of an upper: pieces of leather, seams, laces and ornaments.

All coordinates are (p, t) as defined in `upper`. The photo paints the pattern as a texture, and the
sketch draws its lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sketchnet.data.synthetic.shoes.upper import Upper


@dataclass(frozen=True)
class Piece:
    """A piece of leather.

    Attributes:
        outline: Closed polygon (n, 2).
        role: The field of `ShoeDesign` that holds its colour.
        seams: The visible lines of the piece, each (n, 2).
        weight: Probability that a person with an average eye for detail draws the seams.
        covers: The piece adds leather where the upper is open.
        cuts: The piece removes leather.
        stitched: Stitches are visible along the seams.
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
    """A line (n, 2) on the leather.

    `style` is zip, elastic, brogue, pucker or fur; `weight` as in `Piece`.
    """

    path: np.ndarray
    style: str
    weight: float


@dataclass(frozen=True)
class Ornament:
    """An ornament or fastening on the leather.

    Attributes:
        kind: A key of `ornaments.SHAPES`.
        at: Its centre (p, t).
        size: Its radius in shoe lengths.
        role: The field of `ShoeDesign` that holds its colour.
        weight: As in `Piece`.
    """

    kind: str
    at: tuple[float, float]
    size: float
    role: str = "accent"
    weight: float = 0.85


@dataclass
class Pattern:
    """All parts of an upper. Later items of a list lie on top of earlier ones."""

    pieces: list[Piece] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    ornaments: list[Ornament] = field(default_factory=list)
    laces: list[np.ndarray] = field(default_factory=list)
    eyelets: list[tuple[float, float]] = field(default_factory=list)


def mirrored(path: np.ndarray) -> np.ndarray:
    """The same path (n, 2) on the other wall of the shoe."""
    return np.column_stack([path[:, 0], 2 - path[:, 1]]).astype(np.float32)


def ridge_exit_index(t: np.ndarray) -> int:
    """Index of the last point on the ridge of a line that starts there, given its t (n,)."""
    return max(0, int(np.argmax(t < 0.999)) - 1)


def over_ridge(path: np.ndarray) -> np.ndarray:
    """A path that ends on the ridge (t = 1), continued symmetrically down the other wall."""
    return np.concatenate([path, mirrored(path)[::-1][1:]])


def band(upper: Upper, path: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The two edges, each (n, 2), of a band of `width` shoe lengths along `path` (n, 2)."""
    along_p, along_t = _lengths_per_unit(upper, path)
    scale = np.column_stack([along_p, along_t])
    flat = np.cumsum(np.diff(path, axis=0, prepend=path[:1]) * scale, axis=0)
    direction = np.gradient(flat, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
    normal = np.column_stack([-direction[:, 1], direction[:, 0]]) / scale
    return path + normal * width / 2, path - normal * width / 2


def _lengths_per_unit(upper: Upper, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shoe lengths per unit of p and per unit of t at the points of `path`, each (n,)."""
    step = 0.02
    p = path[:, 0].clip(step, 1 - step)
    t = np.where(
        path[:, 1] <= 1, path[:, 1].clip(step, 1 - step), path[:, 1].clip(1 + step, 2 - step)
    )
    ratios = []
    for shift in ((step, 0.0), (0.0, step)):
        low = upper.at(np.column_stack([p - shift[0], t - shift[1]]))
        high = upper.at(np.column_stack([p + shift[0], t + shift[1]]))
        ratios.append(np.linalg.norm(high - low, axis=1).clip(0.02, None) / (2 * step))
    return ratios[0], ratios[1]


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
    """A band of leather of `width` shoe lengths along `path` (n, 2), whose edges are its seams."""
    left, right = band(upper, path, width)
    return Piece(
        np.concatenate([left, right[::-1]]),
        role,
        (left, right),
        weight,
        covers=covers,
        stitched=stitched,
    )


def mirrored_pair(piece: Piece) -> list[Piece]:
    """The mirror image of `piece` on the far wall, and `piece` itself."""
    mirror_image = Piece(
        mirrored(piece.outline),
        piece.role,
        tuple(mirrored(s) for s in piece.seams),
        piece.weight,
        piece.covers,
        piece.cuts,
        piece.stitched,
    )
    return [mirror_image, piece]
