"""What leaves the tray: a picture for the wall, a table for the spreadsheet."""

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
from sketchnet_demo.tray import GAP, MOST, TILE, mood_board, parcel, read_kept, table, tray


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (12, 4, 3), (30, 5, 6)]
)
def test_a_mood_board_has_room_for_every_shoe(tmp_path: Path, count: int, columns: int, rows: int):
    paths = []
    for number in range(count):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(np.full((100, 60, 3), number, np.uint8)).save(paths[-1])
    with Image.open(BytesIO(mood_board(paths))) as board:
        assert board.size == (GAP + (TILE + GAP) * columns, GAP + (TILE + GAP) * rows)
        pixels = np.asarray(board)
    dark = [number for number in range(count) if (pixels == number).all(axis=2).sum() > 5000]
    assert dark == [*range(count)]


def test_a_mood_board_stays_bounded(tmp_path: Path):
    path = tmp_path / "shoe.png"
    Image.new("RGB", (20, 20)).save(path)
    with Image.open(BytesIO(mood_board([path] * 1000))) as board:
        assert board.size[1] == GAP + (TILE + GAP) * MOST // 5


def test_a_table_reads_back_and_runs_no_formula():
    rows = [("shoe 1", "yes", 3, 0.98765), ("=1+1", "no", None, None), ('a,"b"', "no", 1, 1.0)]
    read = list(csv.reader(table(rows).decode("utf-8-sig").splitlines()))
    assert read == [
        ["id", "kept", "rank", "similarity"],
        ["shoe 1", "yes", "3", "0.988"],
        ["'=1+1", "no", "", ""],
        ['a,"b"', "no", "1", "1.000"],
    ]


def test_a_parcel_carries_its_bytes():
    sent = json.loads(parcel("a.csv", "text/csv", b"\x00\xff"))
    kind, content = sent["href"].split(",")
    assert (sent["name"], kind) == ("a.csv", "data:text/csv;base64")
    assert b64decode(content) == b"\x00\xff"


names = st.lists(st.text(max_size=8), max_size=4, unique=True)


@given(st.text(max_size=8), names, names, st.booleans())
def test_what_the_browser_keeps_of_a_tray_reads_back(gallery, liked, disliked, steering):
    halves = [[(name, Path("a.jpg")) for name in half] for half in (liked, disliked)]
    note = re.search(r'data-kept="(.*?)">', tray(gallery, *halves, steering), re.DOTALL)[1]
    assert read_kept(unescape(note)) == (gallery, liked, disliked, steering)


@pytest.mark.parametrize(
    "note", ["", "no", "[]", "{}", "3", '["a", 1, [], true]', '["a", [], []]', "[" * 100_000]
)
def test_any_other_note_is_an_empty_tray(note):
    assert read_kept(note) == ("", [], [], False)


def test_a_forged_note_is_held_short():
    gallery, liked, disliked, steering = read_kept(json.dumps([[1], ["a"] * 9, [*range(9999)], 1]))
    assert (gallery, liked, steering) == ("[1]", ["a"], False)
    assert disliked == [str(number) for number in range(500)]


def test_a_shoe_lies_in_one_half_of_the_tray_only():
    session = Session(gallery="a")
    session.keep("x", session.liked, session.disliked)
    session.keep("x", session.disliked, session.liked)
    assert (session.liked, session.disliked) == ([], ["x"])
    session.keep("x", session.disliked, session.liked)
    assert (session.liked, session.disliked) == ([], [])
