"""The page without a server in headless Chromium, on a static server on loopback.

The runtimes come from npm (cached); without npm, the network or Chromium the tests are skipped.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from sketchnet.cli.export import main
from sketchnet.retrieval.relevance_feedback import apply_feedback
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester, doodle_query
from sketchnet.runs import SHIPPED
from sketchnet.web.runtime import LITERT, ONNX, Package
from tests.web.drawings import drawings
from tests.web.engine import OPEN_DOODLES, SEARCH, SUGGEST, open_engine
from tests.web.static_site import chromium, runtime_package, static_server

pytestmark = pytest.mark.slow

N = 200  # drawings that are compared with Python
GALLERY, DOODLES = SHIPPED / "shoes" / "gallery", SHIPPED / "quickdraw" / "gallery" / "doodles.npz"
TIMEOUT = 60_000  # ms, on a busy machine


@pytest.fixture(scope="module")
def sites(tmp_path_factory) -> Path:
    """Pages of shoes on either runtime, and of doodles."""
    folder = tmp_path_factory.mktemp("sites")
    pages = [("shoes", "shoes", GALLERY, LITERT), ("onnx", "shoes", GALLERY, ONNX)]
    for name, run, gallery, package in [*pages, ("quickdraw", "quickdraw", DOODLES, ONNX)]:
        command = ["web", run, str(gallery), str(folder / name)]
        assert main([*command, "--runtime", str(runtime_package(package))]) == 0
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(sites, browser) -> Iterator:
    """Opens a page; fails where the page or its worker reported an error."""
    errors: list[str] = []
    with static_server(sites) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 900})

        def opened(path: str = "shoes/", **options):
            tab = context.new_page(**options)
            tab.set_default_timeout(TIMEOUT)
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.on(
                "console", lambda said: errors.append(said.text) if said.type == "error" else None
            )
            tab.goto(url + path)
            tab.wait_for_selector("body[data-ready]")
            return tab

        yield opened
        context.close()
    assert errors == []


def draw(tab, record) -> None:
    """Draw with the mouse, stroke by stroke."""
    box = tab.locator("#pad canvas").bounding_box()
    for xs, ys in record:
        points = [
            (box["x"] + x * box["width"] / 800, box["y"] + y * box["width"] / 800)
            for x, y in zip(xs, ys, strict=True)
        ]
        tab.mouse.move(*points[0])
        tab.mouse.down()
        for point in points[1:]:
            tab.mouse.move(*point)
        tab.mouse.up()


def strokes(record) -> list[np.ndarray]:
    return [np.asarray(rows[:2], np.float32).T for rows in record]


def shown(tab) -> list[str]:
    return tab.locator("#shoes li.shoe").evaluate_all("all => all.map((each) => each.dataset.id)")


def searched(tab) -> None:
    """Wait until the results belong to what is on the canvas, and are re-ranked."""
    # Playwright waits for functions by `eval`, which the page's own rules forbid.
    said(tab, "body:not(.busy) #find-status", r"searched in \d+ ms(Back to the drawing)?$")


def _changed_site(
    sites: Path, folder: Path, name: str, change: Callable[[dict], object], site: str = "shoes"
) -> Path:
    """A page with one of its JSON files changed."""
    content = json.loads((sites / site / name).read_text("utf-8"))
    change(content)
    for path in (sites / site).iterdir():
        if path.name != name:
            (folder / path.name).symlink_to(path)
    (folder / name).write_text(json.dumps(content))
    return folder


def said(tab, selector: str, pattern: str) -> None:
    """Wait until the text of an element fits a pattern."""
    api = pytest.importorskip("playwright.sync_api")
    api.expect(tab.locator(selector)).to_have_text(re.compile(pattern), timeout=TIMEOUT)


@pytest.mark.parametrize("site", ["shoes", "onnx"])
def test_embeddings_and_first_results_are_those_of_python(site, sites, browser):
    finder = ShoeFinder("shoes", GALLERY)
    cosines, same = [], []
    with static_server(sites / site) as url:
        tab = open_engine(browser, url)
        for record in drawings(N):
            found = tab.evaluate(SEARCH, record)
            query = finder.embed(strokes(record), views=1)
            assert query.mirrored is not None
            for mine, vector in zip(
                found["vectors"], (query.vectors[0], query.mirrored.vectors[0]), strict=True
            ):
                cosines.append(float(np.dot(mine, vector)))
            rows, _ = finder.ranker.rank(query, finder.gallery.embeddings, 10)
            same.append(len({row for row, _ in found["found"][:10]} & {*rows.tolist()}))
            assert found["reranks"]
        tab.close()
    print(f"N = {N}: cosine at least {min(cosines):.5f}, of the first ten {np.mean(same):.2f} same")
    assert min(cosines) >= 0.99
    assert min(same) >= 9


def test_doodles_are_named_and_suggested_as_in_python(sites, browser):
    suggester = Suggester("quickdraw", DOODLES)
    assert suggester.gallery is not None
    cosines, same, differences = [], [], []
    with static_server(sites / "quickdraw") as url:
        tab = open_engine(browser, url, OPEN_DOODLES)
        for record in drawings(N):
            found = tab.evaluate(SUGGEST, record)
            expected = suggester.embedder.predict([doodle_query(strokes(record))])
            cosines.append(float(np.dot(found["embedding"], expected.embeddings[0])))
            differences.append(np.abs(found["probabilities"] - expected.probabilities[0]).max())
            similar = suggester.similar(expected.embeddings[0], 10, distinct=True)
            names = {suggester.gallery.key_ids[row] for row in found["similar"]}
            same.append(len(names & {each.key_id for each in similar}))
        tab.close()
    print(f"N = {N}: cosine at least {min(cosines):.5f}, of the first ten {np.mean(same):.2f} same")
    assert min(cosines) >= 0.99
    assert max(differences) < 0.02
    assert min(same) >= 9


def test_a_shoe_is_drawn_found_opened_explained_and_kept(visit):
    tab = visit()
    record = drawings(1, seed=3)[0]
    draw(tab, record)
    searched(tab)
    query = strokes(json.loads(tab.evaluate("window.sketchnet.record()")))
    expected = [match.id for match in ShoeFinder("shoes", GALLERY).find(query, 10, views=1)]
    first = shown(tab)
    assert len({*first} & {*expected}) >= 9
    tab.locator("#more").click()
    assert len(shown(tab)) == 20

    tab.locator("#shoes .look").first.click()
    assert tab.locator(".opened h2").inner_text() == first[0]
    assert "Rank 1 of 200" in tab.locator(".opened").inner_text()
    tab.get_by_role("button", name="Why this one?").click()
    tab.wait_for_selector(".explanation canvas")
    orange = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += data[i] > 240 && data[i + 2] < 200;
      return count / (data.length / 4);
    }"""
    for canvas in tab.locator(".explanation canvas").all():
        assert 0.02 < canvas.evaluate(orange) < 0.9
    tab.get_by_role("button", name="More like this").click()
    said(tab, "#find-status", f"Similar to {first[0]}")
    searched(tab)
    assert first[0] not in shown(tab)
    similar = ShoeFinder("shoes", GALLERY).more_like(first[0], 10)
    assert len({*shown(tab)} & {match.id for match in similar}) >= 9
    tab.get_by_text("Back to the drawing").click()
    tab.wait_for_selector(f"li.shoe:first-child[data-id={first[0]}]")


