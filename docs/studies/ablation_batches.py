"""Batches and preparation of the ablations in `code_ablations.py`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from sketchnet.data.pair_batches import ERASE_PHOTO, ERASE_SKETCH, PairBatches
from sketchnet.data.pairs.collection import Collection
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs

PHOTO_SHARE = 0.3
WARP_STRENGTH = 2.0


class RedrawUnlabelledOnly(PairBatches):
    """Only photos without sketches are redrawn, no sketches."""

    def _strokes_of(self, key, picture, drawing=None):
        return [] if key[0] == "sketch" else super()._strokes_of(key, picture, drawing)


class WarpedEdges(RedrawUnlabelledOnly):
    """Nothing is redrawn: whole edge maps of photos without sketches are warped."""

    def _simulated_sketch(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        edges = self.pairs.photos[row, self._variant(row, rng)]
        return self._view(edges, rng, mirror, ERASE_SKETCH, strength=WARP_STRENGTH)


class RedrawLabelledPhotos(RedrawUnlabelledOnly):
    """A share of the sketches is replaced by one simulated from the photo itself."""

    def _sketch(self, index: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        if rng.random() < PHOTO_SHARE:
            return self._simulated_sketch(int(self.pairs.sketch_photo[index]), rng, mirror)
        return super()._sketch(index, rng, mirror)


class StrongerWarp(RedrawUnlabelledOnly):
    """Every picture is warped as strongly as in `WarpedEdges`."""

    def _view(self, prepared, rng, mirror, erase, strength=1.0):
        return super()._view(prepared, rng, mirror, erase, WARP_STRENGTH)


class EdgesAndColour(PairBatches):
    """Photos are edge maps and colours, warped together; simulated sketches use the edge maps."""

    def __init__(self, pairs: PreparedPairs, **options: Any) -> None:
        lines = np.ascontiguousarray(pairs.photos[..., 0])
        super().__init__(replace(pairs, photos=lines), **options)
        self.colours = np.ascontiguousarray(pairs.photos[..., 1:])

    def _photo(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        variant = self._variant(row, rng)
        same = deepcopy(rng)
        return np.dstack(
            [
                self._view(side[row, variant], chance, mirror, ERASE_PHOTO)
                for side, chance in ((self.pairs.photos, rng), (self.colours, same))
            ]
        )


def prepare_edges_and_colour(
    part: Collection, canvas: int, *, edge_maps: str = "computed", **options: Any
) -> PreparedPairs:
    """As `prepare_pairs`, with photos (Np, V, C, C, 4): edge map and RGB, white without a photo."""
    options["photo_input"] = "edges"
    lines = prepare_pairs(part, canvas, edge_maps=edge_maps, **options)
    found = prepare_pairs(part, canvas, **options | {"photo_input": "rgb"})
    colours = dict(zip(found.photo_ids, found.photos, strict=True))
    white = np.full((1, canvas, canvas, 3), 255, np.uint8)
    rgb = np.stack([colours.get(photo_id, white) for photo_id in lines.photo_ids])
    rgb = np.broadcast_to(rgb, (*lines.photos.shape, 3))
    return replace(lines, photos=np.concatenate([lines.photos[..., None], rgb], axis=-1))
