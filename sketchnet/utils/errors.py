"""The one exception that a person is meant to read."""

from __future__ import annotations

LONGEST = 1_000  # characters of a message


class InputError(ValueError):
    """Something a person gave us cannot be used.

    The message is one line that says what was expected, what came and what to do; the command
    lines print it as it is and the demo shows it in place of an answer. It may quote what came:
    line breaks and what else cannot be printed are left out, and very long ones are cut.
    """

    def __init__(self, message: str) -> None:
        line = " ".join(message.split())
        line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
        super().__init__(line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…")
