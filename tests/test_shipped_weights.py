"""What ships with the package, and the recipe that makes it."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference import onnx_runtime
from sketchnet.inference.doodle_embedder import DoodleEmbedder, save_input_spec
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.retrieval import hubness
from sketchnet.retrieval.doodle_gallery import (
    GALLERY_FILE,
    SYNTHETIC_FILE,
    build_doodle_gallery,
    load_doodle_gallery,
    save_doodle_gallery,
)
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError
from sketchnet_demo.doodle_tab import DoodleTab
from tests.doodles import WORDS, doodles, small_config
from tests.reference import shipped_outputs
from tests.tiny import write_run

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted(path.parent for path in runs.SHIPPED.glob(f"*/{runs.CONFIG}"))


def files(run: Path) -> list[Path]:
    """The files of a run but the converted networks, which each machine makes for itself."""
    paths = [path for path in run.rglob("*") if path.is_file()]
    return [path for path in paths if onnx_runtime.FOLDER not in path.relative_to(run).parts]


def test_both_tasks_ship():
    assert [run.name for run in SHIPPED] == ["quickdraw", "shoes"]


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: run.name)
def test_a_shipped_run_is_small_enough_for_a_clone(run):
    assert (run / runs.MODEL).stat().st_size < 8e6
    assert sum(path.stat().st_size for path in files(run)) < 16e6


def test_the_synthetic_galleries_are_small():
    synthetic = [
        *files(runs.SHIPPED / "shoes" / runs.GALLERY),
        runs.SHIPPED / "quickdraw" / SYNTHETIC_FILE,
    ]
    assert sum(path.stat().st_size for path in synthetic) < 8e6


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: run.name)
def test_a_card_has_recipe_data_scores_limits_and_licence(run):
    card = (run / "CARD.md").read_text("utf-8")
    for word in ("**Recipe.**", "python train.py", "**Training data", "**Scores", "**Limits.**"):
        assert word in card
    assert any(terms in card for terms in ("CC BY 4.0", "non-commercial"))


def test_the_gallery_of_shoes_is_embedded_by_the_shipped_network():
    run = runs.SHIPPED / "shoes"
    gallery = load_gallery(run / runs.GALLERY)
    gallery.check_made_by(runs.fingerprint(run))
    assert len(gallery) == 200


@pytest.mark.parametrize("name", shipped_outputs.COMPUTE)
def test_runs_compute_the_stored_outputs(name, tmp_path):
    """Vectors, distances and probabilities to 1e-6; local maps are stored in half precision."""
    reference = shipped_outputs.load_reference(name)
    compute, run = shipped_outputs.COMPUTE[name]
    if isinstance(run, Path):
        run = copytree(run, tmp_path / name)  # its converted network does not belong to the tests
    else:
        message = f"other weights ship: `python -m tests.reference.shipped_outputs {name}`"
        assert runs.fingerprint(runs.resolve_run(run)) == str(reference["fingerprint"]), message
    outputs = compute(run, reference)
    assert len(outputs) >= 10
    for key, values in outputs.items():
        expected = reference[key]
        if values.dtype.kind == "U":
            assert values.tolist() == expected.tolist(), key
        else:
            tolerance = 1e-3 if values.dtype == np.float16 else 1e-6
            np.testing.assert_allclose(values, expected, rtol=0, atol=tolerance, err_msg=key)


def test_no_strokes_of_real_drawings_ship():
    run = runs.SHIPPED / "quickdraw"
    real, shown = (load_doodle_gallery(run / name) for name in (GALLERY_FILE, SYNTHETIC_FILE))
    for gallery in (real, shown):
        gallery.check_made_by(runs.fingerprint(run))
    assert real.drawings is None
    assert shown.drawings is not None
    assert len(shown.categories) == 10


@pytest.fixture(scope="module")
def recipe():
    """The recipe that ships a run, with few synthetic drawings."""
    path = ROOT / "docs" / "recipes" / "ship_weights.py"
    spec = importlib.util.spec_from_file_location("ship_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SHOES, module.DOODLES = 3, 1
    return module


def ship(recipe, run: Path, weights: Path, name: str) -> Path:
    """Ship a run into the folder `weights` instead of the package's; returns the shipped run."""
    weights.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "SHIPPED", weights)
        recipe.main(run, name)
    return weights / name