def test_filters_tray_and_table(visit):
    tab = visit()
    draw(tab, drawings(1, seed=5)[0])
    searched(tab)
    finder = ShoeFinder("shoes", GALLERY)
    query = strokes(json.loads(tab.evaluate("window.sketchnet.record()")))
    tab.locator("summary", has_text="brand").click()
    chip = tab.locator("details[open] .chip").first
    brand = chip.get_attribute("data-id")
    chip.click()
    searched(tab)
    tab.locator("summary", has_text="price").click()
    tab.locator("details[open] input").nth(1).fill("150")
    tab.keyboard.press("Tab")
    searched(tab)
    filters = {"fields": {"brand": [brand], "price": {"max": 150}}}
    matches = finder.find(query, 10, views=1, filters=filters)
    left = finder.rank(finder.embed(query, 1), 1, filters=filters).total
    assert f"{left} left" in tab.locator("#filters").inner_text()
    assert len({*shown(tab)} & {match.id for match in matches}) >= 9
    tab.get_by_role("button", name="Clear", exact=True).last.click()
    searched(tab)

    kept = shown(tab)[1]
    tab.locator(f"li[data-id={kept}] [data-act=like]").click(force=True)
    tab.locator(".feedback").click()
    said(tab, "#find-status", "refined by your tray")
    refined = apply_feedback(finder, finder.embed(query, 1), [kept], [])
    rows, _ = finder.ranker.rank(refined, finder.gallery.embeddings, 10)
    assert len({*shown(tab)} & {finder.gallery.ids[row] for row in rows}) >= 9
    rank = str(shown(tab).index(kept) + 1)
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [(row["id"], row["kept"], row["rank"]) for row in rows] == [(kept, "yes", rank)]
    tab.reload()
    tab.wait_for_selector(".tray")  # drawing and tray are still there
    searched(tab)


def test_a_link_opens_the_drawing_and_the_theme_stays(visit):
    tab = visit()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    draw(tab, drawings(1, seed=7)[0])
    searched(tab)
    first = shown(tab)[0]
    tab.locator("[data-copy]").click()
    said(tab, "#said", "copied")
    link = tab.evaluate("navigator.clipboard.readText()")
    tab.locator("#theme").click()
    assert "#s1." in link
    other = visit("shoes/" + link[link.index("#") :])
    searched(other)
    assert shown(other)[0] == first
    assert other.evaluate("document.body.classList.contains('dark')")
    other.keyboard.press("Control+z")
    count = "JSON.parse(window.sketchnet.record()).length"
    assert other.evaluate(count) == tab.evaluate(count) - 1


