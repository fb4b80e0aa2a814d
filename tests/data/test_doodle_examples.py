"""Files of drawings that a person names: every form, and what is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.doodle_examples import read_examples
from sketchnet.strokes.rasterize import rasterize
from sketchnet.utils.errors import InputError
from tests.doodles import doodles, write_doodles

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1L8 8M8 1L1 8"/></svg>'


def test_every_form_is_read_whatever_its_word(tmp_path: Path) -> None:
    write_doodles(tmp_path / "lines", each=4, words=("star",))
    drawing = doodles(1, ("star",)).drawings[0]
    cv2.imwrite(str(tmp_path / "a.png"), rasterize(drawing, 80))
    np.save(tmp_path / "bitmaps.npy", np.stack([255 - rasterize(drawing, 28)] * 2).reshape(2, 784))
    (tmp_path / "b.svg").write_text(SVG)
    (tmp_path / ".hidden").write_text("nothing")
    found = read_examples([tmp_path, tmp_path / "lines" / "star.ndjson"])
    assert [isinstance(each, np.ndarray) for each in found] == [True, False] + [True] * 2 + [
        False
    ] * 4
    assert found[0].shape == (80, 80, 3)
    assert [len(each) for each in (found[1], found[4])] == [2, 4]
    assert found[2].shape == (28, 28)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("blank.png", cv2.imencode(".png", np.full((9, 9), 255, np.uint8))[1].tobytes(), "blank"),
        ("broken.png", b"no picture", "broken.png|picture"),
        ("blank.svg", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "none that can be seen"),
        ("broken.ndjson", b"{broken\n", "drawings in .*broken.ndjson"),
        ("text.csv", b"a,b\n1,2\n", "in these forms"),
        ("absent.png", None, "not there"),
    ],
)
def test_what_holds_no_drawing_is_refused(tmp_path: Path, name, content, reason) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_examples([tmp_path / name])
