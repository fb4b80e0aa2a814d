"""SVG drawings as strokes: which shapes, where, and that hostile files are refused."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from sketchnet.strokes.svg import MAX_BYTES, read_svg
from sketchnet.utils.errors import InputError

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" width="200" height="100">'


@pytest.fixture(autouse=True)
def _svgelements():
    pytest.importorskip("svgelements", reason="pip install -r requirements-formats.txt")


def strokes(body: str) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in read_svg(f"{HEAD}{body}</svg>".encode())]


def test_lines_are_their_end_points_in_pixels():
    assert strokes('<polyline points="0,0 10,0 10,5" fill="none" stroke="black"/>') == [
        [[0, 0], [20, 0], [20, 10]]
    ]
    assert strokes('<line x1="0" y1="0" x2="5" y2="5" stroke="#f00"/>') == [[[0, 0], [10, 10]]]


def test_each_move_begins_a_stroke_and_close_returns_to_it():
    found = strokes('<path d="M1 1 H3 M5 5 h5 v5 z" fill="none" stroke="black"/>')
    assert found == [[[2, 2], [6, 2]], [[10, 10], [20, 10], [20, 20], [10, 10]]]


def test_curves_are_followed():
    (circle,) = read_svg(f'{HEAD}<circle cx="50" cy="25" r="20" stroke="#000"/></svg>'.encode())
    radii = np.linalg.norm(circle - [100, 50], axis=1)
    np.testing.assert_allclose(radii, 40, atol=0.01)
    assert len(circle) > 30
    (curve,) = read_svg(f'{HEAD}<path d="M0 0 C 0 20, 20 20, 20 0" stroke="#000"/></svg>'.encode())
    assert curve[:, 1].max() == pytest.approx(30, abs=0.5)  # 3/4 of the control points' height


def test_transformations_of_groups_are_applied():
    line = '<g transform="scale(2)"><line x2="5" stroke="#000"/></g>'
    assert strokes(f'<g transform="translate(10,10)">{line}</g>') == [[[20, 20], [40, 20]]]


def test_what_cannot_be_seen_is_no_stroke():
    line = '<line x2="5" stroke="#000"/>'
    for hidden in (
        '<rect width="100" height="50" fill="#fff"/>',
        '<rect width="100" height="50" fill="none"/>',
        '<path d="M0 0L9 9" stroke="white" fill="none"/>',
        '<path d="M0 0L9 9" stroke="#000" display="none"/>',
        '<defs><path id="a" d="M0 0L9 9" stroke="#000"/></defs>',
        "<text x='1' y='9'>label</text>",
    ):
        assert len(strokes(hidden + line)) == 1
    assert len(strokes('<rect width="10" height="10"/>' + line)) == 2, "black is the default fill"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<html><body/></html>",
        f"{HEAD}</svg>".encode(),
        f"{HEAD}<path d='M0 0'>".encode(),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        f'{HEAD}<g id="a"><path d="M0 0L9 9"/></g><use href="#a"/></svg>'.encode(),
        f"{HEAD}{'<g>' * 9_000}<path d='M0 0L9 9'/>{'</g>' * 9_000}</svg>".encode(),
        f"{HEAD}<path d='M0 0{'l1 1' * 60_000}' stroke='#000'/></svg>".encode(),
        (HEAD + "<line x2='5' stroke='red'/>" * 6_000 + "</svg>").encode(),
        b"<svg>" + b" " * MAX_BYTES,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"<svg viewBox='0 0 0 0' width='0'><path d='M0 0L9 9' fill='none'/></svg>",
    ],
    ids=range(13),
)
def test_other_files_are_one_line(content, tmp_path):
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        read_svg(content)
    assert "\n" not in str(error.value)
    (tmp_path / "a.svg").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.svg"):
        read_svg(tmp_path / "a.svg")
    assert time.monotonic() - start < 30


def test_numbers_out_of_range_stay_finite():
    for body in (
        "<path d='M0 0 L 1e999 nan 5 5' stroke='#000'/>",
        "<path d='M0 0 L 9e30 5' stroke='#000'/>",
    ):
        try:
            found = read_svg(f"{HEAD}{body}</svg>".encode())
        except InputError:
            continue
        assert all(np.isfinite(stroke).all() for stroke in found)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "svgelements", None)
    with pytest.raises(InputError, match="pip install svgelements"):
        read_svg(b"<svg/>")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_svg(tmp_path / "a.svg")
