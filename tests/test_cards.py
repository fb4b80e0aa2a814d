"""The model cards: their heads are valid for the Hub, and state scores that their text states."""

from __future__ import annotations

import re
import zipfile

import pytest
from huggingface_hub import ModelCard

from sketchnet.runs import SHIPPED

CARDS = sorted(SHIPPED.glob("*/CARD.md"))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_the_head_is_valid_and_agrees_with_the_text(path):
    card = ModelCard(path.read_text("utf-8"), ignore_metadata_errors=False)
    assert card.data.library_name == "keras"
    assert card.data.license
    assert card.data.tags
    assert card.data.datasets
    assert card.data.model_name == path.parent.name
    assert card.data.eval_results
    for result in card.data.eval_results:
        n = re.search(r"N = ([\d,]+)", result.dataset_name)
        assert n, "a score needs its N"
        assert n[1] in card.text
        assert f"{result.metric_value:.1f}" in card.text


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_the_card_says_what_keras_needs_imported(path):
    """The module of every layer of the saved network that is not one of Keras."""
    with zipfile.ZipFile(path.with_name("model.keras")) as file:
        config = file.read("config.json").decode()
    modules = set(re.findall(r'"module": "(sketchnet[\w.]*)"', config))
    assert modules
    assert all(f"`import {module}`" in path.read_text("utf-8") for module in modules)


def test_every_shipped_run_has_a_card():
    assert {path.parent.name for path in CARDS} == {
        path.parent.name for path in SHIPPED.glob("*/config.json")
    }
