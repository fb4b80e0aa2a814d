"""The one exception that a person is meant to read."""

from __future__ import annotations


class InputError(ValueError):
    """Something a person gave us cannot be used.

    The message is one line that says what was expected, what came and what to do; the command
    lines print it as it is and the demo shows it in place of an answer.
    """
