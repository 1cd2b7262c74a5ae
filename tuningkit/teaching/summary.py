"""All recorded progress, for people: text for the terminal, HTML for the notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_NOTHING = "Nothing is recorded yet. Answer a prediction, a quiz or an exercise in any lesson."


def as_text(content: Mapping[str, Any], path: Path, notices: Sequence[str]) -> str:
    """The progress as lines of text.

    Args:
        content: What `Progress.content` returns.
        path: Where the file is.
        notices: What the learner should know about the file.

    Returns:
        Several lines, without a line break at the end.
    """
    lines = [f"Your progress, kept in {path}", *notices]
    chapters = _chapters(content)
    if not chapters:
        lines += ["", _NOTHING]
    for heading, rows in chapters:
        width = max(len(name) for name, _ in rows)
        lines += ["", heading, *(f"  {name:<{width}}  {words}" for name, words in rows)]
    return "\n".join(lines)


def as_html(content: Mapping[str, Any], path: Path, notices: Sequence[str]) -> str:
    """The progress as one table per chapter; the arguments are those of `as_text`."""
    parts = [f"<p>Your progress, kept in <code>{html.escape(str(path))}</code></p>"]
    parts += [f"<p>{html.escape(notice)}</p>" for notice in notices]
    chapters = _chapters(content)
    if not chapters:
        parts.append(f"<p>{_NOTHING}</p>")
    for heading, rows in chapters:
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(words)}</td></tr>'
            for name, words in rows
        )
        caption = f'<caption style="text-align:left;font-weight:700">{html.escape(heading)}</caption>'
        parts.append(f"<table>{caption}<tbody>{cells}</tbody></table>")
    return "".join(parts)


def _chapters(content: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    lessons = content["lessons"]
    chapters = []
    for lesson in sorted(lessons, key=_reading_order):
        rows = _rows(lessons[lesson])
        if rows:
            heading = "Runs outside the lessons" if lesson == "other" else f"Chapter {lesson}"
            chapters.append((heading, rows))
    return chapters


def _reading_order(lesson: str) -> tuple[int, str]:
    first = lesson.split(".")[0]
    return (int(first) if first.isdecimal() else 10**6, lesson)


def _rows(lesson: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if predictions := lesson.get("predictions"):
        rows.append(("Predictions", f"{len(predictions)} made"))
        rows += [(f"  {key}", _prediction(entry)) for key, entry in predictions.items()]
    if quizzes := lesson.get("quizzes"):
        rows += [(f"Quiz {key}", _quiz(entry)) for key, entry in quizzes.items()]
    for section, good, bad in (("exercises", "solved", "not yet"), ("challenges", "reached", "not yet")):
        name = section[:-1].capitalize()
        for key, entry in lesson.get(section, {}).items():
            rows.append((f"{name} {key}", _attempts(entry, good, bad)))
    if runs := lesson.get("runs"):
        best = [run["best_val_loss"] for run in runs if isinstance(run.get("best_val_loss"), (int, float))]
        words = f"{len(runs)} finished"
        rows.append(("Runs", f"{words}, best validation loss {min(best):.4g}" if best else words))
    return rows


def _prediction(entry: Mapping[str, Any]) -> str:
    words = f"you predicted: {entry.get('choice')}"
    return f"{words}; what happened: {entry['outcome']}" if entry.get("outcome") is not None else words


def _quiz(entry: Mapping[str, Any]) -> str:
    questions = entry.get("questions")
    answers = (
        [answer for answer in questions.values() if isinstance(answer, dict)]
        if isinstance(questions, dict)
        else []
    )
    return (
        f"{sum(bool(answer.get('right')) for answer in answers)} of {entry.get('count', len(answers))} right"
    )


def _attempts(entry: Mapping[str, Any], good: str, bad: str) -> str:
    count = entry.get("attempts", 1)
    words = f"{good if entry.get('passed') else bad}, {count} {'attempt' if count == 1 else 'attempts'}"
    return f"{words}, best: {entry['best']}" if entry.get("best") is not None else words
