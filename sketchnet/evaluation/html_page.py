"""An HTML page with the table and the pictures of a report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from sketchnet.utils.atomic_files import write_text_atomically


def write_page(folder: Path, title: str, text: Sequence[str], pictures: Sequence[str]) -> None:
    """Write `index.html` into `folder`: the lines of `text`, then the pictures of the folder."""
    images = "\n".join(f'<p><img src="{name}" alt="{name}"></p>' for name in pictures)
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>sketchnet: {escape(title)}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #22262b; margin: 2rem auto; max-width: 78rem;
       padding: 0 1rem; }}
pre {{ overflow-x: auto; }}
img {{ max-width: 100%; }}
</style>
<pre>{escape(chr(10).join(text))}</pre>
{images}
</html>
"""
    write_text_atomically(folder / "index.html", page)
