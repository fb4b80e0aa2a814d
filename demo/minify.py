"""Makes the page's scripts and styles smaller: without comments and needless spaces."""

from __future__ import annotations

import re

# Strings, templates (which may hold one more template inside) and regular expressions stay as they
# are. A regular expression stands where a value may begin.
_TOKEN = re.compile(
    r"""(?P<left>(?:^|(?<=[;,{}\s]))//[^\n]*|\s+)"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|`(?:\\.|\$\{(?:[^`{}]|`[^`]*`|\{[^{}]*\})*\}|[^`\\])*`"""
    r"""|(?:(?<=[(,=:!&|?;])|(?<=[(,=:!&|?;] )|(?<=return ))/(?![/*])"""
    r"""(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/\w*"""
    r"""|[\w$]+|.""",
    re.MULTILINE,
)
_SIGNS = frozenset("=+-*/<>?:&|!,;(){}[]%^~")


def minify_script(source: str) -> str:
    """A script without comments and without the spaces beside signs; most line ends stay."""
    parts: list[str] = []
    gap = ""
    for found in _TOKEN.finditer(source):
        text = found[0]
        if found["left"] is not None:
            gap += text
            continue
        if parts and gap:
            parts.append(_gap(parts[-1], text, "\n" in gap))
        gap = ""
        parts.append(text)
    return "".join(parts)


def _gap(before: str, after: str, is_line_end: bool) -> str:
    """What has to stand between two tokens that spaces, comments or a line end separate."""
    if is_line_end:
        return "" if before in set(";,{([") or after in set("})]") else "\n"
    signs = before in _SIGNS or after in _SIGNS
    return "" if signs and not (before == after and before in "+-") else " "


def minify_style(source: str) -> str:
    """A style sheet without comments and optional spaces."""
    rules = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"(?<=[{};:,>])\s+|\s+(?=[{}!>])|;(?=\s*})", "", rules).strip()
