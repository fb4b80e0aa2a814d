"""Networks stored in half precision: half the size, nearly the same outputs."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.inference.half_precision import halve
from sketchnet.models import saving
from tests.tiny import SIZE, write_run


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A run, and its copy in half precision."""
    folder = tmp_path_factory.mktemp("runs")
    whole, half = write_run(folder / "whole", seed=5), folder / "half"
    halve(whole / runs.MODEL, half / runs.MODEL)
    return whole, half


def outputs(model) -> dict[str, np.ndarray]:
    pictures = np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 1)).astype(np.float32)
    return model.predict_on_batch({"sketch": pictures, "photo": pictures[::-1]})


def test_only_kernels_are_rounded_to_half_precision(both):
    whole, half = (saving.load_model(run).weights for run in both)
    for before, after in zip(whole, half, strict=True):
        expected = np.asarray(before)
        if expected.ndim > 1:
            expected = expected.astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(np.asarray(after), expected)


def test_the_network_computes_in_single_precision(both):
    model = saving.load_model(both[1])
    assert {str(variable.dtype) for variable in model.trainable_variables} == {"float32"}
    assert {output.dtype for output in outputs(model).values()} == {np.dtype(np.float32)}


def test_the_outputs_change_little(both):
    whole, half = (outputs(saving.load_model(run)) for run in both)
    for name, expected in whole.items():
        np.testing.assert_allclose(half[name], expected, atol=2e-3)


def test_the_weights_have_half_the_size(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(300)])
    model.save(tmp_path / "whole.keras")
    halve(tmp_path / "whole.keras", tmp_path / "half.keras")
    sizes = [(tmp_path / name).stat().st_size for name in ("whole.keras", "half.keras")]
    assert 0.49 < sizes[1] / sizes[0] < 0.52


def test_kernels_beyond_the_range_of_float16_are_kept(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
    kernel = np.array([[1e6, 1.0], [1e-3, 1 / 3]], np.float32)
    model.set_weights([kernel])
    model.save(tmp_path / "large.keras")
    halve(tmp_path / "large.keras", tmp_path / "same.keras")
    (found,) = keras.saving.load_model(tmp_path / "same.keras").get_weights()
    np.testing.assert_array_equal(found, kernel)
