"""What a gallery holds in memory: its photos, their names and files, and their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.file import FILE as CATALOGUE
from sketchnet.retrieval.catalogue.filters import Filters, WishedColour
from sketchnet.retrieval.catalogue.wishes import added_distances
from sketchnet.retrieval.restricted import RestrictedEmbeddings
from sketchnet.utils.errors import InputError


class PhotoFile(NamedTuple):
    """A photo's file as it was when the photo was embedded.

    Attributes:
        size: in bytes.
        modified: time of the last change, nanoseconds since 1970.
        checksum: SHA-256 of the content.
        folder: 12 hexadecimal digits that identify the folder that was built from, without naming
            it; "" where photos were given one by one.
    """

    size: int
    modified: int
    checksum: str
    folder: str = ""


class PhotoName(NamedTuple):
    """One name of a photo: its id and its file.

    Attributes:
        id: unique in the gallery.
        original: the file, relative to the folder that was built from; "" where there was no file.
        file: what is known of it; None where there was no file, or in galleries of older versions.
    """

    id: str
    original: str
    file: PhotoFile | None = None


@dataclass(frozen=True, eq=False)
class Gallery:
    """Photos that can be searched.

    Attributes:
        folder: the directory of the gallery.
        ids: of the photos, row by row with `embeddings`.
        originals: their files, relative to the folder that was built from; "" where there was none.
        embeddings: vectors (N, E) and, where the model has them, maps.
        fingerprint: SHA-256 of the model file.
        preparation: version of the picture preparation.
        views: how many views were averaged.
        files: what is known of the files, row by row; () in galleries of older versions.
        aliases: row to the further names of its photo: files with the same picture.
        skipped: (id, reason, checksum of the file or "") of photos that could not be embedded.
    """

    folder: Path
    ids: tuple[str, ...]
    originals: tuple[str, ...]
    embeddings: Embeddings
    fingerprint: str
    preparation: int
    views: int
    files: Sequence[PhotoFile | None] = ()
    aliases: dict[int, tuple[PhotoName, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str, str], ...] = ()
    _rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows = {name.id: row for row, names in self.aliases.items() for name in names}
        rows |= {photo_id: row for row, photo_id in enumerate(self.ids)}
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, photo_id: str) -> int:
        """Return the row of a photo by any of its names; raises InputError where there is none."""
        if photo_id not in self._rows:
            raise InputError(
                f"the id of one of {len(self)} photos",
                f"{photo_id!r}",
                f"ids are listed in {self.folder / 'photos.json'}",
            )
        return self._rows[photo_id]

    def names_of(self, row: int) -> tuple[PhotoName, ...]:
        """Return all names of a photo, its id first."""
        file = self.files[row] if self.files else None
        return (PhotoName(self.ids[row], self.originals[row], file), *self.aliases.get(row, ()))

    def __contains__(self, photo_id: object) -> bool:
        return photo_id in self._rows

    def picture(self, row: int) -> Path:
        """Return the thumbnail of a row: a JPEG file, its longest side at most 400 px."""
        return thumbnail(self.folder, row)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The fields and colours of the photos; without fields where none were given.

        Raises InputError where its file is damaged.
        """
        return Catalogue(self.folder / CATALOGUE, self._rows, len(self))

    def restricted(
        self, filters: Filters, text: str = "", colours: Sequence[WishedColour] = ()
    ) -> tuple[RestrictedEmbeddings, float]:
        """Return the embeddings of the photos that filters leave, and the weight of the wishes.

        Args:
            filters: of this gallery (`parse_filters`).
            text: words, and `colours`, wished colours, that bring photos to the front.
        """
        rows = np.flatnonzero(self.catalogue.mask(filters)) if filters else None
        added, weight = added_distances(self.catalogue, text, colours)
        return RestrictedEmbeddings(self.embeddings, rows, added), weight

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless this model and the current preparation made the gallery."""
        check_maker(self.folder, self.fingerprint, self.preparation, fingerprint)


def check_maker(where: Path | str, made_by: str, preparation: int, fingerprint: str) -> None:
    """Raise InputError unless a gallery was made by the current preparation and this model.

    Args:
        where: the gallery, for the message.
        made_by: fingerprint of the model that made it.
        preparation: version of the preparation that made it.
        fingerprint: of the model that is to search it.
    """
    rebuild = "build it again with `python -m sketchnet.gallery build`"
    if preparation != PREPARATION_VERSION:
        raise InputError(
            f"a gallery of preparation {PREPARATION_VERSION}",
            f"{where} of preparation {preparation}",
            rebuild,
        )
    if made_by != fingerprint:
        raise InputError(
            f"a gallery made by model {fingerprint[:12]}",
            f"{where} made by model {made_by[:12]}",
            f"{rebuild}, or name the run that made it",
        )


def thumbnail(folder: Path, row: int) -> Path:
    """Return the path of the thumbnail of a row."""
    return folder / "thumbnails" / thumbnail_name(row)


def thumbnail_name(row: int) -> str:
    """Return the file name of the thumbnail of a row."""
    return f"{row:06d}.jpg"
