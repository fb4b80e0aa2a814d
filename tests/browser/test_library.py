"""Boards on the server: two people see each other's shoes and notes; a reload loses nothing."""

from __future__ import annotations

import pytest

from tests.browser.hog_embedder import draw_shoe
from tests.browser.test_boards import keep

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]


@pytest.fixture
def shared(serve, visit, tmp_path):
    """Opens pages of a server that keeps boards."""
    opened = []
    with serve(tmp_path, "--library") as served:

        def open_one():
            opened.append(visit(served=served))
            return opened[-1]

        yield open_one
        for visitor in opened:
            visitor.page.context.close()


def sent(visitor) -> None:
    """Wait until the server has answered what was changed."""
    pending = "sessionStorage.getItem('sketchnet-pending')"
    visitor.page.wait_for_timeout(300)
    visitor.until(lambda: visitor.page.evaluate(pending) == "{}")


def note(visitor, number: int = 0) -> str:
    return visitor.page.locator("dialog textarea").nth(number).input_value()


@pytest.mark.slow
def test_two_people_work_on_one_board(shared):
    ann, bob = shared(), shared()
    ann.put(SHOE)
    first = keep(ann, 0)
    ann.page.click(".tray .board")
    ann.page.fill("dialog input", "Autumn")
    ann.page.fill("dialog textarea", "a wider heel")
    sent(ann)
    bob.reload()
    bob.page.wait_for_selector("#boards", state="visible")
    bob.page.click("#boards")
    bob.page.locator("dialog [data-board=open]").filter(has_text="Autumn").click()
    bob.page.wait_for_selector(f'.tray .liked [data-id="{first}"]')
    bob.until(lambda: note(bob) == "a wider heel")
    bob.page.locator("dialog [data-drawing]").click()
    bob.until(lambda: len(bob.recorded()) == len(SHOE))
    bob.settled()
    second = keep(bob, 5)
    sent(bob)
    ann.page.click("dialog [data-board=close]")
    third = keep(ann, 1)
    assert len({first, second, third}) == 3
    sent(ann)
    for each in (ann, bob):
        each.page.click(".tray .board")
        kept = each.page.locator("dialog .kept b")
        each.until(lambda kept=kept: {*kept.all_inner_texts()} == {first, second, third})
    bob.page.fill("dialog textarea >> nth=1", "unsent")
    bob.reload()
    bob.page.wait_for_selector(f'.tray .liked [data-id="{second}"]')
    bob.page.click("#boards")
    bob.page.wait_for_selector("dialog textarea >> nth=2")
    bob.until(lambda: "unsent" in [note(bob, number) for number in range(3)])
    delete = bob.page.locator(".acts [data-board=delete]")
    delete.click()
    delete.click()
    sent(bob)
    ann.page.click("dialog [data-board=close]")
    ann.page.click("#boards")
    ann.page.wait_for_selector("dialog .kept", state="detached")
