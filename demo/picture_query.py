"""A picture as the query in place of the canvas: uploaded, dropped, pasted or from a camera."""

from __future__ import annotations

from typing import Any

import cv2
import gradio as gr
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.picture_kind import looks_like_photo
from sketchnet.utils.errors import InputError

from . import cards
from .picture import Picture
from .picture_view import picture_view
from .session import Session
from .shoe_search import ShoeSearch
from .uploads import read_upload

MAX_SIDE = 1200  # px; the network sees far fewer


class PictureQuery:
    """The upload button, and the view that covers the canvas while a picture is the query."""

    def __init__(self, search: ShoeSearch, view: gr.HTML, notice: gr.HTML) -> None:
        self.search, self.view, self.notice = search, view, notice
        self.button = gr.UploadButton(
            "Picture", file_types=["image"], type="filepath", elem_id="upload", elem_classes="quiet"
        )

    def upload(self, file: str, session: Session) -> dict[Any, Any]:
        """Search with an uploaded file, which is removed once it is read."""
        pixels = _shrink(read_picture(read_upload(file)))
        return self._search(Picture.of(pixels, looks_like_photo(pixels)), session)

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Change what is taken from the picture, and search with that."""
        picture = session.picture
        if picture is None:
            return {}
        act, value = str(event._data.get("act")), str(event._data.get("id"))
        if act in ("as_sketch", "as_photo"):
            picture = Picture.of(picture.pixels, act == "as_photo")
        elif act in ("rotate_left", "rotate_right"):
            picture = picture.rotated(1 if act == "rotate_left" else -1)
        elif act == "drawing":
            picture = picture.with_drawing(value)
        elif act == "box":
            # The browser has moved the box; rendered anew it would lose the keyboard focus.
            return self._search(picture.with_box(value), session) | {self.view: gr.skip()}
        else:
            return {}
        return self._search(picture, session)

    def _search(self, picture: Picture, session: Session) -> dict[Any, Any]:
        """Show the picture, also where nothing is found on it: the visitor may choose otherwise."""
        query, notice = None, ""
        try:
            query = self.search.prepare(session, picture.query, picture.is_photo)
        except InputError as error:
            notice = cards.notice(error)
        session.set_query(query, views=10, picture=picture)
        return {self.view: picture_view(picture), self.notice: notice}


def _shrink(picture: np.ndarray) -> np.ndarray:
    scale = min(1.0, MAX_SIDE / max(picture.shape[:2]))
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
