"""The exception for input that cannot be used: one line that a person can act on."""

from __future__ import annotations

MAX_LENGTH = 1_000  # characters of a message


class InputError(ValueError):
    """A file, an argument or an upload cannot be used.

    As text it is one line: "expected …; received …; what to do". The command lines print that line,
    and the page shows `fix` beside the input. The fields may quote the input: line breaks and other
    unprintable characters are replaced, and very long messages are cut.

    Attributes:
        expected: what is needed.
        received: what was given.
        fix: what to do about it, or "".
    """

    def __init__(self, expected: object, received: object, fix: object = "") -> None:
        self.expected, self.received, self.fix = map(_one_line, (expected, received, fix))
        message = f"expected {self.expected}; received {self.received}"
        message += f"; {self.fix}" if self.fix else ""
        cut = message if len(message) <= MAX_LENGTH else f"{message[: MAX_LENGTH - 1]}…"
        super().__init__(cut)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        # Ray and process pools pickle exceptions, and would call us with the message alone.
        return type(self), (self.expected, self.received, self.fix)


def _one_line(part: object) -> str:
    line = " ".join(str(part).split())
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
