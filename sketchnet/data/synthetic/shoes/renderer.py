"""Surfaces drawn by throwing their points at the canvas: shading, textures, hidden parts.

A surface is a small grid of points. It is made fine enough that neighbours fall on neighbouring
pixels and every point writes its number into the canvas; later points lie before earlier ones
inside a surface, nearness decides between surfaces. All of it is array work, a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.design import Colour

LIGHT = np.array([-0.42, 0.74, 0.52], np.float32)  # a lamp above, before and behind the viewer
LIGHT /= np.linalg.norm(LIGHT)


@dataclass(frozen=True)
class Surface:
    """A grid of points (rows, columns, 3) in drawing order: last row and column nearest.

    `outward` is +1 where the cross product of the row and the column direction points out of the
    material, else -1.
    """

    points: np.ndarray
    outward: int = 1

    def normals(self) -> np.ndarray:
        """Unit normals (rows, columns, 3)."""
        down = np.gradient(self.points, axis=0)
        right = np.gradient(self.points, axis=1)
        normal = np.cross(down, right) * self.outward
        return normal / (np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9)


@dataclass(frozen=True)
class Finish:
    """How a material answers light: share of soft light, and a highlight's strength and size."""

    wrap: float = 0.55
    gloss: float = 0.25
    sharpness: float = 18.0


