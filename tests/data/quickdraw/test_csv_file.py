"""Kaggle's CSV form: the official columns, other orders and separators, broken rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw import csv_file, load_doodles
from sketchnet.data.quickdraw.csv_file import read_csv
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.sources import form_of

COLUMNS = ("countrycode", "drawing", "key_id", "recognized", "timestamp", "word")
SQUARE = [[[0, 255, 255], [0, 0, 255]], [[10], [20]]]


def row(**changes: str) -> dict[str, str]:
    return {
        "countrycode": "US",
        "drawing": json.dumps(SQUARE),
        "key_id": "5152802093400064",
        "recognized": "True",
        "timestamp": "2017-03-08 21:12:07.26604 UTC",
        "word": "apple",
    } | changes


def table(rows: list[dict[str, str]], columns=COLUMNS, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(path: Path, content: bytes) -> tuple[list[DoodleItem], tuple[str, ...]]:
    path.write_bytes(content)
    problems = Problems()
    return list(read_csv(path, "pear", problems)), problems.messages()


def test_a_row_becomes_a_drawing(tmp_path: Path) -> None:
    (item,), problems = read(tmp_path / "apple.csv", table([row()]))
    assert (item.key_id, item.word, item.recognized) == ("5152802093400064", "apple", True)
    assert item.timestamp == pytest.approx(1489007527.26604)
    assert item.drawing is not None
    np.testing.assert_array_equal(item.drawing[0], [[0, 0], [255, 0], [255, 255]])
    np.testing.assert_array_equal(item.drawing[1], [[10, 20]])
    assert problems == ()
    assert form_of(tmp_path / "apple.csv") == "CSV"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("columns", [COLUMNS[::-1], ("key_id", "countrycode", "drawing")])
def test_columns_in_any_order_and_missing_ones(tmp_path: Path, columns, delimiter: str) -> None:
    """The test file of the competition has neither `recognized` nor `word`."""
    (item,), problems = read(tmp_path / "x.csv", table([row()], columns, delimiter))
    assert item.word == ("apple" if "word" in columns else "pear")
    assert item.recognized
    assert len(item.drawing or ()) == 2
    assert problems == ()
    assert form_of(tmp_path / "x.csv") == "CSV"


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    for content in (b"\xef\xbb\xbf" + table([row()]), table([row()]).decode().encode("utf-16")):
        (item,), _ = read(tmp_path / "x.csv", content)
        assert item.word == "apple"
        assert form_of(tmp_path / "x.csv") == "CSV"


def test_broken_rows_are_counted_and_skipped(tmp_path: Path) -> None:
    broken = [
        row(drawing="[[[1, 2]"),
        row(drawing="nothing"),
        row(drawing=""),
        row(word="a\x07b"),
    ]
    rows = [row(key_id="1"), *broken, row(key_id="2")]
    content = table(rows) + b"US,too,few\n" + table([row(key_id="3")]).split(b"\n", 1)[1]
    items, problems = read(tmp_path / "x.csv", content)
    assert [item.key_id for item in items] == ["1", "2", "3"]
    assert "broken row, 5 skipped (first: row 2)" in problems[0]


def test_an_unclosed_quote_costs_no_more_than_a_line_may_have(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(csv_file, "LONGEST_LINE", 1 << 17)
    csv.field_size_limit(1 << 17)
    later = table([row(key_id=str(n)) for n in range(10, 2_000)]).split(b"\n", 1)[1]
    content = table([row(key_id="1")]) + b'US,"[[[1, 2' + b"\n" + later
    items, problems = read(tmp_path / "x.csv", content)
    assert items[0].key_id == "1"
    assert items[-1].key_id == "1999"
    assert len(items) > 100
    assert problems


def test_drawings_longer_than_the_csv_module_accepts(tmp_path: Path, rng) -> None:
    long = [rng.integers(0, 256, (2, 40_000)).tolist()]
    (item,), _ = read(tmp_path / "x.csv", table([row(drawing=json.dumps(long))]))
    assert len(item.drawing[0]) == 40_000


@pytest.mark.parametrize("content", [b"", b"sketch,photo,split\na.png,b.png,train\n", b"\n\n"])
def test_other_tables_are_not_drawings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert form_of(tmp_path / "x.csv") is None


def test_recognized_as_text_counts(tmp_path: Path) -> None:
    rows = [row(key_id=str(n), recognized=text) for n, text in enumerate(["True", "False", "0"])]
    (tmp_path / "apple.csv.gz").write_bytes(gzip.compress(table(rows)))
    assert load_doodles(tmp_path).key_ids == ("0",)
    assert len(load_doodles(tmp_path, recognized_only=False)) == 3
