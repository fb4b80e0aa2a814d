"""ONNX Runtime for browsers: from a folder of its npm package, or from a CDN and checked."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from sketchnet.utils.errors import InputError

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
SCRIPT, BINARY = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
INTEGRITY = {
    SCRIPT: "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG",
    BINARY: "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM",
}
"""Of the files of that version, as `openssl dgst -sha384 -binary FILE | base64` prints them."""

CDN = "https://cdn.jsdelivr.net"
FOLDER = "runtime"


@dataclass(frozen=True)
class Runtime:
    """Where the page loads ONNX Runtime from, with checksums where that is not its own folder."""

    script: str
    wasm: str
    script_integrity: str = ""
    wasm_integrity: str = ""


def cdn_runtime() -> Runtime:
    """The files of the CDN. The browser compares them with the checksums before it runs them."""
    base = f"{CDN}/npm/{PACKAGE}@{VERSION}/dist"
    return Runtime(f"{base}/{SCRIPT}", f"{base}/{BINARY}", INTEGRITY[SCRIPT], INTEGRITY[BINARY])


def copy_runtime(package: Path, out: Path) -> Runtime:
    """Copy the two files that the page needs, and what names version and licence.

    Raises InputError where `package` is no folder of the npm package.
    """
    try:
        found = json.loads((package / "package.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, LookupError, TypeError):
        found = None
    missing = [name for name in (SCRIPT, BINARY) if not (package / "dist" / name).is_file()]
    if found != PACKAGE or missing:
        reason = "which lacks dist/" + missing[0] if found == PACKAGE else "which is another folder"
        raise InputError(
            f"a folder of the npm package {PACKAGE}",
            f"{package}, {reason}",
            f"npm pack {PACKAGE}@{VERSION} and unpack it, or leave out --runtime",
        )
    (out / FOLDER).mkdir(parents=True)
    for path in (package / "dist" / SCRIPT, package / "dist" / BINARY, package / "package.json"):
        shutil.copyfile(path, out / FOLDER / path.name)
    return Runtime(f"{FOLDER}/{SCRIPT}", f"{FOLDER}/{BINARY}")
