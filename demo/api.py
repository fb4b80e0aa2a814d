"""The endpoints for other programs: /find, /suggest, /embed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import gradio as gr

from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError

from .stroke_record import read_strokes
from .uploads import read_upload

MAX_RESULTS = 100


def add_endpoints(finders: Mapping[str, ShoeFinder], suggester: Suggester | None) -> None:
    """Add the endpoints to the open Blocks; each has an image file as its one required input."""
    finder = next(iter(finders.values()), None)

    def find(image: str, k: float, strokes: str) -> list[dict[str, Any]]:
        """The k shoes nearest to a sketch: id, similarity 0..1, picture file; nearest first."""
        matches = finder.find(_sketch(image, strokes), _count(k), views=10)
        return [
            {
                "id": match.id,
                "similarity": round(match.similarity, 4),
                "picture": {"path": str(match.picture), "meta": {"_type": "gradio.FileData"}},
            }
            for match in matches
        ]

    def suggest(image: str, k: float, strokes: str) -> dict[str, Any]:
        """What a drawing may be: categories with probabilities, and similar drawings' strokes."""
        found = suggester.suggest(_sketch(image, strokes), _count(k), distinct=True)
        return {
            "categories": [
                {"category": guess.category, "probability": round(guess.probability, 4)}
                for guess in found.categories
            ],
            "drawings": [
                {
                    "key_id": drawing.key_id,
                    "category": drawing.category,
                    "similarity": round(drawing.similarity, 4),
                    "strokes": [stroke.T.tolist() for stroke in drawing.drawing or []],
                }
                for drawing in found.drawings
            ],
        }

    def embed(image: str, strokes: str) -> list[float]:
        """The unit vector of a sketch, as the shoe model sees it with ten views."""
        return finder.embed(_sketch(image, strokes), views=10).vectors[0].tolist()

    with gr.Row(visible=False):
        image = gr.File(label="image", type="filepath")
        k = gr.Number(10, label="k", precision=0)
        strokes = gr.Textbox("", label="strokes")
        answer = gr.JSON(label="answer")
        if finder is not None:
            gr.Button().click(_with_errors(find), [image, k, strokes], answer, api_name="find")
            gr.Button().click(_with_errors(embed), [image, strokes], answer, api_name="embed")
        if suggester is not None:
            gr.Button().click(
                _with_errors(suggest), [image, k, strokes], answer, api_name="suggest"
            )


def _sketch(image: str | None, strokes: str | None) -> Any:
    """Strokes where they are given, else the picture; the uploaded file is removed."""
    content = read_upload(image) if image else None
    if strokes:
        return read_strokes(strokes)
    if content is None:
        raise InputError("an image file", "nothing", "send one as `image`")
    return content


def _count(k: float | None) -> int:
    if k is None or not 1 <= k <= MAX_RESULTS:
        raise InputError(f"k from 1 to {MAX_RESULTS}", k)
    return int(k)


def _with_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose input errors reach the caller as one line."""

    @wraps(function)
    def wrapped(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return wrapped
