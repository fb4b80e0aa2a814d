"""LiteRT and ONNX Runtime in a browser: `python -m tests.benchmarks web-runtimes`.

One run of headless Chromium, a tab for each, the same inputs in turn. Both packages come by npm. An
embedding is timed from pixels (and strokes) to numbers, and the vectors are compared with Python's.
LiteRT is measured in the form that the page loads, which every browser with WebAssembly SIMD runs,
and in those for relaxed SIMD, in one thread and in several.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.cli.export import main as export
from sketchnet.inference.doodle_embedder import load_input_spec
from sketchnet.models import saving
from sketchnet.runs import SHIPPED
from sketchnet.web.runtime import LITERT, ONNX
from tests.benchmarks.timing import build_parser, print_table
from tests.benchmarks.web_page import MEGABYTE, ProcessorTime
from tests.web.drawings import drawings
from tests.web.static_site import chromium, runtime_package, static_server

GALLERIES = {"shoes": "gallery", "quickdraw": "gallery/doodles.npz"}
PAGE = """<!doctype html><script type="importmap">{"imports": {"@litertjs/wasm-utils": "/utils.js"}}
</script>"""
UTILS = """export async function createWasmLib(Library, src) {
  const script = Object.assign(document.createElement("script"), { src });
  await new Promise((resolve) => { script.onload = resolve; document.head.append(script); });
  return new Library(await ModuleFactory({ print() {}, printErr() {} }));
}"""
"""Of the package on which @litertjs/core depends: it loads a script."""

OPEN = """async ([site, threads]) => {
  const [{ openNetwork }, { fetchFile }] = await Promise.all(
    ["network", "files"].map((name) => import(`${site}/${name}.js`)));
  const { network, runtime } = await (await fetch(`${site}/site.json`)).json();
  const base = new URL(`${site}/${runtime.base}`, location.href).href;
  const content = await fetchFile(`${site}/${network}`);
  window.run = await openNetwork({ ...runtime, base }, content, threads);
}"""
OPEN_PACKAGE = """async ([network, threads]) => {
  const litert = await import("/package/dist/index.js");
  litert.Environment.create = async () => new litert.Environment({ webGpuDevice: null });
  await litert.loadLiteRt("/package/wasm/", { threads: threads > 1 });
  const options = { accelerator: "wasm", cpuOptions: { numThreads: threads } };
  const opened = await litert.loadAndCompile(network, options);
  window.run = async (inputs) => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(
      ([name, [numbers, shape]]) => [name, new litert.Tensor(numbers, shape)]));
    const outputs = await opened.run(tensors);
    const found = { embedding: outputs.embedding.toTypedArray().slice() };
    for (const tensor of [...Object.values(tensors), ...Object.values(outputs)]) tensor.delete();
    return found;
  };
}"""
PUT = """(inputs) => {
  const types = { int32: Int32Array, float32: Float32Array };
  window.inputs = Object.fromEntries(Object.entries(inputs).map(
    ([name, [type, numbers, shape]]) => [name, [types[type].from(numbers), shape]]));
}"""
RUN = """async () => {
  const start = performance.now();
  window.found = (await window.run(window.inputs)).embedding;
  return performance.now() - start;
}"""

Inputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One runtime: how its tab is opened, and the files that a visitor downloads."""

    name: str
    script: str
    argument: str
    threads: int
    files: tuple[Path, ...]
    network: Path


def main(arguments: Sequence[str]) -> None:
    parser = build_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--runs", nargs="+", choices=GALLERIES, default=list(GALLERIES))
    options = parser.parse_args(arguments)
    rounds = 3 if options.quick else options.rounds
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        (folder / "index.html").write_text(PAGE)
        (folder / "utils.js").write_text(UTILS)
        (folder / "package").symlink_to(runtime_package(LITERT))
        for run in ("shoes",) if options.quick else options.runs:
            rows = _measure(browser, folder, _cases(run, folder), run, rounds)
            head = ["runtime", "threads", "ms, clock", "ms, processor", "runtime, MB (gzip)"]
            head += ["network, MB", "least cosine with Python"]
            load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
            print_table(f"{run}: median / 90 % of {rounds} embeddings ({load})", head, rows)


def _cases(run: str, folder: Path) -> list[Case]:
    """The pages of a run and the runtimes without a page, written into `folder`."""
    gallery, cases = SHIPPED / run / GALLERIES[run], []
    for package in (LITERT, ONNX) if run == "shoes" else (ONNX,):
        source, site = runtime_package(package), f"{run}-{package.network.split('.')[1]}"
        export(["web", run, str(gallery), str(folder / site), "--runtime", str(source)])
        files = tuple(source / each for each in package.integrity)
        network = folder / site / package.network
        for threads in (1,) if package is LITERT else (1, 2):
            name = "LiteRT, as the page loads it" if package is LITERT else "ONNX Runtime"
            cases.append(Case(name, OPEN, f"/{site}", threads, files, network))
    network = folder / f"{run}-tflite" / "network.tflite"
    if run != "shoes":
        network = folder / f"{run}.tflite"
        _write_fixed(run, network)
    for form, threads in (("", 1), ("threaded_", 2)):
        parts = (
            "dist/index.js",
            *(f"wasm/litert_wasm_{form}internal.{end}" for end in ("js", "wasm")),
        )
        files = tuple((folder / "package" / each).resolve() for each in parts)
        address = f"/{network.relative_to(folder)}"
        cases.append(Case("LiteRT, relaxed SIMD", OPEN_PACKAGE, address, threads, files, network))
    return cases


