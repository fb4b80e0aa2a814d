"""The words of a text, as they are searched for."""

from __future__ import annotations

import re
import unicodedata

MAX_WORDS = 20


def words_of(text: str) -> list[str]:
    """Return the words to search for, each once: in lower case, without accents, 20 at most."""
    return all_words(text)[:MAX_WORDS]


def all_words(text: str) -> list[str]:
    """Return the words of a text, each once: in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return list(dict.fromkeys(re.findall(r"[^\W_]+", plain)))
