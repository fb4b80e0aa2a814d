"""The page computes nothing twice: how often a visit embeds and ranks, and what it shows."""

from __future__ import annotations

import csv
import json
from base64 import b64decode
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
from sketchnet.retrieval.gallery import Gallery
from sketchnet.retrieval.ranker import Ranker, similarity
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError
from sketchnet_demo import page as layout
from sketchnet_demo.events import Events
from sketchnet_demo.session import KEPT_RESULTS, Recent, Session
from sketchnet_demo.shoe_search import MAX_RANK, MAX_SHOWN, ShoeSearch
from tests.browser.hog_embedder import (
    HogDoodleEmbedder,
    HogEmbedder,
    draw_doodles,
    draw_shoe,
)

SIZE = 1152  # of an embedding of the `HogEmbedder`


class CountingEmbedder(HogEmbedder):
    """Counts the sketches that it embeds."""

    def __init__(self, counts: Counter) -> None:
        super().__init__()
        self.counts = counts

    def sketches(self, prepared, views=10, progress=None):
        self.counts["embed"] += 1
        return super().sketches(prepared, views, progress)


class CountingDoodleEmbedder(HogDoodleEmbedder):
    """Counts its predictions."""

    counts: Counter | None = None

    def predict(self, queries, use="both"):
        if self.counts is not None:
            self.counts["predict"] += 1
        return super().predict(queries, use)


@pytest.fixture
def counts(monkeypatch) -> Counter:
    """Calls of embed, rank and predict since the start of the test."""
    counts: Counter = Counter()
    rank = Ranker.rank

    def counted(self, *given):
        counts["rank"] += 1
        return rank(self, *given)

    monkeypatch.setattr(Ranker, "rank", counted)
    return counts


