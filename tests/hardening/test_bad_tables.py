"""Broken, huge and hostile tables of fields: one clear line, or harmless text."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sketchnet.retrieval.catalogue import table as tables
from sketchnet.retrieval.catalogue.assign import Named, assign
from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.file import FILE, Content, write_file
from sketchnet.retrieval.catalogue.table import read_table
from sketchnet.utils.errors import InputError

PHOTOS = [Named(f"shoe_{n}") for n in range(3)]


def read(path):
    assigned = assign(read_table(path), PHOTOS)
    write_file(path.with_name(FILE), Content(assigned.fields, assigned.cells))
    return Catalogue(path.with_name(FILE), {photo.id: n for n, photo in enumerate(PHOTOS)}, 3)


HOSTILE = {
    "an empty file": b"",
    "white space": b" \n\n\t\n",
    "a header alone": b"file,title\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "zeros": bytes(5000),
    "no columns": b",,,\n,,,\n",
    "a quote that never ends": b'file,title\nshoe_0.jpg,"' + b"x" * 200_000,
    "a cell of a megabyte": b"file,title\nshoe_0.jpg," + b"x" * 1_000_000,
    "other photos": b"file,title\nunknown.jpg,Boot\n",
    "many columns": b"file," + b",".join(b"c%d" % n for n in range(500)) + b"\nshoe_0.jpg,1\n",
    "half a UTF-16 file": "file,title\nshoe_0.jpg,Boot\n".encode("utf-16")[:-1],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_files_are_one_clear_line(tmp_path, name):
    path = tmp_path / "catalogue.csv"
    path.write_bytes(HOSTILE[name])
    if name == "half a UTF-16 file":
        assert read(path).values(0)["title"].startswith("Boot")
        return
    with pytest.raises(InputError) as raised:
        read(path)
    assert "\n" not in str(raised.value)
    assert "catalogue.csv" in str(raised.value)


@pytest.mark.parametrize("lines", ["{", "[1]", "3", '{"id": "shoe_0"}\n{"id": ', "[" * 100_000])
def test_broken_json_lines_name_the_line(tmp_path, lines):
    path = tmp_path / "t.jsonl"
    path.write_text(lines)
    with pytest.raises(InputError, match=r"t\.jsonl"):
        read(path)


def test_files_that_are_too_large_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.write(b"file,title\n")
        os.truncate(path, 3 << 30)  # sparse
    start = time.monotonic()
    with pytest.raises(InputError, match="more than 64 MB"):
        read_table(path)
    assert time.monotonic() - start < 60
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    path.write_text("id\n" + "shoe_0\n" * 3)
    with pytest.raises(InputError, match="at most 2 rows"):
        read_table(path)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file(tmp_path, kind):
    path = tmp_path / "t.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(InputError, match="which is no file"):
        read_table(path)


def test_markup_formulas_and_links_stay_harmless_text(tmp_path):
    title = "<script>alert('x')</script>=1+1"
    columns = ("id", "title", "url", "price")
    rows = [
        ("shoe_0", title, "javascript:alert(1)", "=cmd|' /C calc'!A0"),
        ("shoe_1", "\u202eevil\x00\x1b[31m", "https://a.example", "1"),
        ("shoe_2", "'; DROP TABLE photos; --", "https://b.example", "2"),
    ]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in rows))
    catalogue = read(path)
    assert catalogue.values(0) == {"title": title, "price": "=cmd|' /C calc'!A0"}
    assert catalogue.values(1)["title"].isprintable()
    assert catalogue.values(2)["title"] == "'; DROP TABLE photos; --"
    assert catalogue.values(2)["url"] == "https://b.example"


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from([b"", b"file,title\nshoe_0,x\n", b"\xff\xfe"]))
def test_any_bytes_are_a_catalogue_or_one_clear_line(tmp_path, content, head):
    path = tmp_path / "t.csv"
    path.write_bytes(head + content)
    try:
        catalogue = read(path)
    except InputError as error:
        line = str(error)
    else:
        line = ""
        assert all(isinstance(catalogue.values(row), dict) for row in range(3))
        assert np.isfinite(catalogue.palettes).all()
    assert "\n" not in line
