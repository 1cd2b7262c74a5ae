"""scikit-learn's real searches: every candidate is a row, and failed fits say why."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.tree import DecisionTreeClassifier

import tuningkit as tk
from tuningkit.search.space import Choice, Integer, Log, Uniform

X, Y = load_iris(return_X_y=True)
from_scikit_learn = tk.search.from_scikit_learn


def failing_grid(**settings):
    """Half of the candidates ask a solver for a penalty that it does not have."""
    return GridSearchCV(
        LogisticRegression(solver="lbfgs", max_iter=20),
        {"C": [0.1, 1.0], "l1_ratio": [0.0, 1.0]},
        cv=3,
        **settings,
    )


def test_failed_fits_are_rows_with_their_error():
    search = failing_grid()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trials = from_scikit_learn(search, X, Y)
    assert trials.counts == {"finished": 2, "failed": 2}
    failed = [trial for trial in trials if trial.status == "failed"]
    assert {trial.configuration["l1_ratio"] for trial in failed} == {1.0}
    assert all(trial.message.startswith("ValueError: Solver lbfgs supports only") for trial in failed)
    assert "2 of 4 trials failed: ValueError: Solver lbfgs" in repr(trials)
    assert "FitFailedWarning 1" in trials.note
    # The search itself is fitted, as the learner would have done it.
    assert search.best_params_ == trials.best.configuration
    assert search.scoring is None
    assert search.predict(X).shape == (150,)
    pickle.loads(pickle.dumps(trials))


def test_scores_are_those_of_scikit_learn():
    trials = from_scikit_learn(failing_grid(scoring="accuracy"), X, Y)
    own = failing_grid(scoring="accuracy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own.fit(X, Y)
    np.testing.assert_array_equal(trials.objectives, own.cv_results_["mean_test_score"])
    assert (trials.objective, trials.direction, trials.method, trials.library) == (
        "accuracy",
        "max",
        "grid",
        "scikit-learn",
    )
    folds = [own.cv_results_[f"split{i}_test_score"][0] for i in range(3)]
    assert trials[0].details["folds"] == tuple(folds)
    assert trials.space["C"] == Choice((0.1, 1.0))


def test_a_fitted_search_without_data_says_how_to_learn_why():
    search = failing_grid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    assert "from_scikit_learn(search, x, y)" in [t.message for t in from_scikit_learn(search)][1]
    assert "Solver lbfgs" in [t.message for t in from_scikit_learn(search, X, Y)][1]


def test_a_search_whose_every_fit_fails_is_a_table_of_failures():
    search = GridSearchCV(LogisticRegression(solver="lbfgs", l1_ratio=1.0), {"C": [0.1, 1.0]}, cv=3)
    trials = from_scikit_learn(search, X, Y)
    assert trials.counts == {"failed": 2}
    assert "Solver lbfgs" in trials[0].message
    with pytest.raises(ValueError, match="No trial of this search has a result"):
        _ = trials.best


def test_fits_that_fail_in_some_folds_only_are_counted():
    class Picky(DecisionTreeClassifier):
        def fit(self, x, y, **rest):
            if self.max_depth == 2 and x[0, 0] == X[50, 0]:
                raise RuntimeError("not these rows")
            return super().fit(x, y, **rest)

    cv = [(np.arange(50, 150), np.arange(50)), (np.arange(100), np.arange(100, 150))]
    trials = from_scikit_learn(GridSearchCV(Picky(random_state=0), {"max_depth": [1, 2]}, cv=cv), X, Y)
    assert trials[1].message == "1 of 2 fits failed: RuntimeError: not these rows"
    assert trials[0].status == "finished"


def test_a_learner_who_asked_for_the_error_gets_it():
    with pytest.raises(ValueError, match="Solver lbfgs"):
        from_scikit_learn(failing_grid(error_score="raise"), X, Y)


def test_losses_with_a_minus_sign_are_turned_back():
    search = RandomizedSearchCV(
        LogisticRegression(max_iter=500), {"C": stats.loguniform(1e-2, 1e2)}, n_iter=3, cv=3, random_state=0,
        scoring="neg_log_loss",
    )  # fmt: skip
    trials = from_scikit_learn(search, X, Y)
    assert (trials.objective, trials.direction, trials.method) == ("log_loss", "min", "random")
    assert (trials.objectives > 0).all()
    assert trials.best.objective == pytest.approx(-search.best_score_)
    assert trials.space == {"C": Log(1e-2, 1e2)}


def test_several_scores_need_a_name():
    search = GridSearchCV(
        DummyClassifier(),
        {"strategy": ["uniform", "prior"]},
        cv=3,
        scoring=["accuracy", "f1_macro"],
        refit="accuracy",
    )
    assert from_scikit_learn(search, X, Y).objective == "accuracy"
    assert from_scikit_learn(search, objective="f1_macro").objective == "f1_macro"
    with pytest.raises(ValueError, match="objective must be one of: accuracy, f1_macro"):
        from_scikit_learn(search, objective="auc")


@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_has_one_row_per_candidate_and_a_curve_of_its_rounds(kind):
    settings = {"n_candidates": 9} if kind is HalvingRandomSearchCV else {}
    search = kind(
        DecisionTreeClassifier(random_state=3),
        {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5, 20]},
        cv=3, factor=3, min_resources=15, random_state=0, **settings,
    )  # fmt: skip
    trials = from_scikit_learn(search, X, Y)
    assert len(trials) == 9
    assert trials.counts == {"finished": 1, "stopped early": 8}
    # scikit-learn refits the best of the last round.
    assert trials.best.configuration == search.best_params_
    assert len(trials.best.curve) == 3
    assert trials.best.details["n_samples"] == 135
    assert trials.best.seed == 3
    assert sum(len(trial.curve) or 1 for trial in trials) == 9 + 3 + 1


def test_a_resource_among_the_parameters_does_not_split_a_candidate():
    search = HalvingGridSearchCV(
        RandomForestClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]},
        resource="n_estimators", min_resources=2, max_resources=8, factor=2, cv=2,
    )  # fmt: skip
    trials = from_scikit_learn(search, X, Y)
    assert len(trials) == 4
    assert trials.names == ("max_depth",)
    assert trials.best.details["n_estimators"] == 8


def test_an_interrupt_keeps_the_candidates_that_were_scored():
    class Stops(DecisionTreeClassifier):
        def fit(self, x, y, **rest):
            if self.max_depth == 3:
                raise KeyboardInterrupt
            return super().fit(x, y, **rest)

    trials = from_scikit_learn(GridSearchCV(Stops(random_state=0), {"max_depth": [1, 2, 3, 4]}, cv=3), X, Y)
    assert trials.interrupted
    assert [trial.configuration["max_depth"] for trial in trials] == [1, 2]
    assert trials.counts == {"finished": 2}
    with pytest.raises(KeyboardInterrupt):
        from_scikit_learn(GridSearchCV(Stops(), {"max_depth": [3, 4]}, cv=3), X, Y)


def test_distributions_become_ranges():
    search = RandomizedSearchCV(
        DecisionTreeClassifier(),
        {"max_depth": stats.randint(1, 9), "ccp_alpha": stats.uniform(0, 0.5), "splitter": ["best", "random"]},
        n_iter=2, cv=2, random_state=0,
    )  # fmt: skip
    assert from_scikit_learn(search, X, Y).space == {
        "splitter": Choice(("best", "random")),
        "max_depth": Integer(1, 8),
        "ccp_alpha": Uniform(0, 0.5),
    }


def test_something_else_is_refused_in_words():
    with pytest.raises(TypeError, match=r"GridSearchCV.*Received: LogisticRegression"):
        from_scikit_learn(LogisticRegression(), X, Y)
    with pytest.raises(ValueError, match="not fitted yet"):
        from_scikit_learn(failing_grid())


def test_our_space_feeds_a_randomized_search():
    space = {"C": Log(1e-3, 1e3), "max_iter": Integer(50, 400, log=True), "fit_intercept": [True, False]}
    search = RandomizedSearchCV(
        LogisticRegression(), tk.search.to_scikit_learn(space), n_iter=4, cv=2, random_state=1
    )
    trials = from_scikit_learn(search, X, Y)
    for trial in trials:
        assert 1e-3 <= trial.configuration["C"] <= 1e3
        assert 50 <= trial.configuration["max_iter"] <= 400
