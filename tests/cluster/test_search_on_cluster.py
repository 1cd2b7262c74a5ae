"""A search on real workers: the table of one machine, and words for what cannot be spread."""

from __future__ import annotations

import numpy as np
import pytest

import tuningkit as tk

SPACE = {"learning_rate": tk.search.Log(1e-4, 1), "batch_size": [32, 64]}


def same(one, other):
    assert [t.number for t in one] == [t.number for t in other]
    for ours, theirs in zip(one, other, strict=True):
        assert ours.configuration == theirs.configuration
        assert (ours.status, ours.epochs, ours.message, ours.seed) == (
            theirs.status, theirs.epochs, theirs.message, theirs.seed,
        )  # fmt: skip
        np.testing.assert_array_equal(ours.curve, theirs.curve)
        np.testing.assert_array_equal(ours.objective, theirs.objective)
    assert (one.note, one.interrupted, one.epochs_saved) == (
        other.note,
        other.interrupted,
        other.epochs_saved,
    )


def test_random_search_has_the_same_table(client, dense, small):
    asked = {"trials": 20, "epochs": 2, "progress": False, "seed": 1}
    same(tk.search(dense, small, SPACE, **asked, client=client), tk.search(dense, small, SPACE, **asked))


def test_halving_keeps_the_same_trials(client, dense, small):
    space = {"learning_rate": tk.search.Log(1e-4, 1), "l2": tk.search.Log(1e-6, 1e-2)}
    asked = {"method": "halving", "trials": 18, "epochs": 6, "progress": False}
    ours = tk.search(dense, small, space, **asked, client=client)
    same(ours, tk.search(dense, small, space, **asked))
    assert 0 < ours.counts["stopped early"] < 18


def test_methods_that_wait_for_results_refuse(client, dense, small):
    with pytest.raises(ValueError, match="one after the other"):
        tk.search(dense, small, SPACE, method="tpe", trials=2, epochs=1, client=client)


def test_scikit_learn_searches_on_the_same_workers(client):
    """What docs/many_machines.md shows: joblib finds Dask's backend by its name."""
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    iris = tk.datasets.load_iris()
    search = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1, 10]}, cv=2)
    search.fit(iris.x_train, iris.y_train)
    alone = search.cv_results_["mean_test_score"]
    with client.as_current(), joblib.parallel_config(backend="dask"):
        search.fit(iris.x_train, iris.y_train)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone)
    assert tk.search.from_scikit_learn(search).best.configuration == search.best_params_
