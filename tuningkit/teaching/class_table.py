"""A class overview in print: a table for the terminal, a CSV file for a spreadsheet."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from tuningkit.teaching.class_overview import ClassOverview, LessonCount

LEGEND = "predictions made · checks passed/all · challenges reached/tried · quiz questions right/asked"
_GAP = "  "
_COLUMNS = (
    "predictions",
    "checks passed",
    "checks",
    "challenges reached",
    "challenges tried",
    "quiz right",
    "quiz questions",
)


def as_text(overview: ClassOverview, width: int = 100) -> str:
    """The overview as a table: a row for each learner, a column for each chapter.

    Args:
        overview: From :func:`tuningkit.teaching.class_overview.collect`.
        width: Characters of a line. Chapters that do not fit stand in a further table below.

    Returns:
        Several lines, without a line break at the end.
    """
    learners = overview.learners
    lines = [
        f"{len(learners)} {'learner' if len(learners) == 1 else 'learners'} in {_plain(str(overview.folder))}"
    ]
    if learners and not overview.lessons:
        lines += ["Nothing is recorded yet.", *(f"{_GAP}{_plain(one.name)}" for one in learners)]
    elif learners:
        names = ["learner", *(_plain(one.name) for one in learners)]
        columns = [
            [f"chapter {lesson}", *(_cell(one.lessons.get(lesson)) for one in learners)]
            for lesson in overview.lessons
        ]
        lines.append(LEGEND)
        for part in _that_fit(names, columns, width):
            lines += ["", *_table([names, *part])]
    return "\n".join(lines)


def problems_as_text(overview: ClassOverview) -> str:
    """The files that could not be read, one line each; empty if there are none."""
    return "\n".join(
        f"{_plain(str(path))} was left out: {_plain(reason)}." for path, reason in overview.problems
    )


def to_csv(overview: ClassOverview, path: str | os.PathLike[str]) -> None:
    """Write the overview as a CSV file: a row for each learner, seven columns for each chapter.

    A chapter in which a learner did nothing has empty cells.

    Args:
        overview: From :func:`tuningkit.teaching.class_overview.collect`.
        path: The file; an existing one is replaced.
    """
    lessons = overview.lessons
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", *(f"{lesson} {name}" for lesson in lessons for name in _COLUMNS)])
        for learner in overview.learners:
            cells = [cell for lesson in lessons for cell in _numbers(learner.lessons.get(lesson))]
            writer.writerow([_no_formula(_plain(learner.name)), *cells])


def _numbers(count: LessonCount | None) -> Sequence[int | str]:
    if count is None:
        return [""] * len(_COLUMNS)
    return (
        count.predictions,
        count.checks_passed,
        count.checks,
        count.challenges_reached,
        count.challenges,
        count.quiz_right,
        count.quiz,
    )


def _cell(count: LessonCount | None) -> str:
    if count is None:
        return "-"
    return (
        f"{count.predictions} · {count.checks_passed}/{count.checks} · "
        f"{count.challenges_reached}/{count.challenges} · {count.quiz_right}/{count.quiz}"
    )


def _that_fit(names: Sequence[str], columns: Sequence[list[str]], width: int) -> list[list[list[str]]]:
    """Columns in groups, each as wide as a line can be beside the names; at least one column each."""
    groups: list[list[list[str]]] = []
    room = 0
    for column in columns:
        needed = len(_GAP) + max(map(len, column))
        if not groups or needed > room:
            groups.append([])
            room = width - max(map(len, names))
        groups[-1].append(column)
        room -= needed
    return groups


def _table(columns: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in columns]
    rows = [
        _GAP.join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return [rows[0], "-" * (sum(widths) + len(_GAP) * (len(widths) - 1)), *rows[1:]]


def _plain(text: str) -> str:
    # Names come from learners: what is no printable character could move the cursor or break a line.
    return "".join(character if character.isprintable() else "?" for character in text)


def _no_formula(text: str) -> str:
    # A spreadsheet takes these for a formula. See https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
