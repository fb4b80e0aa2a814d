"""Scores of a doodle run whose predictions are known."""

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
from sketchnet.evaluation.compare_runs import compare_runs, read_map
from sketchnet.evaluation.doodle_evaluation import DoodleEvaluation
from sketchnet.evaluation.doodle_report import balanced_rows, match_shares, neighbour_rows
from sketchnet.evaluation.doodle_tables import doodle_table
from sketchnet.evaluation.doodles import random_triplets, score_doodles
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.strokes.rasterize import rasterize
from sketchnet.strokes.shape_distance import same_style
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.evaluation.known_drawings import KnownDrawings, gallery_of


@pytest.fixture(scope="module")
def drawings() -> Doodles:
    return doodles(12)


def test_accuracy_of_partial_drawings(drawings) -> None:
    embedder = KnownDrawings(drawings, enough=0.75)
    report = score_doodles(embedder, drawings, split="test")
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


def test_a_drawing_is_not_its_own_neighbour(drawings) -> None:
    embedder = KnownDrawings(drawings, enough=0.0)
    gallery = gallery_of(embedder, drawings)
    report = score_doodles(embedder, drawings, split="all", gallery=gallery)
    assert [report[f"knn@{k}"] for k in (1, 3, 4, 5)] == [1.0] * 4
    assert report["gallery"] == {"n": 36, "per_category": 12, "categories_without": 0}
    # Where the gallery has no other drawing of the category, no neighbour can be right.
    alone = gallery.take(np.array([0, 12, 24]))
    queries = drawings.take([0, 12, 24])
    assert score_doodles(embedder, queries, split="all", gallery=alone)["knn@1"] == 0.0


def test_accuracy_is_among_the_evaluated_categories(drawings) -> None:
    """The data hold no "moon", so it is never predicted."""

    class AlwaysMoon(KnownDrawings):
        def predict(self, queries, modality="both") -> Predictions:
            found = super().predict(queries, modality)
            probabilities = found.probabilities.copy()
            probabilities[:, 3] = 5.0
            return Predictions(found.embeddings, probabilities)

    report = score_doodles(AlwaysMoon(drawings, 0.0), drawings, split="test")
    assert report["accuracy@100"] == 1.0


def test_calibration_and_the_five_likeliest_are_among_the_evaluated_categories(drawings) -> None:
    """`KnownDrawings` gives 0.925 of 1 to its category: among three of four it is 0.925 / 0.975."""
    report = score_doodles(KnownDrawings(drawings, enough=0.75), drawings, split="test")
    confidence = 0.925 / 0.975
    assert report["calibration_error"] == pytest.approx(1 - confidence)
    assert report["calibration_error@50"] == pytest.approx(confidence - 1 / 3)
    assert report["top5"] == 1.0  # of three categories
    assert report["temperature"] == 1.0
    table = doodle_table(report)
    assert f"{'calibration error':<18}{1 - confidence:7.3f}" in table
    assert any(line.startswith("top 5") for line in table)


def test_the_five_likeliest_of_many_categories(rng) -> None:
    """Against a loop over the drawings, with ties in the order of the categories."""
    words = tuple(f"word {i}" for i in range(9))
    queries = doodles(20, words)
    probabilities = rng.dirichlet(np.ones(9), len(queries)).round(1) + 1e-3

    class Listed(KnownDrawings):
        def __init__(self) -> None:
            super().__init__(queries, 0.0)
            self.categories, self.reads_both = words, False

        def predict(self, queries, modality="both") -> Predictions:
            return Predictions(probabilities, probabilities)

    expected = [
        label in sorted(range(9), key=lambda c: (-row[c], c))[:5]
        for row, label in zip(probabilities, queries.labels.tolist(), strict=True)
    ]
    assert 0.3 < np.mean(expected) < 0.8
    report = score_doodles(Listed(), queries, split="test")
    assert report["top5"] == pytest.approx(np.mean(expected))


