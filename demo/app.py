"""Serve the page: `python demo/app.py`, which is the same as `sketchnet demo`."""

import sys

from sketchnet_demo.command import main

if __name__ == "__main__":
    sys.exit(main())
