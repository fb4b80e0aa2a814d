"""Exported files, asked by their own engines and by nothing but the JSON beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference import export
from sketchnet.inference.convert import subnetwork, subnetworks_of
from sketchnet.inference.doodle_embedder import save_input_spec
from sketchnet.inference.export import export_run
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.strokes.formats import fit
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.tiny import SIZE, write_run

INPUTS = DoodleInputs(32, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Runs `shoes` (one branch for both sides), `apart` (two) and `doodles`."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "shoes")
    write_run(folder / "apart", shared=False, photo_input="rgb")
    config = small_config(image_branch="compact")
    (folder / "doodles").mkdir()
    save_config(config, folder / "doodles" / runs.CONFIG)
    saving.save_model(build_doodle_network(config, 3), folder / "doodles")
    save_input_spec(folder / "doodles", INPUTS, WORDS)
    return folder


def ask(path: Path, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the file answers by its own engine."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, batch), strict=True))
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(str(path)).get_signature_runner()(**batch)


def batch_of(about: dict, n: int, points: int, rng) -> dict[str, np.ndarray]:
    """Random inputs of the form that the JSON tells."""
    sizes = {"batch": n, "points": points}
    made = {}
    for name, tensor in about["inputs"].items():
        shape = [sizes.get(size, size) for size in tensor["shape"]]
        values = {
            "length": lambda shape: rng.integers(0, points + 1, shape),
            "picture": lambda shape: rng.uniform(0, 255, shape),
            "strokes": rng.standard_normal,
        }.get(name, lambda shape: rng.integers(0, 2, shape))(shape)
        made[name] = values.astype(tensor["type"])
    return made


@pytest.mark.parametrize("form", ["onnx", "tflite"])
@pytest.mark.parametrize("name", ["shoes", "apart", "doodles"])
def test_a_file_answers_as_keras_does(form, name, folder, tmp_path, rng):
    run = folder / name
    files = export_run(run, form, tmp_path / f"mine.{form}")
    network, names = saving.load_model(run), subnetworks_of(runs.config_of(run))
    stems = ["mine-sketch", "mine-photo"] if name == "apart" else ["mine"]
    assert [file.name for file in files] == [f"{stem}.{form}" for stem in stems]
    for file, part_name in zip(files, names, strict=True):
        about = json.loads(file.with_suffix(".json").read_text("utf-8"))
        assert about["network"] == part_name
        # LiteRT takes drawings one at a time.
        for n, points in ((1, 5), (1 if form == "tflite" and name == "doodles" else 3, 12)):
            batch = batch_of(about, n, points, rng)
            found = ask(file, batch)
            model = subnetwork(network, part_name)
            given = batch if len(batch) > 1 else batch["picture"]
            expected = model.predict_on_batch(given)
            assert found.keys() == expected.keys() == about["outputs"].keys()
            for key, values in expected.items():
                np.testing.assert_allclose(found[key], values, atol=1e-4)
                sizes = {"batch": n, "points": points}
                told = [sizes.get(size, size) for size in about["outputs"][key]["shape"]]
                assert list(found[key].shape) == told


def test_the_description_suffices_to_show_a_drawing(folder, tmp_path):
    """Rows made from the numbers of the JSON, by hand, are those of our own road."""
    (file,) = export_run(folder / "doodles", "onnx", tmp_path / "doodles.onnx")
    about = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert about["categories"] == list(WORDS)
    told = about["strokes"]
    for drawing in doodles(2).drawings:
        strokes = fit(drawing)
        points = np.concatenate(strokes)
        lifted = np.concatenate([np.arange(len(stroke)) == len(stroke) - 1 for stroke in strokes])
        moves = np.diff(points, axis=0, prepend=np.array([told["start"]]))
        rows = np.column_stack([(moves - told["mean"]) / told["deviation"], lifted])
        assert len(rows) <= told["most_points"]
        np.testing.assert_allclose(rows, INPUTS.strokes(drawing), atol=1e-4)


def test_the_description_of_pictures(folder, tmp_path):
    (file,) = export_run(folder / "shoes", "onnx", tmp_path / "shoes.onnx")
    about = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert about["fingerprint"] == runs.fingerprint(folder / "shoes")
    assert about["inputs"] == {"picture": {"shape": ["batch", SIZE, SIZE, 1], "type": "float32"}}
    assert (about["picture"]["canvas"], about["picture"]["size"]) == (36, SIZE)
    assert str(tmp_path) not in json.dumps(about)
    inside = onnxruntime.InferenceSession(file).get_inputs()[0]
    assert (inside.name, inside.shape) == ("picture", ["batch", SIZE, SIZE, 1])


def test_the_command(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export.main(["export", str(folder / "shoes"), "--format", "onnx"]) == 0
    assert capsys.readouterr().out.startswith("shoes.onnx  ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shoes.json", "shoes.onnx"]
    assert export.main(["export", "nowhere", "--format", "tflite"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("expected the folder of a run")
    assert told.count("\n") == 1


def test_the_command_is_a_door_of_runs():
    command = [sys.executable, "-m", "sketchnet.runs", "export", "nowhere", "--format", "onnx"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("expected the folder of a run")


def test_a_missing_converter_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="pip install tf2onnx"):
        export_run(folder / "shoes", "onnx", tmp_path / "shoes.onnx")
    assert not list(tmp_path.iterdir())
