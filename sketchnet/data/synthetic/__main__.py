"""`python -m sketchnet.data.synthetic retrieval|quickdraw DIR`: the embedded default data."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Write one collection; exit status 2 and one line where that cannot be done."""
    given = _parser().parse_args(arguments)

    from sketchnet.data.synthetic.write_datasets import write_quickdraw, write_retrieval
    from sketchnet.utils.errors import InputError

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if given.collection == "retrieval":
            write_retrieval(
                given.directory, given.photos, given.test, given.sketches_per_photo, given.seed,
                given.workers, report,
            )  # fmt: skip
        else:
            write_quickdraw(
                given.directory, given.per_category, given.seed, workers=given.workers,
                report=report,
            )  # fmt: skip
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written to {given.directory}; look with: python -m sketchnet.data {given.directory}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sketchnet.data.synthetic",
        description="Write the embedded default data: shoes or doodles, drawn by program.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("directory", metavar="DIR", type=Path, help="a new folder")
    common.add_argument("--seed", type=int, default=0, help="another seed, other drawings")
    common.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes; all cores by default"
    )
    kinds = parser.add_subparsers(dest="collection", required=True)
    shoes = kinds.add_parser(
        "retrieval", parents=[common], help="photos and stroke sketches of shoes, as in ShoeV2",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    shoes.add_argument("--photos", type=int, default=2000, help="shoes, test split and all")
    shoes.add_argument("--test", type=int, default=200, help="of these, shoes of the test split")
    shoes.add_argument("--sketches-per-photo", type=float, default=3.3, help="on average")
    doodles = kinds.add_parser(
        "quickdraw", parents=[common], help="doodles of ten categories, as official .ndjson",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    doodles.add_argument("--per-category", type=int, default=1000, help="drawings of each")
    return parser


if __name__ == "__main__":
    sys.exit(main())
