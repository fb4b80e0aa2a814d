"""Text for files that a spreadsheet opens."""

from __future__ import annotations

_FORMULA = "=+-@\t\r\n"


def safe_cell(text: str) -> str:
    """Return the text of a cell, with an apostrophe in front where it would start a formula.

    Spreadsheets execute cells that begin with =, +, - or @, whatever program wrote the file.
    """
    return f"'{text}" if text[:1] and text[0] in _FORMULA else text
