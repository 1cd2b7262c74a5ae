"""Checks of chapter 3.1a, learning rate, batch size and width."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_STEPS, _EPOCHS, _WARMUP, _PEAK = 43, 20, 2, 0.01


@exercise("3.1a-a", "Scale the rate", hint='Try scaled_rate(0.1, 32, 128, "linear") on paper first.')
def scaled_rate(answer: Any) -> Iterator[Finding]:
    """Rate * new / old, or with the square root of new / old."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of rate, old, new and rule, but you gave {describe(answer)}.",
            "Begin: def scaled_rate(rate, old, new, rule):",
        )
        return
    got = {rule: answer(0.1, 32, 128, rule) for rule in ("linear", "sqrt")}
    if not all(isinstance(value, Real) for value in got.values()):
        yield wrong("The function should return a number for both rules.", "Is there a return in it?")
        return
    if got["linear"] < 0.1:
        yield wrong(
            f"From 32 to 128 rows the rate should grow, but it goes from 0.1 to {got['linear']:.3g}.",
            "Fewer steps have to be longer steps.",
        )
        return
    for rule, expected, words in (
        ("linear", 0.4, "Four times the batch, four times the rate."),
        ("sqrt", 0.2, "Four times the batch, twice the rate: the square root."),
    ):
        if np.isclose(got[rule], expected):
            yield right(words)
        else:
            yield wrong(
                f'With rule "{rule}" the rate 0.1 should become {expected} from 32 to 128 rows, but it is '
                f"{got[rule]:.3g}."
                + (" The factor is the square root of new / old." if rule == "sqrt" else ""),
            )
    if np.isclose(answer(0.1, 128, 32, "linear"), 0.025):
        yield right("It works towards smaller batches, too.")
    else:
        yield wrong("From 128 to 32 rows the linear rule should divide the rate by four.")


@exercise(
    "3.1a-b", "A warm-up that counts steps", hint="Print [float(my_schedule(step)) for step in (0, 86, 860)]."
)
def warm_up(answer: Any) -> Iterator[Finding]:
    """0 at step 0, 0.01 at step 86, half of it in the middle of the descent, 0 at step 860."""
    import keras

    if not isinstance(answer, keras.optimizers.schedules.LearningRateSchedule):
        yield wrong(
            f"The answer is a Keras schedule, but you gave {describe(answer)}.",
            "Begin: keras.optimizers.schedules.CosineDecay(...)",
        )
        return
    peak_at, end = _WARMUP * _STEPS, _EPOCHS * _STEPS
    rate = {
        step: float(answer(step))
        for step in (0, _WARMUP, _EPOCHS, peak_at // 2, peak_at, (peak_at + end) // 2, end)
    }
    if np.isclose(rate[_WARMUP], _PEAK) and abs(rate[_EPOCHS]) < 1e-9:
        yield wrong(
            f"The rate is over after {_EPOCHS} steps: a schedule counts steps, not epochs.",
            "An epoch has 43 steps.",
        )
        return
    if rate[0] > 0.1 * _PEAK:
        yield wrong(
            f"There is no warm-up: the rate at step 0 is {rate[0]:.3g}, not 0.",
            "warmup_target and warmup_steps",
        )
        return
    yield right("The rate begins at 0.")
    if not np.isclose(rate[peak_at], _PEAK, rtol=1e-3):
        yield wrong(
            f"After 2 epochs, at step {peak_at}, the rate should be {_PEAK}, but it is {rate[peak_at]:.3g}."
        )
        return
    yield right("It is 0.01 after 2 epochs.")
    if np.isclose(rate[peak_at // 2], _PEAK / 2, rtol=1e-3):
        yield right("It rises along a straight line.")
    else:
        yield wrong(
            f"Half-way through the warm-up the rate should be 0.005, but it is {rate[peak_at // 2]:.3g}."
        )
    if abs(rate[end]) < 1e-6 and float(answer(end - 1)) > 0:
        yield right("It reaches 0 at the end of the 20th epoch.")
    else:
        yield wrong(
            f"At the end, step {end}, the rate should have just reached 0, but it is {rate[end]:.3g} "
            f"and one step earlier {float(answer(end - 1)):.3g}.",
            "decay_steps begin after the warm-up: 18 epochs are left.",
        )
    if not np.isclose(rate[(peak_at + end) // 2], _PEAK / 2, rtol=1e-2):
        yield wrong("Half-way down a cosine the rate is half of the peak; here it is not.", "CosineDecay")
