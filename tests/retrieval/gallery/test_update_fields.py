"""Fields of a gallery: found beside the photos, replaced without embedding, kept by builds."""

from __future__ import annotations

import csv
import io
import json

import pytest

from sketchnet.cli.gallery import main
from sketchnet.retrieval import search
from sketchnet.retrieval.gallery import build_gallery, load_gallery, staging, update_catalogue
from sketchnet.retrieval.gallery.remove import remove_photos
from sketchnet.utils.errors import InputError
from sketchnet.utils.sqlite import sqlite3
from tests.browser.hog_embedder import HogEmbedder
from tests.tiny import sketch_of, write_photos

TABLE = "file;title;price\nshoe_0.png;Red boot;3,50\nshoe_1.png;=cmd;-4\nshoe_2.png;Pump;\n"
COUNTS = "catalogue.csv: 3 of 4 photos have a row"


class CountingEmbedder(HogEmbedder):
    """Counts the photos that it embeds."""

    photos_seen = 0

    def photos(self, prepared, *arguments, **options):
        self.photos_seen += len(prepared)
        return super().photos(prepared, *arguments, **options)


@pytest.fixture
def embedder():
    return CountingEmbedder()


@pytest.fixture
def photos(tmp_path):
    folder = write_photos(tmp_path / "photos", range(4))
    (folder / "catalogue.csv").write_bytes(TABLE.encode("cp1252"))
    return folder


def fields_of(folder) -> dict[str, dict]:
    gallery = load_gallery(folder)
    return {name: gallery.catalogue.values(row) for row, name in enumerate(gallery.ids)}


EXPECTED = {
    "shoe_0": {"title": "Red boot", "price": 3.5}, "shoe_1": {"title": "=cmd", "price": -4.0},
    "shoe_2": {"title": "Pump"}, "shoe_3": {},
}  # fmt: skip


def test_the_catalogue_beside_the_photos_is_taken(embedder, photos, tmp_path):
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.catalogue.lines[:2] == (COUNTS, "catalogue.csv: 1 photos have no row (shoe_3)")
    assert fields_of(tmp_path / "out") == EXPECTED


def test_a_gallery_never_takes_its_place_without_its_catalogue(
    embedder, photos, tmp_path, monkeypatch
):
    """Killed immediately afterwards, the gallery has the fields and colours of its photos."""
    replace = staging.replace_directory

    def replace_and_die(target, staged):
        replace(target, staged)
        raise KeyboardInterrupt

    monkeypatch.setattr(staging, "replace_directory", replace_and_die)
    with pytest.raises(KeyboardInterrupt):
        build_gallery(embedder, photos, tmp_path / "out")
    killed = (tmp_path / "out" / "catalogue.sqlite").read_bytes()
    assert fields_of(tmp_path / "out") == EXPECTED
    monkeypatch.undo()
    build_gallery(embedder, photos, tmp_path / "out")
    assert (tmp_path / "out" / "catalogue.sqlite").read_bytes() == killed


def test_new_fields_and_a_new_build_embed_nothing(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    before = embedder.photos_seen
    (photos / "catalogue.csv").write_text("id,brand\nshoe_3,Aria\n")
    build_gallery(embedder, photos, tmp_path / "out")
    expected = {name: {} for name in EXPECTED} | {"shoe_3": {"brand": "Aria"}}
    assert fields_of(tmp_path / "out") == expected
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "shoe_0", "price": 7}))
    report = update_catalogue(tmp_path / "out", tmp_path / "t.jsonl")
    assert [field.name for field in report.fields] == ["price"]
    assert fields_of(tmp_path / "out")["shoe_0"] == {"price": 7.0}
    assert embedder.photos_seen == before == 4


