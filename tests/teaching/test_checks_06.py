"""The exercises of chapter 6: what is right passes, and each wrong idea is told what is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest
from hyperopt import hp

import tuningkit as tk

ADAM = {"optimizer": "adam"}


def sgd(name="momentum", high=0.95):
    return {"optimizer": "sgd", "momentum": hp.uniform(name, 0, high)}


def space(rate=None, optimizers=None):
    rate = hp.loguniform("learning_rate", np.log(1e-4), 0) if rate is None else rate
    return {"learning_rate": rate, "optimizer": hp.choice("optimizer", optimizers or [ADAM, sgd()])}


def test_a_good_space_passes():
    assert tk.check("6-a", space()).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: ["adam"], "dictionary"),
        (lambda: {"learning_rate": 1}, "lacks optimizer"),
        (lambda: space(hp.loguniform("learning_rate", 1e-4, 1)), "logarithms"),
        (lambda: space(hp.uniform("learning_rate", 1e-4, 1)), "not logarithmic"),
        (lambda: space(hp.loguniform("learning_rate", np.log(1e-7), 0)), "asked for"),
        (lambda: space(hp.loguniform("learning_rate", np.log(5e-3), np.log(2e-2))), "too narrow"),
        (lambda: space(hp.choice("learning_rate", ["small", "large"])), "number"),
        (lambda: space(optimizers=["adam", "sgd"]), "dictionary that names it"),
        (lambda: space(optimizers=[ADAM, {"optimizer": "lion"}]), "adam and sgd"),
        (lambda: space(optimizers=[{**ADAM, "momentum": hp.uniform("m", 0, 0.9)}, sgd()]), "without effect"),
        (lambda: space(optimizers=[ADAM, {"optimizer": "sgd"}]), "bring a momentum"),
        (lambda: space(optimizers=[ADAM, sgd(high=2)]), "0 to 0.95"),
    ],
)
def test_wrong_spaces(answer, words):
    result = tk.check("6-a", answer())
    assert not result.passed and words in " ".join(result.wrong), result


def test_cost_of_the_best():
    def right(trials):
        return sum(one.epochs for one in trials if one.number <= trials.best.number)

    def by_the_curve(trials):
        spent, best = trials.best_so_far("epochs")
        return spent[list(best).index(trials.best.objective)]

    assert tk.check("6-b", right).passed and tk.check("6-b", by_the_curve).passed


def test_the_tables_of_the_check_are_like_real_ones():
    from tuningkit.search import Trial, Trials
    from tuningkit.teaching.checks.chapter_06 import _Table

    for direction in ("min", "max"):
        table = _Table(direction)
        rows = [Trial(row.number, {}, row.objective, row.epochs, status=row.status) for row in table]
        real = Trials(rows, direction=direction)
        assert (table.best.number, table.epochs) == (real.best.number, real.epochs)
        for by in ("trials", "epochs"):
            np.testing.assert_array_equal(table.best_so_far(by), real.best_so_far(by))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (11, "function"),
        (lambda trials: "much", "number of epochs"),
        (lambda trials: trials.best.number, "counts trials"),
        (lambda trials: trials.best.epochs, "best trial itself"),
        (lambda trials: trials.epochs, "whole search"),
        (lambda trials: 10, "diverged is left out"),
        (lambda trials: 11, "more is better"),
        (len, "11 epochs"),
    ],
)
def test_wrong_costs(answer, words):
    result = tk.check("6-b", answer)
    assert not result.passed and words in " ".join(result.wrong), result