def test_unknown_categories_are_left_out_and_reported(drawings) -> None:
    embedder = KnownDrawings(drawings, 0.0)
    renamed = replace(drawings, categories=("circle", "zigzag", "star"))
    report = score_doodles(embedder, renamed, split="test")
    assert report["unknown"] == {"zigzag": 12}
    assert report["n"] == 24
    assert report["categories"] == ["circle", "star"]
    assert any("zigzag (12)" in line for line in doodle_table(report))
    report["unknown"] = {f"word {i}": 3 for i in range(300)}
    line = next(line for line in doodle_table(report) if "left out" in line)
    assert line.endswith("word 11 (3) and 288 more categories")
    with pytest.raises(InputError, match="zigzag"):
        score_doodles(embedder, renamed.only(["zigzag"]), split="test")


def test_random_triplets_have_the_right_labels() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    embeddings = np.eye(3)[labels] + np.arange(6)[:, None] * 1e-3
    anchors, right = random_triplets(embeddings, labels, per_anchor=50)
    # The only drawing of category 2 has no positive.
    assert sorted(set(anchors.tolist())) == [0, 1, 2, 3, 4]
    assert np.bincount(anchors).tolist() == [50] * 5
    assert right.all()
    _, tied = random_triplets(np.ones((6, 3)), labels)
    assert not tied.any()  # a tie is wrong
    for alone in (np.array([0, 0, 0]), np.array([0, 1, 2]), np.zeros(0, int)):
        anchors, right = random_triplets(np.eye(3)[alone], alone)
        assert len(anchors) == len(right) == 0


def test_random_embeddings_get_half_of_the_triplets_right(rng) -> None:
    labels = np.repeat(np.arange(10), 20)
    vectors = rng.normal(size=(200, 16))
    _, right = random_triplets(vectors, labels)
    assert right.mean() == pytest.approx(0.5, abs=0.05)
    assert random_triplets(vectors, labels)[1].tolist() == right.tolist()


def test_a_report_has_all_its_files(drawings, tmp_path: Path) -> None:
    network = build_doodle_network(small_config(), 3)
    embedder = DoodleEmbedder((network, DoodleInputs(32, 32), WORDS))
    known = gallery_of(KnownDrawings(drawings, 0.0), drawings)
    gallery = replace(known, vectors=embedder.predict(drawings.queries()).embeddings)
    queries = doodles(5, seed=3)
    report = score_doodles(embedder, queries, split="val", gallery=gallery, pictures=tmp_path)
    pictures = {"confusion.png", "calibration.png", "map.png", "neighbours.png", "completion.png"}
    files = pictures | {"index.html", "map.csv", "mistakes.csv"}
    assert {path.name for path in tmp_path.iterdir()} == files
    page = (tmp_path / "index.html").read_text()
    assert all(f'src="{name}"' in page for name in pictures)
    assert f"{report['accuracy@100']:.3f}" in page
    assert "picture_only" not in report  # the network reads strokes alone
    assert not any("skipped" in line for line in doodle_table(report))
    points, words = read_map(tmp_path / "map.csv")
    assert points.shape == (15, 2)
    assert words == [WORDS[label] for label in queries.labels]


def test_pictures_without_strokes_are_scored_at_100_percent(tmp_path: Path) -> None:
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
    assert {"confusion.png", "calibration.png", "map.png", "index.html"} <= names
    assert "calibration_error@50" not in report
    assert not {"completion.png", "neighbours.png"} & names
    json.dumps(report)


def evaluation_by(embedder: KnownDrawings, drawings: Doodles) -> DoodleEvaluation:
    predictions = embedder.predict_by_modality(drawings.queries())
    predicted = predictions["both"].probabilities.argmax(axis=1)
    return DoodleEvaluation(drawings, predictions, predicted)


