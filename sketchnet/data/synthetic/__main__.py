"""`python -m sketchnet.data.synthetic retrieval|quickdraw DIR`: write a synthetic dataset."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Write one dataset. Returns the exit status: 2, with one line on stderr, on bad input."""
    options = _parser().parse_args(arguments)

    # Imported here so that `--help` does not wait for NumPy and OpenCV.
    from sketchnet.data.synthetic.write_datasets import write_quickdraw, write_retrieval
    from sketchnet.utils.errors import InputError
    from sketchnet.utils.process import prepare_process

    prepare_process(keras=False)

    def log(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if options.dataset == "retrieval":
            write_retrieval(
                options.directory,
                options.photos,
                options.test,
                options.sketches_per_photo,
                options.seed,
                processes=options.processes,
                log=log,
            )
        else:
            write_quickdraw(
                options.directory,
                options.per_category,
                options.seed,
                processes=options.processes,
                log=log,
            )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written to {options.directory}; inspect: python -m sketchnet.data {options.directory}")
    return 0


class _RenamedFlag(argparse.Action):
    """Accepts the former name of a flag, and prints the present one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        flag = f"--{self.dest.replace('_', '-')}"
        print(f"`{option_string}` is now `{flag}`", file=sys.stderr)
        setattr(namespace, self.dest, values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sketchnet.data.synthetic",
        description="Write a synthetic dataset: shoe photos with stroke sketches, or doodles.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "directory", metavar="DIR", type=Path, help="folder to create (must be new or empty)"
    )
    common.add_argument(
        "--seed", type=int, default=0, help="random seed; the same seed writes the same files"
    )
    common.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="number of worker processes"
    )
    common.add_argument(
        "--workers", type=int, dest="processes", action=_RenamedFlag,
        default=argparse.SUPPRESS, help=argparse.SUPPRESS,
    )  # fmt: skip
    datasets = parser.add_subparsers(dest="dataset", required=True)
    shoes = datasets.add_parser(
        "retrieval", parents=[common], help="shoe photos and stroke sketches in ShoeV2's layout",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    shoes.add_argument(
        "--photos", type=int, default=2000, help="number of shoes, one photo each, all splits"
    )
    shoes.add_argument(
        "--test", type=int, default=200, help="number of those shoes that form the test split"
    )
    shoes.add_argument(
        "--sketches-per-photo", type=float, default=3.3, help="mean number of sketches per shoe"
    )
    doodles = datasets.add_parser(
        "quickdraw", parents=[common],
        help="doodles of ten categories as simplified Quick, Draw! .ndjson files",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    doodles.add_argument(
        "--per-category", type=int, default=1000, help="number of doodles per category"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
