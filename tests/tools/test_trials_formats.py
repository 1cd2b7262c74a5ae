"""Trials go out to each library's own format and come back; the libraries themselves go on from them."""

from __future__ import annotations

import math

import hyperopt
import keras_tuner
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search import Trials

# KerasTuner calls functions of Python's threads that are on their way out.
pytestmark = pytest.mark.filterwarnings(
    "ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning"
)


def test_json_keeps_everything(trials, tmp_path, assert_same_trials):
    back = Trials.from_json(trials.to_json(tmp_path / "trials.json"))
    assert_same_trials(back, trials)
    assert (back.space, back.seconds, back.method, back.epochs_saved) == (trials.space, 2.5, "random", 2.0)


def test_json_of_something_else_is_refused(tmp_path):
    file = tmp_path / "other.json"
    file.write_text('{"kind": "recipe"}')
    with pytest.raises(ValueError, match="not the record of a tuningkit trials"):
        Trials.from_json(file)
    file.write_text("flour")
    with pytest.raises(ValueError, match=r"to_json\(\) wrote"):
        Trials.from_json(file)


@pytest.mark.parametrize("way", ["csv", "frame"])
def test_tables_keep_all_columns(trials, tmp_path, assert_same_trials, way):
    back = (
        Trials.from_csv(trials.to_csv(tmp_path / "t.csv"))
        if way == "csv"
        else Trials.from_frame(trials.to_frame())
    )
    assert_same_trials(back, trials, ignore=("curve", "details"))
    assert (
        back.direction == "min"
        and Trials.from_frame(
            trials.to_frame().rename(columns={"val_loss": "val_accuracy"}), objective="val_accuracy"
        ).direction
        == "max"
    )


def test_table_without_the_objective_is_refused(trials):
    with pytest.raises(ValueError, match=r"needs a column 'score'.*val_loss"):
        Trials.from_frame(trials.to_frame(), objective="score")


def test_hyperopt_round_trip_and_goes_on(trials, assert_same_trials):
    theirs = trials.to_hyperopt()
    assert theirs.losses() == [0.3, None, 0.2, None]
    assert theirs.best_trial["result"]["loss"] == 0.2
    assert_same_trials(Trials.from_hyperopt(theirs, trials.space), trials, ignore=("details",))
    seen = []

    def loss(point):
        seen.append(point)
        return point["drop"]

    hyperopt.fmin(
        loss, tk.search.to_hyperopt(trials.space), algo=hyperopt.tpe.suggest, max_evals=6, trials=theirs,
        rstate=np.random.default_rng(0), verbose=False, show_progressbar=False,
    )  # fmt: skip
    assert len(seen) == 2
    more = Trials.from_hyperopt(theirs, trials.space)
    assert len(more) == 6 and more[5].objective == more[5].configuration["drop"]
    assert isinstance(more[5].configuration["units"], int) and more[5].configuration["kind"] in ("a", "b")


def test_hyperopt_conditional_space_and_failures():
    hp = hyperopt.hp
    space = {
        "optimizer": hp.choice(
            "optimizer", [{"name": "adam"}, {"name": "sgd", "momentum": hp.uniform("m", 0, 1)}]
        )
    }
    theirs = hyperopt.Trials()

    def loss(point):
        if point["optimizer"]["name"] == "adam":
            return {"status": hyperopt.STATUS_FAIL, "message": "no"}
        return {
            "status": hyperopt.STATUS_OK,
            "loss": -point["optimizer"]["momentum"],
            "epochs": 3,
            "curve": [1, 2],
        }

    hyperopt.fmin(
        loss, space, algo=hyperopt.rand.suggest, max_evals=8, trials=theirs, rstate=np.random.default_rng(0),
        verbose=False, show_progressbar=False,
    )  # fmt: skip
    found = Trials.from_hyperopt(theirs, space, objective="val_accuracy", direction="max")
    for trial in found:
        name = trial.configuration["name"]
        assert ("momentum" in trial.configuration) == (name == "sgd")
        if name == "adam":
            assert (trial.status, trial.message) == ("failed", "no")
        else:
            assert trial.objective == trial.configuration["momentum"]
            assert (trial.epochs, trial.curve) == (3, (1.0, 2.0))
    assert set(found.counts) == {"failed", "finished"}
    assert found.best.objective == max(trial.objective for trial in found if trial.scored)


