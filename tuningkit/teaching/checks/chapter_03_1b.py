"""Checks of chapter 3.1b, searching for hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong


@exercise(
    "3.1b-a",
    "Enough random trials",
    hint="With n draws the chance to miss every time is (1 - share) ** n. When is it small enough?",
)
def trials_needed(answer: Any) -> Iterator[Finding]:
    """The least n with 1 - (1 - share) ** n at or above the probability."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of a share and a probability, but you gave {describe(answer)}.",
            "Begin: def trials_needed(share, probability):",
        )
        return
    got = answer(0.05, 0.95)
    if isinstance(got, bool) or not isinstance(got, (int, float, np.integer, np.floating)):
        yield wrong(f"The function should return a number, but it returned {describe(got)}.")
        return
    exact = math.log(0.05) / math.log(0.95)
    if math.isclose(got, exact, rel_tol=1e-6):
        yield wrong(
            "Half a trial cannot be run: the result should be a whole number, but it is "
            f"{got:.3f} for a share of 0.05 and a probability of 0.95.",
            "math.ceil",
        )
        return
    if got == math.floor(exact):
        yield wrong(
            f"One trial too few: {got:g} draws reach the best 5 % with a probability of "
            f"{1 - 0.95**got:.4f}, which is below 0.95.",
            "Round up, not down.",
        )
        return
    if math.isclose(got, 1 / 0.05):
        yield wrong(
            "20 draws hit the best 5 % once on average, but miss it every time with a probability of "
            f"{0.95**20:.2f}.",
            "What is the chance to miss n times in a row?",
        )
        return
    for share, probability in ((0.05, 0.95), (0.01, 0.95), (0.05, 0.5), (0.2, 0.99)):
        needed = math.ceil(math.log(1 - probability) / math.log(1 - share))
        got = answer(share, probability)
        if got != needed:
            yield wrong(
                f"For a share of {share:g} and a probability of {probability:g} it takes {needed} draws; "
                f"your function says {got}."
            )
            return
    yield right(
        "The best 5 % are reached with a probability of 95 % by 59 draws, however many dimensions there are."
    )


#: Mean, deviation and best so far.
_CASES = ((0.21, 0.08, 0.19), (0.17, 0.02, 0.19), (0.30, 0.01, 0.19))


@exercise(
    "3.1b-b",
    "Expected improvement",
    hint="Two parts: the improvement if the prediction is right, and what being unsure may add.",
)
def expected_improvement(answer: Any) -> Iterator[Finding]:
    """(b - m) Phi(z) + s phi(z) with z = (b - m) / s, and max(b - m, 0) where nothing is unsure."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of mean, deviation and best, but you gave {describe(answer)}.",
            "Begin: def expected_improvement(mean, deviation, best):",
        )
        return
    got = [float(answer(*case)) for case in _CASES]
    for name, look, rule in _KNOWN_MISTAKES:
        if np.allclose(got, [rule(*case) for case in _CASES], rtol=1e-4, atol=1e-12):
            yield wrong(name, look)
            return
    for case, value in zip(_CASES, got, strict=True):
        expected = _improvement(*case)
        if not math.isclose(value, expected, rel_tol=1e-4, abs_tol=1e-9):
            mean, deviation, best = case
            yield wrong(
                f"For a mean of {mean:g}, a deviation of {deviation:g} and a best of {best:g} the expected "
                f"improvement is {expected:.4g}; your function says {value:.4g}.",
                "Compare with the formula, part by part.",
            )
            return
    yield right("The formula holds for a promising place, a known one and a hopeless one.")
    with np.errstate(all="ignore"):
        known = [_at_no_deviation(answer, mean) for mean in (0.15, 0.25)]
    if np.allclose(known, [0.04, 0.0], atol=1e-9):
        yield right("Without any doubt left it is the plain improvement, or nothing.")
    else:
        yield wrong(
            "With a deviation of 0 nothing is unsure: at a best of 0.19 a mean of 0.15 improves by 0.04, one of "
            f"0.25 by 0. Your function says {_said(known[0])} and {_said(known[1])}.",
            "Treat a deviation of 0 before you divide by it.",
        )


def _at_no_deviation(answer: Any, mean: float) -> float:
    try:
        return float(answer(mean, 0.0, 0.19))
    except ZeroDivisionError:
        return math.nan


def _said(value: float) -> str:
    return "nothing, because it divides by 0" if math.isnan(value) else f"{value:.3g}"


def _cumulative(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _improvement(mean: float, deviation: float, best: float) -> float:
    z = (best - mean) / deviation
    return (best - mean) * _cumulative(z) + deviation * _density(z)


_KNOWN_MISTAKES = (
    (
        "This is the probability of an improvement. It does not say how large the improvement would be.",
        "Weigh it with the improvement, and add the second part.",
        lambda mean, deviation, best: _cumulative((best - mean) / deviation),
    ),
    (
        "The first part is right; what being unsure may add is missing.",
        "Add the deviation times the density of the normal distribution at z.",
        lambda mean, deviation, best: (best - mean) * _cumulative((best - mean) / deviation),
    ),
    (
        "The sign is turned: this is right where more is better. A loss improves when it falls.",
        "z = (best - mean) / deviation",
        lambda mean, deviation, best: _improvement(-mean, deviation, -best),
    ),
    (
        "This is the improvement if the prediction is exactly right. A place may turn out better than predicted.",
        "The deviation has to come in.",
        lambda mean, deviation, best: max(best - mean, 0.0),
    ),
)
