"""The fixed parts of the page: its header and the drawing tools under the canvas."""

from __future__ import annotations

from . import icons

_SHOE = "M3 20c4-1 6-9 9-9s3 5 7 6 8 0 10 3c1 2-1 4-3 4H5c-2 0-3-3-2-4z"

HEADER = f"""
<header>
  <a class="mark" href="">
    <svg viewBox="0 0 32 32" aria-hidden="true"><path d="{_SHOE}"/></svg><b>sketchnet</b>
  </a>
  <span>Find shoes by drawing</span>
  <button id="boards" class="plain" data-later="boards" aria-haspopup="dialog"
    hidden>Boards</button>
  <button id="theme" aria-label="Light or dark" title="Light or dark"></button>
</header>
<div id="progress" aria-hidden="true"></div>
<p id="queued" role="status"></p>
<p id="said" class="said" role="status"></p>
"""

# data-pad is what canvas.js does.
TOOLS = f"""
<div class="tools" role="toolbar" aria-label="Drawing tools">
  <button data-pad="Brush" aria-pressed="true">{icons.PEN}<span>Pen</span></button>
  <button data-pad="Erase" aria-pressed="false">{icons.ERASER}<span>Eraser</span></button>
  <button data-later="paint" aria-pressed="false" title="Paint where a colour should be">
    {icons.DROP}<span>Colour</span></button>
  <button data-pad="Undo" title="Ctrl-Z">{icons.UNDO}<span>Undo</span></button>
  <button data-pad="Clear canvas" title="Start again">{icons.BIN}<span>Clear</span></button>
</div>
"""

# history.js fills it with the drawings that left the canvas, and shows it where there are some.
HISTORY = f"""
<div class="history" role="region" aria-label="Last drawings" hidden>
  <ul></ul>
  <button class="link" data-copy title="Opens drawing, filters and board again"
    hidden>Copy link</button>
  <button class="forget" data-forget title="Forget these drawings"
    aria-label="Forget the last drawings">{icons.CROSS}</button>
</div>
"""
SHOW_HISTORY = "window.sketchnet.showHistory(element);"
