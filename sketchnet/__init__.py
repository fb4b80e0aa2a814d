"""Sketch search in Keras: draw a shoe, find the shoe; draw a doodle, see its like."""

__version__ = "0.1.0"
