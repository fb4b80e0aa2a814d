"""JSON lists of drawings: on one line or many, broken entries, no more in memory than an entry."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw import json_list
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.json_list import read_json_list
from sketchnet.data.quickdraw.sources import form_of


def entry(key: int, **changes: object) -> dict[str, object]:
    strokes = [[[0, 200 + key % 50, 90], [0, 10, 255]], [[5, 60], [key % 40, 80]]]
    return {"word": "apple", "key_id": str(key), "drawing": strokes} | changes


def read(path: Path, content: bytes | str) -> tuple[list[DoodleItem], tuple[str, ...]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems = Problems()
    return list(read_json_list(path, "pear", problems)), problems.messages()


def keys(items: list[DoodleItem]) -> list[str]:
    return [item.key_id for item in items]


FIVE = [entry(key) for key in range(5)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(FIVE),
        json.dumps(FIVE, indent=4),
        json.dumps(FIVE, separators=(",", ":")),
        "\n".join(map(json.dumps, FIVE)),
        "\ufeff" + json.dumps(FIVE),
        " \n [\n" + ",\n".join(map(json.dumps, FIVE)) + ",\n]\n",
    ],
    ids=["plain", "indented", "dense", "one after another", "mark", "comma at the end"],
)
def test_lists_however_they_are_laid_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "apple.json"
    items, problems = read(path, text)
    assert keys(items) == ["0", "1", "2", "3", "4"]
    assert problems == ()
    np.testing.assert_array_equal(items[3].drawing[0], [[0, 0], [203, 10], [90, 255]])
    assert form_of(path) == "JSON list"


def test_one_drawing_alone_is_a_list_of_one(tmp_path: Path) -> None:
    items, problems = read(tmp_path / "apple.json", json.dumps(entry(7), indent=1))
    assert keys(items) == ["7"]
    assert problems == ()


def test_other_encodings_and_gzip(tmp_path: Path) -> None:
    text = json.dumps(FIVE, indent=1)
    assert len(read(tmp_path / "a.json", text.encode("utf-16"))[0]) == 5
    assert len(read(tmp_path / "a.json.gz", gzip.compress(text.encode()))[0]) == 5
    assert form_of(tmp_path / "a.json.gz") == "JSON list"


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
def test_entries_may_be_cut_anywhere_between_blocks(tmp_path: Path, monkeypatch, block) -> None:
    monkeypatch.setattr(json_list, "_BLOCK", block)
    text = json.dumps([entry(1, word="château \ud83d\ude00"), entry(2, note='a "quote" \\ }, {')])
    items, problems = read(tmp_path / "a.json", text)
    assert [(item.key_id, item.word) for item in items] == [("1", "château 😀"), ("2", "apple")]
    assert problems == ()


@pytest.mark.parametrize(
    "broken",
    [
        '{"word": }',
        '{"key_id": "9", "drawing": [[[1, 2], [1]]]}',
        '{"no": "drawing"}',
        '"text"',
        "17",
        "{" + '"deep": ' + "[" * 3000 + "]" * 3000 + "}",
        '{"number": ' + "9" * 5000 + "}",
        "{'single': 'quotes'}",
    ],
)
def test_a_broken_entry_is_counted_and_skipped(tmp_path: Path, broken: str) -> None:
    text = f"[{json.dumps(entry(1))}, {broken}, {json.dumps(entry(2))}, {json.dumps(entry(3))}]"
    items, problems = read(tmp_path / "a.json", text)
    assert keys(items) in (["1", "2", "3"], ["1", "3"])
    assert "broken entry" in problems[0]


def test_a_list_that_was_cut_off_keeps_its_whole_entries(tmp_path: Path) -> None:
    text = json.dumps([entry(key) for key in range(50)])
    items, problems = read(tmp_path / "a.json", text[: len(text) // 2])
    assert 20 < len(items) < 26
    assert keys(items) == [str(key) for key in range(len(items))]
    assert "broken entry, 1 skipped" in problems[0]


def test_an_entry_without_end_is_not_held_in_memory(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(json_list, "LONGEST_LINE", 1 << 14)
    monkeypatch.setattr(json_list, "_BLOCK", 1 << 10)
    text = '[{"word": "' + "a" * (1 << 20) + '"}, ' + json.dumps(entry(2)) + "]"
    items, _ = read(tmp_path / "a.json", text)
    assert keys(items) == ["2"]


@pytest.mark.parametrize(
    "content",
    ["[" * 200_000, "[" + "{" * 200_000, '{"a":' * 100_000, "[" + '},{"' * 20_000, '["' * 100_000],
)
def test_hostile_texts_end_soon(tmp_path: Path, content: str) -> None:
    start = time.process_time()
    items, _ = read(tmp_path / "a.json", content)
    assert items == []
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "content",
    [
        '{"size": 96}',
        "[]",
        "[1, 2]",
        '[{"image": "a.png"}]',
        "",
        "no json",
        '{"drawing',
        "[[1, 2]]",
    ],
)
def test_other_json_files_are_not_drawings(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert form_of(tmp_path / "config.json") is None
