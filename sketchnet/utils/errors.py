"""The one exception that a person is meant to read."""

from __future__ import annotations

MAX_LENGTH = 1_000  # characters of a message


class InputError(ValueError):
    """Something a person gave us cannot be used.

    As text it is one line: "expected …; received …; what to do". The command lines print it as it
    is, the page shows `fix` beside the field that it is about. The fields may quote the input: line
    breaks and other unprintable characters are removed, very long messages are cut.

    Attributes:
        expected: what would have been right.
        received: what came instead.
        fix: what to do about it, or "".
    """

    def __init__(self, expected: object, received: object, fix: object = "") -> None:
        self.expected, self.received, self.fix = map(_one_line, (expected, received, fix))
        message = f"expected {self.expected}; received {self.received}"
        message += f"; {self.fix}" if self.fix else ""
        cut = message if len(message) <= MAX_LENGTH else f"{message[: MAX_LENGTH - 1]}…"
        super().__init__(cut)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        # Ray and process pools send exceptions by pickle, which would call us with the one message.
        return type(self), (self.expected, self.received, self.fix)


def _one_line(part: object) -> str:
    line = " ".join(str(part).split())
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
