"""The keys under which predictions, exercises, quizzes and challenges are known: chapter, hyphen, name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_FORM = re.compile(r"(?P<lesson>\d{1,2}(?:\.\d{1,2}[a-z]?)?)-[a-z0-9]+(?:-[a-z0-9]+)*")


def lesson_of(key: str) -> str:
    """The chapter that a key belongs to.

    Args:
        key: Chapter number, hyphen, name in small letters, such as `"3.3-a"`, `"3.1a-rate"` or
            `"0-first-run"`.

    Returns:
        The part before the hyphen, such as `"3.3"`.

    Raises:
        TypeError: The key is not a string.
        ValueError: The key has another form.

    Example:
        >>> lesson_of("3.3-a")
        '3.3'
    """
    if not isinstance(key, str):
        raise TypeError(f"A key is a text such as '3.3-a'; received {key!r}.")
    match = _FORM.fullmatch(key)
    if match is None:
        raise ValueError(
            f"A key is the chapter's number, a hyphen and a name in small letters, such as '3.3-a'; "
            f"received {key!r}."
        )
    return match["lesson"]


def chapter_module(lesson: str) -> str:
    """The module name that holds the exercise checks of a chapter.

    Args:
        lesson: What `lesson_of` returns.

    Returns:
        The name without its package: the file names of the chapters with `chapter_` in front.

    Example:
        >>> chapter_module("3.1a")
        'chapter_03_1a'
    """
    first, *rest = lesson.split(".")
    return "_".join(["chapter", f"{int(first):02d}", *rest])


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A sentence that names the nearest known name, with a space in front; empty if none is near.

    Args:
        name: What was received.
        known: What would be right.

    Returns:
        `" Did you mean '3.3-a'?"` or an empty text.

    Example:
        >>> did_you_mean("3.3-aa", ["3.3-a", "0-tour"])
        " Did you mean '3.3-a'?"
    """
    near = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""
