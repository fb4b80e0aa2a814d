"""What ships with the package, and the recipe that makes it."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.inference import onnx_runtime
from sketchnet.inference.doodle_embedder import DoodleEmbedder, save_input_spec
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.retrieval import hubness
from sketchnet.retrieval.doodle_gallery import (
    GALLERY_FILE,
    SYNTHETIC_FILE,
    build_doodle_gallery,
    load_doodle_gallery,
    save_doodle_gallery,
)
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.ranker import load_ranker
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.tiny import write_run

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted(path.parent for path in runs.SHIPPED.glob(f"*/{runs.CONFIG}"))


def files(run: Path) -> list[Path]:
    """All of a run but what a machine adds by itself."""
    paths = [path for path in run.rglob("*") if path.is_file()]
    return [path for path in paths if onnx_runtime.FOLDER not in path.relative_to(run).parts]


def test_both_tasks_ship():
    assert [run.name for run in SHIPPED] == ["quickdraw", "shoes"]


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: run.name)
def test_it_is_small_enough_for_a_clone(run):
    assert (run / runs.MODEL).stat().st_size < 8e6
    assert sum(path.stat().st_size for path in files(run)) < 16e6


def test_the_synthetic_galleries_are_small():
    synthetic = [
        *files(runs.SHIPPED / "shoes" / runs.GALLERY),
        runs.SHIPPED / "quickdraw" / SYNTHETIC_FILE,
    ]
    assert sum(path.stat().st_size for path in synthetic) < 8e6


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: run.name)
def test_its_card_says_what_one_must_know(run):
    card = (run / "CARD.md").read_text("utf-8")
    for word in ("**Recipe.**", "python train.py", "**Training data", "**Scores", "**Limits.**"):
        assert word in card
    assert any(terms in card for terms in ("CC BY 4.0", "non-commercial"))


def test_the_gallery_of_shoes_is_by_the_network_that_ships():
    run = runs.SHIPPED / "shoes"
    gallery = load_gallery(run / runs.GALLERY)
    gallery.check_made_by(runs.fingerprint(run))
    assert len(gallery) == 200


def test_the_querybank_finds_hubs_in_the_gallery():
    embedder = Embedder("shoes")
    querybank = load_ranker(embedder).hubness
    assert len(querybank.vectors) == 2 * embedder.config.querybank
    photos = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings.vectors
    penalties = querybank.penalties(photos)
    assert 0 == penalties.min() < penalties.max() < 0.5


def test_of_real_drawings_no_stroke_ships():
    run = runs.SHIPPED / "quickdraw"
    real, shown = (load_doodle_gallery(run / name) for name in (GALLERY_FILE, SYNTHETIC_FILE))
    for gallery in (real, shown):
        gallery.check_made_by(runs.fingerprint(run))
    assert real.drawings is None
    assert shown.drawings is not None
    assert len(shown.categories) == 10


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """The recipe, shipping to another place, with few drawings."""
    path = ROOT / "docs" / "recipes" / "ship_weights.py"
    spec = importlib.util.spec_from_file_location("ship_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(module, "SHOES", 3)
    monkeypatch.setattr(module, "DOODLES", 1)
    return module


def test_a_retrieval_run_is_shipped_with_a_gallery_of_its_own(recipe, tmp_path):
    run = write_run(tmp_path / "run")
    (run / runs.HISTORY).write_text("epoch\n1\n")
    size = runs.config_of(run).embedding_size
    hubness.save_querybank(hubness.Querybank(np.eye(4, size, dtype=np.float32)), run)
    recipe.main(run, "shoes")
    shipped = runs.SHIPPED / "shoes"
    gallery = load_gallery(shipped / runs.GALLERY)
    gallery.check_made_by(runs.fingerprint(shipped))
    assert len(gallery) == 3
    assert runs.fingerprint(shipped) != runs.fingerprint(run)
    assert {path.name for path in shipped.iterdir()} == {
        runs.CONFIG, runs.MODEL, runs.HISTORY, runs.GALLERY, hubness.FILE,
    }  # fmt: skip
    (shipped / "CARD.md").write_text("by hand")
    recipe.main(run, "shoes")
    assert (shipped / "CARD.md").read_text() == "by hand", "a card outlives its weights"
    assert [path.name for path in runs.SHIPPED.iterdir()] == ["shoes"], "nothing lies about"


def write_drawing_run(folder: Path) -> Path:
    from sketchnet.config.files import save_config
    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.models.doodle_network import build_doodle_network

    config = small_config()
    save_config(config, folder / runs.CONFIG)
    saving.save_model(build_doodle_network(config, len(WORDS)), folder)
    save_input_spec(folder, DoodleInputs(config.size, config.max_points), WORDS)
    (folder / runs.HISTORY).write_text("epoch\n1\n")
    gallery = build_doodle_gallery(DoodleEmbedder(folder), doodles(4))
    save_doodle_gallery(gallery, folder / GALLERY_FILE)
    return folder


def test_real_drawings_are_embedded_anew_and_their_strokes_stay_behind(recipe, tmp_path):
    run = write_drawing_run(tmp_path / "run")
    recipe.main(run, "mine")
    shipped = runs.SHIPPED / "mine"
    before, after = (load_doodle_gallery(folder / GALLERY_FILE) for folder in (run, shipped))
    assert after.fingerprint == runs.fingerprint(shipped)
    assert after.drawings is None
    assert after.key_ids == before.key_ids
    np.testing.assert_allclose(after.vectors, before.vectors, atol=5e-3)
    shown = load_doodle_gallery(shipped / SYNTHETIC_FILE)
    assert shown.fingerprint == runs.fingerprint(shipped)
    assert len(shown.drawings) == 10


def test_the_page_says_that_the_shipped_doodles_are_synthetic(recipe, tmp_path):
    from sketchnet.retrieval.suggest import Suggester
    from sketchnet_demo.doodle_tab import DoodleTab

    run = write_drawing_run(tmp_path / "run")
    recipe.main(run, "mine")
    shipped, own, none = (
        DoodleTab(suggester)
        for suggester in (Suggester(runs.SHIPPED / "mine"), Suggester(run), None)
    )
    assert "synthetic, of 10 categories" in shipped.empty()
    assert "synthetic" not in own.empty() + none.empty()


def test_a_gallery_without_strokes_cannot_be_embedded_anew(recipe, tmp_path):
    run = write_drawing_run(tmp_path / "run")
    gallery = load_doodle_gallery(run / GALLERY_FILE)
    save_doodle_gallery(replace(gallery, drawings=None), run / GALLERY_FILE)
    with pytest.raises(InputError, match="strokes of every drawing"):
        recipe.main(run, "mine")
    assert not any(runs.SHIPPED.iterdir())


def test_a_run_too_large_is_not_shipped(recipe, tmp_path, monkeypatch):
    run = write_run(tmp_path / "run")
    (run / runs.HISTORY).write_text("epoch\n1\n")
    monkeypatch.setattr(recipe, "MAX_MODEL_BYTES", 1000)
    with pytest.raises(InputError, match="a smaller network"):
        recipe.main(run, "mine")
    assert not any(runs.SHIPPED.iterdir())
