"""Download the official Quick, Draw! files: whole, or the first drawings of each category."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from sketchnet.data.quickdraw.categories import official_categories
from sketchnet.data.quickdraw.partial_file import PartialFile
from sketchnet.data.quickdraw.resumable import DownloadProgress, fetch, has_lines, is_whole
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import ProgressBar

OFFICIAL_URL = "https://storage.googleapis.com/quickdraw_dataset"

KINDS = {
    "simplified": "full/simplified/{}.ndjson",
    "raw": "full/raw/{}.ndjson",
    "binary": "full/binary/{}.bin",
    "bitmap": "full/numpy_bitmap/{}.npy",
    "sketchrnn": "sketchrnn/{}.npz",
}
KINDS_OF_LINES = ("simplified", "raw")


def download_categories(
    categories: Iterable[str],
    out: Path | str,
    *,
    kind: str = "simplified",
    per_category: int | None = None,
    base_url: str = OFFICIAL_URL,
    progress: DownloadProgress | None = None,
    pause: float = 1.0,
) -> tuple[Path, ...]:
    """Download the files of some categories into a folder, resuming earlier downloads.

    A file that is there stays untouched, unless the server reports another size, or it has fewer
    drawings than are wanted. See `partial_file` for the files beside it.

    Args:
        categories: any of the 345.
        out: the folder.
        kind: `simplified`, `raw`, `binary`, `bitmap` or `sketchrnn`.
        per_category: only the first N drawings of each category, for the kinds with a drawing a
            line: the connection is closed after N lines. A later call with a larger number, or
            without one, continues. The files are in random order, so the first are a random sample.
        base_url: the server.
        progress: None shows a bar on standard error for each file.
        pause: seconds before the second attempt, doubled for each further one without progress.

    Returns: the files, in the order of `categories`.
    Raises: InputError for an unknown category or kind, without network, and when the server
        refuses.
    """
    if kind not in KINDS:
        raise InputError(f"a kind among {', '.join(KINDS)}", f"{kind!r}")
    if per_category is not None and (per_category < 1 or kind not in KINDS_OF_LINES):
        raise InputError(
            f"at least 1 drawing of each category, of kind {' or '.join(KINDS_OF_LINES)}",
            f"{per_category} of kind {kind!r}",
        )
    names = official_categories(categories)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name in names:
        place = KINDS[kind].format(name)
        target = out / Path(place).name
        url = f"{base_url.rstrip('/')}/{quote(place)}"
        files.append(target)
        if per_category is not None and has_lines(target, per_category):
            continue
        if is_whole(target, url):
            PartialFile(target).remove_leftover_mark()
            continue
        bar = ProgressBar(target.name, unit="B")
        try:
            show = progress or (lambda _, here, total: bar(here, total))  # noqa: B023
            fetch(url, target, show, pause=pause, max_lines=per_category)
        finally:
            bar.close()
    return tuple(files)
