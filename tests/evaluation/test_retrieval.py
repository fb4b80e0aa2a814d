"""Evaluation of retrieval against second formulas, and against the finder."""

from __future__ import annotations

import csv
import json
import pickle
from shutil import copytree
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.data import partial_sketch
from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.load import load_collection, with_validation
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.evaluation import plots, retrieval
from sketchnet.evaluation.embedded_split import photo_side, split_of
from sketchnet.evaluation.evaluate_run import evaluate_run
from sketchnet.evaluation.retrieval import evaluate_retrieval, ranking_scores
from sketchnet.evaluation.tables import comparison_table, report_table
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics import ranking
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.ranker import Ranker, load_ranker
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.strokes.formats import ink_length
from sketchnet.utils.errors import InputError
from tests.doodles import small_config
from tests.tiny import (
    blob,
    photo_of,
    sketch_of,
    tiny_config,
    write_pairs,
    write_photos,
    write_run,
)

SHOES = 15


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("evaluation") / "run")


@pytest.fixture(scope="module")
def embedder(run):
    return Embedder(run)


@pytest.fixture(scope="module")
def pairs(run):
    return write_pairs(run.parent / "pairs", range(SHOES))


@pytest.fixture(scope="module")
def chairs(run):
    """Strokes: three sketches per chair in train, two in test."""
    folder = run.parent / "ChairV2"
    (folder / "photo").mkdir(parents=True)
    strokes = {}
    for number in range(14):
        cv2.imwrite(str(folder / "photo" / f"chair_{number}.jpg"), photo_of(number)[..., ::-1])
        corners = np.vstack([blob(number), blob(number)[:1]]).astype(float)
        pen = np.zeros((len(corners), 1))
        pen[[2, -1]] = 1
        split, sketches = ("train", 3) if number < 8 else ("test", 2)
        for k in range(1, sketches + 1):
            strokes[f"/{split}/chair_{number}_{k}"] = np.hstack([corners + 3 * k, pen])
    with (folder / "ChairV2_Coordinate").open("wb") as file:
        pickle.dump(strokes, file)
    return folder


def test_keys_and_counts(embedder, pairs):
    report = evaluate_retrieval(embedder, [pairs], "all")
    assert report["n_queries"] == report["n_gallery"] == SHOES
    assert report["photos"] == "computed"
    assert report["triplet_accuracy"] is None
    assert report["n_triplets"] == 0
    assert report["partial_by"] == "regions", "the sketches have no strokes"
    assert 0 <= report["acc@10@25"] <= 1
    for name in ("acc@1", "acc@5", "acc@10", "map", "percentile"):
        low, high = report["intervals"][name]
        assert 0 <= low <= report[name] <= high <= 1
        assert 0 <= report["retrieval_only"][name] <= 1
    assert json.loads(json.dumps(report)) == json.loads(json.dumps(report, allow_nan=False))


def test_the_finder_returns_the_ranks_that_are_evaluated(embedder, pairs, tmp_path):
    report = evaluate_retrieval(embedder, [pairs], "all")
    build_gallery(embedder, pairs, tmp_path / "gallery")
    finder = ShoeFinder(embedder, tmp_path / "gallery")
    ranks = []
    for number in range(SHOES):
        found = finder.find(pairs / "sketches" / f"shoe_{number}.png", SHOES)
        ranks += [match.rank for match in found if match.id == f"shoe_{number}"]
    assert len(ranks) == SHOES
    assert report["acc@1"] == ranking.acc_at(ranks, 1)
    assert report["acc@5"] == ranking.acc_at(ranks, 5)
    assert report["map"] == pytest.approx(ranking.mean_average_precision(ranks))


def test_evaluation_is_deterministic(embedder, pairs):
    first, second = (evaluate_retrieval(embedder, [pairs], "all") for _ in range(2))
    for report in (first, second):
        report.pop("seconds")
    assert first == second


