"""The state of a quiz: what was asked, what person and model answered, who is ahead."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Quiz:
    """One round of ten drawings: rows of the gallery, the words to choose from, the answers."""

    rows: list[int]
    words: list[str]
    person: list[str] = field(default_factory=list)
    model: list[str] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return len(self.person) == len(self.rows)

    def score(self, answers: list[str]) -> int:
        """How many of the answers given so far are right."""
        return sum(given == right for given, right in zip(answers, self.truth, strict=True))
