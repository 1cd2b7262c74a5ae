"""The register of exercises, and `check`, which runs their checkers on a learner's answer."""

from __future__ import annotations

import linecache
import pkgutil
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tuningkit.teaching import checks
from tuningkit.teaching.keys import chapter_module, did_you_mean, lesson_of
from tuningkit.teaching.progress import Progress, default_progress
from tuningkit.teaching.results import CheckResult, Finding, describe

Checker = Callable[[Any], Iterable[Finding]]
_NOT_THE_LEARNERS = (str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"), "<frozen")
_NO_ANSWER: Any = object()


@dataclass(frozen=True)
class _Exercise:
    key: str
    title: str
    hint: str
    checker: Checker


_registered: dict[str, _Exercise] = {}


def exercise(key: str, title: str, *, hint: str) -> Callable[[Checker], Checker]:
    """Register the function below as the checker of an exercise.

    The function takes the learner's answer and yields `right(...)` and `wrong(...)`. It should yield what is
    right before it looks at what may fail: if the answer raises, what was yielded so far still counts.

    Args:
        key: Chapter number, hyphen, name, such as `"3.3-a"`. The checkers of chapter 3.3 live in
            `tuningkit/teaching/checks/chapter_03_3.py`, which is imported when one of its keys is first asked
            for.
        title: What the exercise is about, in a few words.
        hint: How to look next, where a `wrong` brings no advice of its own.

    Returns:
        The decorator; it gives the function back unchanged.

    Raises:
        ValueError: The key is taken by another function, has another form, or title or hint is empty.

    Example:
        >>> @exercise("9.9-a", "Half of one", hint="Divide 1 by 2.")
        ... def half_of_one(answer):
        ...     if answer == 0.5:
        ...         yield right("The half of 1 is 0.5.")
        ...     else:
        ...         yield wrong(f"The half of 1 is not {answer}.")
    """
    lesson_of(key)
    if not title.strip() or not hint.strip():
        raise ValueError(f"Exercise {key!r} wants a title and a hint; received {title!r} and {hint!r}.")

    def register(checker: Checker) -> Checker:
        earlier = _registered.get(key)
        if earlier is not None and _name(earlier.checker) != _name(checker):
            raise ValueError(f"Exercise {key!r} is already checked by {_name(earlier.checker)}.")
        _registered[key] = _Exercise(key, title.strip(), hint.strip(), checker)
        return checker

    return register


def _name(function: Checker) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def check(key: str, answer: Any = _NO_ANSWER, *, progress: Progress | None = None) -> CheckResult:
    """Check the answer to an exercise, and record the result in the learner's progress.

    Args:
        key: The exercise, such as `"3.3-a"`.
        answer: What the exercise asks for: a number, a function, a model.
        progress: Where to record; the learner's own file by default.

    Returns:
        A result that says what is right, what is wrong and where to look next.

    Raises:
        TypeError: The key is not a text.
        ValueError: There is no such exercise; the message names the nearest.

    Example:
        >>> tk.check("3.3-a", answer)  # doctest: +SKIP
    """
    entry = _find(key)
    if answer is _NO_ANSWER or answer is None or answer is ...:
        advice = (
            "There is no answer yet. Write your code in the exercise cell, run that cell, then run this one."
        )
        return CheckResult(key, entry.title, wrong=(advice,), hint=entry.hint)
    findings = list(_findings(entry, answer))
    bad = [finding for finding in findings if not finding.good]
    result = CheckResult(
        key,
        entry.title,
        right=tuple(finding.text for finding in findings if finding.good),
        wrong=tuple(finding.text for finding in bad),
        hint=next((finding.look for finding in bad if finding.look), entry.hint) if bad else "",
    )
    store = progress or default_progress()
    store.update("exercises", key, lambda before: _after_attempt(before, result))
    return CheckResult(key, entry.title, result.right, result.wrong, result.hint, store.take_notice())


def exercise_keys() -> list[str]:
    """The keys of all exercises, of every chapter.

    Returns:
        Such as ``["0-a", "1-a", ...]``, sorted.
    """
    for module in pkgutil.iter_modules(checks.__path__):
        import_module(f"{checks.__name__}.{module.name}")
    return sorted(_registered)


def _after_attempt(before: dict[str, Any], result: CheckResult) -> dict[str, Any]:
    attempts = before.get("attempts", 0)
    return {
        "title": result.title,
        # Once solved stays solved: trying something else afterwards is how one learns.
        "passed": bool(before.get("passed")) or result.passed,
        "attempts": (attempts if isinstance(attempts, int) else 0) + 1,
        "last_wrong": list(result.wrong),
    }


def _findings(entry: _Exercise, answer: Any) -> Iterator[Finding]:
    count = 0
    try:
        for finding in entry.checker(answer):
            count += 1
            yield finding
    # A learner's function may also call exit(); that must not end the kernel.
    except (Exception, SystemExit) as error:
        yield Finding(_explain(error, answer), good=False)
        return
    if count == 0:
        raise RuntimeError(f"The checker of exercise {entry.key!r} said nothing about {describe(answer)}.")


def _explain(error: BaseException, answer: Any) -> str:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_learners(frame.filename)]
    if not frames:
        return f"The check could not work with {describe(answer)} ({said})."
    line = (frames[-1].line or linecache.getline(frames[-1].filename, frames[-1].lineno or 0)).strip()
    where = f" in line {frames[-1].lineno} of your code" + (f", `{line}`" if line else "")
    return f"Your code stopped with {said}{where}."


def _is_learners(filename: str) -> bool:
    return not filename.startswith(_NOT_THE_LEARNERS) and "site-packages" not in filename


def _find(key: str) -> _Exercise:
    if not isinstance(key, str):
        raise TypeError(f"The first argument is the key of the exercise, such as '3.3-a'; received {key!r}.")
    chapters = {module.name for module in pkgutil.iter_modules(checks.__path__)}
    try:
        module = chapter_module(lesson_of(key))
    except ValueError:
        module = ""
    # An unknown chapter: its near match may be in any, so all are read before the message is written.
    for name in [module] if module in chapters else sorted(chapters) if key not in _registered else []:
        import_module(f"{checks.__name__}.{name}")
    if key not in _registered:
        raise ValueError(f"There is no exercise {key!r}.{did_you_mean(key, _registered)}")
    return _registered[key]
