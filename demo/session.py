"""What the page keeps for one visitor: the query, the tray, the opened shoe, computed results."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sketchnet.retrieval.catalogue.filters import Filters
from sketchnet.retrieval.query import Query
from sketchnet.retrieval.suggest import Suggester
from sketchnet.strokes.formats import Drawing

from .draw_round import DrawRound
from .naming import Naming
from .own_words import OwnWords
from .picture import Picture
from .quiz import Quiz
from .wishes import Painted, Wishes

SHOWN = 10  # shoes shown before "Show more"
KEPT_RESULTS = 4  # "Back to the drawing" and a feedback switched off again compute nothing


class Recent:
    """The latest results of a computation, each stored with the key that it was computed for.

    Event handlers of one visitor may overlap. A result is returned only for an equal key, so that a
    slow handler can never leave the result of an older query in place of the newest.
    """

    def __init__(self) -> None:
        self._stored: tuple[tuple[Hashable, Any], ...] = ()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return the stored result for `key`, or compute and store it."""
        for stored, result in self._stored:
            if stored == key:
                return result
        result = compute()
        self._stored = ((key, result), *self._stored)[:KEPT_RESULTS]
        return result


@dataclass
class Session:
    """The state of one visit, held by Gradio for each visitor.

    Attributes:
        gallery: name of the searched gallery.
        tab: "shoes", "doodles" or "quiz".
        drawing: strokes on the canvas.
        picture: uploaded picture that replaces the canvas, or None.
        query: drawing or picture, prepared for the shoe model; None before the first stroke.
        version: increases with every new query.
        newest_drawing: number of the newest drawing that the browser has sent (`live`).
        like: id of the gallery photo that is the query instead ("More like this"), or None.
        views: number of views that the query is embedded with, 1 while drawing, 10 after Find now!
        shown: number of shoes on the screen.
        liked, disliked: ids in the tray.
        feedback: whether the tray refines the results (relevance feedback).
        opened: id of the shoe in the detail view, or None.
        filters: conditions on the fields of the photos that are searched.
        wishes: words and colours that bring shoes to the front.
        painting: strokes of the colour pen over the drawing.
        only_kept: whether only the liked photos are searched.
        facet: name of the field whose chips are shown.
        category: category that the similar doodles are restricted to, or None.
        similar_to: key_id of the drawing of the gallery whose similar ones are shown ("More like
            this"), or None for those of the query.
        naming: the categories shown for the drawing (`naming`); None on blank paper.
        own_words: what the visitor has taught.
        suggester: the one that knows these words; None while there are none.
        quiz: the round under way, or None.
        embedding, ranking, full_ranking: results of the shoe search (`shoe_search`).
        prediction, similar: results of the doodle model (`doodle_tab`).
    """

    gallery: str
    tab: str = "shoes"
    drawing: Drawing = field(default_factory=list)
    picture: Picture | None = None
    query: Query | None = None
    version: int = 0
    newest_drawing: int = 0
    like: str | None = None
    views: int = 1
    shown: int = SHOWN
    liked: list[str] = field(default_factory=list)
    disliked: list[str] = field(default_factory=list)
    feedback: bool = False
    opened: str | None = None
    filters: Filters = field(default_factory=Filters)
    wishes: Wishes = field(default_factory=Wishes)
    painting: list[Painted] = field(default_factory=list)
    only_kept: bool = False
    facet: str = ""
    category: str | None = None
    similar_to: str | None = None
    naming: Naming | None = None
    own_words: OwnWords = field(default_factory=OwnWords)
    suggester: Suggester | None = field(default=None, repr=False)
    quiz: Quiz | DrawRound | None = None
    embedding: Recent = field(default_factory=Recent, repr=False)
    ranking: Recent = field(default_factory=Recent, repr=False)
    full_ranking: Recent = field(default_factory=Recent, repr=False)
    prediction: Recent = field(default_factory=Recent, repr=False)
    similar: Recent = field(default_factory=Recent, repr=False)

    def set_query(
        self,
        query: Query | None,
        views: int = 1,
        drawing: Sequence[np.ndarray] = (),
        picture: Picture | None = None,
    ) -> None:
        """Replace the query. The tray stays; the results are shown from the top again."""
        self.query, self.views = query, views
        self.drawing, self.picture = list(drawing), picture
        self.like, self.similar_to, self.shown = None, None, SHOWN
        if not self.drawing:
            self.naming = None
        self.version += 1  # last: results computed in between are stored under the old version

    def set_like(self, photo_id: str | None) -> None:
        """Search with a gallery photo instead of the query, or with the query again (None)."""
        self.like, self.shown = photo_id, SHOWN

    def toggle(self, photo_id: str, here: list[str], there: list[str]) -> None:
        """Add a photo to one list of the tray, not to both; a photo that is in it is taken out."""
        if photo_id in there:
            there.remove(photo_id)
        if photo_id in here:
            here.remove(photo_id)
        else:
            here.append(photo_id)

    def empty_tray(self) -> None:
        self.liked, self.disliked, self.feedback = [], [], False

    def clear_filters(self) -> None:
        self.filters, self.wishes, self.only_kept, self.facet = Filters(), Wishes(), False, ""

    def change_gallery(self, gallery: str) -> None:
        """Search another gallery. Its photos have other ids, so the tray is emptied."""
        self.gallery, self.opened = gallery, None
        self.clear_filters()
        self.set_like(None)
        self.empty_tray()