def _write_fixed(run: str, path: Path) -> None:
    """A doodle network for LiteRT for the web, which wants fixed shapes: all points, padded."""
    import keras

    network = saving.load_model(runs.resolve_run(run))
    points = load_input_spec(runs.resolve_run(run))[0].max_points
    shapes = {
        tensor.name: [size or points for size in tensor.shape[1:]] for tensor in network.inputs
    }
    specs = {
        tensor.name: keras.InputSpec(
            shape=(1, *shapes[tensor.name]), dtype=tensor.dtype, name=tensor.name
        )
        for tensor in network.inputs
    }
    network.export(str(path), format="litert", verbose=False, input_signature=[specs])


def _inputs(run: str, rounds: int) -> tuple[Any, list[Inputs]]:
    """A network in Python, and what each round embeds."""
    from sketchnet.inference.onnx_runtime import open_networks

    folder = runs.resolve_run(run)
    if run == "shoes":
        from sketchnet.imaging.prepare import prepare_sketch

        size = runs.config_of(folder).size
        strokes = [[np.array(rows[:2], np.float32).T for rows in each] for each in drawings(rounds)]
        pictures = [prepare_sketch(each, size).astype(np.float32) for each in strokes]
        return open_networks(folder)["sketch"], [
            {"sketch": each[None, ..., None]} for each in pictures
        ]
    spec, rng = load_input_spec(folder)[0], np.random.default_rng(0)
    ones, made = np.ones((1, 1), np.float32), []
    for _ in range(rounds):
        length = int(rng.integers(8, spec.max_points + 1))
        strokes = np.zeros((1, spec.max_points, 3), np.float32)
        strokes[0, :length] = rng.normal(size=(length, 3)) * (1, 1, 0)
        picture = rng.choice([0.0, 255.0], (1, spec.size, spec.size, 1), p=[0.1, 0.9])
        inputs = {"picture": picture.astype(np.float32), "strokes": strokes}
        lengths = {"length": np.array([length], np.int32)}
        made.append({**inputs, **lengths, "has_picture": ones, "has_strokes": ones})
    return open_networks(folder)["drawing"], made


def _measure(
    browser: Any, folder: Path, cases: list[Case], run: str, rounds: int
) -> list[list[str]]:
    network, all_inputs = _inputs(run, rounds)
    times: list[list[tuple[float, float]]] = [[] for _ in cases]
    cosines = [1.0] * len(cases)
    with static_server(folder, isolated=True) as url:
        tabs = []
        for case in cases:
            tab = browser.new_page()
            tab.set_default_timeout(120_000)
            tab.goto(url)
            tab.evaluate(case.script, [case.argument, case.threads])
            tabs.append((tab, ProcessorTime(tab)))
        for place, inputs in enumerate([all_inputs[0], *all_inputs]):  # the first runs take longer
            batch = inputs["sketch"] if len(inputs) == 1 else inputs
            expected = network.predict_on_batch(batch)["embedding"][0]
            for row, (tab, processor) in enumerate(tabs):
                tab.evaluate(PUT, _sent(inputs, trims=cases[row].script == OPEN))
                before = processor.ms()
                ms = tab.evaluate(RUN)
                if place:
                    times[row].append((ms, processor.ms() - before))
                vector = tab.evaluate("[...window.found]")
                cosines[row] = min(cosines[row], _cosine(vector, expected))
        for tab, _ in tabs:
            tab.close()
    return [_row(*each) for each in zip(cases, times, cosines, strict=True)]


def _sent(inputs: Inputs, *, trims: bool) -> dict[str, Any]:
    """The inputs as JSON; strokes without their padding where the network takes any length."""
    length = int(inputs["length"][0]) if trims and "length" in inputs else None
    cut = {name: each[:, :length] if name == "strokes" else each for name, each in inputs.items()}
    return {
        name: [str(each.dtype), each.ravel().tolist(), list(each.shape)]
        for name, each in cut.items()
    }


def _cosine(a: Sequence[float], b: np.ndarray) -> float:
    return float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))


def _row(case: Case, times: list[tuple[float, float]], cosine: float) -> list[str]:
    clock, processor = (
        f"{np.percentile(each, 50):.1f} / {np.percentile(each, 90):.1f}"
        for each in np.transpose(times)
    )
    content = [path.read_bytes() for path in case.files]
    packed = sum(len(gzip.compress(each, 6)) for each in content) / MEGABYTE
    size = f"{sum(map(len, content)) / MEGABYTE:.1f} ({packed:.1f})"
    network = f"{case.network.stat().st_size / MEGABYTE:.1f}"
    alone = processor if case.threads == 1 else ""  # the other threads' time is not known
    return [case.name, str(case.threads), clock, alone, size, network, f"{cosine:.6f}"]
