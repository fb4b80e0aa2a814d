"""Scores of a drawing run against answers that are known beforehand."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.evaluation.compare_runs import draw_beside, read_map
from sketchnet.evaluation.doodle_report import neighbour_rows, spread_rows, verdict_shares
from sketchnet.evaluation.doodle_tables import lines
from sketchnet.evaluation.doodles import score_doodles, triplets
from sketchnet.evaluation.few_shot import few_shot
from sketchnet.evaluation.scored import Scored
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval.doodle_gallery import DoodleGallery
from sketchnet.strokes.formats import ink_length
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.strokes.rasterize import rasterize
from sketchnet.strokes.shape_distance import same_style
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config


class Oracle(DoodleEmbedder):
    """Knows every drawing by how it begins, but answers "star" until enough ink is there."""

    def __init__(self, drawings: Doodles, enough: float) -> None:
        self.categories = (*WORDS, "moon")
        self.fingerprint = ""
        self.reads_both = True
        self.inputs = DoodleInputs(32, 32)
        self.truth = {self._key(d): (int(label), ink_length(d)) for d, label in
                      zip(drawings.drawings, drawings.labels, strict=True)}  # fmt: skip
        self.enough = enough

    @staticmethod
    def _key(drawing) -> tuple:
        start, step = drawing[0][0], drawing[0][1] - drawing[0][0]
        return tuple(np.round([*start, *step / np.hypot(*step)], 4).tolist())

    def answer(self, queries, use="both") -> Predictions:
        labels = []
        for drawing in queries:
            label, whole = self.truth[self._key(drawing)]
            seen = ink_length(drawing) / whole >= self.enough - 0.01 and use != "strokes"
            labels.append(label if seen else WORDS.index("star"))
        return Predictions(np.eye(4, dtype=np.float32)[labels], np.eye(4)[labels] * 0.9 + 0.025)


@pytest.fixture
def drawings() -> Doodles:
    return doodles(12)


def gallery_of(oracle: Oracle, drawings: Doodles) -> DoodleGallery:
    vectors = oracle.answer(drawings.queries()).embeddings
    return DoodleGallery(vectors, drawings.labels, WORDS, drawings.key_ids, drawings.drawings)


def test_accuracy_while_it_is_drawn(drawings) -> None:
    oracle = Oracle(drawings, enough=0.75)
    report = score_doodles(oracle, drawings, split="test")
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
    report = score_doodles(oracle, drawings, split="all", gallery=gallery)
    assert [report[f"knn@{k}"] for k in (1, 3, 4, 5)] == [1.0] * 4
    assert report["gallery"] == {"n": 36, "per_category": 12, "categories_without": 0}
    # With the drawing itself as its only neighbour of its category, nothing right is left.
    alone = gallery.take(np.array([0, 12, 24]))
    asked = drawings.take([0, 12, 24])
    assert score_doodles(oracle, asked, split="all", gallery=alone)["knn@1"] == 0.0


def test_accuracy_is_among_the_evaluated_categories(drawings) -> None:
    """An answer that is no category of the data cannot be given, so "moon" is never one."""

    class Moonstruck(Oracle):
        def answer(self, queries, use="both") -> Predictions:
            found = super().answer(queries, use)
            probabilities = found.probabilities.copy()
            probabilities[:, 3] = 5.0
            return Predictions(found.embeddings, probabilities)

    report = score_doodles(Moonstruck(drawings, 0.0), drawings, split="test")
    assert report["accuracy@100"] == 1.0


def test_unknown_categories_are_left_out_and_told(drawings) -> None:
    oracle = Oracle(drawings, 0.0)
    renamed = replace(drawings, categories=("circle", "zigzag", "star"))
    report = score_doodles(oracle, renamed, split="test")
    assert report["unknown"] == {"zigzag": 12}
    assert report["n"] == 24
    assert report["categories"] == ["circle", "star"]
    assert any("zigzag (12)" in line for line in lines(report))
    report["unknown"] = {f"word {i}": 3 for i in range(300)}
    told = next(line for line in lines(report) if "left out" in line)
    assert told.endswith("word 11 (3) and 288 more categories")
    with pytest.raises(InputError, match="zigzag"):
        score_doodles(oracle, renamed.only(["zigzag"]), split="test")


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
    network = build_doodle_network(small_config(), 3)
    embedder = DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))
    held = gallery_of(Oracle(drawings, 0.0), drawings)
    gallery = replace(held, vectors=embedder.predict(drawings.queries()).embeddings)
    asked = doodles(5, seed=3)
    report = score_doodles(embedder, asked, split="val", gallery=gallery, pictures=tmp_path)
    pictures = {"confusion.png", "map.png", "neighbours.png", "share.png"}
    files = pictures | {"index.html", "map.csv", "mistakes.csv"}
    assert {path.name for path in tmp_path.iterdir()} == files
    page = (tmp_path / "index.html").read_text()
    assert all(f'src="{name}"' in page for name in pictures)
    assert f"{report['accuracy@100']:.3f}" in page
    assert "picture_only" not in report  # the network reads strokes alone
    assert not any("skipped" in line for line in lines(report))
    places, words = read_map(tmp_path / "map.csv")
    assert places.shape == (15, 2)
    assert words == [WORDS[label] for label in asked.labels]


def test_pictures_without_strokes_are_scored_finished_and_drawn(tmp_path: Path) -> None:
    drawn = doodles(4)
    bitmaps = {row: rasterize(drawing, 28) for row, drawing in enumerate(drawn.drawings)}
    pictures = replace(drawn, drawings=PackedDrawings.of([None] * 12), bitmaps=bitmaps)
    network = build_doodle_network(small_config(image_branch="compact"), 3)
    embedder = DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))
    report = score_doodles(embedder, pictures, split="all", pictures=tmp_path)
    assert report["n"] == 12
    assert [report[f"accuracy@{p}"] for p in (25, 50, 75)] == [None] * 3
    assert 0 <= report["accuracy@100"] <= 1
    assert "picture_only" not in report
    names = {path.name for path in tmp_path.iterdir()}
    assert {"confusion.png", "map.png", "index.html"} <= names
    assert not {"share.png", "neighbours.png"} & names
    json.dumps(report)


def scored_by(oracle: Oracle, drawings: Doodles) -> Scored:
    answers = oracle.predict_by_input(drawings.queries())
    return Scored(drawings, answers, answers["both"].probabilities.argmax(axis=1))


def test_mistakes_are_listed_the_surest_first(drawings, tmp_path: Path) -> None:
    oracle = Oracle(drawings, 2.0)  # never enough: all are stars
    report = score_doodles(oracle, drawings, split="test", pictures=tmp_path)
    rows = list(csv.DictReader((tmp_path / "mistakes.csv").read_text().splitlines()))
    assert len(rows) == 24 == round(report["n"] * (1 - report["accuracy@100"]))
    assert {row["answered"] for row in rows} == {"star"}
    assert {row["category"] for row in rows} == {"circle", "stairs"}
    assert {row["key_id"] for row in rows} == set(drawings.key_ids[:24])
    assert {row["probability"] for row in rows} == {"0.925"}


def test_neighbours_are_sought_by_each_input_among_the_others(drawings) -> None:
    """The oracle sees nothing in strokes alone: there every drawing is as near as any other."""
    rows = neighbour_rows(scored_by(Oracle(drawings, 0.0), drawings), 6)
    assert sorted(row.note for row in rows) == sorted(WORDS * 2)
    for row in rows:
        assert list(row.found) == ["picture alone", "strokes alone", "picture and strokes"]
        for found in row.found.values():
            assert len(found) == 5
            assert not any(drawing is row.query for drawing, _ in found)
            for drawing, verdict in found:
                assert not same_drawing(drawing, row.query)
                assert (verdict == "same") <= same_style(drawing, row.query)
        for name in ("picture alone", "picture and strokes"):
            assert "wrong" not in [verdict for _, verdict in row.found[name]]
    assert any(verdict == "wrong" for row in rows for _, verdict in row.found["strokes alone"])
    shares = verdict_shares(rows)
    assert shares["picture alone"].startswith("100% same category")
    assert not shares["strokes alone"].startswith("100%")


def same_drawing(first, second) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def test_one_input_and_one_drawing_have_neighbours_or_none(drawings) -> None:
    oracle = Oracle(drawings, 0.0)
    oracle.reads_both = False
    assert list(neighbour_rows(scored_by(oracle, drawings), 1)[0].found) == ["nearest"]
    assert neighbour_rows(scored_by(oracle, drawings.take([0])), 5) == []


def test_rows_on_a_map_are_spread_over_the_labels() -> None:
    labels = np.repeat(np.arange(10), 30)
    for most in (1, 7, 10, 25, 300, 1000):
        rows = spread_rows(labels, most)
        counts = np.bincount(labels[rows], minlength=10)
        assert len(np.unique(rows)) == len(rows) <= most
        assert counts.max() - counts.min() <= 1
    assert len(spread_rows(labels, 25)) == 25
    assert spread_rows(np.zeros(0, int), 5).tolist() == []


def test_runs_are_drawn_side_by_side(drawings, tmp_path: Path) -> None:
    reports, folders = {}, {}
    for name, enough in {"random softmax": 0.9, "semi-hard hinge": 0.0}.items():
        folders[name] = tmp_path / name
        reports[name] = score_doodles(
            Oracle(drawings, enough), drawings, split="test", pictures=tmp_path / name / "pictures"
        )
    beside = draw_beside(reports, folders)
    assert beside == tmp_path / "random softmax" / "beside"
    assert {path.name for path in beside.iterdir()} == {"maps.png", "share.png", "index.html"}
    picture = cv2.imread(str(beside / "maps.png"))
    assert picture.shape[1] > 1.8 * picture.shape[0]
    page = (beside / "index.html").read_text()
    assert all(name in page for name in reports)
    assert draw_beside(reports, folders, tmp_path / "out") == tmp_path / "out" / "beside"
    # One that was not drawn cannot stand beside another, nor one that is of another task.
    assert draw_beside(reports, folders | {"random softmax": None}) is None
    reports["semi-hard hinge"]["task"] = "retrieval"
    assert draw_beside(reports, folders) is None


# Few examples of categories that were never seen.


def test_few_shots_of_perfect_embeddings_are_right(drawings) -> None:
    found = few_shot(Oracle(drawings, 0.0), drawings, shots=4, repeats=5)
    assert (found.accuracy, found.deviation) == (1.0, 0.0)
    assert found.n_queries == 36 - 12


def test_few_shots_of_embeddings_without_meaning_are_chance(drawings) -> None:
    class Blind(Oracle):
        def answer(self, queries, use="both") -> Predictions:
            vectors = np.random.default_rng(0).normal(size=(len(queries), 32))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return Predictions(vectors.astype(np.float32), np.full((len(queries), 4), 0.25))

    blind = Blind(drawings, 0.0)
    found = few_shot(blind, drawings, shots=5, k=1, repeats=20)
    assert found.accuracy == pytest.approx(1 / 3, abs=0.12)
    assert found.deviation > 0
    assert few_shot(blind, drawings, shots=5, k=1, repeats=20) == found


def test_too_few_drawings_for_the_shots_are_told(drawings) -> None:
    with pytest.raises(InputError, match="circle, stairs, star"):
        few_shot(Oracle(drawings, 0.0), drawings, shots=12)
    with pytest.raises(InputError, match="at least 1 example"):
        few_shot(Oracle(drawings, 0.0), drawings, shots=0)
    with pytest.raises(InputError, match="at least 2 categories"):
        few_shot(Oracle(drawings, 0.0), drawings.only(["star"]), shots=2)
