"""Exported files, run by their own engines and with nothing but the JSON beside them."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.convert import subnetwork, subnetworks_of
from sketchnet.inference.doodle_embedder import save_input_spec
from sketchnet.inference.export import describe_network, export_run
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.strokes.formats import fit
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.tiny import SIZE, write_run

INPUTS = DoodleInputs(32, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Runs `shoes` (one branch for sketches and photos), `separate` (two) and `doodles`."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "shoes")
    write_run(folder / "separate", shared=False, photo_input="rgb", line_width=1 / 60)
    config = small_config(image_branch="compact")
    (folder / "doodles").mkdir()
    save_config(config, folder / "doodles" / runs.CONFIG)
    saving.save_model(build_doodle_network(config, 3), folder / "doodles")
    save_input_spec(folder / "doodles", INPUTS, WORDS)
    return folder


@pytest.fixture(scope="module")
def export_once(folder):
    """Exports each run in each format once for all tests of this file."""
    return cache(lambda name, form: export_run(folder / name, form, folder / f"{name}.{form}"))


def description(file: Path) -> dict:
    return json.loads(file.with_suffix(".json").read_text("utf-8"))


def predict(file: Path, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs of the file's own engine."""
    if file.suffix == ".onnx":
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, batch), strict=True))
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(str(file)).get_signature_runner()(**batch)


def batch_of(inputs: dict, n: int, points: int, rng) -> dict[str, np.ndarray]:
    """Random inputs as the description states them."""
    sizes = {"batch": n, "points": points}
    batch = {}
    for name, tensor in inputs.items():
        shape = [sizes.get(size, size) for size in tensor["shape"]]
        values = {
            "length": lambda shape: rng.integers(0, points + 1, shape),
            "picture": lambda shape: rng.uniform(0, 255, shape),
            "strokes": rng.standard_normal,
        }.get(name, lambda shape: rng.integers(0, 2, shape))(shape)
        batch[name] = values.astype(tensor["type"])
    return batch


@pytest.mark.parametrize("form", ["onnx", "tflite"])
@pytest.mark.parametrize(
    "name", ["shoes", pytest.param("separate", marks=pytest.mark.slow), "doodles"]
)
def test_an_exported_network_equals_the_keras_network(form, name, folder, export_once, rng):
    run, files = folder / name, export_once(name, form)
    network, names = saving.load_model(run), subnetworks_of(runs.config_of(run))
    stems = ["separate-sketch", "separate-photo"] if name == "separate" else [name]
    assert [file.name for file in files] == [f"{stem}.{form}" for stem in stems]
    for file, part in zip(files, names, strict=True):
        about = description(file)
        assert about["network"] == part
        # LiteRT takes one drawing at a time.
        for n, points in ((1, 5), (1 if form == "tflite" and name == "doodles" else 3, 12)):
            batch = batch_of(about["inputs"], n, points, rng)
            found = predict(file, batch)
            model = subnetwork(network, part)
            expected = model(batch if len(batch) > 1 else batch["picture"], training=False)
            assert found.keys() == expected.keys() == about["outputs"].keys()
            for key, values in expected.items():
                np.testing.assert_allclose(found[key], values, atol=1e-4)
                sizes = {"batch": n, "points": points}
                shape = [sizes.get(size, size) for size in about["outputs"][key]["shape"]]
                assert list(found[key].shape) == shape


def test_the_description_suffices_to_prepare_strokes(export_once):
    """Rows computed from the numbers of the JSON equal those of `DoodleInputs`."""
    (file,) = export_once("doodles", "onnx")
    about = description(file)
    assert about["categories"] == list(WORDS)
    numbers = about["strokes"]
    for drawing in doodles(2).drawings:
        strokes = fit(drawing)
        points = np.concatenate(strokes)
        lifted = np.concatenate([np.arange(len(stroke)) == len(stroke) - 1 for stroke in strokes])
        offsets = np.diff(points, axis=0, prepend=np.array([numbers["start"]]))
        rows = np.column_stack([(offsets - numbers["mean"]) / numbers["deviation"], lifted])
        assert len(rows) <= numbers["most_points"]
        np.testing.assert_allclose(rows, INPUTS.strokes(drawing), atol=1e-4)


def test_the_description_of_pictures(folder, export_once):
    (file,) = export_once("shoes", "onnx")
    about = description(file)
    assert about["fingerprint"] == runs.fingerprint(folder / "shoes")
    assert about["inputs"] == {"picture": {"shape": ["batch", SIZE, SIZE, 1], "type": "float32"}}
    assert (about["picture"]["canvas"], about["picture"]["size"]) == (36, SIZE)
    assert about["picture"]["line"] == pytest.approx(1 / 48)
    assert "every line black" in about["picture"]["how"]
    assert str(folder) not in json.dumps(about), "no path of this machine"
    tensor = onnxruntime.InferenceSession(file).get_inputs()[0]
    assert (tensor.name, tensor.shape) == ("picture", ["batch", SIZE, SIZE, 1])


def test_the_description_of_two_branches(folder):
    run = folder / "separate"
    network = saving.load_model(run)
    sketch, photo = (
        describe_network(run, name, subnetwork(network, name))["picture"]
        for name in ("sketch", "photo")
    )
    assert (sketch["channels"], photo["channels"]) == (1, 3)
    assert sketch["line"] == pytest.approx(1 / 60), "the line width of the run's settings"
    assert "in colour" in photo["how"]
    assert "every line black" not in photo["how"]


def test_a_missing_converter_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="pip install tf2onnx"):
        export_run(folder / "shoes", "onnx", tmp_path / "shoes.onnx")
    assert not list(tmp_path.iterdir())