def test_val_is_the_validation_split_of_the_training(embedder, pairs):
    collection = load_collection(pairs)
    cut = with_validation(collection, fold=0).subset("val")
    found = split_of(collection, tiny_config(), "val")
    assert [photo.id for photo in found.photos] == [photo.id for photo in cut.photos]
    report = evaluate_retrieval(embedder, [pairs], "val")
    assert report["n_queries"] == report["n_gallery"] == SHOES // 5
    folds = [split_of(collection, tiny_config(), "val", fold) for fold in range(5)]
    ids = [photo.id for fold in folds for photo in fold.photos]
    assert len(set(ids)) == len(ids) == SHOES
    train = split_of(collection, tiny_config(), "train")
    assert not {photo.id for photo in train.photos} & {photo.id for photo in found.photos}


def test_a_run_trained_on_everything_has_no_validation_split(pairs):
    collection = load_collection(pairs)
    with pytest.raises(InputError, match=r"none; name one with --split: train \(15 sketches\)"):
        split_of(collection, tiny_config(validate=False), "val")
    assert len(split_of(collection, tiny_config(validate=False), "val", fold=1).sketches) == 3


def test_an_empty_split_is_refused_with_the_existing_ones(embedder, pairs):
    with pytest.raises(InputError, match=r"train \(12 sketches\), val \(3 sketches\)"):
        evaluate_retrieval(embedder, [pairs], "test")


def test_photos_without_sketches_cannot_be_evaluated(embedder, pairs):
    with pytest.raises(InputError, match="photos only"):
        evaluate_retrieval(embedder, [pairs / "photos"], "all")


def test_several_sketches_per_photo_and_partial_sketches(embedder, chairs):
    report = evaluate_retrieval(embedder, [chairs], "test")
    assert report["n_queries"] == 12
    assert report["partial_by"] == "strokes"
    assert report["n_gallery"] == 6
    for percent in (25, 50, 75):
        name = f"acc@10@{percent}"
        assert report[name] == 1.0  # ten of six photos
        assert report["intervals"][name] == (1.0, 1.0)
    for name in ("m@A", "m@B"):
        low, high = report["intervals"][name]
        assert 0 <= low <= report[name] <= high <= 1


def test_partial_sketches_are_cut_by_length_and_scaled_by_themselves(embedder, chairs, monkeypatch):
    seen = []
    original = partial_sketch.prepare_sketch

    def spy(drawing, canvas, line_width):
        seen.append(drawing)
        return original(drawing, canvas, line_width)

    monkeypatch.setattr(partial_sketch, "prepare_sketch", spy)
    evaluate_retrieval(embedder, [chairs], "test", views=1)
    whole = [sketch.drawing for sketch in load_collection(chairs).subset("test").sketches]
    assert len(seen) == 3 * len(whole)
    for part, full in zip(seen[: len(whole)], whole, strict=True):
        assert ink_length(part) == pytest.approx(0.25 * ink_length(full), rel=0.01)
    prepared = original(seen[0], embedder.canvas)
    ink = np.argwhere(prepared < 128)
    assert np.ptp(ink, axis=0).max() > 0.7 * embedder.canvas, "a quarter fills the canvas too"


