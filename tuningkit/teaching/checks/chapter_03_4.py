"""Checks of chapter 3.4, optimisers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

#: Symmetric matrices with eigenvalues above 0: along the axes, and turned.
_HESSIANS = (
    np.array([[1.0, 0.0], [0.0, 20.0]]),
    np.array([[50.0, 0.0], [0.0, 2.0]]),
    np.array([[5.0, 4.0], [4.0, 5.0]]),
    # Here the largest sum of a row is no eigenvalue.
    np.array([[5.0, -2.0], [-2.0, 1.0]]),
)
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


@exercise("3.4-a", "The largest stable learning rate", hint="Print numpy.linalg.eigvalsh(hessian).")
def largest_rate(answer: Any) -> Iterator[Finding]:
    """Two divided by the largest eigenvalue of the Hessian."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of a Hessian, but you gave {describe(answer)}.",
            "Begin: def largest_rate(hessian):",
        )
        return
    for hessian in _HESSIANS:
        curvatures = np.linalg.eigvalsh(hessian)
        got = np.asarray(answer(hessian.copy()), float)
        if got.shape != ():
            yield wrong(f"The answer should be one number, but it has the shape {got.shape}.")
            return
        expected = 2 / curvatures[-1]
        if np.isclose(got, expected, rtol=1e-4):
            continue
        shown = hessian.tolist()
        if np.isclose(got, 1 / curvatures[-1], rtol=1e-4):
            yield wrong(
                f"For {shown} this is half of the limit.",
                "At 1/λ one step leads to the floor of that direction; it takes twice that to be thrown back as far.",
            )
        elif np.isclose(got, 2 / curvatures[0], rtol=1e-4):
            yield wrong(
                f"For {shown} this is the limit of the flattest direction; the steepest one diverges long before.",
                "Which eigenvalue is the largest?",
            )
        elif np.isclose(got, 2 / hessian.diagonal().max(), rtol=1e-4):
            yield wrong(
                f"For {shown} the largest entry of the diagonal is not the largest curvature: the valley is turned.",
                "numpy.linalg.eigvalsh gives the curvatures along the valley and across it.",
            )
        else:
            yield wrong(f"For {shown} the limit is {expected:.4g}, but you return {float(got):.4g}.")
        return
    yield right("Two divided by the largest curvature, also where the valley does not lie along an axis.")


@exercise("3.4-b", "One step of Adam", hint="Compare your first step with the learning rate.")
def adam_step(answer: Any) -> Iterator[Finding]:
    """The change of the weight and the new averages, with both corrections."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function, but you gave {describe(answer)}.",
            "Begin: def adam_step(gradient, m, v, step, rate):",
        )
        return
    rate, m, v, theirs = 0.01, 0.0, 0.0, (0.0, 0.0)
    for step, gradient in enumerate((4.0, 1.0, -2.0), start=1):
        m, v = _BETA_1 * m + (1 - _BETA_1) * gradient, _BETA_2 * v + (1 - _BETA_2) * gradient**2
        m_hat, v_hat = m / (1 - _BETA_1**step), v / (1 - _BETA_2**step)
        expected = -rate * m_hat / (np.sqrt(v_hat) + _EPSILON)
        try:
            change, *theirs = answer(gradient, *theirs, step, rate)
            change, theirs = float(change), tuple(float(value) for value in theirs)
        except (TypeError, ValueError):
            theirs = ()
        if len(theirs) != 2:
            yield wrong(
                "The function should return three numbers: the change of the weight, the new m and the new v.",
                "return change, m, v",
            )
            return
        if not np.allclose(theirs, (m, v), rtol=1e-3):
            yield wrong(
                f"After step {step} m and v should be {m:.4g} and {v:.4g}, but yours are "
                f"{theirs[0]:.4g} and {theirs[1]:.4g}.",
                "m averages the gradient with beta 1, v its square with beta 2; what is handed on is not corrected.",
            )
            return
        if np.isclose(change, expected, rtol=1e-3):
            continue
        if np.isclose(change, -expected, rtol=1e-3):
            yield wrong("The step leads uphill.", "The change is minus the rate times the ratio.")
        elif np.isclose(change, -rate * m / (np.sqrt(v) + _EPSILON), rtol=1e-3):
            yield wrong(
                f"Step {step} is {abs(change):.4g}, but should be {abs(expected):.4g}: the correction is missing.",
                "Divide m by 1 - beta 1 to the power of the step, and v likewise.",
            )
        else:
            yield wrong(f"Step {step} should change the weight by {expected:.5f}, but yours is {change:.5f}.")
        return
    yield right(
        "Three steps as Adam takes them; the first is as long as the learning rate, whatever the gradient."
    )
