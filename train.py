"""Train: `python train.py [retrieval|quickdraw] --help`, which is the same as `sketchnet train`."""

import sys

from sketchnet.cli.train import main

if __name__ == "__main__":
    sys.exit(main())
