"""`python -m sketchnet.export`: networks for other programs, a page without a server, the Hub."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import tyro

from sketchnet.cli.subcommands import run_subcommand
from sketchnet.inference.export import Format, export_run
from sketchnet.runs import resolve_run
from sketchnet.utils.errors import InputError
from sketchnet.utils.hugging_face import repository_of, upload_run
from sketchnet.utils.process import command

PROG = "python -m sketchnet.export"


def onnx(run: tyro.conf.Positional[str], out: Path | None = None) -> int:
    """Write the networks of a run as ONNX files, for ONNX Runtime and others.

    Beside each file lies a JSON file that describes its inputs and outputs.

    Args:
        run: Directory of a run, or the name of shipped weights such as shoes.
        out: File to write. Default: named after the run, in the current directory.
    """
    return _export(run, "onnx", out)


def tflite(run: tyro.conf.Positional[str], out: Path | None = None) -> int:
    """Write the networks of a run as LiteRT (TensorFlow Lite) files, for phones.

    Beside each file lies a JSON file that describes its inputs and outputs.

    Args:
        run: Directory of a run, or the name of shipped weights such as shoes.
        out: File to write. Default: named after the run, in the current directory.
    """
    return _export(run, "tflite", out)


def web(
    run: tyro.conf.Positional[str],
    gallery: tyro.conf.Positional[Path],
    out: tyro.conf.Positional[Path],
    runtime: Path | None = None,
    title: str = "sketchnet",
) -> int:
    """Write a page that searches a gallery by sketch without a server: a folder of static files.

    Any static host serves it (docs/web.md).

    Args:
        run: Directory of a run, or the name of shipped weights such as shoes.
        gallery: Gallery of photos that this run embedded; for a doodle run its file of drawings.
        out: Folder to write: a new one, or an earlier page.
        runtime: Folder of the npm package @litertjs/core or, for doodles, onnxruntime-web, which
            runs the network. The page then also works offline; without it, the page loads the
            package from a CDN.
        title: Title of the page.
    """
    from sketchnet.web.write import write_web_page  # at the top it would slow --help down

    demo = importlib.util.find_spec("sketchnet_demo")
    places = [] if demo is None else list(demo.submodule_search_locations or [])
    if not places:
        raise InputError("the package sketchnet_demo", "an environment without it", "pip install .")
    written = write_web_page(
        run, gallery, out, shared=Path(places[0]), runtime=runtime, title=title
    )
    print(f"{out}  {written.files:,} files, {written.bytes:,} bytes")
    return 0


def push(
    run: tyro.conf.Positional[str], to: tyro.conf.Positional[str], private: bool = False
) -> int:
    """Upload a run to the Hugging Face Hub, with its card.

    Needs a login (`hf auth login`) or the variable HF_TOKEN.

    Args:
        run: Directory of a run, or the name of shipped weights such as shoes.
        to: Address of the repository, such as hf://user/name; it is created where it is missing.
        private: Create it as a private repository.
    """
    repository = repository_of(to)
    if repository is None:
        raise InputError("an address like hf://user/name", to)
    print(upload_run(resolve_run(run), repository, private=private))
    return 0


def export(run: tyro.conf.Positional[str], format: Format, out: Path | None = None) -> int:
    """Older form of this command: export RUN --format FORMAT.

    Args:
        run: Directory of a run, or the name of shipped weights such as shoes.
        format: onnx or tflite.
        out: File to write.
    """
    print(f"`export RUN --format {format}` is now `{PROG} {format} RUN`", file=sys.stderr)
    return _export(run, format, out)


def _export(run: str, form: Format, out: Path | None) -> int:
    for path in export_run(run, form, out):
        print(f"{path}  {path.stat().st_size:,} bytes, described in {path.with_suffix('.json')}")
    return 0


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    commands: dict[str, Callable[..., int]] = {
        "onnx": onnx,
        "tflite": tflite,
        "web": web,
        "push": push,
    }
    if arguments[:1] == ["export"]:
        commands["export"] = export
    return run_subcommand(commands, arguments, prog=PROG, description=__doc__)
