"""A picture brought to the page, by button, drop, paste or camera, in place of the canvas."""

from __future__ import annotations

from typing import Any

import cv2
import gradio as gr
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.query import looks_like_photo

from . import icons, shoe_detail
from .picture_uploads import taken
from .session import Session
from .shoes_tab import ShoesTab

LARGEST = 1200  # px, the longest side that is kept: more is lost on the network anyway


class PictureQuery:
    """The button, and what lies over the canvas while a picture is the question."""

    def __init__(self, find: ShoesTab, shown: gr.HTML) -> None:
        self.find, self.shown = find, shown
        self.button = gr.UploadButton(
            "Picture", file_types=["image"], type="filepath", elem_id="bring", elem_classes="quiet"
        )

    def take(self, file: str, session: Session) -> dict[Any, Any]:
        """Ask with an uploaded file, which is removed once it is read."""
        picture = _smaller(read_picture(taken(file)))
        return self._ask(picture, looks_like_photo(picture), session)

    def read_as(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Ask with the same picture, taken for what the person says it is."""
        if session.picture is None:
            return {}
        return self._ask(session.picture, event._data.get("act") == "as_photo", session)

    def _ask(self, picture: np.ndarray, is_photo: bool, session: Session) -> dict[Any, Any]:
        query = self.find.prepare(session, picture, is_photo)
        session.ask(query, views=10, picture=picture)
        return {self.shown: _overlay(picture, is_photo)}


def _overlay(picture: np.ndarray, is_photo: bool) -> str:
    def choice(act: str, label: str, chosen: bool) -> str:
        return f'<button data-act="{act}" aria-pressed="{str(chosen).lower()}">{label}</button>'

    return (
        f'<img src="{shoe_detail.data_uri(picture)}" alt="The picture you brought">'
        f'<button class="shut" data-ink aria-label="Back to the canvas">{icons.CROSS}</button>'
        f'<div class="choice" role="group" aria-label="Read it as">'
        f"{choice('as_drawing', 'A drawing', not is_photo)}"
        f"{choice('as_photo', 'A photo', is_photo)}</div>"
    )


def _smaller(picture: np.ndarray) -> np.ndarray:
    scale = min(1.0, LARGEST / max(picture.shape[:2]))
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
