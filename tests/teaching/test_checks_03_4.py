"""The checks of chapter 3.4: right answers pass, and each usual mistake is named."""

from __future__ import annotations

import numpy as np
import pytest

from tuningkit.teaching import check


def adam_step(gradient, m, v, step, rate):
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    return -rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7), m, v


def test_right_answers_pass(progress):
    assert check("3.4-a", lambda hessian: 2 / np.linalg.eigvalsh(hessian).max()).passed
    assert check("3.4-b", adam_step).passed


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("3.4-a", 0.1, "function of a Hessian"),
        ("3.4-a", lambda hessian: 2 / np.linalg.eigvalsh(hessian), "shape"),
        ("3.4-a", lambda hessian: 1 / np.linalg.eigvalsh(hessian)[-1], "half of the limit"),
        ("3.4-a", lambda hessian: 2 / np.linalg.eigvalsh(hessian)[0], "flattest"),
        ("3.4-a", lambda hessian: 2 / hessian.diagonal().max(), "turned"),
        ("3.4-a", lambda hessian: 2 / np.abs(hessian).sum(axis=1).max(), "but you return"),
        ("3.4-a", lambda hessian: 7.0, "but you return 7"),
        ("3.4-b", 3, "is a function"),
        ("3.4-b", lambda *_: None, "three numbers"),
        ("3.4-b", lambda g, m, v, t, rate: (0.0, m, v), "should be"),
        ("3.4-b", lambda *args: (-adam_step(*args)[0], *adam_step(*args)[1:]), "uphill"),
        ("3.4-b", lambda *args: (2 * adam_step(*args)[0], *adam_step(*args)[1:]), "should change the weight"),
    ],
)
def test_mistakes_are_named(progress, key, answer, words):
    result = check(key, answer)
    assert not result.passed and words in " ".join(result.wrong)
