"""The folder that `export web` writes, without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.cli.export import main
from sketchnet.imaging.prepare import canvas_for, object_placement, prepare_rgb, read_picture
from sketchnet.inference.embedder import Embedder
from sketchnet.inference.onnx_runtime import OnnxNetwork, open_networks
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.web.network import halved_onnx
from sketchnet.web.runtime import CDN, LITERT, ONNX, Package
from sketchnet.web.write import PAGE, SHARED
from tests.tiny import photo_of, write_photos, write_run
from tests.web.static_site import runtime_package

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A run, its gallery with a catalogue, a double of the npm package, and the page of them."""
    folder = tmp_path_factory.mktemp("web")
    run = write_run(folder / "run", local_size=8)
    photos = write_photos(folder / "photos", range(6))
    (photos / "catalogue.csv").write_text(
        f"file,title,price,shop\nshoe_0.png,{HOSTILE.replace(chr(34), chr(39))},5,https://a.example/\n"
        "shoe_1.png,Boot,7.5,javascript:alert(1)\n"
    )
    build_gallery(Embedder(run), photos, folder / "gallery")
    double = write_double(LITERT, folder / "package")
    command = ["web", str(run), str(folder / "gallery"), str(folder / "site")]
    assert main([*command, "--runtime", str(double), "--title", "A & <B>"]) == 0
    return folder


@pytest.fixture(scope="module")
def onnx_site(made) -> Path:
    """The page on the other runtime, written over an earlier page."""
    shutil.copytree(made / "site", made / "onnx")
    (made / "onnx" / "left_over.txt").write_text("of an earlier page")
    double = write_double(ONNX, made / "onnx-package")
    command = ["web", str(made / "run"), str(made / "gallery"), str(made / "onnx")]
    assert main([*command, "--runtime", str(double)]) == 0
    return made / "onnx"


def write_double(package: Package, folder: Path) -> Path:
    """A folder with the names of the files of an npm package."""
    for name in package.integrity:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "package.json").write_text(json.dumps({"name": package.name}))
    return folder


def json_of(path: Path):
    return json.loads(path.read_text("utf-8"))


def test_all_files_are_listed_and_the_worker_has_their_version(made):
    site = made / "site"
    listed = json_of(site / "files.json")
    found = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert set(listed["files"]) == found - {"files.json"}
    assert {path.name for path in PAGE.iterdir()} | set(SHARED) <= found
    assert f'const VERSION = "{listed["version"]}"' in (site / "offline.js").read_text()


def test_the_scripts_stay_few_enough_to_read():
    texts = [path.read_text("utf-8") for path in PAGE.glob("*.js")]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    assert sum(not line.startswith("//") for line in lines if line) < 1200


def test_vectors_maps_and_fields_are_those_of_the_gallery(made):
    site, gallery = made / "site", load_gallery(made / "gallery")
    settings, catalogue = json_of(site / "site.json"), json_of(site / "catalogue.json")
    vectors = np.fromfile(site / "vectors.bin", "<f2").reshape(settings["count"], -1)
    np.testing.assert_allclose(vectors, gallery.embeddings.vectors, atol=1e-3)
    ends = np.fromfile(site / "maps-index.bin", "<u4")
    assert len(ends) == 7
    assert ends[-1] == sum(
        (site / each["name"]).stat().st_size for each in settings["maps"]["files"]
    )
    assert catalogue["ids"] == list(gallery.ids)
    assert catalogue["values"][0]["title"] == HOSTILE.replace('"', "'")  # set as text by the page
    assert "shop" not in catalogue["values"][1]  # no http(s) address
    assert settings["rerank"] == {"depth": 100, "weight": 0.7}
    assert settings["runtime"] == {"package": LITERT.name, "base": "runtime/", "integrity": {}}


def test_the_title_is_escaped_and_only_own_files_are_loaded(made):
    page = (made / "site" / "index.html").read_text("utf-8")
    assert "<title>A &amp; &lt;B&gt;</title>" in page
    assert "{{" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "It does not learn" in page
    assert json_of(made / "site" / "manifest.webmanifest")["name"] == "A & <B>"


def test_without_a_runtime_the_page_loads_the_pinned_one_and_checks_it(made, capsys):
    out = made / "cdn"
    assert main(["web", str(made / "run"), str(made / "gallery"), str(out)]) == 0
    loaded = json_of(out / "site.json")["runtime"]
    assert loaded["base"] == f"{CDN}/npm/{LITERT.name}@{LITERT.version}/"
    assert loaded["integrity"] == LITERT.integrity
    assert f"connect-src 'self' {CDN}" in (out / "index.html").read_text("utf-8")
    assert not (out / "offline.js").exists()
    assert not (out / "runtime").exists()


