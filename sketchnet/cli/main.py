"""The command `sketchnet`: train, evaluate, data, gallery, doodles, export, demo by one name."""

from __future__ import annotations

import importlib
import sys

# Imported only when called: `sketchnet --help` must not wait for TensorFlow or Gradio.
COMMANDS = {
    "train": ("sketchnet.cli.train", "train on photos and sketches, or on doodles"),
    "evaluate": ("sketchnet.cli.evaluate", "score runs on held-out data"),
    "data": ("sketchnet.data.__main__", "report what a data folder holds"),
    "gallery": ("sketchnet.cli.gallery", "embed a folder of photos, search it"),
    "doodles": ("sketchnet.cli.doodles", "calibrate a run for doodles, add categories"),
    "export": ("sketchnet.cli.export", "write the networks of a run for other programs"),
    "demo": ("sketchnet_demo.command", "serve the page"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command with the arguments that follow its name; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments else "--help"
    if name in COMMANDS:
        return importlib.import_module(COMMANDS[name][0]).main(arguments[1:])
    usage = "\n".join(f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items())
    if name in ("-h", "--help"):
        print(f"usage: sketchnet COMMAND [options]\n\n{usage}\n\n`sketchnet COMMAND --help`")
        return 0
    print(
        f"expected a command of {', '.join(COMMANDS)}; received {name}; see `sketchnet --help`",
        file=sys.stderr,
    )
    return 2
