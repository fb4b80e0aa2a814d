"""`python -m sketchnet.data DIR`: report what a data folder holds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sketchnet.utils.process import prepare_process


def main(arguments: list[str] | None = None) -> int:
    """Print the report; exit status 1 and one line where nothing in the folder can be used."""
    parser = argparse.ArgumentParser(
        prog="python -m sketchnet.data",
        description=(
            "Report what a data folder holds: its layouts, the counts of each split, what is "
            "broken and what is left out."
        ),
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="the folder of data")
    parser.add_argument(
        "--to-mat", metavar="OUT", type=Path,
        help="also write its pairs into the folder OUT, as .mat files of the original "
        "implementation (Yu et al. 2016)",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    prepare_process(keras=False)

    # Imported here: these take a second, and `--help` should not.
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.data.pairs.to_mat import write_mat
    from sketchnet.data.report import report_folder
    from sketchnet.utils.errors import InputError

    try:
        print(report_folder(given.directory))
        if given.to_mat is not None:
            for problem in write_mat(load_collection(given.directory), given.to_mat):
                print(problem)
            print(f"written to {given.to_mat}")
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
