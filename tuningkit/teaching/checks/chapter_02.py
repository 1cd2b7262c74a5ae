"""Checks of chapter 2, core concepts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

#: Inputs, units of each layer, outputs.
_NETWORKS = ((64, 32, 10), (8, 1), (20, 30, 40, 5))
_NAN = float("nan")


@exercise(
    "2-a", "Counting parameters", hint="Compare with model.count_params() of the network of this chapter."
)
def count_parameters(answer: Any) -> Iterator[Finding]:
    """A weight for each pair of neighbours, a bias for each unit that is no input."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of a list of sizes, but you gave {describe(answer)}.",
            "Begin: def count_parameters(sizes):",
        )
        return
    for sizes in _NETWORKS:
        got = answer(list(sizes))
        if np.shape(got) != () or not np.issubdtype(np.asarray(got).dtype, np.number):
            yield wrong(
                f"The function should return one number, but it returns {describe(got)}.",
                "Is there a `return` in it?",
            )
            return
        weights = sum(a * b for a, b in pairwise(sizes))
        expected = weights + sum(sizes[1:])
        shown = " - ".join(map(str, sizes))
        if got == expected:
            continue
        if got == weights:
            yield wrong(f"For {shown} the biases are missing.", "Each unit adds one number to its sum.")
        elif got == weights + sum(sizes):
            yield wrong(
                f"For {shown} the inputs have got biases.", "An input is a number of the data, not a unit."
            )
        elif got == sum(sizes):
            yield wrong(
                f"For {shown} you counted the units, not what connects them.",
                "Each unit has a weight for every unit of the layer before.",
            )
        else:
            yield wrong(f"For {shown} there are {expected:,} parameters, but you return {float(got):,g}.")
        return
    yield right("A weight for each connection and a bias for each unit.")


#: Losses of two or three choices (rows) at values of a nuisance hyperparameter (columns), and which row wins. Each of
#: the usual mistakes names another row in at least one of them.
_TABLES = (
    ([[0.9, 0.8, 0.85], [0.85, 2.0, 0.4]], 1),
    ([[0.8, 0.9, 1.0], [1.3, 0.5, 0.6]], 1),
    (
        [
            [1.1, 0.5, 0.8, 0.9, 0.8],
            [0.9, 0.7, 0.6, 0.6, 0.8],
            [0.8, 0.9, 0.9, 0.9, 0.9],
            [1.0, 0.8, 0.9, 0.9, 0.7],
        ],
        0,
    ),
    ([[0.8, 0.75, _NAN], [_NAN, 0.7, 0.9]], 1),
)


@exercise("2-b", "A fair comparison", hint="Find the best loss of each row by hand, then compare those.")
def fair_winner(answer: Any) -> Iterator[Finding]:
    """The row with the lowest of its own best losses; NaN marks runs that diverged."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of a table of losses, but you gave {describe(answer)}.",
            "Begin: def fair_winner(losses):",
        )
        return
    for rows, winner in _TABLES:
        table = np.array(rows)
        got = answer(table.copy())
        if np.shape(got) != () or not np.issubdtype(np.asarray(got).dtype, np.integer):
            yield wrong(
                f"The function should return the number of a row, such as 0, but returns {describe(got)}."
            )
            return
        if got == winner:
            continue
        # The first of these that explains the answer is named.
        if np.isnan(table).any():
            yield wrong(
                f"For {rows} row {winner} is better. NaN marks runs that diverged: no reason to drop the row.",
                "numpy.nanmin leaves them out.",
            )
        elif got == np.argmin(table[:, 0]):
            yield wrong(
                f"For {rows} you compare at the first value of the nuisance hyperparameter, which suits row {got}.",
                "Give each row the value that suits it.",
            )
        elif got == np.bincount(np.argmin(table, axis=0), minlength=len(rows)).argmax():
            yield wrong(
                f"For {rows} you count at how many values a row is ahead. One value is enough: nobody would use "
                f"row {winner} at the others.",
                "Which loss does each row reach at its best value?",
            )
        elif got == np.argmin(table.mean(axis=1)):
            yield wrong(
                f"For {rows} you compare the means. Nobody would use row {winner} at the values that do not suit it.",
                "Which loss does each row reach at its best value?",
            )
        else:
            yield wrong(f"For {rows} row {winner} is better, but you return {int(got)}.")
        return
    yield right("Each choice is judged at the value that suits it, and runs that diverged do not count.")
