"""Why a photo was found: heat maps over the sketch and the photo, computed from the model."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.prepare import centre_view, prepare_photo, prepare_rgb, read_picture
from sketchnet.inference.embedder import Embedder
from sketchnet.models.local_scores import agreement_map
from sketchnet.retrieval.query import Query, photo_query
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.strokes.rasterize import LINE

PICTURE_SIZE = 320  # px, of the pictures with heat maps
HEAT_COLOUR = np.array([255, 122, 26], np.float32)
PATCHES = 7  # occlusion: patch positions per side


def explain(finder: ShoeFinder, query: Query, photo_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Show which regions of a query and of a gallery photo made them similar.

    Where the model has local maps, the heat of a cell is its weight times the best cosine among the
    nearby cells of the other map: what re-ranking adds up. Otherwise it is occlusion: each patch is
    painted white in turn, and its heat is the increase of the squared distance.

    Returns two pictures (320, 320, 3) uint8 RGB, query and photo, coloured where they agree.
    """
    row, embedder = finder.gallery.row(photo_id), finder.embedder
    photo = read_picture(finder.gallery.picture(row))
    mine, other = query.embed(embedder, views=1), finder.gallery.embeddings[[row]]
    if mine.maps is not None and other.maps is not None:
        query_heat, photo_heat = agreement(mine.maps[0], other.maps[0])
        if mine.mirrored is not None and mine.mirrored.maps is not None:
            mirrored_heat, photo_heat_mirrored = agreement(mine.mirrored.maps[0], other.maps[0])
            if mirrored_heat.sum() > query_heat.sum():  # the photo was found by the mirror image
                query_heat, photo_heat = mirrored_heat[:, ::-1], photo_heat_mirrored
    else:
        both = [each.vectors[0] for each in (mine, mine.mirrored) if each is not None]
        nearer = int(np.argmin([np.square(vector - other.vectors[0]).sum() for vector in both]))
        query_heat = occlusion(embedder, query, other.vectors[0], mirrored=nearer == 1)
        photo_heat = occlusion(embedder, photo_query(embedder, photo), both[nearer])
    size = embedder.config.size
    return (
        overlay_heat_map(centre_view(query.prepared, size), query_heat),
        overlay_heat_map(centre_view(prepare_rgb(photo, embedder.canvas), size), photo_heat),
    )


def agreement(query_map: np.ndarray, photo_map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where a query's map (h, w, c) agrees with a photo's, and the reverse: (h, w) each."""
    return (
        agreement_map(query_map.astype(np.float32), photo_map),
        agreement_map(photo_map.astype(np.float32), query_map),
    )


def occlusion(
    embedder: Embedder, query: Query, other: np.ndarray, mirrored: bool = False
) -> np.ndarray:
    """How much farther from `other` (E,) a picture lies without each of its regions.

    With `mirrored` it is the picture's mirror image that is compared.

    Returns (7, 7) float32, increases of the squared distance, 0 where it falls. (Zeiler and Fergus,
    *Visualizing and understanding convolutional networks*, 2014.)
    """
    side = query.prepared.shape[0]
    covered = np.repeat(query.prepared[None], PATCHES**2 + 1, axis=0)
    # Patches overlap by half, so that no line lies between two of them.
    edges = np.linspace(0, side, PATCHES + 2).round().astype(int)
    for i in range(PATCHES**2):
        y, x = divmod(i, PATCHES)
        covered[i, edges[y] : edges[y + 2], edges[x] : edges[x + 2]] = 255
    if mirrored:
        covered = covered[:, :, ::-1]  # mirrored with its patches, whose heat keeps its place
    run = embedder.photos if query.is_photo else embedder.sketches
    squared = np.square(run(covered, 1).vectors - other).sum(axis=1)
    return np.maximum(squared[:-1] - squared[-1], 0).reshape(PATCHES, PATCHES).astype(np.float32)


def overlay_heat_map(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Blend heat (h, w) over a picture (C, C[, 3]) uint8. Negative heat counts as 0.

    Returns (320, 320, 3) uint8 RGB; the hottest place is two thirds orange.
    """
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    size = (PICTURE_SIZE, PICTURE_SIZE)
    base = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    heat = np.maximum(heat.astype(np.float32), 0)
    heat = heat / max(float(heat.max()), 1e-9)
    smooth = cv2.resize(heat, size, interpolation=cv2.INTER_CUBIC)
    share = 0.67 * np.clip(smooth, 0, 1)[..., None]
    return np.clip(base * (1 - share) + share * HEAT_COLOUR, 0, 255).astype(np.uint8)


def tracing(photo: np.ndarray, side: int) -> np.ndarray:
    """Return the lines of a photo as a template to draw over: (side, side, 4) uint8 RGBA."""
    lines = 255 - prepare_photo(read_picture(photo), side)
    depth = cv2.distanceTransform((lines > 127).astype(np.uint8), cv2.DIST_L2, 5)
    # Prepared lines are wide. For a person their middle is enough, and the rim of filled areas.
    inside = depth / (side * LINE / 2)
    middle = (inside > 0.8) & (inside < 1.6)
    rgba = np.full((side, side, 4), (110, 140, 230, 0), np.uint8)
    rgba[..., 3] = cv2.GaussianBlur(middle.astype(np.uint8) * 170, (0, 0), 0.7)
    return rgba
