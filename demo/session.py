"""What the page remembers for one person: the question, the tray, the open shoe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sketchnet.retrieval.query import Query
from sketchnet.retrieval.search import Match
from sketchnet.strokes.formats import Drawing

from .quiz import Quiz


@dataclass
class Session:
    """One visit. It lives in Gradio's per-visitor state and nowhere else."""

    gallery: str
    tab: str = "shoes"
    drawing: Drawing = field(default_factory=list)  # the strokes on the canvas
    picture: np.ndarray | None = None  # a picture brought instead, (H, W, 3) uint8
    query: Query | None = None  # either of them, prepared
    like: str | None = None  # "more like this": a gallery photo that stands in for them
    views: int = 1  # how carefully the query is embedded: 10 after Find now!
    shown: int = 10
    matches: list[Match] = field(default_factory=list)  # what is on the screen
    liked: list[str] = field(default_factory=list)
    disliked: list[str] = field(default_factory=list)
    steering: bool = False  # whether the tray moves the query
    opened: str | None = None
    category: str | None = None  # doodles of this category alone
    quiz: Quiz | None = None

    def ask(
        self,
        query: Query | None,
        views: int = 1,
        drawing: Sequence[np.ndarray] = (),
        picture: np.ndarray | None = None,
    ) -> None:
        """A new question; the tray stays, the view starts again at the top."""
        self.query, self.views = query, views
        self.drawing, self.picture = list(drawing), picture
        self.like, self.shown = None, 10

    def keep(self, photo_id: str, kept: list[str], other: list[str]) -> None:
        """Put a photo into one half of the tray, out of the other; again takes it out."""
        if photo_id in other:
            other.remove(photo_id)
        if photo_id in kept:
            kept.remove(photo_id)
        else:
            kept.append(photo_id)

    def move(self, gallery: str) -> None:
        """Go to another gallery: its photos have other ids, so the tray is emptied."""
        self.gallery, self.like, self.opened, self.steering = gallery, None, None, False
        self.liked, self.disliked, self.shown = [], [], 10
