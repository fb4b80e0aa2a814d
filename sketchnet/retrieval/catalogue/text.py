"""Words in the fields: how well each photo fits a text, beside how well it fits a drawing.

No text model is at hand: a photo fits as far as the words occur in its fields. `text_scores` is
the one place where a model that embeds text and photos would plug in: it returns the cosine of
the two, mapped to 0..1, and everything else stays as it is.
"""

from __future__ import annotations

import numpy as np

from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.words import words_of


def text_scores(catalogue: Catalogue, text: str) -> np.ndarray:
    """Return how well each photo fits a text: the share of its words that occur, (N,) float32.

    A prefix of a word in the fields counts as an occurrence.
    """
    words = words_of(text)
    scores = np.zeros(len(catalogue), np.float32)
    for word in words:
        scores += catalogue.having_word(word)
    return scores / max(1, len(words))
