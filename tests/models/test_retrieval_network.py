"""Networks as their settings describe them, and the precision in which they are built."""

from __future__ import annotations

import keras
import pytest

from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.precision import building_precision
from sketchnet.models.retrieval_network import build_retrieval_network
from tests.doodles import small_config
from tests.tiny import tiny_config


def test_a_retrieval_network_follows_its_settings():
    rgb = build_retrieval_network(tiny_config(photo_input="rgb", shared=False))
    assert rgb.get_layer("photo").output.shape == (None, 32, 32, 3)
    assert rgb.output["photo_embedding"].shape == (None, 8)
    assert "sketch_local" in rgb.output
    larger = build_retrieval_network(tiny_config(width=8, depth=2)).count_params()
    assert larger > build_retrieval_network(tiny_config(width=8)).count_params()
    without_map = build_retrieval_network(tiny_config(local=False))
    assert "sketch_local" not in without_map.output, "an untrained map must not re-rank"


def test_a_doodle_network_follows_its_settings():
    both = build_doodle_network(small_config(image_branch="compact"), 4)
    assert both.output["logits"].shape == (None, 4)
    assert both.output["embedding"].shape == (None, 8)
    assert both.input["picture"].shape == (None, 32, 32, 1)
    frozen = build_doodle_network(small_config(image_branch="compact", freeze_image=True), 4)
    assert len(frozen.trainable_weights) < len(both.trainable_weights)


@pytest.mark.parametrize("task", ["retrieval", "doodles"])
def test_mixed_precision_is_that_of_the_settings_unless_stated(task):
    def build(mixed: bool, **options):
        if task == "retrieval":
            network = build_retrieval_network(tiny_config(mixed_precision=mixed), **options)
            return network, network.get_layer("shared_branch").compute_dtype
        config = small_config(mixed_precision=mixed)
        network = build_doodle_network(config, 3, **options)
        return network, network.get_layer("stroke_branch").compute_dtype

    half, dtype = build(True)
    assert dtype == "float16"
    assert {str(variable.dtype) for variable in half.trainable_variables} == {"float32"}
    assert {output.dtype for output in half.output.values()} == {"float32"}
    single, dtype = build(True, mixed_precision=False)
    assert dtype == "float32"
    assert half.count_params() == single.count_params()
    assert build(False)[1] == "float32"


def test_the_precision_is_restored_also_after_an_error():
    before = keras.config.dtype_policy().name

    def fail() -> None:
        with building_precision(True):
            assert keras.config.dtype_policy().name == "mixed_float16"
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert keras.config.dtype_policy().name == before
