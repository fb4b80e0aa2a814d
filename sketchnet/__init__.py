"""Sketch search in Keras: draw a shoe, find the shoe; draw a doodle, see its like."""

from sketchnet.utils import quiet

__version__ = "0.1.0"

quiet.install()
