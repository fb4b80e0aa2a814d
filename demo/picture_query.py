"""A picture as the query in place of the canvas: uploaded, dropped, pasted or from a camera."""

from __future__ import annotations

from typing import Any

import cv2
import gradio as gr
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.query import looks_like_photo

from . import icons, shoe_detail
from .session import Session
from .shoe_search import ShoeSearch
from .uploads import read_upload

MAX_SIDE = 1200  # px; the network sees far fewer


class PictureQuery:
    """The upload button, and the view that covers the canvas while a picture is the query."""

    def __init__(self, search: ShoeSearch, view: gr.HTML) -> None:
        self.search, self.view = search, view
        self.button = gr.UploadButton(
            "Picture", file_types=["image"], type="filepath", elem_id="upload", elem_classes="quiet"
        )

    def upload(self, file: str, session: Session) -> dict[Any, Any]:
        """Search with an uploaded file, which is removed once it is read."""
        picture = _shrink(read_picture(read_upload(file)))
        return self._search(picture, looks_like_photo(picture), session)

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Search with the same picture as what the visitor says it is: a sketch or a photo."""
        if session.picture is None:
            return {}
        return self._search(session.picture, event._data.get("act") == "as_photo", session)

    def _search(self, picture: np.ndarray, is_photo: bool, session: Session) -> dict[Any, Any]:
        query = self.search.prepare(session, picture, is_photo)
        session.set_query(query, views=10, picture=picture)
        return {self.view: _view(picture, is_photo)}


def _view(picture: np.ndarray, is_photo: bool) -> str:
    def choice(act: str, label: str, chosen: bool) -> str:
        return f'<button data-act="{act}" aria-pressed="{str(chosen).lower()}">{label}</button>'

    return (
        f'<img src="{shoe_detail.data_uri(picture)}" alt="Your picture">'
        f'<button class="close" data-ink aria-label="Back to the canvas">{icons.CROSS}</button>'
        f'<div class="choice" role="group" aria-label="Search with it as">'
        f"{choice('as_sketch', 'Sketch', not is_photo)}"
        f"{choice('as_photo', 'Photo', is_photo)}</div>"
    )


def _shrink(picture: np.ndarray) -> np.ndarray:
    scale = min(1.0, MAX_SIDE / max(picture.shape[:2]))
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
