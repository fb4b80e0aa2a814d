"""The endpoints for other programs: /find, /embed, /gallery, /suggest; see docs/api.md."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import gradio as gr

from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.catalogue.facets import facets_json
from sketchnet.retrieval.catalogue.filters import parse_filters
from sketchnet.retrieval.query import Query, picture_query, sketch_query
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError

from .api_arguments import PARAMETERS, Arguments, by_name, parse_arguments
from .uploads import read_upload


def add_endpoints(finders: Mapping[str, ShoeFinder], suggester: Suggester | None) -> None:
    """Add the endpoints to the open Blocks; /suggest only where a doodle run is served."""
    endpoints: dict[str, Callable[[Arguments], Any]] = {}
    if finders:
        first = next(iter(finders.values()))
        endpoints |= {"find": partial(find, finders), "embed": partial(embed, first)}
        endpoints["gallery"] = partial(gallery, finders)
    if suggester is not None:
        endpoints["suggest"] = partial(suggest, suggester)
    with gr.Row(visible=False):
        # JSON takes any value, so that wrong ones are reported by `parse_arguments`.
        names = dict.fromkeys(name for each in endpoints for name in PARAMETERS[each])
        inputs = {name: gr.JSON(label=name) for name in names}
        answer = gr.JSON(label="answer")
        for name, function in endpoints.items():
            parameters = [inputs[parameter] for parameter in PARAMETERS[name]]
            gr.Button().click(_handler(name, function), parameters, answer, api_name=name)


def find(finders: Mapping[str, ShoeFinder], arguments: Arguments) -> list[dict[str, Any]]:
    """Return the k photos most similar to a sketch or photo: id, similarity, picture, fields."""
    _, finder = _named(finders, arguments.gallery)
    filters = parse_filters(arguments.filters, finder.fields)
    has_query = arguments.image is not None or bool(arguments.strokes)
    query = _shoe_query(finder, arguments).embed(finder.embedder, views=10) if has_query else None
    found = finder.nearest(
        query,
        arguments.k,
        filters=filters,
        text=arguments.text,
        colours=arguments.colours,
    )
    return [
        {
            "id": match.id,
            "similarity": round(match.similarity, 4),
            "picture": {"path": str(match.picture), "meta": {"_type": "gradio.FileData"}},
            "fields": dict(match.fields),
        }
        for match in found
    ]


def gallery(finders: Mapping[str, ShoeFinder], arguments: Arguments) -> dict[str, Any]:
    """Return what the gallery holds: its fields, and what the photos left by filters have."""
    name, finder = _named(finders, arguments.gallery)
    filters = parse_filters(arguments.filters, finder.fields)
    return {
        "gallery": name,
        "photos": len(finder.gallery),
        "fields": [{"name": field.name, "type": field.type} for field in finder.fields],
        "facets": facets_json(finder.gallery.catalogue.facets(filters)),
    }


def _named(finders: Mapping[str, ShoeFinder], name: str) -> tuple[str, ShoeFinder]:
    """The gallery of a name, or the first; with its name."""
    name = name or next(iter(finders))
    if name not in finders:
        raise InputError(f"one of the galleries {', '.join(finders)}", name[:80])
    return name, finders[name]


def embed(finder: ShoeFinder, arguments: Arguments) -> list[float]:
    """Return the embedding of a sketch or photo: a unit vector, computed with ten views."""
    query = _shoe_query(finder, arguments)
    return query.embed(finder.embedder, views=10).vectors[0].tolist()


def suggest(suggester: Suggester, arguments: Arguments) -> dict[str, Any]:
    """Return likely categories of a drawing, whether one is sure, and similar drawings' strokes."""
    found = suggester.suggest(_sketch(arguments), arguments.k, distinct=True)
    return {
        "sure": found.sure,
        "categories": [
            {"category": each.category, "probability": round(each.probability, 4)}
            for each in found.categories
        ],
        "drawings": [
            {
                "key_id": each.key_id,
                "category": each.category,
                "similarity": round(each.similarity, 4),
                "strokes": [stroke.T.tolist() for stroke in each.drawing or []],
            }
            for each in found.drawings
        ],
    }


def _sketch(arguments: Arguments) -> Any:
    """The strokes, or the content of the image, whose uploaded file is removed."""
    image = arguments.image
    content = image if image is None or isinstance(image, bytes) else read_upload(str(image))
    return arguments.strokes or content


def _shoe_query(finder: ShoeFinder, arguments: Arguments) -> Query:
    sketch = _sketch(arguments)
    if arguments.strokes:
        return sketch_query(finder.embedder, sketch)
    return picture_query(finder.embedder, read_picture(sketch), arguments.kind)


def _handler(name: str, function: Callable[[Arguments], Any]) -> Callable[..., Any]:
    """A function for Gradio, whose parameters are those of the endpoint, all optional."""

    def handle(*values: Any) -> Any:
        try:
            return function(parse_arguments(name, by_name(name, values)))
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error

    kind = inspect.Parameter.POSITIONAL_ONLY  # the only one that may be called `as`
    handle.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(each, kind, default=None) for each in PARAMETERS[name]]
    )
    handle.__doc__ = function.func.__doc__  # type: ignore[attr-defined]
    return handle
