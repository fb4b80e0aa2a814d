"""What made a photo near: heat over the sketch and over the photo, read off the model itself."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.prepare import centre_view, prepare_photo, prepare_rgb, read_picture
from sketchnet.inference.embedder import Embedder
from sketchnet.models.local_alignment import agreement_map
from sketchnet.retrieval.query import Query, photo_query
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.strokes.rasterize import LINE

SIDE = 320  # of the pictures that a person sees
WARM = np.array([255, 122, 26], np.float32)
PATCHES = 7  # occlusion: positions a side


def why(finder: ShoeFinder, query: Query, photo_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Show which regions of a query and of a gallery photo made them near.

    Where the model has local maps, the heat of a cell is its weight × the best cosine among the
    other's cells near it: what the second stage adds up. Otherwise a patch at a time is painted
    white, and its heat is what the squared distance gains by that.

    Returns two pictures (320, 320, 3) uint8 RGB, the query and the photo, warm where they agree.
    """
    row, embedder = finder.gallery.row(photo_id), finder.embedder
    photo = read_picture(finder.gallery.picture(row))
    mine, other = query.embed(embedder, views=1), finder.gallery.embeddings[[row]]
    if mine.maps is not None and other.maps is not None:
        drawn, shown = agreement(mine.maps[0], other.maps[0])
        if mine.mirrored is not None and mine.mirrored.maps is not None:
            turned, shown_turned = agreement(mine.mirrored.maps[0], other.maps[0])
            if turned.sum() > drawn.sum():  # it was found the other way round
                drawn, shown = turned[:, ::-1], shown_turned
    else:
        faces = [face.vectors[0] for face in (mine, mine.mirrored) if face is not None]
        nearer = int(np.argmin([np.square(face - other.vectors[0]).sum() for face in faces]))
        drawn = occlusion(embedder, query, other.vectors[0], turned=nearer == 1)
        shown = occlusion(embedder, photo_query(embedder, photo), faces[nearer])
    size = embedder.config.size
    return (
        warm(centre_view(query.prepared, size), drawn),
        warm(centre_view(prepare_rgb(photo, embedder.canvas), size), shown),
    )


def agreement(query_map: np.ndarray, photo_map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where a query's map (h, w, c) agrees with a photo's, and the reverse: (h, w) each."""
    return (
        agreement_map(query_map.astype(np.float32), photo_map),
        agreement_map(photo_map.astype(np.float32), query_map),
    )


def occlusion(
    embedder: Embedder, query: Query, other: np.ndarray, turned: bool = False
) -> np.ndarray:
    """How much farther from `other` (E,) a picture moves without each of its regions.

    With `turned` it is the picture's mirror image that moves.

    Returns (7, 7) float32, gains of squared distance, 0 where it falls. (Zeiler and Fergus, 2014.)
    """
    side = query.prepared.shape[0]
    covered = np.repeat(query.prepared[None], PATCHES**2 + 1, axis=0)
    # Patches overlap by half, so that no line hides between two.
    edges = np.linspace(0, side, PATCHES + 2).round().astype(int)
    for i in range(PATCHES**2):
        y, x = divmod(i, PATCHES)
        covered[i, edges[y] : edges[y + 2], edges[x] : edges[x + 2]] = 255
    if turned:
        covered = covered[:, :, ::-1]  # the patches stay where they are on the picture as it is
    run = embedder.photos if query.is_photo else embedder.sketches
    squared = np.square(run(covered, 1).vectors - other).sum(axis=1)
    return np.maximum(squared[:-1] - squared[-1], 0).reshape(PATCHES, PATCHES).astype(np.float32)


def warm(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lay heat (h, w), any scale, negative counts as none, over a picture (C, C[, 3]) uint8.

    Returns (320, 320, 3) uint8 RGB: the hottest place is two thirds orange.
    """
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    base = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    heat = np.maximum(heat.astype(np.float32), 0)
    heat = heat / max(float(heat.max()), 1e-9)
    smooth = cv2.resize(heat, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    share = 0.67 * np.clip(smooth, 0, 1)[..., None]
    return np.clip(base * (1 - share) + share * WARM, 0, 255).astype(np.uint8)


def tracing(photo: np.ndarray, side: int) -> np.ndarray:
    """Return the lines of a photo to draw over: (side, side, 4) uint8 RGBA, pale and thin."""
    lines = 255 - prepare_photo(read_picture(photo), side)
    depth = cv2.distanceTransform((lines > 127).astype(np.uint8), cv2.DIST_L2, 5)
    # Lines come as wide as networks like them; their middles are enough for a person, and of what
    # is all ink its rim.
    inside = depth / (side * LINE / 2)
    middle = (inside > 0.8) & (inside < 1.6)
    rgba = np.full((side, side, 4), (110, 140, 230, 0), np.uint8)
    rgba[..., 3] = cv2.GaussianBlur(middle.astype(np.uint8) * 170, (0, 0), 0.7)
    return rgba
