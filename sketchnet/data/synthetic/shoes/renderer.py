"""A point-splatting renderer with a depth buffer: shading, textures, hidden surfaces.

A surface is a small grid of points. The grid is resampled so densely that neighbouring points fall
on neighbouring pixels, and each point writes its index into its pixel. Within one surface later
points overwrite earlier ones; between surfaces the depth buffer decides. Everything is array
operations, and a surface takes a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.design import Colour

LIGHT = np.array([-0.42, 0.74, 0.52], np.float32)  # direction to the light: above, front left
LIGHT /= np.linalg.norm(LIGHT)


@dataclass(frozen=True)
class Surface:
    """A grid of points on a surface.

    Attributes:
        points: (rows, columns, 3) in drawing order: the last row and column lie nearest to the
            viewer.
        outward: 1 where the cross product of the row and the column direction points out of the
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
    """Reflection parameters of a material.

    Attributes:
        wrap: Share of ambient light, from 0 to 1; the rest is diffuse light.
        gloss: Strength of the specular highlight.
        sharpness: Exponent of the specular highlight.
    """

    wrap: float = 0.55
    gloss: float = 0.25
    sharpness: float = 18.0


class Canvas:
    """An image with a depth buffer, and the projection from the shoe to its pixels.

    Attributes:
        side: Width and height in pixels.
        camera: The view.
        depth: (side * side,) float32, the depth of each pixel; larger is nearer to the viewer,
            -inf where nothing is drawn.
    """

    def __init__(self, side: int, camera: Camera, scale: float, offset: tuple[float, float]):
        """Create a white canvas on which one shoe length is `scale` pixels.

        The point that the camera looks at is projected to the pixel `offset` (x, y).
        """
        self.side, self.camera, self.scale = side, camera, scale
        self.offset = np.array(offset, np.float32)
        self.depth = np.full(side * side, -np.inf, np.float32)
        self._colours = np.full(side * side, 0xFFFFFFFF, np.uint32)  # RGBA bytes

    def image(self) -> np.ndarray:
        """What is drawn so far, uint8 RGB (side, side, 3) on white."""
        pixels = self._colours.view(np.uint8).reshape(self.side, self.side, 4)
        return cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3) of the shoe to pixel coordinates x, y and depth (…, 3)."""
        projected = self.camera.project(points)
        projected[..., :2] = projected[..., :2] * self.scale + self.offset
        return projected

    def draw(
        self,
        surface: Surface,
        texture: np.ndarray,
        finish: Finish,
        lining: Colour | None = None,
        shade: np.ndarray | float = 1.0,
    ) -> None:
        """Draw a surface.

        Args:
            surface: The grid of points.
            texture: uint8 RGBA (height, width, 4) of any size, stretched over the grid. Where
                alpha is 0 the surface is cut away.
            finish: Reflection parameters.
            lining: Colour of the back of the surface; None for a closed body, whose back is never
                visible.
            shade: Factor that darkens the light, one for all grid points or one for each.
        """
        projected = self.project(surface.points)
        np.clip(projected[..., :2], 0, self.side - 1, out=projected[..., :2])
        normals = surface.normals()
        facing = normals @ self.camera.towards
        light, gloss = _shading(normals * np.sign(facing)[..., None], self.camera.towards, finish)
        rows, columns = (
            _sampling_positions(projected, axis=0),
            _sampling_positions(projected, axis=1),
        )
        if lining is None:
            # The columns of a closed body that face away lie behind those that face the viewer.
            shown = np.flatnonzero((facing > 0).any(axis=0))
            if not len(shown):
                return
            columns = columns[(columns > shown[0] - 2) & (columns < shown[-1] + 2)]
        at_column, at_row = np.meshgrid(columns, rows)
        samples = np.asarray(
            cv2.remap(np.dstack([projected, facing]), at_column, at_row, cv2.INTER_LINEAR)
        ).reshape(-1, 4)  # x, y, depth, facing

        height, width = surface.points.shape[:2]
        row = (rows / (height - 1) * (texture.shape[0] - 1) + 0.5).astype(np.int32)
        column = (columns / (width - 1) * (texture.shape[1] - 1) + 0.5).astype(np.int32)
        texel = (row[:, None] * texture.shape[1] + column).ravel()
        texels = np.ascontiguousarray(texture.view(np.uint32)[..., 0]).ravel()
        opaque = None if texture[..., 3].all() else texels.view(np.uint8)[3::4].take(texel)
        pixels, points = self._nearest_samples(samples, opaque)

        lit = np.dstack([light * shade, gloss * 255]).astype(np.float32)
        lit = np.asarray(cv2.remap(lit, at_column, at_row, cv2.INTER_LINEAR))
        lit = lit.reshape(-1, 2).take(points, axis=0)
        colours = texels.take(texel.take(points))
        if lining is not None:
            colours[samples[:, 3].take(points) < 0] = _as_uint32(lining)
        rgba = colours.view(np.uint8).reshape(-1, 4) * lit[:, :1] + lit[:, 1:]
        np.minimum(rgba, 255, out=rgba)
        self._colours[pixels] = rgba.astype(np.uint8).view(np.uint32)[:, 0]

    def _nearest_samples(
        self, samples: np.ndarray, opaque: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The pixels (k,) in which the surface is visible, and the sample (k,) seen in each.

        `samples` (n, ≥ 3) are pixel coordinates and depth; `opaque` (n,) is 0 where a sample is
        cut away. The depth buffer is updated.
        """
        cell = samples[:, 1].astype(np.int32) * self.side + samples[:, 0].astype(np.int32)
        kept = np.arange(len(cell), dtype=np.int32)
        if opaque is not None:
            kept = np.flatnonzero(opaque).astype(np.int32)
            cell = cell.take(kept)
        if not len(cell):
            return np.empty(0, np.int64), np.empty(0, np.int32)
        top, bottom = int(cell.min()) // self.side, int(cell.max()) // self.side + 1
        index = np.full((bottom - top) * self.side, -1, np.int32)
        index[cell - top * self.side] = kept
        index = _fill_gaps(index.reshape(-1, self.side)).ravel()
        pixels = np.flatnonzero(index >= 0)
        points = index.take(pixels)
        pixels += top * self.side
        depth = samples[:, 2].take(points)
        nearer = np.flatnonzero(depth > self.depth.take(pixels))
        pixels, points = pixels.take(nearer), points.take(nearer)
        self.depth[pixels] = depth.take(nearer)
        return pixels, points

    def is_visible(self, points: np.ndarray, bias: float = 0.02) -> np.ndarray:
        """Which points (n, 3) of the shoe no drawn surface hides: bool (n,).

        `bias` is the depth in shoe lengths by which a point may lie behind a surface.
        """
        projected = self.project(points)
        x, y = (projected[:, :2].astype(np.int32)).clip(0, self.side - 1).T
        return projected[:, 2] + bias > self.depth[y * self.side + x]


