"""Download one file over HTTP so that it can be resumed, whole or only its first lines."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from sketchnet.data.quickdraw.partial_file import PartialFile, end_of_lines, end_of_lines_in
from sketchnet.utils.errors import InputError

DownloadProgress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes that are here, and the total bytes if it is known."""

_BLOCK = 1 << 18
_BLOCK_OF_LINES = 1 << 15
_MAX_FAILURES = 5
_TIMEOUT = 30  # seconds without a byte
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
)


def is_whole(target: Path, url: str) -> bool:
    """Whether a file is there, is not marked as partial, and has the server's size.

    Without network, or where the server reports no size, a file that is there counts as whole.
    """
    if not target.exists() or PartialFile(target).is_marked_partial:
        return False
    return _size_on_server(url) in (target.stat().st_size, None)


def has_lines(target: Path, wanted: int) -> bool:
    """Whether a file is there and has at least so many whole lines."""
    return end_of_lines(target, wanted)[1] is not None


def fetch(
    url: str,
    target: Path,
    progress: DownloadProgress,
    *,
    pause: float = 1.0,
    max_lines: int | None = None,
) -> None:
    """Download `url` to `target`, continuing an earlier download of the same version.

    Args:
        url: the server's file.
        target: the file; what is there is replaced at the end.
        progress: see `DownloadProgress`.
        pause: seconds before the second attempt, doubled for each further one without progress.
        max_lines: close the connection after so many whole lines; the file is then marked as
            partial, unless it has no more.

    Raises: InputError without network, when the server refuses, and where the disk is full.
    """
    file = PartialFile(target)
    file.continue_from_target()
    failures = 0
    while failures < _MAX_FAILURES:
        if failures:
            time.sleep(pause * 2 ** (failures - 1))
        before = file.size()
        try:
            if _has_arrived(url, file, progress, max_lines):
                return
            reason: object = "the connection ended early"
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"{error.code} {error.reason}"
            if error.code < 500 and error.code not in (408, 429):
                raise InputError(
                    f"the file {url}", f"the response {reason}", "check the address"
                ) from None
        except _NETWORK_ERRORS as error:
            reason = getattr(error, "reason", error)
        except OSError as error:
            raise InputError(
                f"room to write {file.part}",
                error.strerror,
                "free some space or choose another folder",
            ) from None
        failures = 1 if file.size() > before else failures + 1
    raise InputError(
        f"the file {url}",
        f"no response or not all of it ({reason})",
        "check the network and run the command again, or put the file into "
        f"{target.parent} yourself",
    )


def _has_arrived(
    url: str, file: PartialFile, progress: DownloadProgress, max_lines: int | None
) -> bool:
    """Download once; True where the file has its name."""
    if max_lines is not None and file.version() is not None:
        _, end = end_of_lines(file.part, max_lines)
        if end is not None:
            file.finish_lines(end)
            return True
    before = _open_rest(url, file)
    if before is None:
        return False
    response, here, total = before
    if response is None:
        file.finish()
        return True
    with response:
        if max_lines is not None:
            is_enough, here = _append_lines(response, file, here, progress, max_lines)
            if is_enough and here != total:
                file.finish_lines(here)
                return True
        else:
            here = _append(response, file, here, total, progress)
    if total is None or here == total:
        file.finish()
        return True
    return False


def _open_rest(
    url: str, file: PartialFile
) -> tuple[http.client.HTTPResponse | None, int, int | None] | None:
    """Request what the part lacks.

    Returns: the response (None where nothing is lacking), the byte at which it begins, and the size
        of the whole file if it is known; None where the part was of another version.
    """
    version = file.version()
    here = file.size() if version else 0  # without a mark, the bytes could be of any file
    request = urllib.request.Request(url)
    if version and here:
        request.add_header("Range", f"bytes={here}-")
        if version.etag:
            request.add_header("If-Range", version.etag)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # There is nothing after our last byte: it is whole, or of another version.
        total = _number(error.headers.get("Content-Range", "").rpartition("/")[2])
        error.close()
        if total == here:
            return None, here, total
        file.discard()
        return None
    if response.status != 206:
        total = _number(response.headers.get("Content-Length"))
        file.begin(response.headers.get("ETag"), total)
        return response, 0, total
    first, total = _span(response.headers.get("Content-Range", ""))
    if first == here and version is not None and total in (version.size, None):
        return response, here, total
    response.close()
    file.discard()
    return None


def _append(
    response: http.client.HTTPResponse,
    partial: PartialFile,
    here: int,
    total: int | None,
    progress: DownloadProgress,
) -> int:
    """Append all bytes; returns the number that are here."""
    name = partial.target.name
    progress(name, here, total)
    with partial.part.open("ab" if here else "wb") as file:
        while block := response.read(_BLOCK):
            file.write(block)
            here += len(block)
            progress(name, here, total)
    return here


def _append_lines(
    response: http.client.HTTPResponse,
    partial: PartialFile,
    here: int,
    progress: DownloadProgress,
    max_lines: int,
) -> tuple[bool, int]:
    """Append bytes up to the end of line number `max_lines`.

    Returns: whether that line was reached, and the number of bytes that are here.
    """
    name = partial.target.name
    lines = end_of_lines(partial.part, max_lines)[0] if here else 0
    with partial.part.open("ab" if here else "wb") as file:
        while block := response.read(_BLOCK_OF_LINES):
            end = end_of_lines_in(block, max_lines - lines)
            block = block[:end]
            file.write(block)
            here += len(block)
            lines += block.count(b"\n")
            if end is not None:
                progress(name, here, here)
                return True, here
            progress(name, here, None)
    return False, here


def _size_on_server(url: str) -> int | None:
    """The size that the server reports; None where it reports none or there is no network."""
    try:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return _number(response.headers.get("Content-Length"))
    except _NETWORK_ERRORS:
        return None


def _span(content_range: str) -> tuple[int | None, int | None]:
    """The first byte and the total size in "bytes 100-199/200"."""
    span, _, whole = content_range.removeprefix("bytes ").partition("/")
    return _number(span.partition("-")[0]), _number(whole)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