def test_fields_follow_their_photos_when_rows_move(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    (photos / "catalogue.csv").unlink()
    remove_photos(tmp_path / "out", ["shoe_0"])
    assert fields_of(tmp_path / "out") == {k: v for k, v in EXPECTED.items() if k != "shoe_0"}
    (photos / "shoe_1.png").unlink()
    build_gallery(embedder, photos, tmp_path / "out")
    expected = {name: EXPECTED[name] for name in ("shoe_0", "shoe_2", "shoe_3")}
    assert fields_of(tmp_path / "out") == expected, "a photo that comes back has its fields again"


def test_photos_of_another_folder_keep_their_fields(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    other = write_photos(tmp_path / "other", [7, 8])
    (other / "catalogue.csv").write_text("id,brand,price\nshoe_7,Aria,9\nshoe_8,Nord,low\n")
    build_gallery(embedder, other, tmp_path / "out")
    found = fields_of(tmp_path / "out")
    assert found["shoe_0"] == {"title": "Red boot", "price": "3.5"}, "two types make a text"
    assert found["shoe_7"] == {"brand": "Aria", "price": "9"}
    assert found["shoe_2"] == {"title": "Pump"}


def test_columns_of_a_list_are_fields(embedder, tmp_path):
    folder = write_photos(tmp_path / "photos", range(2))
    (folder / "list.csv").write_text("photo,price\nshoe_0.png,3.5\nshoe_1.png,4.5\n")
    build_gallery(embedder, folder, tmp_path / "out")
    assert fields_of(tmp_path / "out") == {"shoe_0": {"price": 3.5}, "shoe_1": {"price": 4.5}}


def test_a_wrong_table_changes_nothing(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    before = (tmp_path / "out" / "catalogue.sqlite").read_bytes()
    (tmp_path / "t.csv").write_text("file,price\nunknown.jpg,3\n")
    with pytest.raises(InputError, match="photos of the gallery"):
        update_catalogue(tmp_path / "out", tmp_path / "t.csv")
    assert (tmp_path / "out" / "catalogue.sqlite").read_bytes() == before


def test_colours_are_found_anew_only_where_the_picture_changed(embedder, photos, tmp_path):
    build_gallery(embedder, photos, tmp_path / "out")
    path = tmp_path / "out" / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("UPDATE colours SET palette = zeroblob(40) WHERE id = 'shoe_2'")
    connection.execute("UPDATE colours SET palette = zeroblob(40), digest = '' WHERE id = 'shoe_3'")
    connection.commit()
    connection.close()
    (photos / "catalogue.csv").write_text("id,brand\nshoe_3,Aria\n")
    build_gallery(embedder, photos, tmp_path / "out")
    palettes = load_gallery(tmp_path / "out").catalogue.palettes
    assert palettes[:, :, 3].sum(axis=1).tolist() == pytest.approx([1, 1, 0, 1], abs=0.01)


@pytest.fixture
def shell(monkeypatch, embedder, capsys):
    """The commands, with gradient histograms in place of a network."""
    from sketchnet.inference import embedder as module

    monkeypatch.setattr(module, "Embedder", lambda run: embedder)
    original = search.ShoeFinder.__init__
    monkeypatch.setattr(
        search.ShoeFinder, "__init__", lambda self, run, where: original(self, embedder, where)
    )

    def call(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_commands(shell, photos, tmp_path):
    import cv2

    out = tmp_path / "out"
    assert shell("build", "run", photos, out)[0] == 0
    (tmp_path / "new.csv").write_text("id,brand,price\nshoe_1,-Nord,-4\nshoe_2,@Aria,20\n")
    status, text, _ = shell("fields", out, tmp_path / "new.csv")
    assert status == 0
    assert text.splitlines() == [
        "new.csv: 2 of 4 photos have a row", "new.csv: 2 photos have no row (shoe_0, shoe_3)",
        "fields: brand (category), price (number)",
    ]  # fmt: skip
    sketches = [tmp_path / f"=sketch{n}.png" for n in (1, 2)]
    for number, path in zip((1, 2), sketches, strict=True):
        cv2.imwrite(str(path), sketch_of(number))
    (tmp_path / "bad.png").write_text("no picture")
    status, text, errors = shell(
        "search", "run", out, *sketches, tmp_path / "bad.png", "--csv", "--k", 2
    )
    rows = [*csv.reader(io.StringIO(text))]
    assert status == 1, "one sketch could not be read"
    assert "bad.png" in errors
    assert rows[0] == ["sketch", "rank", "id", "similarity", "brand", "price"]
    assert [row[:2] for row in rows[1:]] == [
        [str(path), rank] for path in sketches for rank in ("1", "2")
    ]
    every = [cell for row in rows for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in every)
    of_first = next(row for row in rows[1:] if row[2] == "shoe_1")
    assert of_first[4:] == ["'-Nord", "'-4"]
    only = json.dumps({"fields": {"price": {"min": 10}}})
    status, text, _ = shell("search", "run", out, sketches[0], "--filters", only, "--json")
    found = json.loads(text)
    assert [each["id"] for each in found] == ["shoe_2"]
    assert found[0]["fields"] == {"brand": "@Aria", "price": 20.0}
    status, _, errors = shell("search", "run", out, sketches[0], "--filters", '{"fields":{"x":1}}')
    assert (status, errors.count("\n")) == (2, 1)
    status, text, _ = shell("search", "run", out, sketches[0], "--text", "aria")
    assert text.split()[2] == "shoe_2"
