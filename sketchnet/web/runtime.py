"""What runs the network in a browser: a folder of an npm package, or a CDN that is checked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sketchnet.utils.errors import InputError

CDN = "https://cdn.jsdelivr.net"
FOLDER = "runtime"


@dataclass(frozen=True)
class Package:
    """An npm package, and the network that it takes.

    Attributes:
        integrity: the files that a page needs, with the checksum of each, as `openssl dgst -sha384
            -binary FILE | base64` prints it.
        network: name of the network's file in the folder of the page.
    """

    name: str
    version: str
    integrity: Mapping[str, str]
    network: str

    @property
    def address(self) -> str:
        """The folder of the package on the CDN."""
        return f"{CDN}/npm/{self.name}@{self.version}/"


LITERT = Package(
    "@litertjs/core",
    "2.5.3",
    {
        "dist/index.js": "sha384-MapSVJ/DPwvaWpp7q+Bid9O3uY1oB0KOU1QRMP+Mm5zdz5oMme/BUyX6dVAMWnPg",
        "wasm/litert_wasm_compat_internal.js": "sha384-"
        "oh4nb8zDq6eVOpGeZE5gwDOJ16QujHLL8k/HEXt3XiPxr+8zn3YnkXP8P3BlJET1",
        "wasm/litert_wasm_compat_internal.wasm": "sha384-"
        "glAZ6WjS7tLRt89pbTPXvLC1c7DCaVSfL2ngn5gZJiUuPs76fWYJy7ZeFaD0PJXx",
    },
    "network.tflite",
)
"""LiteRT for the web, in the form for every browser with WebAssembly SIMD; it has one thread."""

ONNX = Package(
    "onnxruntime-web",
    "1.30.0",
    {
        "dist/ort.wasm.bundle.min.mjs": "sha384-"
        "PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG",
        "dist/ort-wasm-simd-threaded.wasm": "sha384-"
        "vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM",
    },
    "network.onnx",
)


@dataclass(frozen=True)
class Runtime:
    """Where the page loads a package from, as `site.json` says it.

    Attributes:
        package: its name.
        base: address of its folder, relative to the page or on the CDN.
        integrity: the checksums of its files; empty where they lie in the page's own folder.
    """

    package: str
    base: str
    integrity: Mapping[str, str]


def cdn_runtime(package: Package) -> Runtime:
    """The files of the CDN. The browser compares them with the checksums before it runs them."""
    return Runtime(package.name, package.address, package.integrity)


def package_at(folder: Path, packages: tuple[Package, ...]) -> Package:
    """Which of the packages a folder holds. Raises InputError where it is none of them."""
    try:
        name = json.loads((folder / "package.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, LookupError, TypeError):
        name = None
    found = next((each for each in packages if each.name == name), None)
    missing = [path for path in (found.integrity if found else ()) if not (folder / path).is_file()]
    if found is None or missing:
        reason = f"which lacks {missing[0]}" if missing else "which is another folder"
        raise InputError(
            f"a folder of the npm package {' or '.join(each.name for each in packages)}",
            f"{folder}, {reason}",
            f"npm pack {packages[0].name}@{packages[0].version} and unpack it, "
            "or leave out --runtime",
        )
    return found


def copy_runtime(package: Package, folder: Path, out: Path) -> Runtime:
    """Copy the files that the page needs, and what names version and licence."""
    for name in (*package.integrity, "package.json"):
        path = out / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, path)
    return Runtime(package.name, f"{FOLDER}/", {})
