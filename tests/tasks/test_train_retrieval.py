from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.retrieval import hubness
from sketchnet.tasks import train_retrieval as jobs
from sketchnet.training import retrieval_trainer
from sketchnet.utils.errors import InputError
from tests.tiny import sketch_of, tiny_config, tiny_network, write_pairs, write_run

SMALL = {"epochs": 1, "steps_per_epoch": 2, "identities": 4, "local": False}


@pytest.fixture(scope="module")
def shoes(tmp_path_factory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("data") / "shoes", range(20))


@pytest.fixture(scope="module")
def more(tmp_path_factory) -> Path:
    """Other sketches of the first ten shoes, and ten shoes more."""
    folder = write_pairs(tmp_path_factory.mktemp("data") / "more", [*range(10), *range(50, 60)])
    for number in range(10):
        mirrored = np.ascontiguousarray(sketch_of(number)[:, ::-1])
        cv2.imwrite(str(folder / "sketches" / f"shoe_{number}.png"), mirrored)
    return folder


def test_validation_is_cut_from_the_first_folder_alone(shoes, more):
    config = tiny_config()
    alone, judges, _ = jobs.training_data([shoes], config)
    together, same_judges, about = jobs.training_data([shoes, more], config)
    assert len(judges.photos) == len(judges.sketches) == 4
    assert {p.id for p in same_judges.photos} == {p.id for p in judges.photos}
    assert {s.id for s in same_judges.sketches} == {s.id for s in judges.sketches}
    assert len(alone.photos) == 16
    assert len(together.photos) == 26, "the ten that both folders show are ten, not twenty"
    assert about == {f"shoe_{number}" for number in range(20)}


def test_no_sketch_of_a_validation_shoe_is_learnt_from(shoes, more):
    train, judges, _ = jobs.training_data([shoes, more], tiny_config())
    held = {photo.id for photo in judges.photos}
    assert not held & {photo.id for photo in train.photos}
    assert not held & {sketch.photo_id for sketch in train.sketches}
    # The second folder's sketches of held-back shoes are in neither part.
    both = sum(int(photo.id.split("_")[-1]) < 10 for photo in judges.photos)
    assert len(train.sketches) + len(judges.sketches) == 20 + 20 - both


def test_the_five_folds_share_nothing(shoes):
    folds = [
        {p.id for p in jobs.training_data([shoes], tiny_config(fold=fold))[1].photos}
        for fold in range(5)
    ]
    assert len(set.union(*folds)) == sum(map(len, folds)) == 20
    assert folds[0] == {
        p.id for p in jobs.training_data([shoes], tiny_config(fold=0, seed=9))[1].photos
    }, "another seed judges by the same shoes"


def test_all_of_train_can_be_learnt_from(shoes):
    train, judges, _ = jobs.training_data([shoes], tiny_config(validate=False))
    assert len(train.photos) == 20
    assert not judges.photos


def test_a_test_split_is_never_learnt_from(real_data):
    chairs = real_data / "qmul_v1" / "chairs"
    for data in ([chairs], [real_data / "qmul_v1" / "shoes", chairs]):
        for validate in (True, False):
            train, judges, _ = jobs.training_data(data, tiny_config(validate=validate))
            assert {photo.split for photo in train.photos} == {"train"}
            assert {photo.split for photo in judges.photos} <= {"val"}
            n_chairs = 200 - (40 if validate and data[0] == chairs else 0)
            origins = [origin.collection for photo in train.photos for origin in photo.origins]
            assert origins.count("chairs") == n_chairs


