"""The checks of chapter 7: right answers pass, and each usual mistake is named."""

import numpy as np
import pytest

from tuningkit.teaching import check


@pytest.fixture(autouse=True)
def own_progress(monkeypatch, tmp_path):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))


def safe(curves, keep):
    """Epoch by epoch, with no accumulate: another way than the checker's."""
    winner = min(range(len(curves)), key=lambda place: min(curves[place]))
    for epochs in range(1, curves.shape[1] + 1):
        order = sorted(range(len(curves)), key=lambda place: min(curves[place][:epochs]))
        if winner in order[:keep]:
            return epochs
    return None


def leading_now(curves, keep):
    leader = int(np.argmin(curves[:, 0]))
    return int(np.argmax((curves < curves[leader]).sum(axis=0) < keep)) + 1


def by_present(curves, keep):
    winner = int(np.argmin(curves.min(axis=1)))
    return int(np.argmax((curves < curves[winner]).sum(axis=0) < keep)) + 1


@pytest.mark.parametrize(
    ("key", "answer"),
    [("7-a", safe), ("7-b", lambda epochs, seconds, watts: epochs * seconds * watts / 3.6e6)],
)
def test_right_answers_pass(key, answer):
    assert check(key, answer).passed


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("7-a", 4, "function of curves"),
        ("7-a", lambda curves, keep: "late", "whole number"),
        ("7-a", lambda curves, keep: safe(curves, keep) - 1, "counts from 0"),
        ("7-a", leading_now, "leads early"),
        ("7-a", by_present, "lowest loss so far"),
        ("7-a", lambda curves, keep: safe(curves, 2), "your function says"),
        ("7-b", 2, "function"),
        ("7-b", lambda *given: None, "return a number"),
        ("7-b", lambda e, s, w: e * s * w, "joules"),
        ("7-b", lambda e, s, w: e * s * w / 3600, "watt-hours"),
        ("7-b", lambda e, s, w: e * s * w / 1000, "kilojoules"),
        ("7-b", lambda e, s, w: e * s / 3.6e6, "watts are missing"),
        ("7-b", lambda e, s, w: s * w / 3.6e6, "number of epochs"),
        ("7-b", lambda e, s, w: 2, "not 2"),
    ],
)
def test_usual_mistakes_are_named(key, answer, words):
    result = check(key, answer)
    assert not result.passed
    assert words in " ".join(result.wrong)
