"""Calibrate a doodle run, add categories to it: `python -m sketchnet.doodles --help`."""

import sys

from sketchnet.cli.doodles import main

if __name__ == "__main__":
    sys.exit(main())
