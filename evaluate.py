"""Score runs: `python evaluate.py --help`, which is the same as `sketchnet evaluate`."""

import sys

from sketchnet.cli.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
