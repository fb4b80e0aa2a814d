"""What the buttons of a shoe, of the detail view and of the tray do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.explain import explain, tracing
from sketchnet.retrieval.gallery import AnyGallery
from sketchnet.retrieval.query import photo_query
from sketchnet.utils.errors import InputError

from . import cards, shoe_detail, tray
from .original_photo import original_file, original_photo
from .session import Session
from .shoe_search import MAX_RANK, Placement
from .shoes_tab import ShoesTab

DOWNLOAD = "watch('value', () => window.sketchnet.download(props.value))"
FOCUS = "watch('value', () => window.sketchnet.focusDetail(element));"
TRACING_SIZE = 440  # px
Updates = dict[Any, Any]


class Actions:
    """The detail view and the tray. Their buttons, and those of the results, all call `act`."""

    def __init__(self, shoes: ShoesTab, tracing_view: gr.HTML) -> None:
        self.shoes, self.search, self.tracing_view = shoes, shoes.search, tracing_view
        self.detail = cards.html(elem_id="detail", js=FOCUS)
        self.tray = cards.html(elem_id="tray", js=tray.STORE)
        self.download = gr.HTML(visible="hidden", elem_id="download", js_on_load=DOWNLOAD)
        self.outputs = [self.detail, self.tray, self.tracing_view, self.download]
        self.of_a_shoe = {
            "open": self.open,
            "more": self.more_like,
            "why": self.explain,
            "strokes": self.strokes,
            "trace": self.trace,
            "original": self.original,
            "like": lambda session, id: self.toggle(session, id, session.liked, session.disliked),
            "dislike": lambda session, id: self.toggle(
                session, id, session.disliked, session.liked
            ),
        }
        self.of_the_page = {
            "close": self.close,
            "back": self.back,
            "show_more": self.shoes.show_more,
            "feedback": self.toggle_feedback,
            "empty": self.empty_tray,
            "board": self.mood_board,
            "csv": self.csv,
        }

    def act(self, event: gr.EventData, session: Session) -> Updates:
        """Run the action of a button. Only known actions and ids of the gallery are accepted."""
        name, photo_id = str(event._data.get("act")), str(event._data.get("id"))
        if name == "restore":
            return self.restore(session, photo_id)
        if name == "follow":
            return self.follow(session, photo_id)
        if name in self.of_the_page:
            return self.of_the_page[name](session)
        if name not in self.of_a_shoe or photo_id not in self._gallery(session):
            raise InputError("a shoe of this gallery", "another one", "search again")
        return self.of_a_shoe[name](session, photo_id)

    def open(self, session: Session, photo_id: str, below: str = "") -> Updates:
        """Show a shoe in the detail view; `below` is HTML that follows its buttons."""
        session.opened = photo_id
        line = _placement_line(self.search.placement(session, photo_id))
        picture = self._picture(session, photo_id)
        gallery = self._gallery(session)
        values = gallery.catalogue.values(gallery.row(photo_id))
        fields = shoe_detail.fields(values, gallery.catalogue.fields)
        title = cards.title_of(values, gallery.catalogue.fields)
        has_file = original_file(self.search.finder(session), photo_id) is not None
        return {
            self.detail: shoe_detail.detail(
                photo_id, picture, line, session, fields + below, has_file, title
            )
        }

    def close(self, session: Session) -> Updates:
        session.opened = None
        return {self.detail: ""}

    def more_like(self, session: Session, photo_id: str) -> Updates:
        session.set_like(photo_id)
        return self.close(session) | self.shoes.show_results(session)

    def back(self, session: Session) -> Updates:
        session.set_like(None)
        return self.shoes.show_results(session)

    def explain(self, session: Session, photo_id: str) -> Updates:
        finder, query = self.search.finder(session), session.query
        if session.like is not None:
            query = photo_query(finder.embedder, read_picture(self._picture(session, session.like)))
        if query is None:
            return self.open(session, photo_id)
        heat_maps = explain(finder, query, photo_id)
        return self.open(session, photo_id, shoe_detail.explanation(*heat_maps))

    def strokes(self, session: Session, photo_id: str) -> Updates:
        if not session.drawing:
            return self.open(session, photo_id)
        drawings, ranks = self.search.ranks_by_stroke(session, photo_id)
        below = shoe_detail.strokes(drawings, ranks, len(self._gallery(session)), MAX_RANK)
        return self.open(session, photo_id, below)

    def trace(self, session: Session, photo_id: str) -> Updates:
        lines = tracing(read_picture(self._picture(session, photo_id)), TRACING_SIZE)
        return {self.tracing_view: shoe_detail.tracing(lines)} | self.close(session)

    def original(self, session: Session, photo_id: str) -> Updates:
        return self.open(session, photo_id, original_photo(self.search.finder(session), photo_id))

    def toggle(self, session: Session, photo_id: str, here: list[str], there: list[str]) -> Updates:
        session.toggle(photo_id, here, there)
        return self._tray_changed(session)

    def toggle_feedback(self, session: Session) -> Updates:
        session.feedback = not session.feedback
        return self._tray_changed(session, search=True)

    def empty_tray(self, session: Session) -> Updates:
        searched = session.feedback
        session.empty_tray()
        return self._tray_changed(session, search=searched)

    def change_gallery(self, gallery: str, session: Session) -> Updates:
        """Search another gallery with the same query; what belongs to the old one is removed."""
        self.search.change_gallery(session, gallery)
        return {
            self.detail: "",
            self.tray: tray.tray(gallery, [], [], False),
            self.tracing_view: "",
            self.shoes.narrow.view: self.shoes.narrow.row(session),
        }

    def restore(self, session: Session, stored: str) -> Updates:
        """Fill the tray with what the browser stored: before a reload, of a board, from a link."""
        gallery, *ids, feedback, narrowed = tray.read_stored(stored)
        gallery = gallery or (session.gallery if narrowed is not None else "")
        if not gallery:
            return {}
        if gallery not in self.search.finders:
            raise InputError(
                "a board of a gallery that this server has",
                f"one of {gallery}",
                "open the board on the server that it was made on",
            )
        updates = self.change_gallery(gallery, session) if gallery != session.gallery else {}
        session.opened = None
        session.liked, session.disliked = (
            [photo_id for photo_id in half if photo_id in self._gallery(session)] for half in ids
        )
        session.feedback = feedback
        try:
            updates |= {self.detail: ""} | self.shoes.narrow.restore(session, narrowed)
        except InputError as error:  # the drawing and the board are shown all the same
            updates[self.shoes.notice] = cards.notice(error)
        return updates | {self.shoes.gallery: gallery} | self._tray_changed(session, search=True)

    def follow(self, session: Session, changes: str) -> Updates:
        """Add to the tray, and take out, what others have changed on its board."""
        gallery, added, removed = tray.read_changes(changes)
        if gallery != session.gallery:
            return {}
        for half, new, gone in zip((session.liked, session.disliked), added, removed, strict=True):
            half[:] = [photo_id for photo_id in half if photo_id not in gone]
            half += [each for each in new if each not in half and each in self._gallery(session)]
        return self._tray_changed(session)

    def mood_board(self, session: Session) -> Updates:
        pictures = [self._picture(session, photo_id) for photo_id in session.liked]
        content = tray.mood_board(pictures)
        return {self.download: tray.download("mood-board.png", "image/png", content)}

    def csv(self, session: Session) -> Updates:
        rows = []
        for kept, ids in (("yes", session.liked), ("no", session.disliked)):
            for photo_id in ids:
                place = self.search.placement(session, photo_id)
                rank, near = (None, None) if place is None else (place.rank, place.similarity)
                rows.append((photo_id, kept, rank, near))
        return {self.download: tray.download("shoes.csv", "text/csv", tray.table(rows))}

    def _tray_changed(self, session: Session, search: bool = False) -> Updates:
        """Show the tray anew; with `search` or with feedback on, the results too."""
        search = search or session.feedback
        session.feedback = session.feedback and bool(session.liked or session.disliked)
        halves = [
            [(photo_id, self._picture(session, photo_id)) for photo_id in ids]
            for ids in (session.liked, session.disliked)
        ]
        if session.only_kept:
            search = True
        titles = {name: self._title(session, name) for half in halves for name, _ in half}
        updates: Updates = {
            self.tray: tray.tray(session.gallery, *halves, session.feedback, titles)
        }
        if session.opened is not None:
            updates |= self.open(session, session.opened)
        if session.only_kept:
            updates[self.shoes.narrow.view] = self.shoes.narrow.row(session)
        if search:
            updates |= self.shoes.show_results(session)
        elif self.search.ranking(session) is not None:
            updates[self.shoes.shoes] = self.shoes.grid(session)
        return updates

    def _gallery(self, session: Session) -> AnyGallery:
        return self.search.finder(session).gallery

    def _title(self, session: Session, photo_id: str) -> str:
        catalogue = self._gallery(session).catalogue
        if not catalogue.fields:
            return ""
        values = catalogue.values(self._gallery(session).row(photo_id))
        return cards.title_of(values, catalogue.fields)

    def _picture(self, session: Session, photo_id: str) -> Path:
        gallery = self._gallery(session)
        return gallery.picture(gallery.row(photo_id))


def _placement_line(placement: Placement | None) -> str:
    """Rank and similarity in words; empty without a query."""
    if placement is None:
        return ""
    if placement.rank is None or placement.similarity is None:
        return f"Beyond the first {placement.searched:,} of {placement.total:,}"
    percent = cards.as_percent(placement.similarity)
    return f"Rank {placement.rank:,} of {placement.total:,} · similarity {percent} %"
