"""What an exercise check answers: what is right, what is wrong, and where to look next."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

from tuningkit.teaching.rich import Note, box, notes_html, notes_text


@dataclass(frozen=True)
class Finding:
    """One thing a checker noticed; made by `right` and `wrong`."""

    text: str
    good: bool
    look: str = ""


def right(text: str) -> Finding:
    """A checker yields this for each part of the answer that is right.

    Args:
        text: What is right, as a sentence.
    """
    return Finding(_sentence(text), good=True)


def wrong(text: str, look: str = "") -> Finding:
    """A checker yields this for each part of the answer that is wrong.

    Args:
        text: What was received and what the exercise asks for.
        look: How the learner can find the reason; the exercise's own hint stands in where it is empty.
    """
    return Finding(_sentence(text), good=False, look=look)


def _sentence(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"A finding is a sentence for the learner; received {text!r}.")
    return text.strip()


@dataclass(frozen=True)
class CheckResult:
    """The answer of `tk.check`; true in an `if` when the exercise is solved.

    Args:
        key: Such as `"3.3-a"`.
        title: What the exercise is about.
        right: Sentences, one for each part that is right.
        wrong: Sentences, one for each part that is not.
        hint: How to look next; empty when solved.
        notice: What the learner should know about the progress file; mostly empty.
    """

    key: str
    title: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    hint: str = ""
    notice: str = ""

    @property
    def passed(self) -> bool:
        """Whether something is right and nothing is wrong."""
        return bool(self.right) and not self.wrong

    def __bool__(self) -> bool:
        return self.passed

    def _heading(self) -> str:
        return f"Exercise {self.key}, {self.title}: {'solved' if self.passed else 'not yet'}"

    def _notes(self) -> list[Note]:
        notes = [Note(text, "right") for text in self.right] + [Note(text, "wrong") for text in self.wrong]
        if self.hint:
            notes.append(Note(f"**Where to look:** {self.hint}"))
        if self.notice:
            notes.append(Note(self.notice))
        return notes

    def __repr__(self) -> str:
        return f"{self._heading()}\n{notes_text(self._notes())}"

    def _repr_html_(self) -> str:
        body = f'<div role="status">{notes_html(self._notes())}</div>'
        return box(self._heading(), body, "right" if self.passed else "wrong")


def describe(value: Any) -> str:
    """Say in words what a learner handed over, for the messages of checkers.

    Args:
        value: Anything.

    Returns:
        A few words, at most about 80 characters.

    Example:
        >>> describe([1, 2, 3])
        'a list of 3 items'
        >>> describe(0.5)
        'the number 0.5'
    """
    if value is None or value is ...:
        return "nothing yet"
    if isinstance(value, bool):
        return f"the truth value {value}"
    if isinstance(value, numbers.Number):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {_short(value)}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of shape {shape} ({type(value).__name__})"
    if isinstance(value, (list, tuple, set, dict)):
        count = len(value)
        return f"a {type(value).__name__} of {count} {'item' if count == 1 else 'items'}"
    if callable(value):
        kind = "class" if isinstance(value, type) else "function"
        return f"the {kind} {getattr(value, '__name__', type(value).__name__)}"
    return f"an object of type {type(value).__name__}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 50 else text[:47] + "...")