class Canvas:
    """Colour and nearness of every pixel, and the way from the shoe to the pixels."""

    def __init__(self, side: int, camera: Camera, scale: float, offset: tuple[float, float]):
        self.side, self.camera, self.scale = side, camera, scale
        self.offset = np.array(offset, np.float32)
        self._colour = np.full(side * side, 0xFFFFFFFF, np.uint32)
        self.nearness = np.full(side * side, -np.inf, np.float32)

    def picture(self) -> np.ndarray:
        """What is drawn so far, uint8 RGB (side, side, 3) on white."""
        pixels = self._colour.view(np.uint8).reshape(self.side, self.side, 4)
        return cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3) of the shoe → pixels x, y and nearness (…, 3)."""
        placed = self.camera.project(points)
        placed[..., :2] = placed[..., :2] * self.scale + self.offset
        return placed

    def draw(
        self,
        surface: Surface,
        outside: np.ndarray,
        finish: Finish,
        lining: Colour | None = None,
        shade: np.ndarray | float = 1.0,
    ) -> None:
        """Draw `surface`.

        `outside` is its texture, (rows, columns, 4) uint8 RGBA of any size, alpha 0 cut away;
        `lining` shows where its back is turned to the viewer; None says that it is a closed body.
        `shade` darkens the grid's points, one factor for all or one each.
        """
        placed = self.place(surface.points)
        np.clip(placed[..., :2], 0, self.side - 1, out=placed[..., :2])
        normals = surface.normals()
        facing = normals @ self.camera.towards
        normals = normals * np.sign(facing)[..., None]
        light, gloss = _lit(normals, self.camera.towards, finish)
        rows, columns = _spaced(placed, axis=0), _spaced(placed, axis=1)
        if lining is None:
            # A closed body: the columns that turn away lie behind those that do not.
            shown = np.flatnonzero((facing > 0).any(axis=0))
            if not len(shown):
                return
            columns = columns[(columns > shown[0] - 2) & (columns < shown[-1] + 2)]
        at_column, at_row = np.meshgrid(columns, rows)
        fine = np.asarray(
            cv2.remap(np.dstack([placed, facing]), at_column, at_row, cv2.INTER_LINEAR)
        ).reshape(-1, 4)

        height, width = surface.points.shape[:2]
        row = (rows / (height - 1) * (outside.shape[0] - 1) + 0.5).astype(np.int32)
        column = (columns / (width - 1) * (outside.shape[1] - 1) + 0.5).astype(np.int32)
        texel = (row[:, None] * outside.shape[1] + column).ravel()
        texture = np.ascontiguousarray(outside.view(np.uint32)[..., 0]).ravel()
        cell = fine[:, 1].astype(np.int32) * self.side + fine[:, 0].astype(np.int32)
        kept = np.arange(len(cell), dtype=np.int32)
        if not outside[..., 3].all():
            alpha = texture.view(np.uint8)[3::4].take(texel)
            kept = np.flatnonzero(alpha).astype(np.int32)
            cell = cell.take(kept)
        if not len(cell):
            return
        top, bottom = int(cell.min()) // self.side, int(cell.max()) // self.side + 1
        number = np.full((bottom - top) * self.side, -1, np.int32)
        number[cell - top * self.side] = kept
        number = _mended(number.reshape(-1, self.side)).ravel()
        pixels = np.flatnonzero(number >= 0)
        points = number.take(pixels)
        pixels += top * self.side
        nearness = fine[:, 2].take(points)
        nearer = np.flatnonzero(nearness > self.nearness.take(pixels))
        pixels, points = pixels.take(nearer), points.take(nearer)
        self.nearness[pixels] = nearness.take(nearer)

        lit = np.dstack([light * shade, gloss * 255]).astype(np.float32)
        lit = np.asarray(cv2.remap(lit, at_column, at_row, cv2.INTER_LINEAR))
        lit = lit.reshape(-1, 2).take(points, axis=0)
        found = texture.take(texel.take(points))
        if lining is not None:
            found[fine[:, 3].take(points) < 0] = _packed(lining)
        colour = found.view(np.uint8).reshape(-1, 4) * lit[:, :1] + lit[:, 1:]
        np.minimum(colour, 255, out=colour)
        self._colour[pixels] = colour.astype(np.uint8).view(np.uint32)[:, 0]

    def sees(self, points: np.ndarray, bias: float = 0.02) -> np.ndarray:
        """Which of the points (n, 3) of the shoe nothing hides: bool (n,)."""
        placed = self.place(points)
        x, y = (placed[:, :2].astype(np.int32)).clip(0, self.side - 1).T
        return placed[:, 2] + bias > self.nearness[y * self.side + x]


def _spaced(placed: np.ndarray, axis: int) -> np.ndarray:
    """Grid positions (n,) float32 along `axis`, so that neighbours fall on neighbouring pixels."""
    steps = np.abs(np.diff(placed[..., :2], axis=axis))
    longest = steps.max(axis=(1 - axis, 2)) + 1e-3
    path = np.concatenate([[0.0], np.cumsum(longest)])
    count = int(path[-1] * 1.05) + 2
    return np.interp(np.linspace(0, path[-1], count), path, np.arange(len(path))).astype(np.float32)


def _packed(colour: Colour) -> np.uint32:
    """A colour as one number, as a texture's bytes read."""
    return np.array([*colour, 255], np.uint8).view(np.uint32)[0]


def _mended(number: np.ndarray) -> np.ndarray:
    """Fill single missing pixels inside a surface from a neighbour; its outline stays."""
    filled = cv2.morphologyEx(number.astype(np.float32), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.where(number < 0, filled.astype(np.int32), number)


def _lit(normals: np.ndarray, towards: np.ndarray, finish: Finish) -> tuple[np.ndarray, np.ndarray]:
    diffuse = (normals @ LIGHT).clip(0, 1)
    sky = 0.5 + 0.5 * normals[..., 1]
    halfway = LIGHT + towards
    halfway = halfway / np.linalg.norm(halfway)
    gloss = finish.gloss * (normals @ halfway).clip(0, 1) ** finish.sharpness
    # White surroundings light what is seen edge-on.
    edge = 0.22 * (1 - np.abs(normals @ towards).clip(0, 1)) ** 3
    shade = 0.28 + finish.wrap * 0.5 * sky + (1 - finish.wrap * 0.5) * 0.85 * diffuse + edge
    return shade, gloss
