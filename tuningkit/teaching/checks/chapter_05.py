"""Checks of chapter 5, the applications: a split that does not leak, and a score that did not choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

# Twenty families of 2 to 12 clips, in no order, as clips come when they are collected.
_SIZES = np.random.default_rng(3).integers(2, 13, size=20)
_FAMILIES = np.random.default_rng(4).permutation(np.repeat([f"family {i}" for i in range(20)], _SIZES))

# Validation and test scores of several settings. What validation chooses is not what the test would choose, nor what
# both together would; its test score is lower than its validation score in the first, and higher in the second.
_SCORES = (
    (np.array([0.91, 0.94, 0.90, 0.93, 0.88]), np.array([0.89, 0.90, 0.95, 0.93, 0.87])),
    (np.array([0.80, 0.83, 0.81, 0.79]), np.array([0.82, 0.86, 0.88, 0.81])),
)


@exercise(
    "5-a",
    "A split by family",
    hint="Draw families, not clips; then ask of each clip whether its family was drawn.",
)
def split_by_family(answer: Any) -> Iterator[Finding]:
    """True for about a fifth of the families, all clips of a family alike."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of an array of families, but you gave {describe(answer)}.",
            "def hold_out(families):",
        )
        return
    got = np.asarray(answer(_FAMILIES.copy()))
    if got.shape != _FAMILIES.shape or got.dtype != bool:
        yield wrong(
            f"The function should return {len(_FAMILIES)} values, True and False, one per clip; it returned an array "
            f"of shape {got.shape} and type {got.dtype}.",
            "np.isin(families, drawn) is such an array.",
        )
        return
    if got.all() or not got.any():
        side = "training" if got.all() else "validation"
        yield wrong(f"There is no clip for {side}.", "How many families have you drawn?")
        return
    split = set(_FAMILIES[got]) & set(_FAMILIES[~got])
    if split:
        yield wrong(
            f"{len(split)} of 20 families have clips on both sides, so their voices leak.",
            "set(families[held]) & set(families[~held]) should be empty.",
        )
        return
    yield right("Each family is on one side only.")
    drawn = len(set(_FAMILIES[got]))
    if not 2 <= drawn <= 7:
        yield wrong(
            f"{drawn} of 20 families are held out; about a fifth is asked for, so 3 to 5.",
            "len(np.unique(families)) / 5",
        )
        return
    yield right(f"{drawn} of 20 families are held out.")


@exercise("5-b", "The number to report", hint="The rows that choose must not be the rows that judge.")
def number_to_report(answer: Any) -> Iterator[Finding]:
    """The test score of the setting with the best validation score."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of two arrays, but you gave {describe(answer)}.",
            "def to_report(validation, test):",
        )
        return
    for validation, test in _SCORES:
        got = answer(validation.copy(), test.copy())
        if np.shape(got) != () or not np.issubdtype(np.asarray(got).dtype, np.number):
            yield wrong(f"One number is asked for, but the function returns {describe(got)}.", "test[place]")
            return
        expected = test[validation.argmax()]
        if np.isclose(got, expected):
            continue
        together = (validation + test).argmax()
        # Some mistakes give the same number; the first that explains it is named.
        mistakes = (
            (
                test.max(),
                "This setting was chosen by the test rows. The best of several scores is partly the luckiest.",
                "Which array may choose?",
            ),
            (
                validation.max(),
                "This is the score that chose it: the best of several, so too good on average.",
                "Rows that had no part in the choice are neutral.",
            ),
            (validation.argmax(), "This is the place of the setting, not its accuracy.", "test[place]"),
            (
                test[together],
                "The test rows had a say in the choice, so they are no neutral judge any more.",
                "Which array may choose?",
            ),
        )
        for number, words, look in mistakes:
            if np.isclose(got, number):
                yield wrong(words, look)
                return
        yield wrong(
            f"The result should be the accuracy of one setting, {expected:g} in this test, but it is {float(got):g}.",
            "One array chooses the setting, the other says how good it is.",
        )
        return
    yield right("The validation rows chose the setting, and the test rows judge it.")
