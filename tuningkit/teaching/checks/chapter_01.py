"""Checks of chapter 1, why tune and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

#: values, hyperparameters, seeds, epochs, seconds of an epoch.
_GRIDS = ((5, 3, 1, 20, 2.0), (10, 2, 5, 30, 0.5), (4, 1, 3, 7, 60.0))
_LOW, _HIGH = 1e-4, 1.0


@exercise(
    "1-a", "What a grid costs", hint="Write down all pairs of values for two hyperparameters and count them."
)
def grid_seconds(answer: Any) -> Iterator[Finding]:
    """Values to the power of hyperparameters, times seeds, epochs and seconds."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function, but you gave {describe(answer)}.",
            "Begin: def grid_seconds(values, hyperparameters, seeds, epochs, seconds):",
        )
        return
    for values, count, seeds, epochs, seconds in _GRIDS:
        got = answer(values, count, seeds, epochs, seconds)
        if np.shape(got) != () or not np.issubdtype(np.asarray(got).dtype, np.number):
            yield wrong(
                f"The function should return one number of seconds, but it returns {describe(got)}.",
                "Is there a `return` in it?",
            )
            return
        each = seeds * epochs * seconds
        expected = values**count * each
        if np.isclose(got, expected):
            continue
        mistakes = {
            values * count * each: (
                f"{values} values of {count} hyperparameters are {values**count} settings, not {values * count}: "
                "every value of one goes with every value of the others.",
                "With two hyperparameters the settings fill a square, not two rows.",
            ),
            count**values * each: (
                "Number of values and number of hyperparameters have changed places in the power.",
                "Three hyperparameters with two values each have 2 * 2 * 2 settings.",
            ),
            values**count * epochs * seconds: (
                "The seeds are left out: each setting is trained with every one.",
                "Each of the five names of the function's brackets has its place in the product.",
            ),
            (values * seeds) ** count * epochs * seconds: (
                "Each hyperparameter has got seeds of its own: the seeds stand inside the power.",
                "A setting is one value of each hyperparameter. How often is it trained?",
            ),
            values**count * seeds * epochs: (
                "These are epochs; the time is counted in seconds.",
                "How long does one epoch take?",
            ),
        }
        for number, words in mistakes.items():
            if np.isclose(got, number):
                yield wrong(*words)
                return
        yield wrong(
            f"{values} values, {count} hyperparameters, {seeds} seeds, {epochs} epochs of {seconds:g} s are "
            f"{expected:,g} s, but you return {float(got):,g}."
        )
        return
    yield right("Settings multiply, and so do seeds, epochs and seconds.")


@exercise("1-b", "Five learning rates to begin with", hint="Divide each rate by the one before it.")
def first_rates(answer: Any) -> Iterator[Finding]:
    """Five rates from 0.0001 to 1, each the same factor above the one before."""
    try:
        rates = np.asarray(answer, float)
    except (TypeError, ValueError):
        yield wrong(f"The answer is a list of five numbers, but you gave {describe(answer)}.")
        return
    if rates.shape != (5,):
        yield wrong(f"The answer is a list of five numbers; yours has the shape {rates.shape}.")
        return
    if not (np.isfinite(rates).all() and (rates > 0).all()):
        yield wrong("A learning rate is above 0.", "At rate 0 no weight moves.")
        return
    rates = np.sort(rates)
    if not np.isclose(rates[[0, -1]], [_LOW, _HIGH], rtol=0.01).all():
        yield wrong(f"The range is 0.0001 to 1; yours is {rates[0]:g} to {rates[-1]:g}.")
        return
    yield right("Five rates from 0.0001 to 1.")
    if np.allclose(np.diff(rates), rates[1] - rates[0], rtol=0.05):
        yield wrong(
            "They are evenly spaced, so four of the five are above 0.2, and none lies between 0.0001 and 0.2.",
            "In the first lab a rate that is ten times as large was another network. Step by factors.",
        )
        return
    ratios = rates[1:] / rates[:-1]
    if not np.allclose(ratios, 10, rtol=0.05):
        shown = ", ".join(f"{ratio:.3g}" for ratio in ratios)
        yield wrong(f"The factors between neighbours should be equal; yours are {shown}.", "numpy.geomspace")
        return
    yield right("Each is ten times the one before.")
