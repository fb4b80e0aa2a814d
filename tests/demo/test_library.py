"""The library: changes of several people join; a killed writer leaves all of a change or none."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.utils.errors import InputError
from sketchnet.utils.sqlite import sqlite3
from sketchnet_demo import library as module
from sketchnet_demo.board_changes import changed_board
from sketchnet_demo.library import FILE, Library
from sketchnet_demo.library_view import answered

NEW = {"name": "Autumn", "gallery": "shoes"}
# Adds a shoe after the other to one board, and says which are answered. Two of them stay below the
# number of notes that a board takes, however fast they are.
WRITER = """
import sys
from pathlib import Path
from sketchnet_demo.library import Library
library, name, number = Library(Path(sys.argv[1])), sys.argv[2], 0
while number < 200:
    change = {"name": "Autumn", "gallery": "shoes", "liked": {"add": [f"{name}-{number}"]},
              "notes": {f"{name}-{number}": "a wider heel " * 20}}
    library.change({"board": change}, 0)
    print(number, flush=True)
    number += 1
    library.change({"board": {"liked": {"remove": [f"{name}-{number - 6}"]}}}, 0)
"""


def boards(library: Library) -> dict:
    return library.change({}, 0)["boards"]


def test_what_two_people_do_to_one_board_joins(tmp_path: Path):
    library = Library(tmp_path)
    known = library.change({"a": {**NEW, "liked": {"add": ["x", "y"]}}}, 0)["revision"]
    library.change({"a": {"liked": {"add": ["z"]}, "notes": {"x": "=wide"}}}, known)
    found = library.change({"a": {"liked": {"remove": ["y"]}, "name": "Winter"}}, known)
    assert found["boards"]["a"] == {
        "name": "Winter", "gallery": "shoes", "refine": False, "liked": ["x", "z"],
        "disliked": [], "notes": {"x": "=wide"}, "drawings": {},
    }  # fmt: skip
    library.change({"a": {"disliked": {"add": ["z"]}, "notes": {"x": ""}}}, known)
    board = boards(library)["a"]
    assert (board["liked"], board["disliked"], board["notes"]) == (["x"], ["z"], {})


def test_only_what_is_new_is_sent_and_what_is_gone_stays_gone(tmp_path: Path):
    library = Library(tmp_path)
    first = library.change({"a": NEW, "b": NEW}, 0)
    assert first == {"revision": 2, "boards": boards(library)}
    assert library.change({"a": {"name": "Autumn"}}, 2) == {"revision": 2, "boards": {}}
    assert library.change({"b": None}, 2) == {"revision": 3, "boards": {"b": None}}
    assert library.change({"b": {"notes": {"x": "late"}}}, 3) == {"revision": 3, "boards": {}}
    assert Library(tmp_path).change({}, 99)["boards"] == boards(library), "of another library"
    assert [path.name for path in tmp_path.iterdir()] == [FILE], "one file"


def test_many_people_at_once_lose_nothing(tmp_path: Path):
    Library(tmp_path).change({"a": NEW}, 0)

    def keep(number: int) -> None:
        Library(tmp_path).change({"a": {"liked": {"add": [str(number)]}}}, 0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(60)))
    assert sorted(boards(Library(tmp_path))["a"]["liked"], key=int) == [*map(str, range(60))]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_leaves_every_change_that_was_answered(tmp_path: Path, seed: int):
    Library(tmp_path)
    commands = [[sys.executable, "-c", WRITER, str(tmp_path), name] for name in ("one", "two")]
    writers = [subprocess.Popen(each, stdout=subprocess.PIPE, text=True) for each in commands]
    answered_by = []
    for writer, count in zip(writers, (5 + 7 * seed, 9), strict=True):
        for _ in range(count):
            writer.stdout.readline()
        writer.kill()  # SIGKILL, in the middle of its next change
        rest = writer.stdout.read().splitlines()
        answered_by.append(count + sum(line.isdecimal() for line in rest))
        writer.stdout.close()
        writer.wait()
    library = Library(tmp_path)
    board = boards(library)["board"]
    for name, count in zip(("one", "two"), answered_by, strict=True):
        numbers = [int(each.split("-")[1]) for each in board["liked"] if each.startswith(name)]
        notes = [each for each in board["notes"] if each.startswith(name)]
        assert count - 1 <= max(numbers) <= count, "at most one change that was not answered"
        assert len(notes) == max(numbers) + 1
        assert numbers == [*range(max(numbers) - len(numbers) + 1, max(numbers) + 1)]
    with sqlite3.connect(tmp_path / FILE) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()
    library.change({"board": {"name": "after the crash"}}, 0)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NEW, "liked", "notes", "drawings", "add"]), inner)
    ),
    max_leaves=8,
)


@given(anything)
def test_a_change_is_checked(change):
    try:
        board = changed_board(None, change)
    except InputError:
        return
    assert board["name"]
    assert all(isinstance(each, str) for each in board["liked"] + board["disliked"])
    assert json.loads(json.dumps(board)) == board


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": "x" * 61}, {"liked": {"add": ["x" * 301]}}, {"liked": ["a"]},
        {"notes": {"a": "x" * 301}}, {"drawings": {"a": "<svg>"}}, {"liked": {"add": ["a"] * 501}},
        {"other": 1}, [], "x",
    ],
)  # fmt: skip
def test_what_a_browser_may_not_send_changes_nothing(tmp_path: Path, change):
    library = Library(tmp_path)
    library.change({"a": NEW}, 0)
    before = boards(library)
    with pytest.raises(InputError):
        library.change({"b": NEW, "a": change}, 0)
    assert boards(library) == before, "all of a request or nothing"


def test_there_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_BOARDS", 2)
    library = Library(tmp_path)
    library.change({"a": NEW, "b": NEW}, 0)
    with pytest.raises(InputError, match="at most 2 boards"):
        library.change({"c": NEW}, 0)
    library.change({"a": None}, 0)
    library.change({"c": NEW}, 0)


def test_a_folder_that_cannot_hold_a_library_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="another folder"):
        Library(tmp_path / "file")
    (tmp_path / FILE).write_text("no database " * 100)
    with pytest.raises(InputError, match="another folder"):
        Library(tmp_path)
    (tmp_path / FILE).unlink()
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("CREATE TABLE boards (key, revision, content)")
    file.close()
    with pytest.raises(InputError, match="no library of this version"):
        Library(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"id": 1}', "[" * 100_000, "null"])
def test_any_other_request_is_answered(tmp_path: Path, text: str):
    assert "error" in json.loads(answered(Library(tmp_path), text))


def test_a_request_is_answered_with_its_number(tmp_path: Path):
    library = Library(tmp_path)
    request = {"id": 7, "since": 0, "changes": {"a": NEW}}
    assert json.loads(answered(library, json.dumps(request))) == {
        "id": 7, "revision": 1, "boards": boards(library),
    }  # fmt: skip
    request["changes"] = {"a": {"name": 3}}
    assert json.loads(answered(library, json.dumps(request)))["id"] == 7
