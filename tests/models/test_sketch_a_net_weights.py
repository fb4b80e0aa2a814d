from __future__ import annotations

import pickle

import numpy as np
import pytest

from sketchnet.models.sketch_a_net import build_sketch_a_net
from sketchnet.models.sketch_a_net_weights import load_published_weights
from sketchnet.models.two_branch import build_two_branch, sketch_branch
from sketchnet.utils.errors import InputError
from tests.reference import sketch_a_net as reference


def _write(path, entries):
    np.save(path, np.array(entries, dtype=object), allow_pickle=True)
    return path


def test_a_complete_file_gives_the_published_network(rng, tmp_path):
    entries = reference.published_entries(rng)
    model = build_sketch_a_net()
    report = load_published_weights(model, _write(tmp_path / "shoes.npy", entries))
    assert set(report.loaded) == set(entries)
    assert (report.missing, report.extra, report.mismatched) == ((), (), ())
    assert str(report) == "loaded 14; missing none; extra none; mismatched none"
    picture = rng.integers(0, 256, (225, 225, 1)).astype(np.float32)
    expected = reference.embed(picture, entries)
    np.testing.assert_allclose(model(picture[None])["embedding"][0], expected, atol=1e-4)


def test_entries_that_do_not_fit_are_listed_and_ignored(rng, tmp_path):
    entries = reference.published_entries(rng)
    del entries["fc7_sketch/biases"]
    entries["attention/weights"] = np.zeros(3, np.float32)
    entries["conv1_s1/weights"] = entries["conv1_s1/weights"].repeat(3, axis=2)
    entries["conv2_s1/biases"][0] = np.nan
    model = build_two_branch("sketch_a_net", 225)
    branch = sketch_branch(model)
    before = {layer.name: layer.get_weights() for layer in branch.layers if layer.weights}
    report = load_published_weights(branch, _write(tmp_path / "odd.npy", entries))
    assert len(report.loaded) == 11
    assert report.missing == ("fc7_sketch/biases",)
    assert report.extra == ("attention/weights",)
    assert report.mismatched == (
        "conv1_s1/weights (15, 15, 3, 64) for (15, 15, 1, 64)",
        "conv2_s1/biases (128,) for (128,)",
    )
    after = {name: branch.get_layer(name).get_weights() for name in before}
    np.testing.assert_array_equal(after["conv1_s1"][0], before["conv1_s1"][0])
    np.testing.assert_array_equal(after["fc7_sketch"][1], before["fc7_sketch"][1])
    np.testing.assert_array_equal(after["fc7_sketch"][0], entries["fc7_sketch/weights"])


@pytest.mark.parametrize("content", [np.zeros(3), {"alien/weights": np.zeros(3)}, {}])
def test_a_file_with_other_content_is_refused(content, tmp_path):
    path = tmp_path / "else.npy"
    _write(path, content) if isinstance(content, dict) else np.save(path, content)
    with pytest.raises(InputError, match=r"else\.npy"):
        load_published_weights(build_sketch_a_net(), path)


def test_nothing_in_the_file_is_executed(tmp_path):
    witness = tmp_path / "witness"

    class Attack:
        def __reduce__(self):
            return (open, (str(witness), "w"))

    path = tmp_path / "attack.npy"
    path.write_bytes(pickle.dumps({"conv1_s1/weights": Attack()}))
    with pytest.raises(InputError):
        load_published_weights(build_sketch_a_net(), path)
    assert not witness.exists()
