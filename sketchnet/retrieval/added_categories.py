"""Categories that a person adds to a run by a few examples, without training.

The run keeps them in a file of their own, `gallery/added.npz`: a gallery of the examples, which
belongs to the network that embedded them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sketchnet.data.doodle_inputs import StrokesOrPicture
from sketchnet.data.quickdraw.categories import official_category
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.retrieval.doodle_gallery import (
    DoodleGallery,
    join_galleries,
    load_doodle_gallery,
)
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError

ADDED_FILE = Path("gallery") / "added.npz"
MIN_EXAMPLES = 3
MAX_WORD = 40  # characters


def add_category(
    embedder: DoodleEmbedder,
    added: DoodleGallery | None,
    word: str,
    examples: Sequence[StrokesOrPicture],
) -> DoodleGallery:
    """Embed examples of a new category.

    Args:
        embedder: the run.
        added: the categories added so far, which are kept; None where there are none.
        word: name of the new category, 1 to 40 characters.
        examples: tidied strokes or pictures (H, W[, 3]) uint8, at least three, none blank
            (`retrieval.suggest.doodle_query`).

    Returns the examples of all added categories; pictures have no strokes in it.

    Raises InputError where the run or `added` has the word, for too few examples, and for pictures
    where the network reads strokes only.
    """
    word = check_word(word, (*embedder.categories, *(added.categories if added else ())))
    if len(examples) < MIN_EXAMPLES:
        raise InputError(
            f"at least {MIN_EXAMPLES} drawings of {word}", len(examples), "draw or name more"
        )
    first = 0 if added is None else len(added)
    new = DoodleGallery(
        vectors=embedder.predict(examples).embeddings,
        labels=np.zeros(len(examples), np.int32),
        categories=(word,),
        key_ids=tuple(f"added-{first + number}" for number in range(len(examples))),
        drawings=PackedDrawings.of([] if isinstance(e, np.ndarray) else e for e in examples),
        fingerprint=embedder.fingerprint,
    )
    return new if added is None else join_galleries(added, new)


def check_word(word: str, known: Sequence[str]) -> str:
    """The name of a new category without spaces around it.

    Raises InputError where it is empty, too long, or one of the known categories in any spelling.
    """
    word = " ".join(word.split())
    if not 1 <= len(word) <= MAX_WORD or not word.isprintable():
        raise InputError(
            f"a word of 1 to {MAX_WORD} characters", f"one of {len(word)}", "choose another"
        )
    same = {name.casefold() for name in known} & {
        word.casefold(),
        (official_category(word) or word).casefold(),
    }
    if same:
        raise InputError(
            "a new word", f"{word}, which is a category already", "choose another word"
        )
    return word


def load_added_categories(run: Path, fingerprint: str) -> DoodleGallery | None:
    """The examples of the categories that were added to a run, None where there are none.

    Raises InputError where the file is damaged, or belongs to another network.
    """
    path = run / ADDED_FILE
    if not path.is_file():
        return None
    added = load_doodle_gallery(path)
    if added.fingerprint != fingerprint or added.drawings is None:
        raise InputError(
            f"categories in {path} that were added to the network of this run",
            "those of another network",
            "delete this file and add the categories again",
        )
    return added
