"""Checks of chapter 8, the five questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong


def _rows(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """200 rows, one in four positive, with scores that overlap: accuracy and costs want different thresholds."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(200) % 4 == 0).astype(int)
    return truth, np.clip(rng.normal(0.35 + 0.2 * truth, 0.15), 0.01, 0.99).round(3)


def _cost(truth: np.ndarray, scores: np.ndarray, threshold: float, alarm: float, miss: float) -> float:
    called = scores >= threshold
    return float(alarm * (called & (truth == 0)).sum() + miss * (~called & (truth == 1)).sum())


def _least(truth: np.ndarray, scores: np.ndarray, alarm: float, miss: float) -> float:
    return min(_cost(truth, scores, threshold, alarm, miss) for threshold in [*np.unique(scores), 1.0])


@exercise(
    "8-a",
    "The cheapest threshold",
    hint="Try every score as a threshold, count false alarms and misses, and multiply each count by its cost.",
)
def cheapest(answer: Any) -> Iterator[Finding]:
    """The threshold at which the mistakes cost least; choosing by accuracy does not pass."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function, but you gave {describe(answer)}.",
            "Begin: def cheapest_threshold(truth, scores, false_alarm, miss):",
        )
        return
    for seed, alarm, miss in ((0, 1, 8), (1, 1, 5), (2, 10, 1), (3, 1, 1)):
        truth, scores = _rows(seed)
        got = answer(truth.copy(), scores.copy(), alarm, miss)
        if isinstance(got, bool) or not isinstance(got, (int, float, np.integer, np.floating)):
            yield wrong(f"The function should return a threshold, but it returned {describe(got)}.")
            return
        cost, least = _cost(truth, scores, got, alarm, miss), _least(truth, scores, alarm, miss)
        if np.isclose(cost, least):
            continue
        said = (
            f"With a false alarm at {alarm} and a miss at {miss}, threshold {got:.3g} costs {cost:g}; "
            f"{least:g} is possible."
        )
        if np.isclose(got, 0.5):
            yield wrong(f"{said} 0.5 is a habit: it looks neither at the rows nor at the costs.")
        elif np.isclose(_cost(truth, scores, got, 1, 1), _least(truth, scores, 1, 1)):
            yield wrong(
                f"{said} Yours has the highest accuracy: it counts both kinds of mistakes alike.",
                "Multiply each count by its cost before you add them.",
            )
        elif np.isclose(_cost(truth, scores, got, miss, alarm), _least(truth, scores, miss, alarm)):
            yield wrong(f"{said} The two costs have changed places.")
        else:
            yield wrong(said)
        return
    yield right(
        "The threshold follows what mistakes cost. Choose it on validation rows, judge it on test rows."
    )


@exercise(
    "8-b",
    "Macro recall",
    hint="matrix[i, j]: rows of class i that were called j. The recall of class i is matrix[i, i] by its row's sum.",
)
def macro_recall(answer: Any) -> Iterator[Finding]:
    """The mean of the recalls of the classes, from a confusion matrix."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of a confusion matrix, but you gave {describe(answer)}.",
            "Begin: def macro_recall(matrix):",
        )
        return
    for matrix in (np.array([[90, 0, 0], [2, 4, 0], [3, 0, 1]]), np.array([[5, 5], [0, 20]])):
        got = answer(matrix.copy())
        if isinstance(got, bool) or not isinstance(got, (int, float, np.integer, np.floating)):
            yield wrong(f"The function should return one number, but it returned {describe(got)}.")
            return
        recalls, precisions = (np.diag(matrix) / matrix.sum(axis=axis) for axis in (1, 0))
        if np.isclose(got, recalls.mean()):
            continue
        if np.isclose(got, np.trace(matrix) / matrix.sum()):
            yield wrong(
                f"{got:.3g} is the accuracy, which micro and weighted recall are as well: large classes rule it. "
                "Macro counts every class once.",
                "One recall per class first, then their plain mean.",
            )
        elif np.isclose(got, precisions.mean()):
            yield wrong("You divided by the columns: that is macro precision. Recall divides by the rows.")
        else:
            yield wrong(f"For {matrix.tolist()} the macro recall is {recalls.mean():.3f}, not {got:.3g}.")
        return
    yield right("A class with four rows counts as much as one with ninety: that is what macro is for.")
