"""Galleries: the photos that a search ranks, as embeddings on disk or on a server."""

from sketchnet.retrieval.gallery.build import build_gallery
from sketchnet.retrieval.gallery.changes import gallery_changes
from sketchnet.retrieval.gallery.open import AnyGallery, open_gallery
from sketchnet.retrieval.gallery.photos import photos_in
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.retrieval.gallery.update_fields import update_catalogue

__all__ = [
    "AnyGallery",
    "Gallery",
    "build_gallery",
    "gallery_changes",
    "load_gallery",
    "open_gallery",
    "photos_in",
    "update_catalogue",
]
