"""A lab on KerasTuner's own tuners: rows while they search, pause and go on, errors, and what is left afterwards."""

from __future__ import annotations

import math
import threading

import keras
import keras_tuner
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search import LiveTuner, Trials
from tuningkit.search.live_tuner import reason_in

pytestmark = pytest.mark.filterwarnings(
    "ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning"
)


class LiveRandomSearch(LiveTuner, keras_tuner.RandomSearch):
    """KerasTuner's random search, watched."""


class LiveHyperband(LiveTuner, keras_tuner.Hyperband):
    """KerasTuner's Hyperband, watched."""


class Quick(LiveTuner, keras_tuner.RandomSearch):
    """Without networks: three epochs of a number."""

    def run_trial(self, trial, *arguments, **settings):
        share = trial.hyperparameters.get("share")
        if share > 0.9:
            raise ValueError("too much")
        values = [1 + share, share, share + 0.5]
        for epoch, value in enumerate(values):
            self.on_epoch_end(trial, None, epoch, {"val_loss": value})
        return {"val_loss": min(values)}


def quick(folder, trials=4):
    space = tk.search.to_keras_tuner({"share": tk.search.Uniform(0, 1)})
    return Quick(
        objective=keras_tuner.Objective("val_loss", "min"), max_trials=trials, seed=1, directory=str(folder),
        project_name="quick", hyperparameters=space, overwrite=True,
    )  # fmt: skip


def build_model(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Choice("units", [2, 8]), "relu")])
    model.add(keras.layers.Dense(1))
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, run_eagerly=True)
    # Without its variables an optimizer cannot take those that Hyperband goes on with.
    model.optimizer.build(model.trainable_variables)
    return model


def test_rows_grow_while_it_searches_and_failures_are_rows(tmp_path, capfd):
    tuner = quick(tmp_path)
    seen = []
    tuner.watch(
        lambda: seen.append((len(tuner.rows), tuner.running is not None, [*tuner.rows.values()][-1].epochs))
    )
    lab = tk.TunerLab(tuner, "data")
    try:
        assert "Press <b>Search</b>" in lab._line.value and lab.trials.trials == ()
        lab.search().wait(60)
        assert seen[:6] == [
            (1, True, 0),
            (1, True, 1),
            (1, True, 2),
            (1, True, 3),
            (1, False, 3),
            (2, True, 0),
        ]
        trials = lab.trials
        assert trials.counts == {"finished": 3, "failed": 1} and trials.library == "KerasTuner"
        assert trials[0].curve[1] == trials[0].objective == trials[0].configuration["share"]
        assert trials[1].message == "ValueError: too much" and math.isnan(trials[1].objective)
        rows = lab._table.rows
        assert [row["status"] for row in rows][:2] == ["finished", "failed: ValueError: too much"]
        assert rows[0]["epochs"] == 3 and rows[0]["configuration"].startswith("share 0.")
        assert "<b>Finished</b>" in lab._line.value and f"in trial {trials.best.number}" in lab._line.value
        assert lab.figure().axes and "image/png" in lab._repr_mimebundle_()[0]
        assert lab.search().wait(60).trials.objectives.tolist()[0] == trials[0].objective
        assert len(lab.trials) == 4
    finally:
        lab.close()
    capfd.readouterr()  # KerasTuner prints the traceback of the failed trial


def test_pause_after_an_epoch_and_go_on(tmp_path):
    tuner = quick(tmp_path, trials=1)
    lab = tk.TunerLab(tuner)
    stop = []
    # Told before the lab is, which then sees that it is to pause.
    tuner._watchers.insert(
        0, lambda: [*tuner.rows.values()][-1].epochs == 2 and not stop and stop.append(lab.pause())
    )
    try:
        lab.search().wait(60)
        assert "Paused" in lab._line.value
        assert [row.epochs for row in tuner.rows.values()] == [2] and lab.trials[0].status == "interrupted"
        lab.search().wait(60)
        assert lab.trials.counts == {"finished": 1} and lab.trials[0].epochs == 3
    finally:
        lab.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.search()


@pytest.mark.parametrize("kind", [LiveRandomSearch, LiveHyperband])
def test_real_trainings_in_the_background(moons, tmp_path, kind):
    # Hyperband: two of one epoch, of which one goes on to a second, and one of two.
    length = {"max_epochs": 2, "factor": 2} if kind is LiveHyperband else {"max_trials": 2}
    tuner = kind(
        build_model,
        objective="val_loss",
        seed=1,
        directory=str(tmp_path),
        project_name="p",
        overwrite=True,
        **length,
    )
    validation = (moons.x_validation, moons.y_validation)
    epochs = {} if kind is LiveHyperband else {"epochs": 2}
    threads = set()
    tuner.watch(lambda: threads.add(threading.current_thread().name))
    lab = tk.TunerLab(
        tuner, moons.x_train, moons.y_train, validation_data=validation, batch_size=40, **epochs
    )
    try:
        trials = lab.search().wait(200).trials
    finally:
        lab.close()
    assert threads == {"tuningkit-tuner"}
    assert trials.method == ("hyperband" if kind is LiveHyperband else "random")
    assert trials.best.objective == tuner.oracle.get_best_trials(1)[0].score
    for trial in trials:
        assert trial.objective == pytest.approx(min(trial.curve)) and trial.seconds > 0
        if kind is LiveHyperband:
            assert trial.epochs == trial.details["tuner/epochs"] - trial.details["tuner/initial_epoch"]
        else:
            assert trial.epochs == 2
    again = Trials.from_keras_tuner(tmp_path / "p")
    assert np.allclose(again.objectives, trials.objectives)
    assert set(trials.space) >= {"units", "learning_rate"}


def test_a_search_in_a_cell_is_shown_too(tmp_path):
    tuner = quick(tmp_path, trials=1)
    lab = tk.TunerLab(tuner)
    try:
        tuner.search(verbose=0)
        lab.wait(120)
        assert lab._table.rows[0]["status"] == "finished"
    finally:
        lab.close()


def test_an_error_of_the_search_is_shown(tmp_path):
    tuner = quick(tmp_path, trials=1)
    tuner.run_trial = lambda *arguments, **settings: None
    lab = tk.TunerLab(tuner)
    try:
        with pytest.raises(Exception, match="None"):
            lab.search().wait(60)
        assert "role='alert'" in lab._line.value and "Press Search" in lab._line.value
    finally:
        lab.close()


def test_a_tuner_that_tells_nothing_is_refused(tmp_path):
    tuner = keras_tuner.RandomSearch(build_model, "val_loss", 1, directory=str(tmp_path))
    with pytest.raises(TypeError, match=r"tk\.search\.LiveTuner"):
        tk.TunerLab(tuner)


def test_reason_of_a_failure_is_its_last_error():
    text = "Traceback (most recent call last):\n File\nKeyError: 1\n\nDuring this:\nValueError: no\n\nmore\n[<x>]\n"
    assert reason_in(text) == "ValueError: no"
    assert (reason_in(None), reason_in("out of luck")) == ("", "out of luck")