def random_gallery(count: int, seed: int = 0) -> Gallery:
    """A gallery in memory with random unit vectors and no files."""
    vectors = np.random.default_rng(seed).normal(size=(count, SIZE)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(f"shoe_{number}" for number in range(count))
    embeddings = Embeddings(vectors)
    return Gallery(Path("/nowhere"), ids, ids, embeddings, "hog", PREPARATION_VERSION, 10)


class Visit:
    """A visitor of the page whose events are called directly."""

    def __init__(self, counts: Counter) -> None:
        embedder = CountingEmbedder(counts)
        galleries = {"first": random_gallery(300), "second": random_gallery(150, seed=1)}
        finders = {}
        for name, gallery in galleries.items():
            finders[name] = ShoeFinder(embedder, gallery)
        doodles = draw_doodles(4)
        doodle_embedder = CountingDoodleEmbedder(doodles)
        suggester = Suggester(doodle_embedder, build_doodle_gallery(doodle_embedder, doodles))
        doodle_embedder.counts = counts
        with gr.Blocks(analytics_enabled=False):
            self.parts = layout._lay_out(ShoeSearch(finders), suggester, "shoes")
        self.events = Events(self.parts, gr.State())
        self.session = Session(gallery="first")
        self.actions, self.shoes = self.parts.actions, self.parts.shoes

    def draw(self, number: int = 7) -> None:
        record = json.dumps([stroke.T.tolist() for stroke in draw_shoe(number)])
        self.events.use_drawing(record, 1, self.session)()
        self.events._results(self.session)

    def press(self, act: str, photo_id: str = "") -> dict:
        return self.actions.act(SimpleNamespace(_data={"act": act, "id": photo_id}), self.session)

    def select(self, tab: str) -> dict:
        return self.events._select_tab(tab, self.session)

    def ids(self) -> list[str]:
        return [match.id for match in self.shoes.search.matches(self.session)]

    def opened(self, photo_id: str) -> str:
        return self.press("open", photo_id)[self.actions.detail]


@pytest.fixture
def visit(counts) -> Visit:
    return Visit(counts)


def test_a_query_is_embedded_once_and_ranked_once(visit, counts):
    visit.draw()
    shown = visit.ids()
    assert counts == {"embed": 1, "rank": 1}
    for photo_id in shown:
        visit.opened(photo_id)
    visit.press("close")
    visit.select("doodles")
    visit.select("quiz")
    visit.select("shoes")
    for _ in range(12):
        visit.shoes.show_more(visit.session)
    assert len(visit.ids()) == MAX_SHOWN
    visit.press("like", shown[0])
    visit.press("dislike", shown[1])
    visit.press("csv")
    assert counts == {"embed": 1, "rank": 1, "predict": 1}


def test_only_what_changed_is_computed_again(visit, counts):
    visit.draw()
    first = visit.ids()
    visit.press("like", first[4])
    visit.press("feedback")  # moves the embedding that is there
    assert counts == {"embed": 1, "rank": 2}
    refined = visit.ids()
    visit.press("feedback")
    assert (visit.ids(), counts["rank"]) == (first, 2)
    visit.press("feedback")
    assert (visit.ids(), counts["rank"]) == (refined, 2)
    visit.press("empty")
    assert (visit.ids(), counts["rank"]) == (first, 2)

    visit.press("more", first[3])
    assert counts == {"embed": 1, "rank": 3}
    assert first[3] not in visit.ids()
    visit.press("back")
    assert (visit.ids(), counts["rank"]) == (first, 3)

    visit.actions.change_gallery("second", visit.session)  # of the same model
    visit.ids()
    assert counts == {"embed": 1, "rank": 4}
    visit.draw(3)
    assert counts == {"embed": 2, "rank": 5}
    record = json.dumps([stroke.T.tolist() for stroke in draw_shoe(3)])
    visit.events.use_drawing(record, 10, visit.session)()
    visit.ids()
    assert counts == {"embed": 3, "rank": 6}


def test_a_drawing_is_classified_once(visit, counts):
    visit.select("doodles")
    visit.draw()
    for category in ("fish", "fish", "house"):
        visit.parts.doodles.act(SimpleNamespace(_data={"id": category}), visit.session)
    visit.select("shoes")
    visit.select("doodles")
    assert counts == {"predict": 1, "embed": 1, "rank": 1}


def test_an_opened_shoe_shows_the_rank_and_similarity_of_the_whole_ranking(visit, counts):
    visit.draw()
    search, finder = visit.shoes.search, visit.shoes.search.finder(visit.session)
    rows, distances = finder.ranker.rank(
        search.embedding(visit.session), finder.gallery.embeddings, None
    )
    counts.clear()
    for rank in (1, 4, 150, 299):  # on the screen, in the results, and beyond them
        percent = round(100 * float(similarity(distances[rank - 1])))
        line = f"Rank {rank} of 300 · similarity {percent} %"
        assert line in visit.opened(finder.gallery.ids[rows[rank - 1]])
    assert counts == {"rank": 1}, "the whole ranking is computed once, for the third of them"


def test_the_table_has_the_rank_of_every_shoe_in_the_tray(visit, counts):
    visit.draw()
    best = visit.ids()[0]
    visit.press("like", best)
    visit.press("dislike", "shoe_299")
    file = json.loads(visit.press("csv")[visit.actions.download])
    text = b64decode(file["href"].split(",")[1]).decode("utf-8-sig")
    rows = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    assert rows[best]["rank"] == "1"
    line = f"Rank {rows['shoe_299']['rank']} of 300"
    assert line in visit.opened("shoe_299")
    assert counts["embed"] == 1
    assert counts["rank"] <= 2


class LimitedEmbeddings(Embeddings):
    """As behind the URL of a Qdrant server: more than 100,000 neighbours are refused."""

    def nearest(self, queries, k):
        if k > 100_000:
            raise InputError("a query for at most 100,000 neighbours", k)
        return super().nearest(queries, k)


def test_a_shoe_of_a_huge_gallery_can_be_opened():
    count, size = 250_000, 4
    vectors = np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(map(str, range(count)))
    gallery = Gallery(Path("/nowhere"), ids, ids, LimitedEmbeddings(vectors), "hog", 1, 10)
    query = SimpleNamespace(embed=lambda embedder, views: Embeddings(vectors[:1]))
    finder = SimpleNamespace(embedder=None, gallery=gallery, ranker=Ranker())
    search = ShoeSearch({"huge": finder})
    session = Session(gallery="huge")
    session.set_query(query)
    order = np.argsort(-(vectors @ vectors[0]), kind="stable")
    assert search.placement(session, ids[order[0]]).rank == 1
    assert search.placement(session, ids[order[5000]]).rank == pytest.approx(5001, abs=2)
    far = search.placement(session, ids[order[-1]])
    assert (far.rank, far.similarity) == (None, None)
    assert (far.searched, far.total) == (MAX_RANK, count)


def test_the_strokes_of_a_huge_gallery_are_ranked_up_to_a_limit():
    count = 150_000
    vectors = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(map(str, range(count)))
    gallery = Gallery(Path("/nowhere"), ids, ids, LimitedEmbeddings(vectors), "hog", 1, 10)
    finder = SimpleNamespace(
        gallery=gallery, ranker=Ranker(), embed=lambda drawing, views: Embeddings(vectors[:1])
    )
    session = Session(gallery="huge", drawing=draw_shoe(7)[:2])
    search = ShoeSearch({"huge": finder})
    order = np.argsort(-(vectors @ vectors[0]), kind="stable")
    assert search.ranks_by_stroke(session, ids[order[0]])[1] == [1, 1]
    assert search.ranks_by_stroke(session, ids[order[-1]])[1] == [MAX_RANK + 1] * 2


def test_the_detail_view_of_a_shoe_that_was_not_ranked_says_so(visit, monkeypatch):
    monkeypatch.setattr("sketchnet_demo.shoe_search.MAX_RANK", 200)
    visit.draw()
    finder = visit.shoes.search.finder(visit.session)
    query = visit.shoes.search.embedding(visit.session)
    rows, _ = finder.ranker.rank(query, finder.gallery.embeddings)
    assert "Beyond the first 200 of 300" in visit.opened(finder.gallery.ids[rows[250]])


def test_a_late_result_never_replaces_that_of_a_newer_query():
    recent = Recent()

    def slow() -> str:  # while it computes, a newer query is answered
        recent.get("new", lambda: "newer result")
        return "older result"

    assert recent.get("old", slow) == "older result"
    assert recent.get("new", lambda: pytest.fail("computed twice")) == "newer result"
    for number in range(KEPT_RESULTS):
        recent.get(number, lambda: None)
    assert recent.get("new", lambda: "anew") == "anew", "only the latest results are kept"
