"""The official Quick, Draw! files, fetched whole or on from where a fetch was cut off."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from sketchnet.data.quickdraw.categories import official_categories
from sketchnet.utils.errors import InputError

OFFICIAL_URL = "https://storage.googleapis.com/quickdraw_dataset"

KINDS = {
    "simplified": "full/simplified/{}.ndjson",
    "raw": "full/raw/{}.ndjson",
    "binary": "full/binary/{}.bin",
    "bitmap": "full/numpy_bitmap/{}.npy",
    "sketchrnn": "sketchrnn/{}.npz",
}

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes that are here and those of the whole, if known."""

_BLOCK = 1 << 18
_TRIES = 5
_PATIENCE = 30  # seconds without a byte
_NETWORK_FAILS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
)


def download_categories(
    categories: Iterable[str],
    out: Path | str,
    *,
    kind: str = "simplified",
    base_url: str = OFFICIAL_URL,
    progress: Progress | None = None,
    pause: float = 1.0,
) -> tuple[Path, ...]:
    """Fetch the files of `categories` into `out`.

    A file carries its name only once it is whole and of the size that the server told; until then
    it is `NAME.part`, and a later call goes on from there if the server's file is still the same.
    A file that is there stays untouched, unless the server says that its size is another one.

    Args:
        categories: any of the 345.
        kind: `simplified`, `raw`, `binary`, `bitmap` or `sketchrnn`.
        progress: None draws a line on standard error.
        pause: seconds before the second try, doubled for each further one that brings nothing.

    Returns: the files, in the order of `categories`.
    Raises: InputError for an unknown category, without network, and when the server refuses.
    """
    if kind not in KINDS:
        raise InputError(f"a kind among {', '.join(KINDS)}", f"{kind!r}")
    names = official_categories(categories)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name in names:
        place = KINDS[kind].format(name)
        target = out / Path(place).name
        url = f"{base_url.rstrip('/')}/{quote(place)}"
        if not (target.exists() and _size_on_server(url) in (target.stat().st_size, None)):
            _fetch(url, target, progress or _line_on_stderr, pause)
        elif not _part(target).exists():
            # Of a fetch that was killed at its very end.
            _mark(_part(target)).unlink(missing_ok=True)
        files.append(target)
    return tuple(files)


class _Begun(NamedTuple):
    """The server's file of which a `.part` is the beginning."""

    version: str
    size: int | None


def _size_on_server(url: str) -> int | None:
    """The size that the server tells, None where it tells nothing or there is no network."""
    try:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return _number(answer.headers.get("Content-Length"))
    except _NETWORK_FAILS:
        return None


def _fetch(url: str, target: Path, progress: Progress, pause: float) -> None:
    part = _part(target)
    failures = 0
    while failures < _TRIES:
        if failures:
            time.sleep(pause * 2 ** (failures - 1))
        before = _size(part)
        try:
            if _continue(url, part, target.name, progress):
                os.replace(part, target)
                _mark(part).unlink(missing_ok=True)
                return
            reason: object = "the connection ended early"
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"{error.code} {error.reason}"
            if error.code < 500 and error.code not in (408, 429):
                raise InputError(
                    f"the file {url}", f"the answer {reason}", "check the address"
                ) from None
        except _NETWORK_FAILS as error:
            reason = getattr(error, "reason", error)
        except OSError as error:
            raise InputError(
                f"room to write {part}", error.strerror, "free some space or choose another folder"
            ) from None
        failures = 1 if _size(part) > before else failures + 1
    raise InputError(
        f"the file {url}",
        f"no answer or not all of it ({reason})",
        (
            f"check the network and run the command again, or put the file into {target.parent} "
            "yourself"
        ),
    )


def _continue(url: str, part: Path, name: str, progress: Progress) -> bool:
    """Append to `part` what the server still has; True once `part` is whole."""
    begun = _read_mark(part)
    here = _size(part) if begun else 0  # without a mark nobody knows of what these bytes are
    request = urllib.request.Request(url)
    if begun and here:
        request.add_header("Range", f"bytes={here}-")
        if begun.version:
            request.add_header("If-Range", begun.version)
    try:
        answer = urllib.request.urlopen(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # Nothing lies behind our last byte: it is whole, or of another version.
        total = _number(error.headers.get("Content-Range", "").rpartition("/")[2])
        error.close()
        if total != here:
            part.unlink(missing_ok=True)
        return total == here
    with answer:
        total = _number(answer.headers.get("Content-Length"))
        if answer.status == 206:
            first, whole = _span(answer.headers.get("Content-Range", ""))
            if first != here or begun is None or whole not in (begun.size, None):
                part.unlink()  # the server's file is another one by now
                return False
            total = whole
        else:
            here = 0
            part.unlink(missing_ok=True)  # first: a mark beside these bytes would vouch for them
            _write_mark(part, answer.headers.get("ETag"), total)
        progress(name, here, total)
        with part.open("ab" if here else "wb") as file:
            while block := answer.read(_BLOCK):
                file.write(block)
                here += len(block)
                progress(name, here, total)
    return total is None or here == total


def _span(content_range: str) -> tuple[int | None, int | None]:
    """The first byte and the whole size in "bytes 100-199/200"."""
    span, _, whole = content_range.removeprefix("bytes ").partition("/")
    return _number(span.partition("-")[0]), _number(whole)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _mark(part: Path) -> Path:
    """Where it is noted of which version of the server's file `part` is the beginning."""
    return part.with_name(part.name + ".json")


def _write_mark(part: Path, etag: str | None, size: int | None) -> None:
    # A weak tag does not promise the same bytes.
    version = "" if etag is None or etag.startswith("W/") else etag
    # Half of it would be no JSON, and so no mark.
    _mark(part).write_text(json.dumps(_Begun(version, size)._asdict()))


def _read_mark(part: Path) -> _Begun | None:
    try:
        found = json.loads(_mark(part).read_text())
        return _Begun(str(found["version"]), found["size"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _line_on_stderr(name: str, here: int, total: int | None) -> None:
    whole = total is not None and here >= total
    if sys.stderr.isatty() or whole:
        of = "" if total is None else f" of {total / 1e6:.1f}"
        end = "\n" if whole else ""
        print(f"\r{name}: {here / 1e6:.1f}{of} MB", end=end, file=sys.stderr, flush=True)
