"""Write a page that searches by sketch without a server: a folder of static files."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.inference.convert import (
    DRAWING,
    PICTURE,
    SKETCH,
    subnetwork,
    to_onnx,
    to_tflite,
)
from sketchnet.utils.atomic_files import replace_directory
from sketchnet.utils.errors import InputError
from sketchnet.web.doodles import write_doodles
from sketchnet.web.network import halved_onnx
from sketchnet.web.runtime import (
    CDN,
    FOLDER,
    LITERT,
    ONNX,
    Package,
    cdn_runtime,
    copy_runtime,
    package_at,
)
from sketchnet.web.shoes import write_shoes

PAGE = Path(__file__).parent / "page"
SHARED = (
    "style.css", "boards.css",
    "packed.js", "page.js", "history.js", "link.js", "record.js", "canvas.js",
)  # fmt: skip
"""Files of the Gradio page that this page uses as they are."""

LIMITS = {
    "shoes": "This page runs in your browser alone: no server sees your drawing. It is meant for "
    "galleries of up to some thousand photos. It does not learn, has no shared libraries, and "
    "reads drawings only, not pictures.",
    "doodles": "This page runs in your browser alone: no server sees your drawing. It suggests "
    "from the drawings that it was written with. It does not learn words, has no shared libraries "
    "and no quiz, and reads drawings only, not pictures.",
}
"""What a page without a server cannot do; it says so itself."""

PACKAGES = {"shoes": (LITERT, ONNX), "doodles": (ONNX,)}
"""What runs the networks of a page; the first is the default (docs/web.md has the comparison)."""

_OUR_FILES = {"index.html", "site.json", "files.json"}


@dataclass(frozen=True)
class Written:
    """What was written: the number of files, and their bytes without and with the runtime."""

    files: int
    data_bytes: int
    bytes: int


def write_web_page(
    run: Path | str,
    gallery: Path,
    out: Path,
    *,
    shared: Path,
    runtime: Path | None = None,
    title: str = "sketchnet",
) -> Written:
    """Write the page of a run and its gallery; an earlier page at `out` is replaced.

    Args:
        run: directory of a run, or a shipped name.
        gallery: its gallery of photos; of a doodle run the file of its drawings.
        out: folder to write: new, empty, or an earlier page.
        shared: folder of the Gradio page's scripts and styles.
        runtime: folder of the npm package that is to run the network; None = the page loads the
            default package from a CDN.
        title: of the page.

    Raises InputError where a folder is not what it should be, and where a converter is missing.
    """
    folder = runs.resolve_run(run)
    _check_out(out)
    staged = out.with_name(f".{out.name}.part")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        is_shoes = isinstance(runs.config_of(folder), RetrievalConfig)
        packages = PACKAGES["shoes" if is_shoes else "doodles"]
        package = packages[0] if runtime is None else package_at(runtime, packages)
        loaded = cdn_runtime(package) if runtime is None else copy_runtime(package, runtime, staged)
        settings, catalogue = (write_shoes if is_shoes else write_doodles)(folder, gallery, staged)
        settings |= {"title": title, "runtime": asdict(loaded)}
        # What a browser has kept of a page counts for the same photos only.
        settings["version"] = hashlib.sha256(json.dumps(catalogue).encode()).hexdigest()[:16]
        settings |= _write_network(folder, package, staged)
        _write_json(staged / "catalogue.json", catalogue)
        _write_json(staged / "site.json", settings)
        _write_page(staged, shared, settings, offline=runtime is not None)
        replace_directory(out, staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    sizes = {path: path.stat().st_size for path in out.rglob("*") if path.is_file()}
    own = sum(size for path, size in sizes.items() if (out / FOLDER) not in path.parents)
    return Written(len(sizes), own, sum(sizes.values()))


def _check_out(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError("a folder to write", f"{out}, which is another file", "name a new folder")
    if (
        out.exists()
        and any(out.iterdir())
        and not all((out / name).is_file() for name in _OUR_FILES)
    ):
        raise InputError(
            "a new folder, or an earlier page",
            f"{out}, which holds other files",
            "name a new folder: it would be replaced",
        )


def _write_network(run: Path, package: Package, out: Path) -> dict[str, Any]:
    """Write the network that embeds drawings, as the package reads it; returns its settings."""
    from sketchnet.models import saving  # imports Keras, after the cheap checks

    config = runs.config_of(run)
    name = DRAWING
    if isinstance(config, RetrievalConfig):
        name = PICTURE if config.has_one_branch else SKETCH
    network = subnetwork(saving.load_model(run), name)
    if package is LITERT:
        content = to_tflite(network, batch=1, half=True)
    else:
        try:
            content = to_onnx(network, {"fingerprint": runs.fingerprint(run)})
        except ImportError as error:
            missing = f"an environment without it ({error})"
            raise InputError("the converter to ONNX", missing, "pip install tf2onnx") from error
        content = halved_onnx(content)
    (out / package.network).write_bytes(content)
    return {"network": package.network, "inputs": [tensor.name for tensor in network.inputs]}


def _write_page(out: Path, shared: Path, settings: dict[str, Any], *, offline: bool) -> None:
    """Copy scripts and styles, and fill in what differs from page to page."""
    kind, title = settings["kind"], settings["title"]
    for path in sorted(PAGE.iterdir()):
        shutil.copyfile(path, out / path.name)
    for name in SHARED:
        shutil.copyfile(shared / name, out / name)
    cdn = " blob:" if offline else f" {CDN} blob:"  # scripts are checked, then run from memory
    page = (out / "index.html").read_text(encoding="utf-8")
    filled = {"title": title, "limits": LIMITS[kind]}
    for name, text in filled.items():
        page = page.replace(f"{{{{{name}}}}}", escape(text))
    page = page.replace("{{cdn}}", cdn).replace("{{offline}}", " data-offline=1" * offline)
    (out / "index.html").write_text(page, encoding="utf-8")
    _write_json(
        out / "manifest.webmanifest",
        {
            "name": title,
            "short_name": title[:12],
            "start_url": "./",
            "display": "standalone",
            "background_color": "#f7f6f3",
            "theme_color": "#f7f6f3",
            "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}],
        },
    )
    worker = out / "offline.js"
    if not offline:
        worker.unlink()  # without the runtime nothing works offline
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for name in files:
        whole.update(name.encode() + hashlib.sha256((out / name).read_bytes()).digest())
    _write_json(out / "files.json", {"version": whole.hexdigest()[:16], "files": files})
    if offline:
        text = worker.read_text(encoding="utf-8")
        version = f'const VERSION = "{whole.hexdigest()[:16]}"'
        worker.write_text(re.sub(r'const VERSION = "\w*"', version, text), encoding="utf-8")


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
