"""The checks of chapter 8: right answers pass, and wrong ideas are named."""

import numpy as np
import pytest

from tuningkit.teaching import check


@pytest.fixture(autouse=True)
def own_progress(monkeypatch, tmp_path):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))


def cheapest(truth, scores, false_alarm, miss):
    grid = np.linspace(0, 1, 1001)
    called = scores[None] >= grid[:, None]
    price = (called & (truth == 0)).sum(axis=1) * false_alarm + (~called & (truth == 1)).sum(axis=1) * miss
    return grid[np.argmin(price)]


def recalls(matrix):
    return sum(row[place] / sum(row) for place, row in enumerate(matrix.tolist())) / len(matrix)


@pytest.mark.parametrize(("key", "answer"), [("8-a", cheapest), ("8-b", recalls)])
def test_right_answers_pass(key, answer):
    assert check(key, answer).passed


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("8-a", 0.5, "function"),
        ("8-a", lambda *given: None, "return a threshold"),
        ("8-a", lambda *given: 0.5, "habit"),
        ("8-a", lambda t, s, a, m: cheapest(t, s, 1, 1), "highest accuracy"),
        ("8-a", lambda t, s, a, m: cheapest(t, s, m, a), "changed places"),
        ("8-a", lambda *given: 0.1, "is possible"),
        ("8-b", 0.5, "function"),
        ("8-b", lambda m: m, "one number"),
        ("8-b", lambda m: np.trace(m) / m.sum(), "accuracy"),
        ("8-b", lambda m: (np.diag(m) / m.sum(axis=0)).mean(), "columns"),
        ("8-b", lambda m: 0.1, "not 0.1"),
    ],
)
def test_wrong_ideas_are_named(key, answer, words):
    result = check(key, answer)
    assert not result.passed
    assert words in " ".join(result.wrong)
