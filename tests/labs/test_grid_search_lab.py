"""GridSearchLab from Python: scikit-learn's grid search, cell by cell, against scikit-learn itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tuningkit as tk
from tuningkit.labs.static import unpack_frame
from tuningkit.search.grid_plan import GridPlan

X, Y = load_iris(return_X_y=True)
STRENGTHS = [0.01, 1.0, 100.0]


def scaled_search(cv=3, **settings) -> GridSearchCV:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return GridSearchCV(
        pipeline, {"logisticregression__C": STRENGTHS, "logisticregression__fit_intercept": [True, False]},
        cv=cv, **settings,
    )  # fmt: skip


def failing_search(cv=3) -> GridSearchCV:
    """The default solver knows no L1: the second half of this grid fails."""
    return GridSearchCV(LogisticRegression(max_iter=30), {"C": STRENGTHS, "l1_ratio": [0.0, 1.0]}, cv=cv)


@pytest.fixture
def make() -> Iterator:
    made = []

    def lab(searches, x=X, y=Y):
        made.append(tk.GridSearchLab(searches, x, y))
        return made[-1]

    yield lab
    for one in made:
        one.close()


@pytest.mark.parametrize("cv", [3, StratifiedKFold(3, shuffle=True, random_state=7)])
def test_scores_are_those_of_scikit_learn(make, cv):
    search = scaled_search(cv, return_train_score=True)
    lab = make(search).train().wait(60)
    search.fit(X, Y)
    theirs = {
        (p["logisticregression__C"], p["logisticregression__fit_intercept"]): place
        for place, p in enumerate(search.cv_results_["params"])
    }
    assert len(lab.result.cells) == len(theirs) == 6
    for cell in lab.result.cells:
        place = theirs[
            cell.settings["logisticregression__C"], cell.settings["logisticregression__fit_intercept"]
        ]
        for fold in range(3):
            assert cell.validation[fold] == search.cv_results_[f"split{fold}_test_score"][place]
            assert cell.training[fold] == search.cv_results_[f"split{fold}_train_score"][place]
    assert lab.result.best_score == pytest.approx(search.best_score_, abs=1e-12)
    assert lab.result.failed == 0 and lab.result.fits == 18


def test_failed_fits_are_crossed_out_and_say_why(make):
    lab = make(failing_search()).train().wait(60)
    result = lab.result
    assert (result.failed, result.fits) == (9, 18)
    assert result.best.settings["l1_ratio"] == 0
    _, values = unpack_frame(lab._views["grid search"].map._frame)
    assert np.isnan(values).sum() == 3
    lab._views["grid search"].map.selected = (1, 0)
    lab.wait(120)
    words = lab._views["grid search"].words.value
    assert "9 of 18 fits failed" in words
    assert "Solver lbfgs supports only" in words
    assert lab._views["grid search"].map._labels["missing"] == "fit failed"
    # At most 30 iterations without scaling: scikit-learn warns, the lab counts.
    assert "limit of iterations" in words


def test_every_cell_failed(make):
    lab = make(GridSearchCV(LogisticRegression(l1_ratio=1.0), {"C": [1.0, 2.0]}, cv=3)).train().wait(60)
    assert lab.result.best is None and np.isnan(lab.result.best_score)
    assert "every cell failed" in repr(lab)
    lab.figure()
    assert "6 of 6 fits failed" in lab._views["grid search"].words.value


def test_no_warning_reaches_the_learner(make):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        make(failing_search()).train().wait(60)
    assert seen == []


def test_sliders_fit_the_grid_anew_and_keep_what_is_done(make):
    lab = make(scaled_search())
    lab.folds = 4
    lab.wait(120)
    assert lab.runs == []  # before Train a slider only chooses
    lab.train().wait(60)
    lab._controls["folds"].widget.value = "2"
    lab.wait(60)
    lab.split_seed = 3
    lab.wait(60)
    assert [(run.cut.folds, run.cut.split_seed) for run in lab.runs] == [(4, None), (2, None), (2, 3)]
    assert lab._controls["split_seed"].value == 3
    assert lab.result is not None and lab.result.hyperparameters["folds"] == 2
    before = lab.result
    lab.folds = 4
    lab.split_seed = None
    lab.wait(60)
    assert len(lab.runs) in (3, 4)  # the cut between the two moves may have been begun
    lab.folds, lab.split_seed = 2, 3
    lab.wait(60)
    np.testing.assert_array_equal(lab.result.means, before.means)


def test_shuffles_show_how_often_another_cell_wins(make):
    lab = make(scaled_search()).train_shuffles(4).wait(60)
    assert [run.cut.split_seed for run in lab.runs] == [0, 1, 2, 3]
    winners = {run.best.settings["logisticregression__C"] for run in lab.runs}
    assert "4 ways to cut the rows" in lab._views["grid search"].words.value
    assert winners <= set(STRENGTHS)
    assert lab.split_seed == 3


def test_several_searches_share_a_lab(make):
    lab = make({"as it came": failing_search(), "repaired": scaled_search(4)})
    told = []
    lab.on_run_finished(told.append)
    lab.train().wait(60)
    lab.search = "repaired"
    lab.wait(60)
    assert [run.cut.search for run in lab.runs] == ["as it came", "repaired"]
    assert lab.folds == 4
    assert lab._views["as it came"].map.layout.display == "none"
    assert lab._views["repaired"].map.layout.display is None
    assert len(told) == 2 and len(told[-1]) == 2


def test_a_picked_cell_stays_picked_while_the_grid_is_fitted_anew(make):
    lab = make(scaled_search()).train().wait(60)
    view = lab._views["grid search"]
    view.map.selected = (1, 2)
    lab.wait(120)
    lab.folds = 5
    lab.wait(60)
    assert view.map.selected == (1, 2)
    assert "fit_intercept False" in view.words.value
    lab.go_to_best().wait(120)
    assert view.map.selected is None


def test_a_challenge_can_watch_it(make, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    lab = make(scaled_search()).train().wait(60)
    challenge = tk.Challenge(
        "9.9-grid", "More than nine in ten", check=lambda runs: any(run.best_score > 0.9 for run in runs)
    )
    assert challenge.check(lab).passed


def test_one_parameter_makes_one_row_and_regression_has_r2(make):
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=KFold(3, shuffle=True, random_state=0))
    lab = make(search, X[:, :3], X[:, 3]).train().wait(60)
    assert lab.session.plans["grid search"].shape == (1, 3)
    search.fit(X[:, :3], X[:, 3])
    np.testing.assert_allclose(lab.result.means, search.cv_results_["mean_test_score"])
    assert "val_R2" in lab.result.history


def test_more_folds_than_rows_of_a_class_is_said_in_words(make):
    few = np.r_[0:4, 50:54]
    lab = make(scaled_search(5), X[few], Y[few])
    with pytest.raises(ValueError, match="5 folds need as many rows of the smallest class, but there are 4"):
        lab.train().wait(60)
    assert "5 folds need" in lab._status.value
    lab.folds = 3
    lab.wait(60)
    assert lab.result is not None


@pytest.mark.parametrize(
    ("search", "error", "words"),
    [
        (LogisticRegression(), TypeError, "Received: LogisticRegression"),
        (GridSearchCV(LogisticRegression(), [{"C": [1, 2]}]), ValueError, "one dictionary"),
        (GridSearchCV(LogisticRegression(), {"C": [1]}), ValueError, "one or two parameters"),
        (GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=ShuffleSplit(3)), ValueError, "ShuffleSplit"),
    ],
)
def test_searches_that_are_no_map(search, error, words):
    with pytest.raises(error, match=words):
        GridPlan.of(search)


def test_x_and_y_must_fit():
    with pytest.raises(ValueError, match="150 rows in x"):
        tk.GridSearchLab(scaled_search(), X, Y[:10])


@pytest.mark.parametrize(("name", "value"), [("folds", 1), ("split_seed", -1), ("search", "nothing")])
def test_settings_are_checked(make, name, value):
    with pytest.raises(ValueError, match="Received"):
        setattr(make(scaled_search()), name, value)


def test_before_training_there_is_a_picture_and_a_sentence(make):
    lab = make(scaled_search())
    assert "0 of 6 cells fitted" in repr(lab)
    assert "image/png" in lab._repr_mimebundle_()[0]
    assert lab.go_to_best().wait(120).result is None
