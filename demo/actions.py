"""What a click on a shoe does: open it, ask about it, keep it, carry it off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.explain import tracing, why
from sketchnet.retrieval.query import photo_query
from sketchnet.utils.errors import InputError

from . import cards, shoe_detail, tray
from .session import Session
from .shoes_tab import ShoesTab

DOWNLOAD = "watch('value', () => window.sketchnet.download(props.value))"
OPENED = "watch('value', () => window.sketchnet.opened(element));"
Updates = dict[Any, Any]


class Actions:
    """The opened shoe and the tray. Their buttons, and those of the grid, all come to `act`."""

    def __init__(self, find: ShoesTab, lines: gr.HTML) -> None:
        self.find, self.lines = find, lines
        self.sheet = cards.html(elem_id="sheet", js=OPENED)
        self.tray = cards.html(elem_id="tray", js=tray.KEEP)
        self.parcel = gr.HTML(visible="hidden", elem_id="parcel", js_on_load=DOWNLOAD)
        self.outputs = [self.sheet, self.tray, self.lines, self.parcel]
        self.of_a_shoe = {
            "open": self.open,
            "more": self.more,
            "why": self.why,
            "strokes": self.strokes,
            "trace": self.trace,
            "like": lambda session, id: self.keep(session, id, session.liked, session.disliked),
            "dislike": lambda session, id: self.keep(session, id, session.disliked, session.liked),
        }
        self.of_the_page = {
            "close": self.close,
            "back": self.back,
            "steer": self.steer,
            "empty": self.empty,
            "board": self.board,
            "csv": self.csv,
        }

    def act(self, event: gr.EventData, session: Session) -> Updates:
        """Do what a button says. Only our own words and ids of the gallery come through."""
        name, photo_id = str(event._data.get("act")), str(event._data.get("id"))
        if name == "restore":
            return self.restore(session, photo_id)
        if name in self.of_the_page:
            return self.of_the_page[name](session)
        if name not in self.of_a_shoe or photo_id not in self._gallery(session):
            raise InputError("a shoe of this gallery", "another", "search again")
        return self.of_a_shoe[name](session, photo_id)

    def open(self, session: Session, photo_id: str, answer: str = "") -> Updates:
        session.opened = photo_id
        place = self.find.place(session, photo_id)
        near = ""
        if place is not None:
            total = len(self._gallery(session))
            near = f"Number {place[0]:,} of {total:,}, {100 * place[1]:.0f} % close"
        picture = self._picture(session, photo_id)
        return {self.sheet: shoe_detail.sheet(photo_id, picture, near, session, answer)}

    def close(self, session: Session) -> Updates:
        session.opened = None
        return {self.sheet: ""}

    def more(self, session: Session, photo_id: str) -> Updates:
        session.like, session.shown = photo_id, 10
        return self.close(session) | self.find.answer(session)

    def back(self, session: Session) -> Updates:
        session.like, session.shown = None, 10
        return self.find.answer(session)

    def why(self, session: Session, photo_id: str) -> Updates:
        finder, query = self.find.finders[session.gallery], session.query
        if session.like is not None:
            query = photo_query(finder.embedder, read_picture(self._picture(session, session.like)))
        if query is None:
            return self.open(session, photo_id)
        return self.open(session, photo_id, shoe_detail.because(*why(finder, query, photo_id)))

    def strokes(self, session: Session, photo_id: str) -> Updates:
        if not session.drawing:
            return self.open(session, photo_id)
        drawings, ranks = self.find.along(session, photo_id)
        answer = shoe_detail.steps(drawings, ranks, len(self._gallery(session)))
        return self.open(session, photo_id, answer)

    def trace(self, session: Session, photo_id: str) -> Updates:
        lines = tracing(read_picture(self._picture(session, photo_id)), 440)
        return {self.lines: shoe_detail.under_the_pen(lines)} | self.close(session)

    def keep(self, session: Session, photo_id: str, here: list[str], there: list[str]) -> Updates:
        session.keep(photo_id, here, there)
        return self._rearranged(session)

    def steer(self, session: Session) -> Updates:
        session.steering = not session.steering
        return self._rearranged(session, again=True)

    def empty(self, session: Session) -> Updates:
        session.liked, session.disliked = [], []
        return self._rearranged(session)

    def move(self, session: Session, gallery: str) -> Updates:
        """Ask another gallery the same; the old one's shoes leave the page."""
        is_photo = session.query is not None and session.query.is_photo
        session.move(gallery)
        if session.query is not None:
            sketch = session.drawing or session.picture
            session.query = self.find.prepare(session, sketch, is_photo)
        return {self.sheet: "", self.tray: tray.tray(gallery, [], [], False), self.lines: ""}

    def restore(self, session: Session, note: str) -> Updates:
        """PictureQuery back the tray of a page that was loaded again."""
        gallery, *halves, steering = tray.read_kept(note)
        if gallery not in self.find.finders:
            return {}
        updates = self.move(session, gallery)
        session.liked, session.disliked = (
            [name for name in half if name in self._gallery(session)] for half in halves
        )
        session.steering = steering
        return updates | {self.find.gallery: gallery} | self._rearranged(session, again=True)

    def board(self, session: Session) -> Updates:
        pictures = [self._picture(session, photo_id) for photo_id in session.liked]
        content = tray.mood_board(pictures)
        return {self.parcel: tray.parcel("mood-board.png", "image/png", content)}

    def csv(self, session: Session) -> Updates:
        rows = []
        for kept, ids in (("yes", session.liked), ("no", session.disliked)):
            rows += [
                (name, kept, *(self.find.place(session, name) or (None, None))) for name in ids
            ]
        return {self.parcel: tray.parcel("shoes.csv", "text/csv", tray.table(rows))}

    def _rearranged(self, session: Session, again: bool = False) -> Updates:
        """The tray has changed: so do the hearts in the grid, and the search if that steers it."""
        again = again or session.steering
        session.steering = session.steering and bool(session.liked or session.disliked)
        halves = [
            [(name, self._picture(session, name)) for name in ids]
            for ids in (session.liked, session.disliked)
        ]
        updates: Updates = {self.tray: tray.tray(session.gallery, *halves, session.steering)}
        if session.opened is not None:
            updates |= self.open(session, session.opened)
        if again:
            updates |= self.find.answer(session)
        elif session.matches:
            updates[self.find.shoes] = self.find.grid(session)
        return updates

    def _gallery(self, session: Session) -> Any:
        return self.find.finders[session.gallery].gallery

    def _picture(self, session: Session, photo_id: str) -> Path:
        gallery = self._gallery(session)
        return gallery.picture(gallery.row(photo_id))
