"""The styles and scripts that the page carries with it."""

from __future__ import annotations

import re

from sketchnet_demo.launch import HERE, LATER, SCRIPTS, STYLES, head, later_files, script, style
from sketchnet_demo.minify import minify_script

MAX_HEAD = 60 << 10  # bytes, which a slow phone loads before it can draw


def source(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def test_the_page_stays_small_and_carries_every_script_and_style():
    assert len(head().encode()) < MAX_HEAD
    present = {path.name for path in HERE.iterdir() if path.suffix in (".js", ".css")}
    assert present == {*SCRIPTS, *STYLES}
    later = {path.name for path in (HERE / "later").iterdir()}
    assert (
        later == {*later_files()} == {f"{name}{end}" for name in LATER for end in (".js", ".css")}
    )


def test_only_spaces_and_comments_are_left_out():
    for name in (*SCRIPTS, *(f"later/{each}.js" for each in LATER)):
        kept = [line.split(" // ")[0].strip() for line in source(name).splitlines()]
        code = "".join(line for line in kept if not line.startswith("//"))
        assert "".join(script(name).split()) == "".join(code.split()), name
    for name in (*STYLES, *(f"later/{each}.css" for each in LATER)):
        rules = re.sub(r"/\*.*?\*/", "", source(name), flags=re.DOTALL)
        bare = [re.sub(r";(?=})", "", re.sub(r"\s", "", text)) for text in (style(name), rules)]
        assert bare[0] == bare[1], name


def test_texts_and_patterns_of_a_script_are_left_as_they_are():
    source = """
      // a comment
      const a = "x  +  y // no comment", b = `${ a  +  "}" }  z`; // another
      if (a + +b > - -1) return /[/ ]  +/g.test( a ); // the end
      next(b, { c : 'd  e' })
    """
    assert minify_script(source) == (
        'const a="x  +  y // no comment",b=`${ a  +  "}" }  z`;'
        "if(a+ +b>- -1)return /[/ ]  +/g.test(a);next(b,{c:'d  e'})"
    )
