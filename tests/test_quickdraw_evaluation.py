"""Scores of a drawing run against answers that are known beforehand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.drawing_inputs import DrawingInputs
from sketchnet.data.drawings import Drawings
from sketchnet.drawing_embedding import Answers, DrawingEmbedder
from sketchnet.drawing_gallery import DrawingGallery
from sketchnet.errors import InputError
from sketchnet.evaluation.few_shot import few_shot
from sketchnet.evaluation.quickdraw import score_drawings, triplets
from sketchnet.evaluation.quickdraw_pictures import draw_maps, spread_rows
from sketchnet.evaluation.quickdraw_tables import lines
from sketchnet.models.drawing_network import build_drawing_network
from sketchnet.strokes import ink_length
from tests.doodles import WORDS, doodles, small_config


class Oracle(DrawingEmbedder):
    """Knows every drawing by how it begins, but answers "star" until enough ink is there."""

    def __init__(self, drawings: Drawings, enough: float) -> None:
        self.categories = (*WORDS, "moon")
        self.fingerprint = ""
        self.reads_both = True
        self.inputs = DrawingInputs(32, 32)
        self.truth = {self._key(d): (int(label), ink_length(d)) for d, label in
                      zip(drawings.drawings, drawings.labels, strict=True)}  # fmt: skip
        self.enough = enough

    @staticmethod
    def _key(drawing) -> tuple:
        start, step = drawing[0][0], drawing[0][1] - drawing[0][0]
        return tuple(np.round([*start, *step / np.hypot(*step)], 4).tolist())

    def answer(self, queries, use="both") -> Answers:
        labels = []
        for drawing in queries:
            label, whole = self.truth[self._key(drawing)]
            seen = ink_length(drawing) / whole >= self.enough - 0.01 and use != "strokes"
            labels.append(label if seen else WORDS.index("star"))
        return Answers(np.eye(4, dtype=np.float32)[labels], np.eye(4)[labels] * 0.9 + 0.025)


@pytest.fixture
def drawings() -> Drawings:
    return doodles(12)


def gallery_of(oracle: Oracle, drawings: Drawings) -> DrawingGallery:
    vectors = oracle.answer(drawings.queries()).embeddings
    return DrawingGallery(vectors, drawings.labels, WORDS, drawings.key_ids, drawings.drawings)


def test_accuracy_while_it_is_drawn(drawings) -> None:
    oracle = Oracle(drawings, enough=0.75)
    report = score_drawings(oracle, drawings, split="test")
    third = pytest.approx(1 / 3)
    assert [report[f"accuracy@{p}"] for p in (25, 50, 75, 100)] == [third, third, 1.0, 1.0]
    assert report["picture_only"] == 1.0
    assert report["strokes_only"] == third
    assert report["triplet_accuracy"] == 1.0
    assert (report["n"], report["n_categories"], report["split"]) == (36, 3, "test")
    assert report["n_triplets"] == 360
    assert report["knn@1"] is None  # no gallery was given
    assert report["intervals"]["accuracy@100"] == (1.0, 1.0)
    low, high = report["intervals"]["accuracy@50"]
    assert low < 1 / 3 < high
    json.dumps(report)


def test_neighbours_vote_and_nobody_for_themselves(drawings) -> None:
    oracle = Oracle(drawings, enough=0.0)
    gallery = gallery_of(oracle, drawings)
    report = score_drawings(oracle, drawings, split="all", gallery=gallery)
    assert [report[f"knn@{k}"] for k in (1, 3, 4, 5)] == [1.0] * 4
    assert report["gallery"] == {"n": 36, "per_category": 12, "categories_without": 0}
    # With the drawing itself as its only neighbour of its category, nothing right is left.
    alone = gallery.take(np.array([0, 12, 24]))
    asked = drawings.take([0, 12, 24])
    assert score_drawings(oracle, asked, split="all", gallery=alone)["knn@1"] == 0.0


def test_accuracy_is_among_the_evaluated_categories(drawings) -> None:
    """An answer that is no category of the data cannot be given, so "moon" is never one."""

    class Moonstruck(Oracle):
        def answer(self, queries, use="both") -> Answers:
            found = super().answer(queries, use)
            probabilities = found.probabilities.copy()
            probabilities[:, 3] = 5.0
            return Answers(found.embeddings, probabilities)

    report = score_drawings(Moonstruck(drawings, 0.0), drawings, split="test")
    assert report["accuracy@100"] == 1.0


def test_unknown_categories_are_left_out_and_told(drawings) -> None:
    oracle = Oracle(drawings, 0.0)
    renamed = replace(drawings, categories=("circle", "zigzag", "star"))
    report = score_drawings(oracle, renamed, split="test")
    assert report["unknown"] == {"zigzag": 12}
    assert report["n"] == 24
    assert report["categories"] == ["circle", "star"]
    assert any("zigzag (12)" in line for line in lines(report))
    with pytest.raises(InputError, match="zigzag"):
        score_drawings(oracle, renamed.only(["zigzag"]), split="test")


def test_triplets_are_of_the_promised_kind() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    embeddings = np.eye(3)[labels] + np.arange(6)[:, None] * 1e-3
    anchors, right = triplets(embeddings, labels, each=50)
    # The only drawing of category 2 has no positive.
    assert sorted(set(anchors.tolist())) == [0, 1, 2, 3, 4]
    assert np.bincount(anchors).tolist() == [50] * 5
    assert right.all()
    _, tied = triplets(np.ones((6, 3)), labels)
    assert not tied.any()  # a tie is wrong
    for alone in (np.array([0, 0, 0]), np.array([0, 1, 2]), np.zeros(0, int)):
        anchors, right = triplets(np.eye(3)[alone], alone)
        assert len(anchors) == len(right) == 0


def test_chance_gives_half_of_the_triplets(rng) -> None:
    labels = np.repeat(np.arange(10), 20)
    vectors = rng.normal(size=(200, 16))
    _, right = triplets(vectors, labels)
    assert right.mean() == pytest.approx(0.5, abs=0.05)
    assert triplets(vectors, labels)[1].tolist() == right.tolist()


def test_the_report_of_a_real_network_is_drawn(drawings, tmp_path: Path) -> None:
    network = build_drawing_network(small_config(), 3)
    embedder = DrawingEmbedder((network, DrawingInputs(32, 32), WORDS))
    held = gallery_of(Oracle(drawings, 0.0), drawings)
    gallery = replace(held, vectors=embedder.answer(drawings.queries()).embeddings)
    asked = doodles(5, seed=3)
    report = score_drawings(embedder, asked, split="val", gallery=gallery, pictures=tmp_path)
    pictures = {"confusion.png", "index.html", "map.png", "neighbours.png", "share.png"}
    assert {path.name for path in tmp_path.iterdir()} == pictures
    page = (tmp_path / "index.html").read_text()
    assert all(f'src="{name}"' in page for name in pictures if name.endswith("png"))
    assert f"{report['accuracy@100']:.3f}" in page
    assert "picture_only" not in report  # the network reads strokes alone
    assert not any("skipped" in line for line in lines(report))


def test_rows_on_a_map_are_spread_over_the_labels() -> None:
    labels = np.repeat(np.arange(10), 30)
    for most in (1, 7, 10, 25, 300, 1000):
        rows = spread_rows(labels, most)
        counts = np.bincount(labels[rows], minlength=10)
        assert len(np.unique(rows)) == len(rows) <= most
        assert counts.max() - counts.min() <= 1
    assert len(spread_rows(labels, 25)) == 25
    assert spread_rows(np.zeros(0, int), 5).tolist() == []


def test_maps_of_several_runs_are_one_picture(drawings, tmp_path: Path) -> None:
    runs = {name: Oracle(drawings, 0.0) for name in ("random softmax", "semi-hard hinge")}
    draw_maps(runs, drawings, tmp_path / "maps.png")
    picture = cv2.imread(str(tmp_path / "maps.png"))
    assert picture.shape[1] > 1.8 * picture.shape[0]


# Few examples of categories that were never seen.


def test_few_shots_of_perfect_embeddings_are_right(drawings) -> None:
    found = few_shot(Oracle(drawings, 0.0), drawings, shots=4, repeats=5)
    assert (found.accuracy, found.deviation) == (1.0, 0.0)
    assert (found.n_queries, found.n_categories, found.repeats) == (36 - 12, 3, 5)
    assert not found.unseen


def test_few_shots_of_embeddings_without_meaning_are_chance(drawings) -> None:
    class Blind(Oracle):
        def answer(self, queries, use="both") -> Answers:
            vectors = np.random.default_rng(0).normal(size=(len(queries), 32))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return Answers(vectors.astype(np.float32), np.full((len(queries), 4), 0.25))

    blind = Blind(drawings, 0.0)
    blind.categories = ("moon",)
    found = few_shot(blind, drawings, shots=5, k=1, repeats=20)
    assert found.accuracy == pytest.approx(1 / 3, abs=0.12)
    assert found.deviation > 0
    assert found.unseen
    assert few_shot(blind, drawings, shots=5, k=1, repeats=20) == found


def test_too_few_drawings_for_the_shots_are_told(drawings) -> None:
    with pytest.raises(InputError, match="circle, stairs, star"):
        few_shot(Oracle(drawings, 0.0), drawings, shots=12)