@pytest.fixture(scope="module")
def retrieval_run(tmp_path_factory) -> Path:
    run = write_run(tmp_path_factory.mktemp("runs") / "run")
    (run / runs.HISTORY).write_text("epoch\n1\n")
    return run


@pytest.fixture(scope="module")
def doodle_run(tmp_path_factory) -> Path:
    """A doodle run with a gallery of 12 drawings."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    config = small_config()
    save_config(config, folder / runs.CONFIG)
    saving.save_model(build_doodle_network(config, len(WORDS)), folder)
    save_input_spec(folder, DoodleInputs(config.size, config.max_points), WORDS)
    (folder / runs.HISTORY).write_text("epoch\n1\n")
    gallery = build_doodle_gallery(DoodleEmbedder(folder), doodles(4))
    save_doodle_gallery(gallery, folder / GALLERY_FILE)
    return folder


@pytest.fixture(scope="module")
def shipped_doodles(recipe, doodle_run, tmp_path_factory) -> Path:
    return ship(recipe, doodle_run, tmp_path_factory.mktemp("shipped") / "weights", "mine")


def test_a_retrieval_run_is_shipped_with_a_synthetic_gallery(recipe, retrieval_run, tmp_path):
    run = copytree(retrieval_run, tmp_path / "run")
    size = runs.config_of(run).embedding_size
    hubness.save_querybank(hubness.Querybank(np.eye(4, size, dtype=np.float32)), run)
    weights = tmp_path / "weights"
    (weights / "shoes").mkdir(parents=True)
    (weights / "shoes" / "CARD.md").write_text("a card")
    shipped = ship(recipe, run, weights, "shoes")
    gallery = load_gallery(shipped / runs.GALLERY)
    gallery.check_made_by(runs.fingerprint(shipped))
    assert len(gallery) == 3
    assert runs.fingerprint(shipped) != runs.fingerprint(run)
    assert {path.name for path in shipped.iterdir()} == {
        runs.CONFIG, runs.MODEL, runs.HISTORY, runs.GALLERY, hubness.FILE, "CARD.md",
    }  # fmt: skip
    assert (shipped / "CARD.md").read_text() == "a card", "new weights keep the card"
    assert [path.name for path in weights.iterdir()] == ["shoes"], "no temporary files"


def test_real_drawings_are_embedded_again_and_their_strokes_left_out(doodle_run, shipped_doodles):
    before, after = (
        load_doodle_gallery(folder / GALLERY_FILE) for folder in (doodle_run, shipped_doodles)
    )
    assert after.fingerprint == runs.fingerprint(shipped_doodles)
    assert after.drawings is None
    assert after.key_ids == before.key_ids
    np.testing.assert_allclose(after.vectors, before.vectors, atol=5e-3)
    synthetic = load_doodle_gallery(shipped_doodles / SYNTHETIC_FILE)
    assert synthetic.fingerprint == runs.fingerprint(shipped_doodles)
    assert len(synthetic.drawings) == 10


def test_the_page_says_that_the_shipped_doodles_are_synthetic(doodle_run, shipped_doodles):
    shipped, own, none = (
        DoodleTab(suggester)
        for suggester in (Suggester(shipped_doodles), Suggester(doodle_run), None)
    )
    assert "synthetic, of 10 categories" in shipped.empty()
    assert "synthetic" not in own.empty() + none.empty()


def test_a_gallery_without_strokes_cannot_be_embedded_again(recipe, doodle_run):
    gallery = load_doodle_gallery(doodle_run / GALLERY_FILE)
    with pytest.raises(InputError, match="strokes of every drawing"):
        recipe.embed_again(replace(gallery, drawings=None), DoodleEmbedder(doodle_run))


def test_a_run_that_is_too_large_is_not_shipped(recipe, retrieval_run, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "MAX_MODEL_BYTES", 1000)
    monkeypatch.setattr(recipe, "fill", lambda out, run, folder: copytree(run, out))
    with pytest.raises(InputError, match="a smaller network"):
        ship(recipe, retrieval_run, tmp_path / "weights", "mine")
    assert not any((tmp_path / "weights").iterdir())
