"""Which categories the page shows while a drawing grows."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.retrieval.suggest import SURE
from sketchnet_demo.naming import MARGIN, Naming, settle


def shares(**given: float) -> np.ndarray:
    """Probabilities of the six categories a to f, the rest of 1 shared by those not given."""
    rest = (1 - sum(given.values())) / (6 - len(given))
    return np.array([given.get(name, rest) for name in "abcdef"])


def test_the_three_likeliest_are_shown_until_one_is_sure() -> None:
    unsure = settle(shares(b=SURE - 0.01, c=0.3, a=0.2), None)
    assert unsure == Naming((1, 2, 0), False)
    sure = settle(shares(b=SURE, c=0.3, a=0.2), None)
    assert (sure.rows[:3], len(sure.rows), sure.sure) == ((1, 2, 0), 5, True)


def test_two_words_of_equal_chance_do_not_flicker(rng) -> None:
    """The probabilities of two words cross at every stroke, by less than the margin."""
    shown, named = None, []
    for number in range(20):
        nudge = (MARGIN - 0.001) / 2 * (-1) ** number
        shown = settle(shares(d=0.45 + nudge, e=0.45 - nudge), shown)
        named.append(shown.rows[0])
    assert named == [3] * 20
    assert settle(shares(d=0.40, e=0.40 + MARGIN + 0.001), shown).rows[:2] == (4, 3)


def test_being_sure_does_not_flicker_either() -> None:
    shown, sure = None, []
    for chance in (0.3, SURE, SURE - MARGIN / 2, SURE + 0.01, SURE - MARGIN - 0.01, SURE - 0.01):
        shown = settle(shares(a=chance), shown)
        sure.append(shown.sure)
    assert sure == [False, True, True, True, False, False]


def test_a_likelier_word_of_another_drawing_replaces_the_first_at_once() -> None:
    before = settle(shares(a=0.9), None)
    assert settle(shares(f=0.9), before).rows[0] == 5
    # A word that is gone, since the visitor removed it, cannot stay.
    assert settle(shares(f=0.9), Naming((17,), True)).rows[0] == 5


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_run_of_few_categories(n: int) -> None:
    assert sorted(settle(np.full(n, 1 / n), None).rows) == list(range(min(n, 5 if n < 3 else 3)))