def test_mistakes_are_listed(drawings, tmp_path: Path) -> None:
    embedder = KnownDrawings(drawings, 2.0)  # always predicts stars
    report = score_doodles(embedder, drawings, split="test", pictures=tmp_path)
    rows = list(csv.DictReader((tmp_path / "mistakes.csv").read_text().splitlines()))
    assert len(rows) == 24 == round(report["n"] * (1 - report["accuracy@100"]))
    assert {row["predicted"] for row in rows} == {"star"}
    assert {row["category"] for row in rows} == {"circle", "stairs"}
    assert {row["key_id"] for row in rows} == set(drawings.key_ids[:24])
    assert {row["probability"] for row in rows} == {"0.925"}


def test_neighbours_by_each_modality(drawings) -> None:
    """From strokes only all embeddings are equal: every drawing is as near as any other."""
    rows = neighbour_rows(evaluation_by(KnownDrawings(drawings, 0.0), drawings), 6)
    assert sorted(row.note for row in rows) == sorted(WORDS * 2)
    for row in rows:
        assert list(row.found) == ["picture only", "strokes only", "picture and strokes"]
        for found in row.found.values():
            assert len(found) == 5
            assert not any(drawing is row.query for drawing, _ in found)
            for drawing, match in found:
                assert not same_drawing(drawing, row.query)
                assert (match == "same") <= same_style(drawing, row.query)
        for name in ("picture only", "picture and strokes"):
            assert "wrong" not in [match for _, match in row.found[name]]
    assert any(match == "wrong" for row in rows for _, match in row.found["strokes only"])
    shares = match_shares(rows)
    assert shares["picture only"].startswith("100% same category")
    assert not shares["strokes only"].startswith("100%")


def same_drawing(first, second) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def test_neighbours_of_one_modality_and_of_a_single_drawing(drawings) -> None:
    embedder = KnownDrawings(drawings, 0.0)
    embedder.reads_both = False
    assert list(neighbour_rows(evaluation_by(embedder, drawings), 1)[0].found) == ["nearest"]
    assert neighbour_rows(evaluation_by(embedder, drawings.take([0])), 5) == []


def test_rows_are_balanced_over_the_labels() -> None:
    labels = np.repeat(np.arange(10), 30)
    for limit in (1, 7, 10, 25, 300, 1000):
        rows = balanced_rows(labels, limit)
        counts = np.bincount(labels[rows], minlength=10)
        assert len(np.unique(rows)) == len(rows) <= limit
        assert counts.max() - counts.min() <= 1
    assert len(balanced_rows(labels, 25)) == 25
    assert balanced_rows(np.zeros(0, int), 5).tolist() == []
    # Labels with few rows give all of them.
    uneven = np.repeat(np.arange(3), [1, 2, 30])
    counts = np.bincount(uneven[balanced_rows(uneven, 9)])
    assert counts.tolist() == [1, 2, 6]


def test_runs_are_compared(drawings, tmp_path: Path) -> None:
    reports, folders = {}, {}
    for name, enough in {"random softmax": 0.9, "semi-hard triplet": 0.0}.items():
        folders[name] = tmp_path / name
        embedder = KnownDrawings(drawings, enough)
        pictures = tmp_path / name / "pictures"
        reports[name] = score_doodles(embedder, drawings, split="test", pictures=pictures)
    comparison = compare_runs(reports, folders)
    assert comparison == tmp_path / "random softmax" / "comparison"
    names = {path.name for path in comparison.iterdir()}
    assert names == {"maps.png", "completion.png", "index.html"}
    picture = cv2.imread(str(comparison / "maps.png"))
    assert picture.shape[1] > 1.8 * picture.shape[0]
    page = (comparison / "index.html").read_text()
    assert all(name in page for name in reports)
    assert compare_runs(reports, folders, tmp_path / "out") == tmp_path / "out" / "comparison"
    # A run without a report or of another task is left out, and one run is no comparison.
    assert compare_runs(reports, folders | {"random softmax": None}) is None
    reports["semi-hard triplet"]["task"] = "retrieval"
    assert compare_runs(reports, folders) is None
