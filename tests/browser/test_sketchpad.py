"""Drawing on Gradio's sketchpad, which takes the plain canvas' place with a graphics card."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.hog_embedder import draw_shoe

LINE = np.array([[100, 400], [400, 420], [700, 400]], float)
HOOK = np.array([[200, 200], [300, 600], [500, 500]], float)
# Number of dark pixels on the sketchpad, which is 30 px larger than the canvas on every side.
INK = """
async () => {
  await new Promise((then) => setTimeout(then, 300)); // the last stroke is rendered later
  const shown = document.querySelector('#sketchpad .pixi-target canvas');
  const cut = 50 * shown.width / shown.clientWidth, side = shown.width - 2 * cut;
  const copy = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = copy.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.drawImage(shown, -cut, -cut);
  const { data } = context.getImageData(0, 0, side, side);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) dark += data[i] < 100;
  return dark;
}
"""
WANTED = """
history.replaceState(null, "", "?canvas=sketchpad");
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return context.call(this, kind, { ...options, preserveDrawingBuffer: true });
};
"""


@pytest.fixture(scope="module")
def pad(visit):
    visitor = visit(WANTED)
    visitor.page.wait_for_selector("body.sketchpad")
    visitor.page.wait_for_selector("#sketchpad button.quite-round.highlight", state="attached")
    yield visitor
    visitor.page.context.close()


def test_without_a_graphics_card_there_is_no_sketchpad(visitor):
    assert visitor.page.evaluate("window.sketchnet.hasGraphics()") is False
    assert visitor.page.locator("#sketchpad").count() == 0


@pytest.mark.slow
def test_a_drawing_is_found_undone_and_cleared(pad):
    pad.draw([LINE, HOOK])
    assert [len(stroke[0]) >= 3 for stroke in pad.recorded()] == [True, True]
    drawn = np.array(pad.served.queries()[-1][0])
    assert np.abs(drawn[[0, -1]] - LINE[[0, -1]]).max() < 3
    both = pad.page.evaluate(INK)
    pad.page.get_by_role("button", name="Undo").click()
    pad.until(lambda: len(pad.recorded()) == 1 and pad.page.evaluate(INK) < 0.8 * both)
    pad.page.keyboard.press("Control+Shift+Z")
    pad.until(lambda: abs(pad.page.evaluate(INK) - both) < 0.05 * both)
    pad.page.get_by_role("button", name="Clear", exact=True).click()
    pad.until(lambda: pad.recorded() == [] and pad.page.evaluate(INK) == 0)


@pytest.mark.slow
def test_a_drawing_that_is_put_there_is_drawn_by_its_pen_and_found(pad):
    pad.put([3 * stroke for stroke in draw_shoe(7)])
    assert pad.shoes()[0] == "shoe_007"
    pad.until(lambda: pad.page.evaluate(INK) > 1000)
    strokes = len(pad.recorded())
    pad.page.get_by_role("button", name="Undo").click()
    pad.until(lambda: len(pad.recorded()) == strokes - 1)
    pad.page.evaluate("window.sketchnet.act('Clear canvas')")


@pytest.mark.slow
def test_the_eraser_cuts_strokes_where_it_cuts_pixels(pad):
    pad.draw([LINE])
    before = pad.page.evaluate(INK)
    pad.page.get_by_role("button", name="Eraser").click()
    pad.page.wait_for_selector('#sketchpad button[aria-label="Erase"].highlight', state="attached")
    pad.draw([np.array([[400, 300], [400, 520]], float)])
    assert len(pad.recorded()) == 2
    pad.until(lambda: pad.page.evaluate(INK) < before)
    pad.page.evaluate("window.sketchnet.act('Clear canvas')")
