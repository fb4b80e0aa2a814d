"""The fields and colours of the photos of a gallery, brought up to date after a build or alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from sketchnet.data.pairs.collection import Photo
from sketchnet.retrieval.catalogue.assign import Named
from sketchnet.retrieval.catalogue.table import Table, read_table, table_beside
from sketchnet.retrieval.catalogue.update import Report, table_of, update_file
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.store import load_gallery


def update_catalogue(folder: Path | str, table: Path | str | Table) -> Report:
    """Replace the fields of a gallery by those of a table; nothing is embedded.

    Args:
        folder: the gallery.
        table: a file (`catalogue.table`), or what was read from one.

    Raises InputError where there is no gallery, or the table cannot be used: the gallery is then
    unchanged.
    """
    table = table if isinstance(table, Table) else read_table(table)
    return update_fields(load_gallery(folder, verify=False), table)


def update_fields(gallery: Gallery, table: Table | None, kept: Collection[str] = ()) -> Report:
    """Write the catalogue of a gallery (`catalogue.update`), which is to be opened after that."""
    photos = []
    for row in range(len(gallery)):
        names = gallery.names_of(row)
        every = [text for name in names for text in (name.id, name.original) if text]
        photos.append(Named(gallery.ids[row], tuple(every)))
    return update_file(gallery.folder, photos, gallery.picture, table, kept)


def find_table(
    given: Path | str | Table | None, root: Path | None, photos: Sequence[Photo]
) -> Table | None:
    """Return the fields of a build: those given, else `catalogue.csv` beside the photos.

    Else the further columns of a list of the photos; None where there are none at all. Raises
    InputError where the file cannot be used.
    """
    if isinstance(given, Table):
        return given
    path = Path(given) if given else root and table_beside(root)
    return read_table(path) if path else table_of(photos, "the list of photos")
