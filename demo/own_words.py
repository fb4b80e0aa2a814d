"""Words that a visitor teaches the page by five drawings each, for the time of the visit."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from sketchnet.retrieval.added_categories import add_category, check_word
from sketchnet.retrieval.suggest import Suggester
from sketchnet.strokes.formats import Drawing, tidy
from sketchnet.utils.errors import InputError

EXAMPLES = 5  # drawings of a word
MAX_WORDS = 20


@dataclass
class OwnWords:
    """What one visitor has taught.

    Attributes:
        examples: the drawings of each word, tidied.
        word: the word that was taught last.
        taught: version of the query that was added last, which is not added again.
    """

    examples: dict[str, list[Drawing]] = field(default_factory=dict)
    word: str = ""
    taught: int = -1

    def add(self, word: str, drawing: Drawing, version: int, suggester: Suggester) -> Suggester:
        """Add a drawing to a word.

        Args:
            word: of the visitor.
            drawing: strokes on the canvas.
            version: of the query that they are.
            suggester: the one in use.

        Returns the suggester to use from now on: it knows the word once it has five drawings.
        Raises InputError for a word that exists, blank paper, and the same drawing again.
        """
        word = " ".join(word.split())
        if len(self.examples.get(word, ())) in (0, EXAMPLES):
            word = check_word(word, suggester.categories)
        example = tidy(drawing)
        if not example:
            raise InputError("a drawing of the word", "blank paper", "draw it on the canvas first")
        if version == self.taught:
            raise InputError(
                "another drawing", "the one that was added before", "clear the canvas, draw again"
            )
        if word not in self.examples and len(self.examples) == MAX_WORDS:
            raise InputError(f"at most {MAX_WORDS} words", "one more", "use the command instead")
        examples = self.examples.setdefault(word, [])
        examples.append(example)
        self.word, self.taught = word, version
        if len(examples) < EXAMPLES:
            return suggester
        added = add_category(suggester.embedder, suggester.added, word, examples)
        return suggester.with_added(added)


def own_words_html(own: OwnWords) -> str:
    """The form below the results: a word, a button, how many drawings it has, the download."""
    count = len(own.examples.get(own.word, ()))
    state = f"{count} of {EXAMPLES} drawings of {escape(own.word)}." if 0 < count < EXAMPLES else ""
    if count == EXAMPLES:
        state = f"{escape(own.word)} is known now, until you close the page."
    link = ""
    if own.word:
        content = base64.b64encode(as_ndjson(own.word, own.examples[own.word]).encode()).decode()
        link = (
            f'<a class="link" download="{escape(own.word, quote=True)}.ndjson" '
            f'href="data:application/x-ndjson;base64,{content}">Download</a>'
        )
    return (
        '<div class="own-words"><label>Teach a word by five drawings '
        f'<input maxlength="40" placeholder="word" value="{escape(own.word, quote=True)}"></label>'
        '<button class="plain" data-act="teach">Add this drawing</button>'
        f"<span>{state}</span>{link}</div>"
    )


def as_ndjson(word: str, examples: Sequence[Drawing]) -> str:
    """Drawings as a file of Quick, Draw! lines, which `python -m sketchnet.doodles add` reads."""
    lines = []
    for number, drawing in enumerate(examples, start=1):
        strokes = [stroke.round(1).T.tolist() for stroke in drawing]
        lines.append(json.dumps({"word": word, "key_id": f"own-{number}", "drawing": strokes}))
    return "\n".join(lines) + "\n"
