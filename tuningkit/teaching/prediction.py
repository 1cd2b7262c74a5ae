"""A question the learner answers before the experiment runs, and the comparison afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tuningkit.teaching.card import Card, Content, Group
from tuningkit.teaching.keys import did_you_mean, lesson_of
from tuningkit.teaching.progress import Progress
from tuningkit.teaching.rich import Note

Choice = str | float


class Prediction(Card):
    """Asks for a prediction; the learner commits to it before a lab unlocks the comparison.

    A prediction of an earlier session is remembered. It can be made again at any time.

    Args:
        key: Chapter number, hyphen, name, such as `"3.3-gap"`.
        question: What will happen? `code` in backticks and **bold** are understood.
        options: Two or more texts to choose from; or `None` for a number.
        between: For a number: the smallest and the largest that can be entered.
        unit: For a number: its unit, such as `"%"` or `"epochs"`.
        progress: Where to record; the learner's own file by default.

    Raises:
        TypeError: Neither or both of `options` and `between` are given, or options are not texts.
        ValueError: Fewer than two options, two equal ones, an empty question, or a range that is not one.

    Example:
        >>> which = Prediction("3.3-gap", "More dropout: what does the gap do?", ["It grows", "It shrinks"])
        >>> which.commit("It shrinks")  # doctest: +SKIP
        >>> which.reveal("It shrinks", "Dropout keeps units from relying on each other.")  # doctest: +SKIP
    """

    def __init__(
        self,
        key: str,
        question: str,
        options: Sequence[str] | None = None,
        *,
        between: tuple[float, float] | None = None,
        unit: str = "",
        progress: Progress | None = None,
    ) -> None:
        lesson_of(key)
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"Prediction {key!r} wants a question; received {question!r}.")
        if (options is None) == (between is None):
            raise TypeError(
                f"Prediction {key!r} wants either `options` (texts) or `between` (a range of numbers)."
            )
        super().__init__(progress)
        self.key = key
        self.question = question.strip()
        self.options = _checked_options(key, options) if options is not None else ()
        self.between = _checked_range(key, between) if between is not None else None
        self.unit = unit
        self._choice: Choice | None = None
        self._since = ""
        self._open = True
        self._callbacks: list[Callable[[Choice], None]] = []
        self._remember()
        self._refresh()

    @property
    def choice(self) -> Choice | None:
        """The option or number committed to; `None` before."""
        return self._choice

    @property
    def committed(self) -> bool:
        """Whether there is a prediction, from now or from an earlier session."""
        return self._choice is not None

    def commit(self, choice: Choice) -> None:
        """Commit to a prediction, as the button does.

        Args:
            choice: One of the options, or a number in the range.

        Raises:
            ValueError: It is neither.
            TypeError: A number was asked for and something else was given.
        """
        with self._mutex:
            self._choice = self._checked_choice(choice)
            self._since = ""
            self._open = False
            self.progress.record("predictions", self.key, {"question": self.question, "choice": self._choice})
            self._refresh()
            callbacks, made = list(self._callbacks), self._choice
        # Not under the lock: a callback may wait for a lab, which may wait for this card.
        for callback in callbacks:
            callback(made)

    def on_commit(self, callback: Callable[[Choice], None]) -> None:
        """Call a function with the choice at every commit; at once if there is a prediction already.

        Args:
            callback: Takes the option or the number. It may run on the kernel's comm thread.
        """
        with self._mutex:
            self._callbacks.append(callback)
            made = self._choice
        if made is not None:
            callback(made)

    def reveal(self, answer: Choice, explanation: str = "") -> Reveal:
        """Show the prediction beside what happened.

        Args:
            answer: What happened: one of the options, or a number (it may lie outside the range).
            explanation: Why it happened.

        Returns:
            A card to display. It is kept up to date if the learner commits afterwards.

        Raises:
            ValueError: The answer is not one of the options, or not a finite number.
        """
        answer = self._checked_choice(answer) if self.between is None else _number(answer)
        return Reveal(self, answer, explanation)

    def _checked_choice(self, choice: Any) -> Choice:
        if self.between is None:
            if choice in self.options:
                return choice
            listed = ", ".join(map(repr, self.options))
            raise ValueError(
                f"The options are {listed}; received {choice!r}.{did_you_mean(choice, self.options)}"
            )
        number = _number(choice)
        low, high = self.between
        if not low <= number <= high:
            raise ValueError(f"The prediction is a number between {low:g} and {high:g}; received {choice!r}.")
        return number

    def _remember(self) -> None:
        entry = self.progress.get("predictions", self.key)
        if entry is None:
            return
        try:
            self._choice = self._checked_choice(entry.get("choice"))
        # The lesson has other options now: the old prediction says nothing about this question.
        except (ValueError, TypeError):
            return
        self._since = str(entry.get("at", ""))[:10]
        self._open = False

    def _submitted(self, group: int, value: Any) -> None:
        self.commit(self.options[value[0]] if self.between is None else value)

    def _again(self, group: int) -> None:
        self._open = True

    def in_words(self, choice: Choice) -> str:
        """A choice as the learner reads it: the option, or the number with its unit."""
        if isinstance(choice, str):
            return choice
        return f"{choice:.4g}{' ' + self.unit if self.unit else ''}"

    def _content(self) -> Content:
        feedback = ()
        if self._choice is not None and not self._open:
            when = f" (on {self._since})" if self._since else ""
            feedback = (Note(f"You predicted: **{self.in_words(self._choice)}**{when}. Now try it below."),)
        number = {}
        if self.between is not None:
            low, high = self.between
            number = {"value": self._choice, "min": low, "max": high, "unit": self.unit}
        chosen = (self.options.index(self._choice),) if self._choice in self.options else ()
        group = Group(
            self.question,
            "number" if number else "radio",
            options=self.options,
            chosen=chosen,
            number=number,
            button="Commit to this prediction" if self._open else "Predict again",
            locked=not self._open,
            feedback=feedback,
        )
        return Content("Predict", (group,))


class Reveal(Card):
    """The prediction beside the result; made by `Prediction.reveal`."""

    def __init__(self, prediction: Prediction, answer: Choice, explanation: str) -> None:
        super().__init__(prediction.progress)
        self.prediction = prediction
        self.answer = answer
        self.explanation = explanation
        self._refresh()
        prediction.on_commit(self._compare)

    def _compare(self, choice: Choice) -> None:
        recorded = {"question": self.prediction.question, "choice": choice, "outcome": self.answer}
        before = self.progress.get("predictions", self.prediction.key) or {}
        # Running the cell again must not change the day on which the learner predicted.
        if any(before.get(name) != value for name, value in recorded.items()):
            self.progress.record("predictions", self.prediction.key, recorded)
        self._refresh()

    def _content(self) -> Content:
        words = self.prediction.in_words
        choice = self.prediction.choice
        if choice is None:
            # Folded: who runs all cells at once should still be able to predict.
            heading = "Show what happened"
            notes = [
                Note("You did not predict this time."),
                Note(f"What happened: **{words(self.answer)}**", folded=heading),
            ]
            if self.explanation:
                notes.append(Note(self.explanation, folded="Show why"))
            return Content("Compare", notes=tuple(notes))
        pairs = (("You predicted", words(choice)), ("What happened", words(self.answer)))
        notes = [self._verdict(choice)]
        if self.explanation:
            notes.append(Note(self.explanation))
        return Content("Compare", pairs=pairs, notes=tuple(notes), tone=notes[0].tone)

    def _verdict(self, choice: Choice) -> Note:
        if isinstance(choice, str) or isinstance(self.answer, str):
            if choice == self.answer:
                return Note("It happened as you predicted.", "right")
            return Note("Something else happened than you predicted. That is worth a closer look.")
        difference = self.answer - choice
        if math.isclose(self.answer, choice, rel_tol=1e-9, abs_tol=1e-12):
            return Note("It happened as you predicted.", "right")
        side = "above" if difference > 0 else "below"
        apart = self.prediction.in_words(abs(difference))
        return Note(f"The result is {side} your prediction; they are {apart} apart.")


def _checked_options(key: str, options: Sequence[str]) -> tuple[str, ...]:
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):
        raise TypeError(f"The options of prediction {key!r} are a list of texts; received {options!r}.")
    if len(options) < 2 or len(set(options)) < len(options) or not all(option.strip() for option in options):
        raise ValueError(
            f"Prediction {key!r} wants two or more different options; received {list(options)!r}."
        )
    return tuple(options)


def _checked_range(key: str, between: tuple[float, float]) -> tuple[float, float]:
    low, high = (_number(value) for value in between)
    if not low < high:
        raise ValueError(f"`between` of prediction {key!r} is (smallest, largest); received {between!r}.")
    return low, high


def _number(value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"A number is wanted here; received {value!r}.") from None
    if not math.isfinite(number):
        raise ValueError(f"A finite number is wanted here; received {value!r}.")
    return number