def test_scikit_learn_round_trip(trials, assert_same_trials):
    results = trials.to_scikit_learn()
    assert results["mean_test_score"][0] == -0.3 and results["rank_test_score"].tolist() == [2, 3, 1, 3]
    back = Trials.from_scikit_learn(results, objective="val_loss", direction="min")
    assert back.objectives == pytest.approx(trials.objectives, nan_ok=True)
    assert [trial.configuration for trial in back] == [trial.configuration for trial in trials]
    assert back.best.configuration == trials[2].configuration
    assert [trial.seconds for trial in back] == [1.5, 0.0, 0.5, 0.0]


def test_scikit_learn_search_and_its_results_agree():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    iris = tk.datasets.load_iris()
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0]}, cv=3).fit(
        iris.x_train, iris.y_train
    )
    whole = Trials.from_scikit_learn(search)
    alone = Trials.from_scikit_learn(search.cv_results_)
    assert alone.objectives == pytest.approx(whole.objectives)
    again = alone.to_scikit_learn()
    for name in (
        "mean_test_score",
        "std_test_score",
        "split2_test_score",
        "rank_test_score",
        "mean_fit_time",
    ):
        tolerance = 0.05 if "time" in name else 1e-12
        assert again[name] == pytest.approx(search.cv_results_[name], abs=tolerance), name


def test_keras_tuner_project_round_trip_and_goes_on(trials, tmp_path, assert_same_trials):
    folder = trials.to_keras_tuner(tmp_path, "project")
    back = Trials.from_keras_tuner(folder)
    assert_same_trials(back, trials)
    assert back.space == trials.space and back.direction == "min"
    with pytest.raises(FileExistsError, match="Name another"):
        trials.to_keras_tuner(tmp_path, "project")

    class Quick(keras_tuner.RandomSearch):
        def run_trial(self, trial, *arguments, **settings):
            return {"val_loss": trial.hyperparameters.get("drop")}

    tuner = Quick(
        objective=keras_tuner.Objective("val_loss", "min"), max_trials=6, seed=1, directory=str(tmp_path),
        project_name="project", hyperparameters=tk.search.to_keras_tuner(trials.space), overwrite=False,
    )  # fmt: skip
    assert len(tuner.oracle.trials) == 4
    tuner.search(verbose=0)
    more = Trials.from_keras_tuner(folder)
    assert len(more) == 6 and more[5].objective == more[5].configuration["drop"]
    assert_same_trials(list(more)[:4], trials)
    best = tuner.oracle.get_best_trials(1)[0]
    assert best.score == more.best.objective or math.isclose(best.score, 0.2)


def test_keras_tuner_tells_its_objective_by_the_scores(tmp_path):
    class Quick(keras_tuner.RandomSearch):
        def run_trial(self, trial, *arguments, **settings):
            share = trial.hyperparameters.Float("share", 0, 1)
            if share > 0.9:
                raise ValueError("too much")
            return {"val_accuracy": share, "val_loss": 2 - share}

    tuner = Quick(
        objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=4, seed=1, directory=str(tmp_path),
        hyperparameters=tk.search.to_keras_tuner({"share": tk.search.Uniform(0, 1)}), project_name="p",
    )  # fmt: skip
    tuner.search(verbose=0)
    direct, folder = Trials.from_keras_tuner(tuner), Trials.from_keras_tuner(tmp_path / "p")
    assert (
        (folder.objective, folder.direction)
        == ("val_accuracy", "max")
        == (direct.objective, direct.direction)
    )
    assert direct.method == "random" and direct.library == "KerasTuner"
    assert np.array_equal(folder.objectives, direct.objectives, equal_nan=True)
    assert direct.counts == {"finished": 3, "failed": 1} and direct[1].message == "ValueError: too much"
    assert folder.best.objective == folder.best.configuration["share"]


def test_no_project_and_no_space_are_refused(trials, tmp_path):
    import dataclasses

    with pytest.raises(FileNotFoundError, match=r"no oracle\.json"):
        Trials.from_keras_tuner(tmp_path)
    unknown = dataclasses.replace(trials, space={})
    with pytest.raises(ValueError, match="what was searched"):
        unknown.to_keras_tuner(tmp_path)
    with pytest.raises(ValueError, match="what was searched"):
        unknown.to_hyperopt()
