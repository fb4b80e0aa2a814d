"""Checks of this computer before the page is served: address, port, proxy, upload directory.

Gradio reports most of these troubles as a long traceback, after the models have been loaded.
"""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import socket
import tempfile
from pathlib import Path

from sketchnet.utils.cache import is_writable
from sketchnet.utils.errors import InputError

LOCAL = ("127.0.0.1", "localhost", "::1")
USABLE_PROXIES = ("http", "https")  # others need packages that Gradio does not install


def check_address(host: str | None, port: int | None) -> None:
    """Raise InputError where the page cannot listen at an address.

    Args:
        host: of --host; None = `GRADIO_SERVER_NAME`, or 127.0.0.1.
        port: of --port; None = `GRADIO_SERVER_PORT`, or whichever is free.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or LOCAL[0]
    named = os.environ.get("GRADIO_SERVER_PORT") if port is None else str(port)
    if named is not None and not (named.isdecimal() and 1 <= int(named) <= 65535):
        raise InputError("a port from 1 to 65535", named, "choose another one with --port")
    try:
        address = socket.getaddrinfo(host.strip("[]"), int(named or 0), type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise _unknown_host(host) from None
    family, kind, protocol, _, place = address
    with socket.socket(family, kind, protocol) as test:
        test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind(place)
            test.listen(1)
        except PermissionError:
            reason = f"{named}, which only an administrator may use"
            raise InputError("a port that is free", reason, "choose one above 1023") from None
        except OSError as error:
            if named is None or error.errno == errno.EADDRNOTAVAIL:
                raise _unknown_host(host) from None
            raise InputError(
                "a port that is free",
                f"{named}, which another program uses",
                "choose another --port, or leave it out",
            ) from None


def _unknown_host(host: str) -> InputError:
    return InputError(
        "an address of this computer",
        host,
        "use --host 127.0.0.1, or 0.0.0.0 for the whole network",
    )


def bypass_proxy() -> None:
    """Let this process reach its own server directly, whatever proxy the environment names.

    Gradio requests a page of its own when it starts. What its client cannot use is removed from the
    environment of this process: SOCKS proxies, addresses that are none.
    """
    for name in ("no_proxy", "NO_PROXY"):
        given = [host for host in os.environ.get(name, "").split(",") if _is_address(host.strip())]
        os.environ[name] = ",".join(dict.fromkeys([*given, *LOCAL]))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            proxy = os.environ.get(variable, "")
            scheme, separator, _ = proxy.partition("://")
            if (separator and scheme not in USABLE_PROXIES) or (proxy and not _is_address(proxy)):
                del os.environ[variable]


def _is_address(host: str) -> bool:
    """Whether the client can read a host, with or without a scheme and a port."""
    import httpx  # only the page needs it

    try:
        httpx.URL(host if "://" in host else f"http://{host}")
    except (httpx.InvalidURL, ValueError):
        return False
    return bool(host)


def prepare_upload_directory() -> None:
    """Choose another directory for uploads where Gradio's cannot be written.

    By default it is `gradio` in the system's temporary directory: where another user has started
    Gradio before, it belongs to them and every upload would fail.
    """
    directory = os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir(), "gradio")
    if not is_writable(Path(directory)):
        own = tempfile.mkdtemp(prefix="sketchnet-uploads-")
        os.environ["GRADIO_TEMP_DIR"] = own
        atexit.register(shutil.rmtree, own, ignore_errors=True)
