"""Photos on disk as embeddings: what a search looks through."""

from sketchnet.gallery.building import build_gallery, photos_in
from sketchnet.gallery.interface import AnyGallery, open_gallery
from sketchnet.gallery.store import Gallery, load_gallery

__all__ = [
    "AnyGallery",
    "Gallery",
    "build_gallery",
    "load_gallery",
    "open_gallery",
    "photos_in",
]
