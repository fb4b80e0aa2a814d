"""Training retrieval: which data it learns from, what the run contains, how it resumes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.models.retrieval_network import build_retrieval_network
from sketchnet.retrieval import hubness
from sketchnet.retrieval.ranker import load_ranker
from sketchnet.tasks.train_retrieval import train_retrieval
from sketchnet.training import retrieval_trainer
from sketchnet.utils.errors import InputError
from tests.tiny import sketch_of, tiny_config, tiny_network, write_pairs, write_run

SMALL = {"epochs": 1, "steps_per_epoch": 2, "identities": 4, "local": False}


@pytest.fixture(scope="module")
def shoes(tmp_path_factory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("data") / "shoes", range(20))


@pytest.fixture(scope="module")
def more(tmp_path_factory) -> Path:
    """Other sketches of the first ten shoes, and ten further shoes."""
    folder = write_pairs(tmp_path_factory.mktemp("data") / "more", [*range(10), *range(50, 60)])
    for number in range(10):
        mirrored = np.ascontiguousarray(sketch_of(number)[:, ::-1])
        cv2.imwrite(str(folder / "sketches" / f"shoe_{number}.png"), mirrored)
    return folder


def test_validation_pairs_come_from_the_target_dataset_only(shoes, more):
    alone = training_split([shoes])
    both = training_split([shoes, more])
    assert len(alone.validation.photos) == len(alone.validation.sketches) == 4
    assert {p.id for p in both.validation.photos} == {p.id for p in alone.validation.photos}
    assert {s.id for s in both.validation.sketches} == {s.id for s in alone.validation.sketches}
    assert len(alone.train.photos) == 16
    assert len(both.train.photos) == 26, "ten photos are in both datasets and count once"
    assert both.target == {f"shoe_{number}" for number in range(20)}


def test_no_sketch_of_a_validation_photo_is_trained_on(shoes, more):
    train, validation, _ = training_split([shoes, more])
    held_out = {photo.id for photo in validation.photos}
    assert not held_out & {photo.id for photo in train.photos}
    assert not held_out & {sketch.photo_id for sketch in train.sketches}
    # The auxiliary dataset's sketches of held-out photos are in neither part.
    both = sum(int(photo.id.split("_")[-1]) < 10 for photo in validation.photos)
    assert len(train.sketches) + len(validation.sketches) == 20 + 20 - both


def test_the_five_folds_are_disjoint(shoes):
    folds = [
        {photo.id for photo in training_split([shoes], fold=fold).validation.photos}
        for fold in range(5)
    ]
    assert len(set.union(*folds)) == sum(map(len, folds)) == 20


def test_without_validation_all_pairs_are_trained_on(shoes):
    split = training_split([shoes], validate=False)
    assert len(split.train.photos) == 20
    assert not split.validation.photos


def test_a_test_split_is_never_trained_on(real_data):
    chairs = real_data / "qmul_v1" / "chairs"
    for data in ([chairs], [real_data / "qmul_v1" / "shoes", chairs]):
        for validate in (True, False):
            train, validation, _ = training_split(data, validate=validate)
            assert {photo.split for photo in train.photos} == {"train"}
            assert {photo.split for photo in validation.photos} <= {"val"}
            n_chairs = 200 - (40 if validate and data[0] == chairs else 0)
            origins = [origin.collection for photo in train.photos for origin in photo.origins]
            assert origins.count("chairs") == n_chairs


@pytest.fixture(scope="module")
def trained(shoes, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "shoes"
    lines: list[str] = []
    report = train_retrieval(tiny_config(**SMALL), [shoes], run, log=lines.append)
    return run, report, lines


def test_a_training_writes_a_complete_run(trained):
    run, report, lines = trained
    for part in ("config.json", "model.keras", "last.keras", "history.csv", "metrics.json"):
        assert (run / part).is_file(), part
    assert any((run / "pictures").iterdir())
    assert report["n_queries"] == report["n_gallery"] == 4
    assert runs.load_metrics(run)["acc@1"] == report["acc@1"]
    assert runs.config_of(run) == tiny_config(**SMALL)
    assert "16 sketches and 16 photos to train on, 4 and 4 to validate on" in lines
    assert str(run) in lines[-1]
    assert "acc@1" in lines[-1]


@pytest.fixture
def finished(trained, tmp_path) -> Path:
    """A copy of the trained run that a test may change."""
    return shutil.copytree(trained[0], tmp_path / "finished")


@pytest.fixture
def instant(monkeypatch):
    """The trainer saves the network as it gets it: tests of what comes before and after it.

    With weights, such as those of a training with the same settings, it saves these.
    """

    def replace_fit(weights=None, look=lambda: None) -> None:
        def fit(network, config, pairs, score, run, *, save, **rest):
            look()
            if weights is not None:
                network.set_weights(weights)
            save(network, runs.MODEL)

        monkeypatch.setattr(retrieval_trainer, "fit_retrieval", fit)

    return replace_fit


def querybank_of(run: Path) -> hubness.Querybank | None:
    return load_ranker(Embedder(run)).hubness


def test_a_training_saves_a_querybank(trained, shoes, tmp_path, instant):
    bank = querybank_of(trained[0])
    instant(saving.load_model(trained[0]).get_weights())
    # All training sketches, and their mirror images.
    assert bank.vectors.shape == (2 * 16, tiny_config().embedding_size)
    few = tiny_config(**SMALL, querybank=5)
    train_retrieval(few, [shoes], tmp_path / "few", log=str)
    known = querybank_of(tmp_path / "few").vectors
    # Of the same network: five of the sixteen sketches.
    assert len(known) == 2 * 5
    np.testing.assert_allclose((known @ bank.vectors.T).max(axis=1), 1, atol=1e-5)
    none = tiny_config(**SMALL, querybank=0)
    train_retrieval(none, [shoes], tmp_path / "none", log=str)
    assert querybank_of(tmp_path / "none") is None


def test_a_querybank_holds_both_orientations():
    config = tiny_config()
    network = tiny_network(config)
    embedder = Embedder((network, config))
    prepared = np.stack([prepare_sketch(sketch_of(n), embedder.canvas) for n in range(8)])

    class Pairs:
        sketches = prepared
        sketch_photo = np.arange(8)
        photo_ids = tuple("abcdefgh")

    everything = frozenset("abcdefgh")
    bank = hubness.build_querybank(embedder, Pairs, everything, 6)
    found = embedder.sketches(prepared, views=1)
    for each in (found, found.mirrored):
        known = (each.vectors @ bank.vectors.T).max(axis=1) > 1 - 1e-5
        assert known.sum() == 6
    np.testing.assert_allclose(
        bank.vectors[1::2],
        found.mirrored.vectors[[np.argmax(found.vectors @ v) for v in bank.vectors[::2]]],
        atol=1e-6,
    )
    assert hubness.build_querybank(embedder, Pairs, everything, 0) is None


def test_a_querybank_holds_sketches_of_the_target_dataset_only(shoes, more, tmp_path, instant):
    run = tmp_path / "run"
    instant()
    train_retrieval(tiny_config(**SMALL), [more, shoes], run, log=str)
    embedder = Embedder(run)
    split = training_split([more, shoes])
    pairs = prepare_pairs(split.train, embedder.canvas, progress=False)
    vectors = embedder.sketches(pairs.sketches, views=1).vectors
    in_bank = (vectors @ querybank_of(run).vectors.T).max(axis=1) > 1 - 1e-5
    of_target = [pairs.photo_ids[photo] in split.target for photo in pairs.sketch_photo]
    assert 0 < sum(of_target) < len(of_target)
    assert in_bank.tolist() == of_target


def test_a_damaged_or_outdated_querybank_is_replaced(finished, shoes):
    run = finished
    (run / hubness.FILE).write_bytes(b"broken")
    with pytest.raises(InputError, match="--resume"):
        querybank_of(run)
    train_retrieval(tiny_config(**SMALL), [shoes], run, resume=True, log=str)
    sound = querybank_of(run)
    hubness.save_querybank(hubness.Querybank(-sound.vectors), run)
    train_retrieval(tiny_config(**SMALL), [shoes], run, resume=True, log=str)
    np.testing.assert_array_equal(querybank_of(run).vectors, sound.vectors)


def test_an_outdated_querybank_is_removed_before_the_training_resumes(finished, shoes, instant):
    run, seen = finished, []
    assert (run / hubness.FILE).exists()
    instant(look=lambda: seen.append((run / hubness.FILE).exists()))
    longer = tiny_config(**{**SMALL, "epochs": 2})
    train_retrieval(longer, [shoes], run, resume=True, log=str)
    assert seen == [False]
    assert (run / hubness.FILE).exists()


def test_the_saved_network_has_no_optimizer_and_float32_weights(trained):
    model = saving.load_model(trained[0])
    assert getattr(model, "optimizer", None) is None
    assert {variable.dtype for variable in model.weights} == {"float32"}


def test_only_the_number_of_epochs_may_change_on_resuming(finished, shoes, more):
    run = finished
    longer = tiny_config(**{**SMALL, "epochs": 2})
    lines: list[str] = []
    for other in (replace(longer, margin=0.7), replace(longer, seed=1)):
        with pytest.raises(InputError, match=r"another (margin|seed)"):
            train_retrieval(other, [shoes], run, resume=True)
    with pytest.raises(InputError, match=r"started with \(shoes\)"):
        train_retrieval(longer, [shoes, more], run, resume=True)
    train_retrieval(longer, [shoes], run, resume=True, log=lines.append)
    assert any("after epoch 1 of 2" in line for line in lines)
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 2
    assert runs.config_of(run).epochs == 2


def test_an_existing_run_is_not_overwritten(trained, shoes):
    with pytest.raises(InputError, match="--resume"):
        train_retrieval(tiny_config(**SMALL), [shoes], trained[0])


def test_missing_data_leave_no_run(tmp_path):
    with pytest.raises(InputError, match="folder"):
        train_retrieval(tiny_config(**SMALL), [tmp_path / "no"], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_missing_run_cannot_be_resumed(shoes, tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        train_retrieval(tiny_config(), [shoes], tmp_path / "run", resume=True)


def test_training_on_everything_has_nothing_to_score(shoes, tmp_path):
    lines: list[str] = []
    config = tiny_config(**SMALL, validate=False, mixed_precision=True)
    assert train_retrieval(config, [shoes], tmp_path / "run", log=lines.append) == {}
    assert "no validation data held out" in lines[-2]
    model = saving.load_model(tmp_path / "run")
    assert model.dtype_policy.name == "float32", "half precision is for training only"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("pretrained", [True, False])
def test_compact_starts_from_the_shipped_image_branch(shoes, tmp_path, pretrained, instant):
    config = tiny_config(width=32, depth=1, pretrained=pretrained, **SMALL)
    instant()
    lines: list[str] = []
    train_retrieval(config, [shoes], tmp_path / "run", log=lines.append)
    assert any("of the image branch from quickdraw" in line for line in lines) is pretrained
    saved = json.loads((tmp_path / "run" / "config.json").read_text())["initial_weights"]
    assert saved == ("quickdraw" if pretrained else None)
    ours, theirs = (
        saving.load_model(run).get_layer(branch).get_layer("stage2_down_conv").get_weights()[0]
        for run, branch in (
            (tmp_path / "run", "shared_branch"),
            (runs.resolve_run("quickdraw"), "image_branch"),
        )
    )
    assert np.allclose(ours, theirs, atol=1e-5) is pretrained


def test_other_branches_and_widths_have_no_shipped_run():
    assert RetrievalConfig().pretrained_run == "quickdraw"
    for other in ({"branch": "lite0"}, {"width": 16}, {"pretrained": False}):
        assert RetrievalConfig(**other).pretrained_run is None
    assert RETRIEVAL_PRESETS["sketch_a_net"].pretrained_run is None


def test_the_default_preset_trains_a_trunk_on_photos_in_colour(shoes, tmp_path):
    """A tiny version of the preset, with photos whose sketches are simulated."""
    bare = write_pairs(tmp_path / "bare", range(30, 34))
    for sketch in (bare / "sketches").iterdir():
        sketch.unlink()
    small = {"size": 96, "identities": 8, "epochs": 1, "steps_per_epoch": 2, "querybank": 4}
    config = replace(RETRIEVAL_PRESETS["default"], **small)
    run = tmp_path / "run"
    report = train_retrieval(config, [shoes, bare], run, log=str)
    assert report["photos"] == "rgb"
    network, start = saving.load_model(run), build_retrieval_network(config)
    for stage, is_trained in (("stage1_block0_expand", False), ("stage4_block2_project", True)):
        kernels = [n.get_layer("trunk").get_layer(stage).get_weights()[0] for n in (network, start)]
        assert np.array_equal(*kernels) is not is_trained, stage
    assert len(querybank_of(run).vectors) == 2 * 4


def test_photos_alone_are_learnt_from_on_top_of_the_shipped_weights(tmp_path, instant):
    shoes = write_pairs(tmp_path / "shoes", range(8))
    lines: list[str] = []
    config = replace(
        RETRIEVAL_PRESETS["default"], identities=4, epochs=1, steps_per_epoch=1, learning_rate=1e-6
    )
    instant()
    run = tmp_path / "run"
    assert train_retrieval(config, [shoes / "photos"], run, log=lines.append) == {}
    assert "initial weights: the whole network from shoes" in lines
    assert json.loads((run / "config.json").read_text())["initial_weights"] == "shoes"
    assert "0 sketches and 8 photos to train on" in lines[0]
    assert "all sketches are simulated" in lines[1]


def test_teachers_see_the_same_pictures_on_one_machine(tmp_path):
    data = [write_pairs(tmp_path / "data", range(4))]
    write_run(tmp_path / "large", size=48)
    write_run(tmp_path / "colour", photo_input="rgb", shared=False)
    for name, wrong in (("large", "size is 32"), ("colour", "photo_input is edges")):
        settings = tiny_config(teachers=(str(tmp_path / name),))
        with pytest.raises(InputError, match=wrong):
            train_retrieval(settings, data, tmp_path / "run")
    settings = tiny_config(teachers=(str(tmp_path / "none"),))
    with pytest.raises(InputError, match="none"):
        train_retrieval(settings, data, tmp_path / "run")
    with pytest.raises(InputError, match="one machine"):
        train_retrieval(settings, data, tmp_path / "run", workers=["a:1", "b:1"])
    assert not (tmp_path / "run").exists()
