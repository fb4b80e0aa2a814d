"""The state of a quiz round: drawings, answers of the person and of the model, the score."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """One drawing (a row of the gallery), its category, and the category that each named."""

    row: int
    category: str
    person: str
    model: str


@dataclass
class Quiz:
    """One round: rows of the gallery, the categories to choose from, and the answers so far."""

    rows: list[int]
    categories: list[str]
    answers: list[Answer] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether every drawing has been named."""
        return len(self.answers) == len(self.rows)

    @property
    def scores(self) -> tuple[int, int]:
        """Number of correct answers of the person and of the model."""
        person = sum(each.person == each.category for each in self.answers)
        return person, sum(each.model == each.category for each in self.answers)
