"""The checks of chapter 5: right answers pass, and a split that leaks or a test that chooses does not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit

from tuningkit.teaching import check


def by_numpy(families):
    names = np.unique(families)
    return np.isin(families, np.random.default_rng(1).choice(names, len(names) // 5, replace=False))


def by_scikit_learn(families):
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    _, held = next(splitter.split(families, groups=families))
    chosen = np.zeros(len(families), bool)
    chosen[held] = True
    return chosen


@pytest.mark.parametrize("answer", [by_numpy, by_scikit_learn, lambda families: by_numpy(families).tolist()])
def test_a_split_by_family_passes(progress, answer):
    assert check("5-a", answer).passed


def one_clip_astray(families):
    held = by_numpy(families)
    held[np.flatnonzero(held)[0]] = False
    return held


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.2, "function"),
        (one_clip_astray, "1 of 20 families"),
        (lambda families: np.random.default_rng(0).random(len(families)) < 0.2, "both sides"),
        (lambda families: np.ones(len(families), bool), "no clip for training"),
        (lambda families: np.zeros(len(families), bool), "no clip for validation"),
        (lambda families: by_numpy(families)[:-1], "one per clip"),
        (lambda families: by_numpy(families).astype(int), "True and False"),
        (lambda families: ~by_numpy(families), "16 of 20 families"),
    ],
)
def test_a_split_that_leaks_is_refused(progress, answer, words):
    result = check("5-a", answer)
    assert not result.passed
    assert words in str(result)


def test_the_number_to_report(progress):
    assert check("5-b", lambda validation, test: test[validation.argmax()]).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.92, "function"),
        (lambda validation, test: test.max(), "chosen by the test rows"),
        (lambda validation, test: validation.max(), "the score that chose it"),
        (lambda validation, test: validation.argmax(), "place of the setting"),
        (lambda validation, test: test, "One number"),
        (lambda validation, test: test[(validation + test).argmax()], "had a say"),
        (lambda validation, test: np.minimum(validation, test).max(), "had a say"),
        (
            lambda validation, test: min(validation.max(), test[validation.argmax()]),
            "the score that chose it",
        ),
        (lambda validation, test: np.median(test), "accuracy of one setting"),
        (lambda validation, test: None, "returns nothing"),
    ],
)
def test_a_score_that_chose_is_refused(progress, answer, words):
    result = check("5-b", answer)
    assert not result.passed
    assert words in str(result)
