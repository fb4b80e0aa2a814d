"""What the page without a server needs to search a gallery of photos."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.imaging.colours import NAMED_COLOURS, hexadecimal
from sketchnet.imaging.prepare import canvas_for, object_placement, read_picture
from sketchnet.models.local_scores import RERANK_WEIGHT
from sketchnet.retrieval.catalogue.fields import role_of
from sketchnet.retrieval.catalogue.filters import LEAST_SHARE, WishedColour
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.retrieval.hubness import load_querybank
from sketchnet.retrieval.ranker import RERANK_DEPTH
from sketchnet.strokes.rasterize import FILL
from sketchnet.web.maps import pack_map, stored_channels

THUMBNAIL, QUALITY = 256, 75  # longest side in pixels, quality of WebP
WHOLE = 32 * 2**20  # bytes of maps up to which the page fetches all of them
FILE = 8 * 2**20  # bytes of one file of maps, roughly: some hosts take no large ones


def write_shoes(
    run: Path, gallery_folder: Path, out: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write vectors, maps and thumbnails; returns the settings of the page, and names and fields.

    Raises InputError where the gallery is damaged or was made by another run.
    """
    gallery, config = load_gallery(gallery_folder), runs.config_of(run)
    assert isinstance(config, RetrievalConfig)
    gallery.check_made_by(runs.fingerprint(run))
    _write_vectors(run, gallery, config, out)
    canvas = canvas_for(config.size)
    places = _write_thumbnails(gallery, canvas, out)
    settings = {
        "kind": "shoes",
        "count": len(gallery),
        "size": config.size,
        "canvas": canvas,
        "fill": FILL,
        "line": config.line_width,
        "embedding": gallery.embeddings.vectors.shape[1],
        "hubness": (out / "penalties.bin").exists(),
        "rerank": {"depth": RERANK_DEPTH, "weight": RERANK_WEIGHT},
        "maps": _write_maps(gallery, out) if config.local else None,
    }
    return settings, _catalogue(gallery, places)


def _write_vectors(run: Path, gallery: Gallery, config: RetrievalConfig, out: Path) -> None:
    vectors = gallery.embeddings.vectors
    (out / "vectors.bin").write_bytes(vectors.astype("<f2").tobytes())
    querybank = load_querybank(run, config.embedding_size)
    if querybank is not None:
        (out / "penalties.bin").write_bytes(querybank.penalties(vectors).astype("<f4").tobytes())


def _write_maps(gallery: Gallery, out: Path) -> dict[str, Any] | None:
    """Write the maps, some megabytes a file; returns their settings, None where there are none."""
    maps = gallery.embeddings.maps
    if maps is None or maps.shape[1] != maps.shape[2]:
        return None
    ends, parts = [0], []
    files: list[dict[str, Any]] = []
    for row, each in enumerate(maps):
        parts.append(pack_map(each))
        ends.append(ends[-1] + len(parts[-1]))
        if row + 1 == len(maps) or sum(map(len, parts)) >= FILE:
            files.append({"name": f"maps-{len(files)}.bin", "end": row + 1})
            (out / files[-1]["name"]).write_bytes(b"".join(parts))
            parts = []
    (out / "maps-index.bin").write_bytes(np.array(ends, "<u4").tobytes())
    shape = {"cells": maps.shape[1] * maps.shape[2], "channels": stored_channels(maps.shape[3])}
    return {"files": files, "whole": ends[-1] <= WHOLE, **shape}


def _write_thumbnails(gallery: Gallery, canvas: int, out: Path) -> list[list[float]]:
    """Write the thumbnails, and return where the network sees each photo (`object_placement`)."""
    (out / "thumbnails").mkdir()

    def write(row: int) -> list[float]:
        picture = read_picture(gallery.picture(row))
        scale = THUMBNAIL / max(picture.shape[:2])
        if scale < 1:
            size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        quality = [cv2.IMWRITE_WEBP_QUALITY, QUALITY]
        _, encoded = cv2.imencode(".webp", picture[..., ::-1], quality)
        (out / "thumbnails" / f"{row}.webp").write_bytes(encoded.tobytes())
        return [round(value, 3) for value in object_placement(picture, canvas)]

    with ThreadPoolExecutor() as pool:
        return list(pool.map(write, range(len(gallery))))


def _catalogue(gallery: Gallery, places: list[list[float]]) -> dict[str, Any]:
    """Names and fields of the photos, row by row, as JSON values."""
    catalogue, rows = gallery.catalogue, range(len(gallery))
    roles = {role: role_of(catalogue.fields, role) for role in ("title", "price")}
    colours: list[list[str]] = [[] for _ in rows]
    for name, colour in NAMED_COLOURS.items():
        for row in np.flatnonzero(catalogue.share_of(WishedColour(colour)) >= LEAST_SHARE):
            colours[row].append(name)
    return {
        "ids": list(gallery.ids),
        "places": places,
        "fields": [{"name": field.name, "type": field.type} for field in catalogue.fields],
        **{role: None if field is None else field.name for role, field in roles.items()},
        "values": [catalogue.values(row) for row in rows] if catalogue.fields else [],
        "colours": colours if any(colours) else [],
        "swatches": {name: hexadecimal(colour) for name, colour in NAMED_COLOURS.items()},
    }
