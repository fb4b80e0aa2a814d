"""Several pictures at once: a table of sketches and their best matches, and the same as CSV."""

from __future__ import annotations

import csv
import shutil

import pytest

DROP = """(names) => {
  const list = new DataTransfer();
  for (const name of names) {
    const pixel = Uint8Array.from(atob('PIXEL'), (letter) => letter.charCodeAt(0));
    list.items.add(new File([pixel], name, { type: 'image/png' }));
  }
  const drop = { dataTransfer: list, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent('drop', drop));
}""".replace(
    "PIXEL",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=",
)


@pytest.fixture
def pictures(visitor, tmp_path):
    """Two photos of the third gallery, one of them with a name that begins as a formula does."""
    names = []
    for number, name in ((703, "=1+1.png"), (705, "b, <b>.png")):
        names.append(tmp_path / name)
        shutil.copyfile(visitor.served.folder / "catalogue" / f"shoe_{number}.png", names[-1])
    return names


def choose(visitor, pictures) -> None:
    """Choose several files in the dialog of the button."""
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.click("#upload")
    assert chooser.value.is_multiple()
    chooser.value.set_files(pictures)
    visitor.page.wait_for_selector("dialog.batch[open] [data-batch=csv]:not([disabled])")


def test_several_pictures_give_a_table_and_a_csv(visitor, pictures):
    page = visitor.page
    visitor.choose_gallery("catalogue")
    choose(visitor, pictures)
    assert page.locator(".batch th span").all_inner_texts() == ["=1+1.png", "b, <b>.png"]
    first = page.locator(".batch tr >> nth=0").locator("li span").first
    assert first.inner_text() == "Boot 703"
    with page.expect_download() as download:
        page.click("[data-batch=csv]")
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [*rows[0]] == [
        "sketch", "rank", "id", "similarity", "title", "brand", "price", "tags", "url",
    ]  # fmt: skip
    best = [row for row in rows if row["rank"] == "1"]
    assert [(row["sketch"], row["id"]) for row in best] == [
        ("'=1+1.png", "shoe_703"),
        ("b, <b>.png", "shoe_705"),
    ]
    assert best[0]["tags"] == "sale"
    assert len(rows) == 16, "all eight photos of the gallery, for each"
    page.click("[data-batch=query] >> nth=1")
    page.wait_for_selector("#picture img")
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_705"])


@pytest.mark.slow
def test_what_is_dropped_and_cannot_be_searched_says_why(phone):
    page = phone.page
    page.evaluate(DROP, ["a2.png", "a10.png"])
    page.wait_for_selector("dialog.batch [data-batch=csv]:not([disabled])")
    assert page.locator(".batch th span").all_inner_texts() == ["a2.png", "a10.png"]
    assert page.locator(".batch .error").count() == 2, "pictures of one pixel"
    box = page.locator("dialog.batch").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    page.click("dialog [data-batch=close]")
    assert not page.locator("#picture img").count(), "neither became the query"
