"""Photos on disk as embeddings: what a search looks through."""

from sketchnet.retrieval.gallery.build import build_gallery, photos_in
from sketchnet.retrieval.gallery.open import AnyGallery, open_gallery
from sketchnet.retrieval.gallery.store import Gallery, load_gallery

__all__ = [
    "AnyGallery",
    "Gallery",
    "build_gallery",
    "load_gallery",
    "open_gallery",
    "photos_in",
]
