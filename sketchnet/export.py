"""Export the networks of a run for other programs: `python -m sketchnet.export --help`."""

import sys

from sketchnet.cli.export import main

if __name__ == "__main__":
    sys.exit(main())