def random_embeddings(n: int, rng: np.random.Generator) -> Embeddings:
    vectors = rng.normal(size=(n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(vectors, rng.normal(size=(n, 2, 2, 4)).astype(np.float16))


def test_triplets_are_decided_by_reranked_distances(rng):
    queries, gallery = random_embeddings(5, rng), random_embeddings(260, rng)
    triplets = rng.integers([5, 260, 260], size=(300, 3))
    ranker = Ranker(depth=len(gallery))
    embedded = SimpleNamespace(
        pairs=SimpleNamespace(triplets=triplets), queries=queries, own=gallery
    )
    found, (low, high) = retrieval._triplets(embedded, ranker)

    def distance(sketch: int, row: int) -> float:
        squared = float(((queries.vectors[sketch] - gallery.vectors[row]) ** 2).sum())
        score = float(local_scores_numpy(queries.maps[sketch], gallery.maps[[row]])[0])
        return (1 - ranker.weight) * squared + ranker.weight * 2 * (1 - score)

    right = sum(distance(s, positive) < distance(s, negative) for s, positive, negative in triplets)
    assert found == pytest.approx(right / 300, abs=1 / 300)
    assert low < found < high


def test_distractors_join_the_gallery_and_are_never_right(embedder, pairs):
    """Copies of the photos as distractors tie with them, which doubles every rank."""
    alone = evaluate_retrieval(embedder, [pairs], "all", views=1)
    among = evaluate_retrieval(embedder, [pairs], "all", views=1, distractors=pairs / "photos")
    assert (alone["n_gallery"], alone["n_distractors"]) == (SHOES, 0)
    assert (among["n_gallery"], among["n_distractors"]) == (2 * SHOES, SHOES)
    assert among["n_queries"] == SHOES
    for name in ("map", "m@B"):
        assert among[name] == pytest.approx(alone[name] / 2)
    assert among["acc@1"] == 0
    assert among["acc@10"] == alone["acc@5"]
    assert f"{2 * SHOES} photos ({SHOES} of them distractors)" in report_table(among)[0]


def test_the_report_shows_the_distractors_that_rank_before_the_true_photo(
    embedder, pairs, tmp_path, monkeypatch
):
    """Queries are the photos' own outlines; the distractors are photos of other shoes."""
    others = write_photos(tmp_path / "others", range(60, 66))
    shown: dict[str, list] = {}
    monkeypatch.setattr(
        plots, "retrieval_grid", lambda rows, path, *_: shown.update({path.name: rows})
    )
    evaluate_retrieval(
        embedder, [pairs], "all", views=1, distractors=others, pictures=tmp_path / "pictures"
    )
    distractors = [photo_of(number) for number in range(60, 66)]
    n_distractors = 0
    for row in [*shown["found.png"], *shown["worst.png"]]:
        rank = int(row.note.rpartition(" ")[2])
        assert row.true == (rank - 1 if rank <= len(row.found) else None)
        n_distractors += sum(
            np.array_equal(picture, other) for picture in row.found for other in distractors
        )
    assert n_distractors > 0


def test_validation_scores_are_those_of_the_evaluation(embedder, pairs):
    report = evaluate_retrieval(embedder, [pairs], "all", views=1)
    prepared = prepare_pairs(load_collection(pairs), embedder.canvas, progress=False)
    scores = ranking_scores(embedder, load_ranker(embedder), prepared)
    assert scores == {name: pytest.approx(report[name]) for name in ("acc@1", "acc@10", "map")}


def test_the_kind_of_edge_maps_is_reported(embedder, tmp_path):
    both = Collection(
        "both",
        photos=tuple(
            Photo(str(i), "test", photo_of(i) if i else None, sketch_of(i)) for i in range(3)
        ),
        sketches=tuple(Sketch(str(i), str(i), sketch_of(i)) for i in range(3)),
    )
    assert photo_side(both, tiny_config(), "provided") == "provided"
    assert photo_side(both, tiny_config(), "computed") == "computed 2, provided 1"
    assert photo_side(both.select(["0"]), tiny_config(), "computed") == "provided"
    rgb = tiny_config(photo_input="rgb", shared=False)
    assert photo_side(both, rgb, "computed") == "rgb 2, provided 1"
    assert photo_side(both.select(["1", "2"]), rgb, "computed") == "rgb"


def test_unreadable_pictures_are_left_out_and_reported(embedder, tmp_path):
    folder = write_pairs(tmp_path / "pairs", range(6))
    (folder / "sketches" / "shoe_2.png").write_bytes(b"no picture")
    report = evaluate_retrieval(embedder, [folder], "all")
    assert (report["n_queries"], report["n_gallery"]) == (5, 6)
    assert any("shoe_2" in problem for problem in report["skipped"])
    for number in range(6):
        (folder / "sketches" / f"shoe_{number}.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="readable sketches"):
        evaluate_retrieval(embedder, [folder], "all")


def test_a_report_has_all_its_files(run, chairs, tmp_path):
    (run / "history.csv").write_text("epoch,loss,val_acc@1,seconds\n1,0.9,0.1,3\n2,0.8,0.3,3\n")
    folder = tmp_path / "pictures"
    report = evaluate_retrieval(run, [chairs], "test", pictures=folder)
    names = {path.name for path in folder.iterdir()}
    pictures = {"found.png", "worst.png", "ranks.png", "completion.png", "learning.png"}
    assert names == pictures | {"ranks.csv", "index.html"}
    for name in pictures:
        assert cv2.imread(str(folder / name)) is not None
        assert name in (folder / "index.html").read_text()
    with (folder / "ranks.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    ranks = [int(row["rank"]) for row in rows]
    assert ranks == sorted(ranks, reverse=True)
    assert np.mean(np.array(ranks) == 1) == report["acc@1"]


def test_scores_are_written_into_a_run_but_not_into_a_shipped_one(
    run, embedder, tmp_path, monkeypatch
):
    """`embedder` has converted the network of `run`, so that its copies are loaded quickly."""
    pairs = write_pairs(tmp_path / "pairs", range(4))
    own = copytree(run, tmp_path / "run")
    report = evaluate_run(own, [pairs], "all", views=1)
    assert json.loads((own / "metrics.json").read_text())["acc@1"] == report["acc@1"]
    assert report["data"] == ["pairs"]
    assert (own / "pictures" / "found.png").is_file()

    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "weights")
    shipped = copytree(run, tmp_path / "weights" / "shoes")
    before = sorted(path.name for path in shipped.iterdir())
    evaluate_run("shoes", [pairs], "all", views=1)
    assert sorted(path.name for path in shipped.iterdir()) == before
    evaluate_run("shoes", [pairs], "all", views=1, out=tmp_path / "out")
    assert sorted(path.name for path in shipped.iterdir()) == before
    assert (tmp_path / "out" / "pictures" / "index.html").is_file()
    assert (tmp_path / "out" / "metrics.json").is_file()


def test_options_of_the_other_task_are_refused(run, pairs, tmp_path):
    with pytest.raises(InputError, match="--categories"):
        evaluate_run(run, [pairs], "all", categories=["apple"])
    save_config(small_config(), tmp_path / runs.CONFIG)
    with pytest.raises(InputError, match="--distractors"):
        evaluate_run(tmp_path, [pairs], "all", distractors=pairs)


def test_tables(embedder, chairs, pairs):
    report = evaluate_retrieval(embedder, [chairs], "test")
    text = "\n".join(report_table(report))
    assert "12 sketches among 6 photos, split test, photo input: computed, 10 views" in text
    assert "acc@10 at 25 %" in text
    assert "cut by strokes" in text
    assert "human triplets" not in text
    other = evaluate_retrieval(embedder, [pairs], "all", views=1)
    del other["acc@10@25"]
    head, first, second = comparison_table({"one": report, "another/run": other})
    assert head.split()[:2] == ["run", "N"]
    assert first.split()[:2] == ["one", "12"]
    assert second.split()[:2] == ["another/run", "15"]
    assert "—" in second, "a score that a run lacks"
    assert len(head) == len(first) == len(second)


@pytest.mark.slow
def test_real_shoes_with_human_triplets(real_data, embedder):
    report = evaluate_retrieval(embedder, [real_data / "qmul_v1" / "shoes"], "val", views=1)
    assert (report["n_queries"], report["n_gallery"]) == (60, 60)
    assert report["n_triplets"] > 100
    assert 0.4 < report["triplet_accuracy"] < 0.9
    assert report["percentile"] > 0.5, "even an untrained network is better than chance"
    published = evaluate_retrieval(
        embedder, [real_data / "qmul_v1" / "shoes"], "val", views=1, edge_maps="provided"
    )
    assert published["photos"] == "provided"
    assert published["map"] != report["map"]