def _sampling_positions(projected: np.ndarray, axis: int) -> np.ndarray:
    """Grid positions (n,) float32 along `axis` that project onto neighbouring pixels."""
    steps = np.abs(np.diff(projected[..., :2], axis=axis))
    longest = steps.max(axis=(1 - axis, 2)) + 1e-3
    path = np.concatenate([[0.0], np.cumsum(longest)])
    count = int(path[-1] * 1.05) + 2
    return np.interp(np.linspace(0, path[-1], count), path, np.arange(len(path))).astype(np.float32)


def _as_uint32(colour: Colour) -> np.uint32:
    """An opaque colour as one number with the byte order of a texture."""
    return np.array([*colour, 255], np.uint8).view(np.uint32)[0]


def _fill_gaps(index: np.ndarray) -> np.ndarray:
    """Fill single missing pixels (-1) inside a surface from a neighbour; its outline stays."""
    filled = cv2.morphologyEx(index.astype(np.float32), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.where(index < 0, filled.astype(np.int32), index)


def _shading(
    normals: np.ndarray, towards: np.ndarray, finish: Finish
) -> tuple[np.ndarray, np.ndarray]:
    """Factor on the colour (…) and specular highlight (…) for unit normals (…, 3)."""
    diffuse = (normals @ LIGHT).clip(0, 1)
    sky = 0.5 + 0.5 * normals[..., 1]
    halfway = LIGHT + towards
    halfway = halfway / np.linalg.norm(halfway)
    gloss = finish.gloss * (normals @ halfway).clip(0, 1) ** finish.sharpness
    # The white surroundings of a product photo brighten surfaces seen at a grazing angle.
    rim = 0.22 * (1 - np.abs(normals @ towards).clip(0, 1)) ** 3
    shade = 0.28 + finish.wrap * 0.5 * sky + (1 - finish.wrap * 0.5) * 0.85 * diffuse + rim
    return shade, gloss
