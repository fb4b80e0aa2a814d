"""The tray: its lists, the mood board, the table, and what the browser stores of it."""

from __future__ import annotations

import csv
import json
import re
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sketchnet_demo.session import Session
from sketchnet_demo.tray import (
    GAP,
    MAX_TILES,
    TILE,
    download,
    mood_board,
    read_changes,
    read_stored,
    table,
    tray,
)


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (12, 4, 3), (30, 5, 6)]
)
def test_a_mood_board_shows_every_shoe(tmp_path: Path, count: int, columns: int, rows: int):
    paths = []
    for number in range(count):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(np.full((100, 60, 3), number, np.uint8)).save(paths[-1])
    with Image.open(BytesIO(mood_board(paths))) as board:
        assert board.size == (GAP + (TILE + GAP) * columns, GAP + (TILE + GAP) * rows)
        pixels = np.asarray(board)
    dark = [number for number in range(count) if (pixels == number).all(axis=2).sum() > 5000]
    assert dark == [*range(count)]


def test_a_mood_board_shows_at_most_60_shoes(tmp_path: Path):
    path = tmp_path / "shoe.png"
    Image.new("RGB", (20, 20)).save(path)
    with Image.open(BytesIO(mood_board([path] * 1000))) as board:
        assert board.size[1] == GAP + (TILE + GAP) * MAX_TILES // 5


def test_a_table_is_read_back_and_holds_no_formula():
    rows = [("shoe 1", "yes", 3, 0.98765), ("=1+1", "no", None, None), ('a,"b"', "no", 1, 1.0)]
    read = list(csv.reader(table(rows).decode("utf-8-sig").splitlines()))
    assert read == [
        ["id", "kept", "rank", "similarity"],
        ["shoe 1", "yes", "3", "0.988"],
        ["'=1+1", "no", "", ""],
        ['a,"b"', "no", "1", "1.000"],
    ]


def test_a_download_holds_the_bytes():
    sent = json.loads(download("a.csv", "text/csv", b"\x00\xff"))
    kind, content = sent["href"].split(",")
    assert (sent["name"], kind) == ("a.csv", "data:text/csv;base64")
    assert b64decode(content) == b"\x00\xff"


names = st.lists(st.text(max_size=8), max_size=4, unique=True)


@given(st.text(max_size=8), names, names, st.booleans())
def test_a_stored_tray_is_read_back(gallery, liked, disliked, feedback):
    halves = [[(name, Path("a.jpg")) for name in half] for half in (liked, disliked)]
    stored = re.search(r'data-tray="(.*?)">', tray(gallery, *halves, feedback), re.DOTALL)[1]
    assert read_stored(unescape(stored)) == (gallery, liked, disliked, feedback, None)


@pytest.mark.parametrize(
    "stored", ["", "no", "[]", "{}", "3", '["a", 1, [], true]', '["a", [], []]', "[" * 100_000]
)
def test_any_other_text_is_an_empty_tray(stored):
    assert read_stored(stored) == ("", [], [], False, None)


def test_the_ids_of_a_stored_tray_are_limited():
    gallery, liked, disliked, feedback, narrowed = read_stored(
        json.dumps([[1], ["a"] * 9, [*range(9999)], 1, {"text": "red"}])
    )
    assert (gallery, liked, feedback) == ("[1]", ["a"], False)
    assert narrowed == {"text": "red"}
    assert disliked == [str(number) for number in range(500)]


def test_a_shoe_is_either_liked_or_disliked():
    session = Session(gallery="a")
    session.toggle("x", session.liked, session.disliked)
    session.toggle("x", session.disliked, session.liked)
    assert (session.liked, session.disliked) == ([], ["x"])
    session.toggle("x", session.disliked, session.liked)
    assert (session.liked, session.disliked) == ([], [])


def test_changes_of_others_are_read_and_anything_else_is_none():
    assert read_changes('["a", [["x"], []], [[], [1]]]') == ("a", [["x"], []], [[], ["1"]])
    for text in ("", "[]", '["a", [["x"]], [[], []]]', "{}", "[" * 100_000, '["a", 1, 2]'):
        assert read_changes(text) == ("", [[], []], [[], []])
