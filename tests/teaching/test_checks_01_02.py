"""The checks of chapters 1 and 2: right answers pass, and each usual mistake is named."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tuningkit.teaching import check


def parameters(sizes):
    return sum((a + 1) * b for a, b in pairwise(sizes))


def winner(losses):
    return np.nanmin(losses, axis=1).argmin()


def test_right_answers_pass(progress):
    assert check("1-a", lambda k, d, r, e, s: k**d * r * e * s).passed
    assert check("1-b", np.geomspace(1e-4, 1, 5)).passed
    assert check("1-b", [1, 0.1, 0.0001, 0.01, 0.001]).passed
    assert check("2-a", parameters).passed
    assert check("2-b", winner).passed


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("1-a", 300, "is a function"),
        ("1-a", lambda k, d, r, e, s: k * d * r * e * s, "every value of the others"),
        ("1-a", lambda k, d, r, e, s: d**k * r * e * s, "changed places"),
        ("1-a", lambda k, d, r, e, s: k**d * e * s, "seeds are left out"),
        ("1-a", lambda k, d, r, e, s: k**d * r * e, "counted in seconds"),
        ("1-a", lambda *_: 7, "but you return 7"),
        ("1-a", lambda k, d, r, e, s: (k * r) ** d * e * s, "inside the power"),
        ("1-a", lambda *_: [1, 2], "a list of 2 items"),
        ("1-a", lambda *_: None, "returns nothing"),
        ("1-b", "small", "five numbers"),
        ("1-b", [0.1], "shape"),
        ("1-b", [0, 0.01, 0.1, 0.5, 1], "above 0"),
        ("1-b", np.geomspace(1e-3, 10, 5), "0.0001 to 1"),
        ("1-b", np.linspace(1e-4, 1, 5), "evenly spaced"),
        ("1-b", [0.0001, 0.1, 0.2, 0.5, 1], "equal"),
        ("2-a", 2410, "is a function"),
        ("2-a", lambda sizes: parameters(sizes) - sum(sizes[1:]), "biases are missing"),
        ("2-a", lambda sizes: parameters(sizes) + sizes[0], "inputs have got biases"),
        ("2-a", sum, "counted the units"),
        ("2-a", lambda sizes: 5, "but you return 5"),
        ("2-a", lambda sizes: sizes, "a list of 3 items"),
        ("2-a", lambda sizes: None, "returns nothing"),
        ("2-b", 0, "is a function"),
        ("2-b", lambda losses: np.nanmin(losses, axis=1), "number of a row"),
        ("2-b", lambda losses: losses[:, 0].argmin(), "first value"),
        ("2-b", lambda losses: np.nanmean(losses, axis=1).argmin(), "compare the means"),
        (
            "2-b",
            lambda losses: np.bincount(losses.argmin(axis=0), minlength=len(losses)).argmax(),
            "how many values",
        ),
        ("2-b", lambda losses: losses.min(axis=1).argmin(), "diverged"),
        ("2-b", lambda losses: losses[:, -1].argmin(), "but you return"),
        ("2-b", lambda losses: 2, "but you return 2"),
    ],
)
def test_mistakes_are_named(progress, key, answer, words):
    result = check(key, answer)
    assert not result.passed and words in " ".join(result.wrong)
