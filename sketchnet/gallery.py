"""Build and search galleries of photos: `python -m sketchnet.gallery --help`."""

import sys

from sketchnet.cli.gallery import main

if __name__ == "__main__":
    sys.exit(main())
