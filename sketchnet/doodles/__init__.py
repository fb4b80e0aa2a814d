"""The command `python -m sketchnet.doodles`."""
