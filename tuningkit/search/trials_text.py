"""A table of trials in words: what ``print`` and a notebook show."""

from __future__ import annotations

import html
import math
from collections import Counter
from typing import TYPE_CHECKING

from tuningkit.training.hyperparameters import format_value

if TYPE_CHECKING:
    from tuningkit.search.trials import Trial, Trials

#: Rows that are shown; the rest is in ``to_frame()``.
TOP = 10
_WORDS = {
    "stopped early": ("was stopped early", "were stopped early"),
    "diverged": ("diverged", "diverged"),
    "failed": ("failed", "failed"),
    "interrupted": ("was interrupted", "were interrupted"),
}


def headline(trials: Trials) -> str:
    """What kind of search it was, in one line.

    Example:
        >>> headline(trials)
        'Random search (tuningkit): 16 trials, 160 epochs, 1.2 s'
    """
    method = trials.method.replace("_", " ")
    name = "TPE" if method == "tpe" else method.capitalize()
    parts = [_count(len(trials), "trial")]
    if math.isfinite(trials.epochs):
        parts.append(_count(trials.epochs, "epoch"))
    parts.append(f"{trials.seconds:.1f} s")
    return f"{name} search ({trials.library}): {', '.join(parts)}".strip()


def sentence_of_counts(trials: Trials) -> str:
    """How the trials ended that did not finish, with the reasons of those that failed; empty if all finished.

    Example:
        >>> sentence_of_counts(trials)
        '2 of 16 trials diverged. 1 failed: ValueError: ...'
    """
    sentences = []
    for status, count in trials.counts.items():
        if status == "finished":
            continue
        words = _WORDS[status][count > 1]
        sentence = f"{count} of {_count(len(trials), 'trial')} {words}"
        reasons = Counter(
            trial.message for trial in trials if trial.status == status and trial.message
        ).most_common()
        if status == "failed" and reasons:
            shown = [
                f"{_short(text)}{f' ({times} times)' if times > 1 else ''}" for text, times in reasons[:3]
            ]
            more = f"; and {len(reasons) - 3} other reasons" if len(reasons) > 3 else ""
            sentence += f": {'; '.join(shown)}{more}"
        sentences.append(sentence + ("" if sentence.endswith(".") else "."))
    return " ".join(sentences)


def remarks(trials: Trials) -> list[str]:
    """Sentences below the table."""
    lines = [sentence_of_counts(trials)]
    if trials.epochs_saved:
        whole = trials.epochs_saved + trials.epochs
        share = f" of {_number(whole)} ({trials.epochs_saved / whole:.0%})" if math.isfinite(whole) else ""
        lines.append(f"{_number(trials.epochs_saved)}{share} epochs were saved by stopping trials early.")
    if trials.interrupted:
        lines.append("The search was interrupted before it was done.")
    if len(trials) > TOP:
        lines.append(f"The {TOP} best of {len(trials)} trials are shown; to_frame() has all of them.")
    lines.append(trials.note)
    return [line for line in lines if line]


def _header(trials: Trials) -> list[str]:
    names = [name.replace("_", " ") for name in trials.names]
    return [
        "trial",
        *names,
        trials.objective.replace("val_", "validation ").replace("_", " "),
        "epochs",
        "status",
    ]


def _cells(trials: Trials, trial: Trial) -> list[str]:
    values = [
        format_value(trial.configuration[name]) if name in trial.configuration else ""
        for name in trials.names
    ]
    objective = f"{trial.objective:.4g}" if trial.scored else "none"
    epochs = _number(trial.epochs) if math.isfinite(trial.epochs) else ""
    return [str(trial.number), *values, objective, epochs, trial.status]


def as_text(trials: Trials) -> str:
    """The ranked table in plain text."""
    table = [_header(trials), *(_cells(trials, trial) for trial in trials.ranking[:TOP])]
    columns = [i for i in range(len(table[0])) if len(table) == 1 or any(row[i] for row in table[1:])]
    widths = [max(len(row[i]) for row in table) for i in columns]
    lines = [headline(trials)]
    for row in table:
        cells = [row[i].rjust(width) for i, width in zip(columns, widths, strict=True)]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join([*lines, *(f"  {line}" for line in remarks(trials))])


def as_html(trials: Trials) -> str:
    """The ranked table for a notebook."""
    table = [_header(trials), *(_cells(trials, trial) for trial in trials.ranking[:TOP])]
    columns = [i for i in range(len(table[0])) if len(table) == 1 or any(row[i] for row in table[1:])]
    head = "".join(f'<th scope="col">{html.escape(table[0][i])}</th>' for i in columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(row[i])}</td>' for i in columns)}</tr>" for row in table[1:]
    )
    below = "".join(f"<p>{html.escape(line)}</p>" for line in remarks(trials))
    return (
        f"<table><caption>{html.escape(headline(trials))}, best first</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{below}"
    )


def _count(number: float, what: str) -> str:
    return f"{_number(number)} {what}{'' if number == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _short(text: str, length: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
