"""The arguments of the endpoints: every form that other programs send, checked in one place."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from gradio.utils import get_upload_folder

from sketchnet.retrieval.catalogue.filters import WishedColour, checked_text, parse_colours
from sketchnet.retrieval.query import Kind
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

from .stroke_record import parse_strokes

PARAMETERS = {
    "find": ("image", "k", "strokes", "as", "form", "filters", "text", "colours", "gallery"),
    "suggest": ("image", "k", "strokes", "form"),
    "embed": ("image", "strokes", "as", "form"),
    "gallery": ("filters", "gallery"),
}
"""The names of each endpoint's parameters, in their order."""

DEFAULT_RESULTS, MAX_RESULTS = 10, 100
MAX_DATA_URL = 28_000_000  # characters: a picture of 20 MB in base64

Form = Literal["auto", "points", "official"]
DATA_URL = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[\w=.+-]+)*?;base64,", re.IGNORECASE)
UPLOAD_FIX = "upload the file to /gradio_api/upload and send its path, or send a data URL"


@dataclass(frozen=True)
class Arguments:
    """What a call asks for.

    Attributes:
        image: the uploaded file, or the content of a data URL; None where strokes replace it.
        strokes: strokes, empty where the image is the query.
        k: number of results.
        kind: what the image shows; `auto` lets the page decide.
        filters: JSON text or object, which the gallery checks (`catalogue.filters`).
        text: words that rank.
        colours: wished colours that rank.
        gallery: name of the gallery; "" = the first.
    """

    image: Path | bytes | None
    strokes: Drawing
    k: int
    kind: Kind
    filters: str | Mapping[str, Any] | None = None
    text: str = ""
    colours: tuple[WishedColour, ...] = ()
    gallery: str = ""


def by_name(endpoint: str, values: Sequence[Any]) -> dict[str, Any]:
    """Give the positional arguments of a call their names. Raises InputError for too many."""
    names = PARAMETERS[endpoint]
    if len(values) > len(names):
        raise InputError(
            f"at most {len(names)} values ({', '.join(names)})",
            len(values),
            f"see the parameters of /{endpoint} in docs/api.md",
        )
    return dict(zip(names, values, strict=False))


def parse_arguments(endpoint: str, values: Mapping[str, Any]) -> Arguments:
    """Check the arguments of a call.

    Args:
        endpoint: a key of `PARAMETERS`.
        values: arguments by name as JSON gives them; those left out or null have their defaults.

    Raises InputError for unknown names, wrong values, and where there is no query.
    """
    names = PARAMETERS[endpoint]
    if unknown := [name for name in values if name not in names]:
        raise InputError(f"the fields {', '.join(names)}", ", ".join(map(str, unknown[:5])))
    k = _count(values.get("k"))
    kind, form = _choice("as", values.get("as"), Kind), _choice("form", values.get("form"), Form)
    strokes = parse_strokes(values.get("strokes"), form)
    image = _image(values.get("image"))
    filters, text = values.get("filters"), checked_text(values.get("text"), "text")
    if filters is not None and not isinstance(filters, str | Mapping):
        raise InputError("filters as an object or as JSON", _short(filters))
    colours, gallery = _colours(values.get("colours")), values.get("gallery") or ""
    if not isinstance(gallery, str):
        raise InputError("the name of a gallery", _short(gallery))
    if endpoint != "gallery" and image is None and not (strokes or text or colours):
        raise InputError("an image or strokes", "neither", "send one of them")
    if strokes and kind == "photo":
        raise InputError("as = sketch or auto for strokes", "photo", "leave it out")
    return Arguments(image, strokes, k, kind, filters, text, colours, gallery)


def _count(value: Any) -> int:
    """`k` as a number or as text."""
    if value is None or value == "":
        return DEFAULT_RESULTS
    try:
        number = float(value) if isinstance(value, int | float | str) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if isinstance(value, bool) or not number.is_integer() or not 1 <= number <= MAX_RESULTS:
        raise InputError(f"k from 1 to {MAX_RESULTS}, a whole number", _short(value))
    return int(number)


def _colours(value: Any) -> tuple[WishedColour, ...]:
    """Wished colours: a list of them, or its JSON text."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise InputError("colours as JSON", _short(value), 'such as ["red"]') from None
    return parse_colours(value)


def _choice(name: str, value: Any, choices: Any) -> Any:
    """One of the texts of a `Literal`; left out it is `auto`."""
    if value is None or value == "":
        return "auto"
    if not isinstance(value, str) or value not in get_args(choices):
        raise InputError(f"{name} = {', '.join(get_args(choices))}", _short(value), "choose one")
    return value


def _image(value: Any) -> Path | bytes | None:
    """An uploaded file by its path or as Gradio's file object, or a data URL."""
    if isinstance(value, Mapping):
        given = [value[name] for name in ("path", "url") if value.get(name)]
        if not given:
            raise InputError("an image with a path or a data URL", "an object without", UPLOAD_FIX)
        # An object of a client has the path of the upload, and an address where it is served.
        value = given[0]
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError("an image as a path or a data URL", _short(value), UPLOAD_FIX)
    if value[:5].lower() == "data:":
        return _data_url(value)
    if re.match(r"[a-z][a-z0-9+.-]+:", value, re.IGNORECASE):
        raise InputError(
            "an uploaded image or a data URL",
            "the address of an image; this server loads nothing from other computers",
            UPLOAD_FIX,
        )
    return _uploaded(value)


def _data_url(value: str) -> bytes:
    head = DATA_URL.match(value[:200])
    if head is None or len(value) > MAX_DATA_URL:
        received = f"{len(value):,} characters that start with {value[:30]!r}"
        raise InputError("a data URL in base64 of at most 20 MB", received, UPLOAD_FIX)
    try:
        return base64.b64decode(value[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise InputError("a data URL in base64", "one that cannot be decoded", UPLOAD_FIX) from None


def _uploaded(value: str) -> Path:
    """The path of an uploaded file: no other file of this computer may be read or removed."""
    try:
        path = Path(value).resolve()
        inside = path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file()
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise InputError("the path of an uploaded image", _short(value), UPLOAD_FIX)
    return path


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