@pytest.mark.parametrize("package", [LITERT, ONNX], ids=lambda package: package.name)
def test_the_files_of_the_npm_package_have_the_checksums_that_the_page_compares(package):
    """The address on the CDN names package, version and file: these are the very same bytes."""
    folder = runtime_package(package, fetch=False)
    assert json_of(folder / "package.json")["version"] == package.version
    for name, integrity in package.integrity.items():
        digest = hashlib.sha384((folder / name).read_bytes()).digest()
        assert integrity == "sha384-" + base64.b64encode(digest).decode(), name


def test_the_page_loads_the_files_that_are_pinned():
    for package, module in ((LITERT, "litert.js"), (ONNX, "onnx.js")):
        text = (PAGE / module).read_text("utf-8")
        assert set(re.findall(r'"((?:dist|wasm)/[^"]+)"', text)) == set(package.integrity)


def test_the_halved_networks_give_nearly_the_same(made, onnx_site):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    network = open_networks(made / "run")["picture"]
    batch = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 1)).astype(np.float32)
    given = network.predict_on_batch(batch)["embedding"]
    onnx = (onnx_site / "network.onnx").read_bytes()
    found = OnnxNetwork(onnx).predict_on_batch(batch)["embedding"]
    np.testing.assert_allclose(found, given, atol=0.01)
    assert len(halved_onnx(onnx)) <= len(onnx) + 100  # nothing is left to halve

    lite = litert.Interpreter(str(made / "site" / "network.tflite"))
    (name,) = json_of(made / "site" / "site.json")["inputs"]
    found = lite.get_signature_runner()(**{name: batch})["embedding"]
    np.testing.assert_allclose(found, given, atol=0.01)
    halves = [each for each in lite.get_tensor_details() if each["dtype"] == np.float16]
    assert sum(np.prod(each["shape"]) for each in halves) > 1000


def test_a_photo_lies_where_its_placement_says():
    photo = cv2.resize(photo_of(3), (150, 120))
    canvas = canvas_for(224)
    scale, right, down = object_placement(photo, canvas)
    # The map from corners, as a map between centres of pixels.
    shift = np.array([right, down]) + (scale - 1) / 2
    placed = cv2.warpAffine(
        photo, np.column_stack([np.eye(2) * scale, shift]), (canvas, canvas),
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip
    difference = np.abs(placed.astype(int) - prepare_rgb(photo, canvas)).mean()
    assert difference < 2
    moved = np.abs(np.roll(placed, 4, axis=1).astype(int) - prepare_rgb(photo, canvas)).mean()
    assert difference < moved / 2  # it would have noticed 4 px


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "{gallery}", "{new}"], "expected the folder of a run"),
        (["{run}", "{photos}", "{new}"], "holds no gallery.json"),
        (["{other}", "{gallery}", "{new}"], "expected a gallery made by model"),
        (["{run}", "{gallery}", "{photos}"], "which holds other files"),
        (["quickdraw", "{gallery}", "{new}"], "expected embedded drawings at"),
        (["{run}", "{gallery}", "{new}", "--runtime", "{photos}"], "a folder of the npm package"),
        (["{run}", "{gallery}", "{new}", "--runtime", "{broken}"], "which lacks wasm/litert"),
        (["quickdraw", "{gallery}", "{new}", "--runtime", "{package}"], "onnxruntime-web"),
    ],
)
def test_a_wrong_folder_is_one_line(made, arguments, message, capsys):
    write_run(made / "other", local_size=8, seed=1)
    broken = write_double(LITERT, made / "broken")
    (broken / "wasm" / "litert_wasm_compat_internal.wasm").unlink()
    names = ("run", "gallery", "photos", "other", "new", "broken", "package")
    places = {name: made / name for name in names}
    assert main(["web", *(each.format(**places) for each in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (made / "new").exists()
    assert [path.name for path in made.iterdir() if path.name.endswith(".part")] == []


def test_an_earlier_page_is_replaced_whole(onnx_site):
    listed = json_of(onnx_site / "files.json")["files"]
    assert (onnx_site / "network.onnx").exists()
    assert not {"left_over.txt", "network.tflite"} & set(listed)
    assert {name for name in listed if name.startswith("runtime/")} == {
        f"runtime/{name}" for name in (*ONNX.integrity, "package.json")
    }


def test_thumbnails_are_small_pictures(made):
    for path in (made / "site" / "thumbnails").iterdir():
        assert max(read_picture(path).shape[:2]) <= 256
