"""Tables in every encoding and with every separator are the same table."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from sketchnet.retrieval.catalogue.table import read_table, table_beside
from sketchnet.utils.errors import InputError
from tests.retrieval.catalogue.tables import as_csv, random_rows

ROWS = [
    {"file": "a.jpg", "title": 'Café "été", red', "price": "3,90"},
    {"file": "b.jpg", "title": "<b>Bold</b>\nnew", "price": ""},
]
EXPECTED = (("a.jpg", 'Café "été", red', "3,90"), ("b.jpg", "<b>Bold</b> new", ""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_separators(tmp_path, encoding, separator, line_end):
    path = tmp_path / "catalogue.csv"
    path.write_bytes(as_csv(ROWS, separator).replace("\n", line_end).encode(encoding))
    table = read_table(path)
    assert table.columns == ("file", "title", "price")
    assert table.rows == EXPECTED


def test_json_lines_and_the_line_for_excel(tmp_path):
    rows = [{"id": "a", "tags": ["new", "sale"], "price": 3.9, "x": None}, {"id": "b", "y": True}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    table = read_table(path)
    assert table.columns == ("id", "tags", "price", "x", "y")
    assert table.rows == (("a", "new;sale", "3.9", "", ""), ("b", "", "", "", "True"))
    path = tmp_path / "t.csv"
    path.write_text("sep=;\nid;a\n1;2\n")
    assert read_table(path).rows == (("1", "2"),)


def test_names_that_repeat_or_are_missing_and_rows_that_are_too_long(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,price,price,,x\n1,2,3,4,5,6\n\n,,,,\n7\n")
    table = read_table(path)
    assert table.columns == ("id", "price", "price 2", "x")
    assert table.rows == (("1", "2", "3", "5"), ("7", "", "", ""))
    assert table.notes == ("t.csv: 1 rows have more cells than there are columns",)


def test_the_file_beside_the_photos(tmp_path):
    assert table_beside(tmp_path) is None
    (tmp_path / "catalogue.jsonl").write_text("{}")
    assert table_beside(tmp_path) == tmp_path / "catalogue.jsonl"
    (tmp_path / "catalogue.csv").write_text("x")
    assert table_beside(tmp_path) == tmp_path / "catalogue.csv"


def test_what_python_reads_is_read(tmp_path):
    rows = random_rows(np.random.default_rng(3), 40)
    path = tmp_path / "t.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    assert [
        dict(zip(read_table(path).columns, row, strict=True)) for row in read_table(path).rows
    ] == rows


def test_a_sheet_of_excel_needs_a_package(tmp_path, monkeypatch):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match="openpyxl"):
        read_table(path)


def test_a_sheet_of_excel(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="pip install openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "price", "formula"], ["a", 3.9, "=1+1"], ["b", None, None]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.rows == (("a", "3.9", ""), ("b", "", "")), "formulas are never computed"
    (tmp_path / "t.xlsx").write_bytes(b"PK no sheet")
    with pytest.raises(InputError, match="readable table"):
        read_table(tmp_path / "t.xlsx")
