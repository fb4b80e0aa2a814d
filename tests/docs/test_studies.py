"""The studies of docs/studies run from end to end, on the smallest data and networks."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny import tiny_config, write_pairs, write_photos, write_run

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("qmul_v1/shoes", "shoe_304x3", "ChairV2", "qmul_v1/chairs")


@pytest.fixture
def studies(monkeypatch):
    """The folder of the studies is importable, and what they import is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "studies"))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if "/docs/studies/" in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Paired folders under the names of the real data, of different photos."""
    folder = tmp_path_factory.mktemp("data")
    for number, name in enumerate(FOLDERS):
        write_pairs(folder / name, range(100 * number, 100 * number + 12))
    write_photos(folder / "ShoeV2", range(900, 906))
    return folder


@pytest.fixture
def runs(tmp_path) -> Path:
    """A folder of runs that holds the synthetic shoes already."""
    write_pairs(tmp_path / "runs" / "synthetic", range(1000, 1006))
    return tmp_path / "runs"


def with_triplets(prepare):
    """A preparation that adds human triplets: each sketch is nearer to its own photo."""

    def prepare_with_triplets(*arguments, **options):
        pairs = prepare(*arguments, **options)
        rows = np.arange(len(pairs.sketches))
        farther = (pairs.sketch_photo + 1) % len(pairs.photos)
        return replace(pairs, triplets=np.stack([rows, pairs.sketch_photo, farther], axis=1))

    return prepare_with_triplets


@pytest.mark.slow
def test_every_code_ablation_trains_and_is_scored(studies, data, runs, monkeypatch):
    import code_ablations as study

    from sketchnet.evaluation import embedded_split
    from sketchnet.training import retrieval_trainer

    # The study replaces these; this restores them afterwards.
    for module, name in (
        (retrieval_trainer, "PairBatches"),
        (embedded_split, "prepare_pairs"),
        (embedded_split, "load_ranker"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    config = tiny_config(
        epochs=1, steps_per_epoch=2, identities=8, querybank=6, pretrained=False, partial=0.5
    )
    teacher = {"local_size": 48}
    write_run(runs / "base-0", **teacher)
    for ablation in study.ABLATIONS:
        if ablation.name == "human_triplets":
            ablation = replace(ablation, prepare=with_triplets(ablation.prepare))
        run = runs / f"{ablation.name}-0"
        study.train(ablation, replace(config, shared=ablation.shared), data, runs, run)
        scores = json.loads((run / study.SCORES).read_text())
        assert 0 < scores["map"] <= 1, ablation.name
        assert len((run / "history.csv").read_text().splitlines()) == 2, ablation.name
    rows = study.markdown_table(
        [study.Recipe(ablation.name, "", repeats=1) for ablation in study.ABLATIONS],
        ("acc@1", "map"),
        runs,
    )
    assert len(rows) == 2 + len(study.ABLATIONS)


@pytest.mark.slow
def test_the_studies_at_test_time_print_a_row_for_each_ranking(studies, data, runs, capsys):
    import ensembles
    import hubness
    import reranking
    import trunk_ranking
    import views

    for fold in (0, 1):
        write_run(runs / f"tiny-{fold}", seed=fold, fold=fold, querybank=6)
    expected = {views: 20, hubness: 11, reranking: 10 + 3 + 5, trunk_ranking: 11}
    for study, rows in expected.items():
        if study is views:
            study.compare(data, runs, "tiny", views.rankings)
        else:
            study.main(data, runs, "tiny")
        lines = capsys.readouterr().out.splitlines()
        table = [line for line in lines if line.startswith("| ") and "acc@1" not in line]
        assert len([line for line in table if "---" not in line]) == rows, study.__name__
        assert all("±" in line for line in table if "---" not in line), "two folds, a deviation"
    ensembles.main(data, [runs / "tiny-0", runs / "tiny-1"])
    assert "| ensemble |" in capsys.readouterr().out


@pytest.mark.slow
def test_the_last_epoch_is_scored_by_its_own_network(studies, data, runs):
    import last_epochs
    from training_grid import SCORES, Recipe

    recipe = Recipe("tiny", "", repeats=1)
    trained = write_run(runs / "tiny-0", querybank=6)
    last = write_run(runs / "other", seed=5, querybank=6)
    (trained / "last.keras").write_bytes((last / "model.keras").read_bytes())
    (trained / "history.csv").write_text("epoch,seconds\n1,60\n")
    (trained / SCORES).write_text("{}")
    target = [data / name for name in FOLDERS[:2]]
    rows = last_epochs.evaluate_last_epochs(recipe, target, target, runs)
    assert [row.name for row in rows] == ["tiny_last_epoch", "tiny_last_epoch_qmul"]
    for row, queries in zip(rows, (4, 2), strict=True):
        run = row.run(runs, 0)
        assert (run / "model.keras").read_bytes() == (last / "model.keras").read_bytes()
        assert (run / "querybank.npz").is_file()
        assert json.loads((run / SCORES).read_text())["n_queries"] == queries
    assert last_epochs.cost(rows[0].run(runs, 0), data).endswith(" ms")


@pytest.mark.slow
def test_every_code_ablation_of_the_trunk_trains_and_is_scored(
    studies, data, runs, capsys, monkeypatch
):
    import hed_lines
    import trunk_code_ablations as study
    from training_grid import SCORES

    from sketchnet.data.pairs.load import load_collections
    from sketchnet.data.pairs.picture_source import load_picture

    write_photos(data / "zap_photos", range(920, 926))
    tiny = {"size": 64, "identities": 4, "epochs": 1, "steps_per_epoch": 1, "pretrained": False}
    monkeypatch.setattr(study, "SHORT", replace(study.SHORT, **tiny, querybank=6, partial=0.5))
    monkeypatch.setattr(study, "TABLE_SCORES", ("acc@1", "far_map"))  # there are no human triplets
    (runs / "hed").mkdir()
    for photo in load_collections([data / name for name in (*FOLDERS, "ShoeV2")]).photos:
        picture = load_picture(photo.photo)
        lines = np.full(picture.shape[:2], 255, np.uint8)
        lines[8:-8, 10:14] = 0
        hed_lines.cv2.imwrite(str(hed_lines.lines_file(runs / "hed", picture)), lines)
    (runs / "infonce-0").mkdir()
    (runs / "infonce-0" / SCORES).write_text(json.dumps(dict.fromkeys(study.TABLE_SCORES, 0.5)))
    monkeypatch.setattr(sys, "argv", ["study", str(data), str(runs), "--folds", "1"])
    study.main()
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == 2 * (2 + len(study.ABLATIONS))
    for name in study.ABLATIONS:
        assert 0 < json.loads((runs / f"{name}-0" / SCORES).read_text())["map"] <= 1, name
