"""A quiz round in which the person draws against the clock and the model guesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

SECONDS = 20.0  # for each word, as in the original game
WORDS = 6
LATE = 0.5  # seconds by which the browser's clock may be ahead


@dataclass
class DrawRound:
    """One round: the words, and how long the model took to recognise each drawing.

    Attributes:
        words: what to draw, one after the other.
        started: time at which the present word was shown, in seconds of any clock.
        results: seconds until each finished word was recognised, None where it was not.
        guess: what the model says at present; "" before the first stroke.
    """

    words: list[str]
    started: float
    results: list[float | None] = field(default_factory=list)
    guess: str = ""
    drawing: bool = True

    @property
    def word(self) -> str:
        """The word that is being drawn, or was drawn last."""
        return self.words[len(self.results) - (not self.drawing)]

    @property
    def over(self) -> bool:
        return len(self.results) == len(self.words)

    def see(self, guess: str, now: float) -> None:
        """The model says `guess` of the drawing as it is at the time `now`."""
        if self.drawing:
            self.guess = guess
            if guess == self.word and now - self.started <= SECONDS + LATE:
                self._finish(now - self.started)
            else:
                self.end_in_time(now)

    def end_in_time(self, now: float) -> None:
        """End the present word where its time is up."""
        if self.drawing and now - self.started >= SECONDS - LATE:
            self._finish(None)

    def next_word(self, now: float) -> None:
        """Begin with the next word, unless one is being drawn."""
        if not self.drawing and not self.over:
            self.drawing, self.started, self.guess = True, now, ""

    def _finish(self, seconds: float | None) -> None:
        self.results.append(seconds)
        self.drawing = False


def draw_round_html(quiz: DrawRound, now: float) -> str:
    """The round as it is at the time `now`; `data-left` tells the browser when to ask again."""
    number = len(quiz.results) + quiz.drawing
    known = sum(result is not None for result in quiz.results)
    score = (
        f'<p class="score"><span>Word {number} of {len(quiz.words)}</span>'
        f"<b>Recognised {known}</b></p>"
    )
    word = escape(quiz.word)
    if quiz.drawing:
        left = max(0.0, SECONDS - (now - quiz.started))
        says = f"I see {escape(quiz.guess)} …" if quiz.guess else "Start drawing."
        clock = (
            f'<p class="clock" data-left="{left:.2f}" role="timer"><i style="animation-delay:'
            f'{left - SECONDS:.2f}s"></i></p>'
        )
        body = f'<h3>Draw: {word}</h3>{clock}<p class="last">{says}</p>'
    else:
        seconds = quiz.results[-1]
        title = f"It is {word}" if seconds is not None else "Time is up"
        says = (
            f"Recognised after {seconds:.0f} seconds."
            if seconds is not None
            else f"To draw: {word}." + (f" I saw {escape(quiz.guess)}." if quiz.guess else "")
        )
        button = "Play again" if quiz.over else "Next word"
        other = '<button class="plain" data-act="start">Name drawings</button>' * quiz.over
        body = (
            f'<h3>{title}</h3><p class="last">{says}</p>'
            f'<button class="primary" data-act="draw">{button}</button>{other}'
        )
    return f'<div class="quiz">{score}{body}</div>'


CLOCK = """
let clock = 0;
watch('value', () => {
  clearTimeout(clock);
  const left = element.querySelector('[data-left]')?.dataset.left;
  if (left) clock = setTimeout(() => trigger('act', { act: 'time', id: '' }), 1000 * left);
});
"""
"""The browser reports when the time of a word is up."""