@pytest.fixture(scope="module")
def trained(shoes, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "shoes"
    lines: list[str] = []
    report = jobs.train_retrieval(tiny_config(**SMALL), [shoes], run, log=lines.append)
    return run, report, lines


def test_a_training_leaves_a_whole_run(trained):
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


def test_a_training_keeps_sketches_that_tell_hubs(trained, shoes, tmp_path):
    bank = Embedder(trained[0]).querybank
    # All that were learnt from, and their mirror images.
    assert bank.vectors.shape == (2 * 16, tiny_config().embedding_size)
    few = tiny_config(**SMALL, querybank=5)
    jobs.train_retrieval(few, [shoes], tmp_path / "few", log=str)
    known = Embedder(tmp_path / "few").querybank.vectors
    # The same retrieval_trainer, so the same network: five of the sixteen.
    assert len(known) == 2 * 5
    np.testing.assert_allclose((known @ bank.vectors.T).max(axis=1), 1, atol=1e-5)
    none = tiny_config(**SMALL, querybank=0)
    jobs.train_retrieval(none, [shoes], tmp_path / "none", log=str)
    assert Embedder(tmp_path / "none").querybank is None


def test_a_querybank_knows_both_faces():
    """A photo and its mirror image are as near to everything, if the network sees them alike."""
    config = tiny_config(querybank=6)
    network = tiny_network(config)
    embedder = Embedder((network, config))
    prepared = np.stack([prepare_sketch(sketch_of(n), embedder.canvas) for n in range(8)])

    class Pairs:
        sketches = prepared
        sketch_photo = np.arange(8)
        photo_ids = tuple("abcdefgh")

    everything = frozenset("abcdefgh")
    bank = jobs.choose_querybank(embedder, Pairs, config, everything)
    found = embedder.sketches(prepared, views=1)
    for face in (found, found.mirrored):
        known = (face.vectors @ bank.vectors.T).max(axis=1) > 1 - 1e-5
        assert known.sum() == 6
    np.testing.assert_allclose(
        bank.vectors[1::2],
        found.mirrored.vectors[[np.argmax(found.vectors @ v) for v in bank.vectors[::2]]],
        atol=1e-6,
    )
    none = replace(config, querybank=0)
    assert jobs.choose_querybank(embedder, Pairs, none, everything) is None


def test_a_querybank_is_of_the_first_folder_alone(shoes, more, tmp_path):
    run = tmp_path / "run"
    jobs.train_retrieval(tiny_config(**SMALL), [more, shoes], run, log=str)
    embedder = Embedder(run)
    train, _, first = jobs.training_data([more, shoes], tiny_config(**SMALL))
    pairs = prepare_pairs(train, embedder.canvas, progress=False)
    vectors = embedder.sketches(pairs.sketches, views=1).vectors
    kept = (vectors @ embedder.querybank.vectors.T).max(axis=1) > 1 - 1e-5
    about = [pairs.photo_ids[photo] in first for photo in pairs.sketch_photo]
    assert 0 < sum(about) < len(about)
    assert kept.tolist() == about


def test_a_broken_or_stale_querybank_is_made_anew(shoes, tmp_path):
    run = tmp_path / "run"
    jobs.train_retrieval(tiny_config(**SMALL), [shoes], run, log=str)
    (run / hubness.FILE).write_bytes(b"broken")
    with pytest.raises(InputError, match="--resume"):
        Embedder(run)
    jobs.train_retrieval(tiny_config(**SMALL), [shoes], run, resume=True, log=str)
    sound = Embedder(run).querybank
    hubness.save_querybank(hubness.Querybank(-sound.vectors), run)
    jobs.train_retrieval(tiny_config(**SMALL), [shoes], run, resume=True, log=str)
    np.testing.assert_array_equal(Embedder(run).querybank.vectors, sound.vectors)


def test_no_querybank_of_a_former_network_is_there_while_it_changes(shoes, tmp_path, monkeypatch):
    run, seen = tmp_path / "run", []
    jobs.train_retrieval(tiny_config(**SMALL), [shoes], run, log=str)
    fit = retrieval_trainer.fit

    def look(*arguments, **named):
        seen.append((run / hubness.FILE).exists())
        return fit(*arguments, **named)

    monkeypatch.setattr(retrieval_trainer, "fit", look)
    longer = tiny_config(**{**SMALL, "epochs": 2})
    jobs.train_retrieval(longer, [shoes], run, resume=True, log=str)
    assert seen == [False]
    assert (run / hubness.FILE).exists()


def test_the_kept_network_has_no_optimizer_and_float32(trained):
    model = saving.load_model(trained[0])
    assert getattr(model, "optimizer", None) is None
    assert {variable.dtype for variable in model.weights} == {"float32"}


def test_it_goes_on_with_more_epochs_and_nothing_else(trained, shoes, more):
    run, _, _ = trained
    longer = tiny_config(**{**SMALL, "epochs": 2})
    lines: list[str] = []
    for other in (replace(longer, margin=0.7), replace(longer, seed=1)):
        with pytest.raises(InputError, match=r"another (margin|seed)"):
            jobs.train_retrieval(other, [shoes], run, resume=True)
    with pytest.raises(InputError, match=r"began with \(shoes\)"):
        jobs.train_retrieval(longer, [shoes, more], run, resume=True)
    jobs.train_retrieval(longer, [shoes], run, resume=True, log=lines.append)
    assert any("after epoch 1 of 2" in line for line in lines)
    assert len((run / "history.csv").read_text().splitlines()) == 1 + 2
    assert runs.config_of(run).epochs == 2


def test_a_run_is_not_trained_over(trained, shoes):
    with pytest.raises(InputError, match="--resume"):
        jobs.train_retrieval(tiny_config(**SMALL), [shoes], trained[0])


def test_data_that_are_not_there_leave_no_run(tmp_path):
    with pytest.raises(InputError, match="folder"):
        jobs.train_retrieval(tiny_config(**SMALL), [tmp_path / "no"], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_not_there_cannot_go_on(shoes, tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        jobs.train_retrieval(tiny_config(), [shoes], tmp_path / "run", resume=True)


def test_training_on_everything_scores_nothing(shoes, tmp_path):
    lines: list[str] = []
    config = tiny_config(**SMALL, validate=False, mixed_precision=True)
    assert jobs.train_retrieval(config, [shoes], tmp_path / "run", log=lines.append) == {}
    assert "none held back" in lines[-2]
    model = saving.load_model(tmp_path / "run")
    assert model.dtype_policy.name == "float32", "half precision is for training alone"
    assert keras.config.dtype_policy().name == "float32"


def test_networks_follow_the_settings():
    rgb = jobs.build_network(tiny_config(photo_input="rgb", shared=False))
    assert rgb.get_layer("photo").output.shape == (None, 32, 32, 3)
    assert rgb.output["photo_embedding"].shape == (None, 8)
    assert "sketch_local" in rgb.output
    larger = jobs.build_network(tiny_config(width=8, depth=2)).count_params()
    assert larger > jobs.build_network(tiny_config(width=8)).count_params()
    plain = jobs.build_network(tiny_config(local=False))
    assert "sketch_local" not in plain.output, "untrained maps take no part in answers"
    half = jobs.build_network(tiny_config(mixed_precision=True))
    assert half.get_layer("shared_branch").compute_dtype == "float16"
    assert half.count_params() == jobs.build_network(tiny_config()).count_params()


def test_initial_weights_of_another_run(tmp_path):
    first = write_run(tmp_path / "first", seed=3)
    network = tiny_network(tiny_config(), seed=4)
    said = load_initial_weights(network, first)
    assert "first" in said
    for ours, theirs in zip(
        network.get_weights(), tiny_network(tiny_config(), seed=3).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_initial_weights_of_another_network_are_refused(tmp_path):
    first = write_run(tmp_path / "first", embedding_size=16)
    with pytest.raises(InputError, match="same network"):
        load_initial_weights(tiny_network(tiny_config()), first)


def test_a_run_of_drawings_brings_its_image_branch():
    """All but what depends on the side of the pictures, into both branches."""
    network = jobs.build_network(RetrievalConfig(size=96, shared=False))
    said = load_initial_weights(network, Path("quickdraw"))
    theirs = saving.load_model(runs.resolve_run("quickdraw")).get_layer("image_branch")
    names = [layer.name for layer in theirs.layers if layer.weights and layer.name != "project"]
    assert len(names) > 20
    for branch in ("sketch_branch", "photo_branch"):
        ours = network.get_layer(branch)
        for name in names:
            for one, other in zip(
                ours.get_layer(name).get_weights(),
                theirs.get_layer(name).get_weights(),
                strict=True,
            ):
                np.testing.assert_array_equal(one, other)
        assert ours.get_layer("project").kernel.shape != theirs.get_layer("project").kernel.shape
    copied = sum(theirs.get_layer(name).count_params() for name in names)
    assert f"{copied:,} of the image branch" in said


@pytest.mark.parametrize("pretrained", [True, False])
def test_a_training_begins_with_what_drawings_taught(shoes, tmp_path, pretrained):
    config = tiny_config(width=32, pretrained=pretrained, **{**SMALL, "learning_rate": 1e-9})
    lines: list[str] = []
    jobs.train_retrieval(config, [shoes], tmp_path / "run", log=lines.append)
    assert any("of the image branch from quickdraw" in line for line in lines) is pretrained
    noted = json.loads((tmp_path / "run" / "config.json").read_text())["initial_weights"]
    assert noted == ("quickdraw" if pretrained else None)
    ours, theirs = (
        saving.load_model(run).get_layer(branch).get_layer("stage2_down_conv").get_weights()[0]
        for run, branch in (
            (tmp_path / "run", "shared_branch"),
            (runs.resolve_run("quickdraw"), "image_branch"),
        )
    )
    assert np.allclose(ours, theirs, atol=1e-5) is pretrained


def test_other_branches_and_widths_begin_at_random():
    assert RetrievalConfig().pretrained_run == "quickdraw"
    for other in ({"branch": "efficientnet_lite0"}, {"width": 16}, {"pretrained": False}):
        assert RetrievalConfig(**other).pretrained_run is None
    assert RETRIEVAL_PRESETS["paper"].pretrained_run is None


def test_a_run_of_drawings_with_another_branch_is_refused():
    network = jobs.build_network(RetrievalConfig(size=96, width=8))
    with pytest.raises(InputError, match="same --branch"):
        load_initial_weights(network, Path("quickdraw"))


def test_published_weights_reach_both_branches(tmp_path):
    config = tiny_config(branch="sketch_a_net", size=99, shared=False)
    network = jobs.build_network(config)
    bias = np.arange(64, dtype=np.float32)
    np.save(tmp_path / "published.npy", {"conv1_s1/biases": bias}, allow_pickle=True)
    said = load_initial_weights(network, tmp_path / "published.npy")
    assert "loaded 1" in said
    assert "conv2_s1/weights" in said, "what is missing is listed"
    for branch in ("sketch_branch", "photo_branch"):
        layer = network.get_layer(branch).get_layer("conv1_s1")
        np.testing.assert_array_equal(layer.bias.numpy(), bias)
