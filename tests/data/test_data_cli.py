"""`python -m sketchnet.data`: what it prints, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.__main__ import main
from sketchnet.data.pairs.mat_file import load_mat, save_mat
from sketchnet.data.report import aligned
from tests.tiny import sketch_of, write_pairs, write_photos

ROOT = Path(__file__).resolve().parents[2]


def table(printed: str) -> dict[str, dict[str, str]]:
    """split → head → cell of the printed table."""
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("split "))
    head = lines[start].replace("edge maps", "edges").split()
    rows = {}
    for line in lines[start + 1 :]:
        if not line:
            break
        cells = line.split()
        assert len(cells) == len(head)
        rows[cells[0]] = dict(zip(head, cells, strict=True))
    return rows


def test_an_own_folder(tmp_path, capsys):
    folder = write_pairs(tmp_path / "own", range(10))
    for k in "ab":
        cv2.imwrite(str(folder / "sketches" / f"shoe_0_{k}.png"), sketch_of(0))
    (folder / "sketches" / "shoe_1.png").write_bytes(b"broken")
    (folder / "photos" / "shoe_2.png").write_bytes(b"broken")
    cv2.imwrite(str(folder / "sketches" / "stray.png"), sketch_of(0))
    assert main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("own: pictures (photos/, sketches/)\n")
    assert table(printed) == {
        "train": {
            "split": "train", "photos": "9", "edges": "0", "sketches": "10", "as": "raster",
            "sketches/photo": "0/1.11/3", "triplets": "0", "broken": "2",
        }
    }  # fmt: skip
    assert "broken or skipped: 3" in printed
    for name in ("photo shoe_2:", "sketch shoe_1:", "sketches/stray.png:"):
        assert name in printed
    assert "no validation split: 2 of train are held out for it, 8 remain" in printed


def test_splits_and_triplets(tmp_path, capsys):
    rows = np.stack([sketch_of(i, 256) for i in range(4)])
    for split in ("train", "test"):
        for kind in ("sketch", "edge"):
            save_mat(tmp_path / f"bags_{kind}_db_{split}.mat", rows)
    names = {"images": ["1.jpg", "2.jpg", "3.jpg", "4.jpg"], "sketches": ["1", "2", "3", "4"]}
    triplets = [[[0, 1], [1, 0]], [[1, 2]], [], [[0, 9]]]
    (tmp_path / "bags_annotation.json").write_text(
        json.dumps({"train": names | {"triplets": triplets}})
    )
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    rows = table(printed)
    assert list(rows) == ["train", "test", "all"]
    assert [row["photos"] for row in rows.values()] == ["4", "4", "8"]
    assert [row["triplets"] for row in rows.values()] == ["3", "0", "3"]
    assert rows["all"]["edges"] == "8"
    assert "in 1 triplets (33.3%) the sketch's own photo is the less similar one" in printed
    assert "8 photos have an edge map only" in printed
    assert "1 triplet entries" in printed


def test_many_problems_are_counted(tmp_path, capsys):
    folder = write_pairs(tmp_path / "own", range(3))
    for i in range(40):
        cv2.imwrite(str(folder / "sketches" / f"stray{i}.png"), sketch_of(0))
    assert main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "broken or skipped: 40" in printed
    assert printed.count("stray") == 20
    assert "… and 20 more" in printed


def test_photos_alone_are_a_gallery(tmp_path, capsys):
    write_photos(tmp_path, range(3))
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "usable as a gallery" in printed
    assert "nothing is broken" in printed
    assert table(printed)["train"]["photos"] == "3"


def test_copies_and_what_is_left_out_are_named(tmp_path, capsys):
    write_photos(tmp_path / "shop", range(3))
    write_photos(tmp_path / "@eaDir" / "shop", range(2))
    (tmp_path / "twin.png").write_bytes((tmp_path / "shop" / "shoe_1.png").read_bytes())
    (tmp_path / "catalogue.pdf").write_bytes(b"x")
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "copies of one photo under several names: twin = shop/shoe_1" in lines
    assert "broken or skipped: 1" in lines
    assert "  catalogue.pdf: a document that is not read; save it as PNG or JPEG, left out" in lines
    assert lines[-1] == "@eaDir/: 2 pictures, kept by a storage or other system, left out"


def test_quick_draw_files_are_recognised(tmp_path, capsys):
    drawings = [
        {"word": "apple", "key_id": str(i), "recognized": True, "drawing": [[[0, 9], [i, 255]]]}
        for i in range(12)
    ]
    (tmp_path / "apple.ndjson").write_text("\n".join(map(json.dumps, drawings)))
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "Quick, Draw! drawings (1 ndjson)" in printed
    assert "apple" in printed
    assert " 12 " in printed


def test_what_is_read_with_a_note_is_not_counted_as_broken(tmp_path, capsys):
    """UTF-16 text, and coordinates far outside the picture, which are clipped."""
    near = {"word": "apple", "key_id": "1", "recognized": True, "drawing": [[[0, 9], [1, 255]]]}
    far = near | {"key_id": "2", "drawing": [[[0, 1e30], [1, 255]]]}
    text = "\n".join(map(json.dumps, (near, far)))
    (tmp_path / "apple.ndjson").write_bytes(text.encode("utf-16"))
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("nothing is broken")
    assert lines[at + 1] == "read, but not as it stands: 2"
    assert "text in UTF-16" in lines[at + 2]
    assert "coordinate" in lines[at + 3]


def unusable(folder: Path, kind: str) -> Path:
    if kind == "a file":
        folder.write_text("x")
    elif kind != "nowhere":
        folder.mkdir()
    if kind == "strange files":
        (folder / "notes.txt").write_text("x")
    elif kind == "sketches alone":
        write_photos(folder / "sketches", [1])
    elif kind == "all broken":
        (folder / "photos").mkdir()
        (folder / "photos" / "a.jpg").write_bytes(b"broken")
        (folder / "photos" / "b.jpg").write_bytes(b"")
    elif kind == "all blank":
        cv2.imwrite(str(folder / "a.png"), np.full((9, 9), 255, np.uint8))
    return folder


@pytest.mark.parametrize(
    "kind",
    ["nowhere", "a file", "empty", "strange files", "sketches alone", "all broken", "all blank"],
)
def test_nothing_usable_is_one_line_and_status_1(tmp_path, capsys, kind):
    assert main([str(unusable(tmp_path / "folder", kind))]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if not line.startswith("opening pictures")]
    assert len(lines) == 1
    assert "expected" in lines[0]


def test_to_mat(tmp_path, capsys):
    folder = write_pairs(tmp_path / "own", range(3))
    assert main([str(folder), "--to-mat", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out") in capsys.readouterr().out
    assert load_mat(tmp_path / "out" / "own_sketch_db_train.mat").shape == (3, 256, 256)
    assert main([str(tmp_path / "out")]) == 0
    assert table(capsys.readouterr().out)["train"]["sketches"] == "3"


def test_to_mat_of_a_gallery_says_why_not(tmp_path, capsys):
    write_photos(tmp_path / "photos", [1])
    assert main([str(tmp_path), "--to-mat", str(tmp_path / "out")]) == 1
    assert "gallery" in capsys.readouterr().err


def test_it_runs_as_a_module_and_help_is_instant(tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sketchnet.data", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    code = "import sys; import sketchnet.data.__main__; print({'cv2', 'numpy'} & {*sys.modules})"
    lazy = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert lazy.stdout.strip() == "set()"
    assert "--to-mat" in run("--help").stdout
    failed = run(str(tmp_path))
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_columns_are_even():
    lines = aligned([["split", "n"], ["train", "1,234"], ["a", "5"]])
    assert lines == ["split      n", "train  1,234", "a          5"]


def test_the_real_report(real_data, capsys):
    start = time.monotonic()
    assert main([str(real_data / "qmul_v1" / "shoes")]) == 0
    assert time.monotonic() - start < 60
    printed = capsys.readouterr().out
    assert table(printed)["train"] == {
        "split": "train", "photos": "304", "edges": "304", "sketches": "304", "as": "raster",
        "sketches/photo": "1/1.00/1", "triplets": "41,040", "broken": "0",
    }  # fmt: skip
    assert "nothing is broken" in printed
