"""One question of a quiz: its options, each with the reason why it is right or wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tuningkit.teaching.rich import Note


@dataclass(frozen=True)
class Option:
    """One answer to choose from.

    Args:
        text: The answer.
        correct: Whether it is right.
        why: Why it is right or wrong. Every wrong option must have it.

    Raises:
        ValueError: The text is empty, or a wrong option does not say why it is wrong.
    """

    text: str
    correct: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise ValueError(f"An option has a text; received {self.text!r}.")
        if not self.correct and not self.why.strip():
            raise ValueError(
                f"The wrong option {self.text!r} must say why it is wrong: Option(text, why='...')."
            )


@dataclass(frozen=True)
class Question:
    """A question with two or more options, shown in the order given.

    Args:
        text: The question; `code` in backticks and **bold** are understood.
        options: The answers to choose from, all different.
        multiple: Whether more than one may be right.

    Raises:
        TypeError: An option is not an `Option`.
        ValueError: Fewer than two options, two with the same text, none right, or several right without
            `multiple`.

    Example:
        >>> Question(
        ...     "What does dropout do while the network predicts?",
        ...     [Option("Nothing", correct=True), Option("It drops units", why="Only training is noisy.")],
        ... ).text
        'What does dropout do while the network predicts?'
    """

    text: str
    options: Sequence[Option]
    multiple: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise ValueError(f"A question has a text; received {self.text!r}.")
        object.__setattr__(self, "options", tuple(self.options))
        if not all(isinstance(option, Option) for option in self.options):
            raise TypeError(f"The options of {self.text!r} must be Option(text, correct, why) each.")
        texts = [option.text for option in self.options]
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(
                f"The question {self.text!r} wants two or more different options; received {texts!r}."
            )
        count = len(self.right_ones)
        if count == 0 or (count > 1 and not self.multiple):
            wanted = "one or more right options" if self.multiple else "exactly one right option"
            raise ValueError(f"The question {self.text!r} wants {wanted}; it has {count}.")

    @property
    def right_ones(self) -> frozenset[int]:
        """The positions of the right options, counted from 0."""
        return frozenset(index for index, option in enumerate(self.options) if option.correct)

    def feedback(self, chosen: Collection[int]) -> tuple[Note, ...]:
        """What to say to a choice: never only whether it is right, always why.

        Args:
            chosen: Positions of the chosen options, counted from 0.

        Returns:
            Lines. After a right choice they explain every other option as well, folded.
        """
        picked = [self.options[index] for index in sorted(set(chosen))]
        if frozenset(chosen) == self.right_ones:
            others = [option for option in self.options if not option.correct]
            return (
                Note("**Right.**", "right"),
                *(Note(_said(option), "right") for option in picked if option.why),
                *(Note(_said(option), folded=f"Why not “{option.text}”?") for option in others),
            )
        notes = [Note("**Not quite.** Read why, then choose again.", "wrong")]
        notes += [Note(_said(option), "right" if option.correct else "wrong") for option in picked]
        missing = len(self.right_ones.difference(chosen))
        if self.multiple and missing:
            words = "option is" if missing == 1 else "options are"
            notes.append(Note(f"{missing} right {words} still missing."))
        return tuple(notes)

    def explained(self) -> tuple[Note, ...]:
        """Why each option is right or wrong, the right ones first; for readers who cannot press a button."""
        ordered = sorted(self.options, key=lambda option: not option.correct)
        return tuple(Note(_said(option), "right" if option.correct else "wrong") for option in ordered)


def _said(option: Option) -> str:
    return f"“{option.text}”: {option.why}" if option.why else f"“{option.text}” is right."
