"""The state of a quiz: what was asked, what person and model answered, who is ahead."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answered:
    """One drawing (a row of the gallery), what it is, and what each called it."""

    row: int
    truth: str
    person: str
    model: str


@dataclass
class Quiz:
    """One round: rows of the gallery, the words to choose from, and what was answered so far."""

    rows: list[int]
    words: list[str]
    answered: list[Answered] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether every drawing was named."""
        return len(self.answered) == len(self.rows)

    @property
    def scores(self) -> tuple[int, int]:
        """How many the person, and how many the model, named right."""
        right = [(each.person == each.truth, each.model == each.truth) for each in self.answered]
        return sum(mine for mine, _ in right), sum(models for _, models in right)
