"""Checks of chapter 7, the outlook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

#: Losses of five configurations over seven epochs. The one in the last place is best at the end and begins as the
#: worst but one; the first two rise after their lowest point, so that "lowest so far" and "now" are told apart.
CURVES = np.array(
    [
        [1.0, 0.45, 0.7, 0.9, 0.9, 0.9, 0.9],
        [0.8, 0.55, 0.7, 0.8, 0.8, 0.8, 0.8],
        [1.5, 0.9, 0.75, 0.68, 0.66, 0.6, 0.58],
        [2.5, 2.2, 2.0, 1.9, 1.8, 1.8, 1.8],
        [2.2, 1.4, 0.85, 0.66, 0.6, 0.52, 0.3],
    ]
)


def _first_safe_cut(curves: np.ndarray, keep: int) -> int:
    so_far = np.minimum.accumulate(curves, axis=1)
    winner = int(np.argmin(so_far[:, -1]))
    ahead = (so_far < so_far[winner]).sum(axis=0)
    return int(np.argmax(ahead < keep)) + 1


def _by_present_loss(curves: np.ndarray, keep: int) -> int:
    winner = int(np.argmin(curves.min(axis=1)))
    return int(np.argmax((curves < curves[winner]).sum(axis=0) < keep)) + 1


@exercise(
    "7-a",
    "The first safe cut",
    hint="np.minimum.accumulate(curves, axis=1) is the lowest loss so far. How many lie below the final winner's?",
)
def first_safe_cut(answer: Any) -> Iterator[Finding]:
    """The fewest epochs after which the final winner is among the best by its lowest loss so far."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of curves and of how many to keep, but you gave {describe(answer)}.",
            "Begin: def first_safe_cut(curves, keep):",
        )
        return
    got = answer(CURVES.copy(), 2)
    if isinstance(got, bool) or not isinstance(got, (int, np.integer)):
        yield wrong(f"The function should return a whole number of epochs, but it returned {describe(got)}.")
        return
    needed = _first_safe_cut(CURVES, 2)
    if got == needed - 1:
        yield wrong(
            f"For the test curves the cut is safe after {needed} epochs, and you say {got}: NumPy counts from 0, "
            "epochs count from 1.",
            "Add 1 to the place in the array.",
        )
        return
    if got == 1:
        yield wrong(
            "After 1 epoch the winner lies behind three others. You seem to follow the one that leads early; "
            "who leads now is what the cut goes by, and who wins is another question.",
            "Find the winner at the end first, then look where it was before.",
        )
        return
    if got == _by_present_loss(CURVES, 2):
        yield wrong(
            f"You compare the losses of one epoch, and find {got}. A configuration counts with its lowest loss so "
            "far, because its best weights are kept: one that overfits does not lose what it had.",
            "np.minimum.accumulate(curves, axis=1)",
        )
        return
    rng = np.random.default_rng(0)
    for curves, keep in ((CURVES, 2), (CURVES, 1), (CURVES, 3), (CURVES, 5), (rng.random((9, 12)), 3)):
        expected = _first_safe_cut(curves, keep)
        got = answer(curves.copy(), keep)
        if got != expected:
            yield wrong(
                f"With {len(curves)} configurations of which {keep} are kept, the cut is safe after {expected} "
                f"epochs; your function says {got}."
            )
            return
    yield right("You know how late the first cut must be. A search does not: it sees no curve to its end.")


@exercise(
    "7-b",
    "Energy of a search",
    hint="Watts times seconds are joules. One kilowatt-hour is 1,000 watts for 3,600 seconds.",
)
def energy(answer: Any) -> Iterator[Finding]:
    """Trial-epochs times seconds times watts, divided by 3.6 million."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function, but you gave {describe(answer)}.",
            "Begin: def kilowatt_hours(trial_epochs, seconds_per_epoch, watts):",
        )
        return
    got = answer(1000, 36, 200)
    if isinstance(got, bool) or not isinstance(got, (int, float, np.integer, np.floating)):
        yield wrong(f"The function should return a number, but it returned {describe(got)}.")
        return
    for value, words in (
        (
            7_200_000.0,
            "That is the energy in joules (watt-seconds). Divide by the joules in a kilowatt-hour.",
        ),
        (2000.0, "That is in watt-hours. A kilowatt-hour has 1,000 of them."),
        (7200.0, "That is in kilojoules: you divided by 1,000, not yet by the 3,600 seconds of an hour."),
        (36_000 / 3600 / 1000, "The watts are missing: a processor that draws more uses more."),
        (0.2 / 3600 * 36, "The number of epochs is missing: this is the energy of one epoch."),
    ):
        if np.isclose(got, value):
            yield wrong(
                f"1,000 epochs of 36 seconds at 200 watts are 2 kWh; your function says {got:g}. {words}"
            )
            return
    for given in ((1000, 36, 200), (81, 10, 50), (729, 10, 50)):
        expected = np.prod(given) / 3.6e6
        got = answer(*given)
        if not np.isclose(got, expected):
            yield wrong(
                f"{given[0]} epochs of {given[1]} s at {given[2]} W are {expected:.4g} kWh, not {got:.4g}."
            )
            return
    yield right("A search that saves nine epochs in ten saves nine tenths of this, too.")