def test_doodles_are_named_while_drawn_and_replay(visit):
    tab = visit("quickdraw/")
    draw(tab, drawings(3)[2])
    tab.wait_for_selector(".guesses li")
    assert tab.locator("ol.doodles .doodle").count() == 12
    tab.wait_for_selector("body:not(.busy)")
    tab.locator("[data-replay]").first.click()
    tab.wait_for_selector("svg.replay")
    tab.locator(".doodle .look").first.click()
    tab.wait_for_selector("body:not(.busy) .guesses")
    assert tab.locator(".guesses li").count() in (3, 5)


@pytest.mark.parametrize("site", ["shoes", "onnx"])
def test_the_page_works_without_a_network_after_the_first_visit(site, sites, browser):
    context = browser.new_context()
    with static_server(sites / site) as url:
        tab = context.new_page()
        tab.set_default_timeout(TIMEOUT)
        tab.goto(url)
        tab.wait_for_selector("body[data-ready]")
        tab.evaluate("navigator.serviceWorker.ready.then(() => true)")
        tab.reload()
    tab.goto(url)  # nobody serves it any more
    tab.wait_for_selector("body[data-ready]")
    draw(tab, drawings(1)[0])
    searched(tab)
    assert tab.evaluate("document.querySelector('#shoes img').decode().then(() => true)")
    assert tab.evaluate("window.crossOriginIsolated")  # so that ONNX Runtime has several threads
    context.close()


def test_texts_of_the_catalogue_are_texts(sites, browser, tmp_path):
    hostile = '<img src=x onerror="window.hurt=1">'

    def spoil(page: dict) -> None:
        page["ids"][0] = hostile
        page["values"][0] |= {"title": hostile, "brand": hostile, "url": "javascript:alert(1)"}

    folder = _changed_site(sites, tmp_path, "catalogue.json", spoil)
    with static_server(folder) as url:
        tab = browser.new_page()
        tab.set_default_timeout(TIMEOUT)
        tab.goto(url)
        tab.wait_for_selector("body[data-ready]")
        tab.locator("#filters input[type=search]").fill("onerror")
        tab.keyboard.press("Tab")
        tab.locator("#shoes .look").first.click()
        assert tab.locator(".opened h2").inner_text() == hostile
        assert tab.locator(".opened a").count() == 0
        assert tab.evaluate("window.hurt") is None
        tab.close()


@pytest.mark.parametrize("site", ["shoes", "onnx"])
def test_a_runtime_from_elsewhere_is_compared_with_its_checksums(site, sites, browser, tmp_path):
    """The page of a CDN, with the CDN replaced by the server of the test."""
    package: Package = {"shoes": LITERT, "onnx": ONNX}[site]
    for spoilt in (None, *package.integrity):
        integrity = dict(package.integrity)
        if spoilt:
            integrity[spoilt] = "sha384-" + "A" * 64
        folder = tmp_path / str(spoilt).replace("/", "-")
        folder.mkdir()
        _changed_site(
            sites,
            folder,
            "site.json",
            lambda settings, pinned=integrity: settings["runtime"].update(integrity=pinned),
            site,
        )
        with static_server(folder) as url:
            tab = browser.new_page()
            tab.set_default_timeout(TIMEOUT)
            tab.goto(url)
            if spoilt:
                said(tab, "#notice", f"Reload the page{package.name}.* did not arrive unchanged")
                assert tab.locator("body[data-ready]").count() == 0
            else:
                tab.wait_for_selector("body[data-ready]")
                draw(tab, drawings(1)[0])
                searched(tab)
            tab.close()


def test_a_cdn_that_cannot_be_reached_is_named_in_one_line(sites, browser, tmp_path):
    folder = _changed_site(
        sites,
        tmp_path,
        "site.json",
        lambda settings: settings["runtime"].update(base="http://127.0.0.1:9/"),
    )
    with static_server(folder) as url:
        tab = browser.new_page()
        tab.goto(url)
        said(tab, "#notice span", r"^@litertjs/core, .* from 127\.0\.0\.1:9\. Are you offline")
        record = drawings(1)[0]
        draw(tab, record)  # the drawing is not lost
        assert len(json.loads(tab.evaluate("window.sketchnet.record()"))) == len(record)
        tab.close()


@pytest.mark.parametrize("ranges", [True, False])
def test_large_galleries_fetch_the_maps_that_a_search_needs(ranges, sites, browser, tmp_path):
    folder = _changed_site(
        sites, tmp_path, "site.json", lambda settings: settings["maps"].update(whole=False)
    )
    record = drawings(1, seed=9)[0]
    sent: dict[str, int] = {}
    with static_server(folder, ranges=ranges, sent=sent) as url:
        tab = open_engine(browser, url)
        found = tab.evaluate(SEARCH, record)
        tab.close()
    assert found["reranks"] == ranges  # without ranges: in the order of the vectors
    if ranges:
        maps = sum(size for path, size in sent.items() if "/maps-0" in path)
        assert 0.4 < maps / (folder / "maps-0.bin").stat().st_size < 0.6  # 100 of 200 photos
        with static_server(sites / "shoes") as url:
            tab = open_engine(browser, url)
            assert tab.evaluate(SEARCH, record)["found"] == found["found"]
            tab.close()
