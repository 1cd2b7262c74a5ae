"""KerasTuner's real tuners: every trial is a row, and each of its traps is designed around."""

from __future__ import annotations

import sys
import tempfile
import threading

import keras
import keras_tuner
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search import attempts
from tuningkit.search.hyperband_plan import hyperband_trials
from tuningkit.search.space import Choice, Integer, Log, Uniform
from tuningkit.training.trainer import Trainer

SPACE = {"learning_rate": Log(1e-3, 1e-1), "dropout": Uniform(0, 0.5)}
# Half of it diverges.
STEEP = {"learning_rate": [0.01, 1e30, 2e30, 3e30, 4e30, 0.02]}
with_keras_tuner = tk.search.with_keras_tuner


def build(hp):
    """An ordinary function of KerasTuner, with a penalty and a condition."""
    model = keras.Sequential([keras.Input((64,))])
    penalty = keras.regularizers.L2(hp.Choice("l2", [0.0, 5.0]))
    model.add(keras.layers.Dense(hp.Int("units", 4, 12), "relu", kernel_regularizer=penalty))
    model.add(keras.layers.Dense(10, "softmax"))
    if hp.Boolean("momentum"):
        with hp.conditional_scope("momentum", [True]):
            beta = hp.Float("beta", 0.5, 0.9)
    else:
        beta = 0.0
    model.compile(keras.optimizers.SGD(0.1, momentum=beta), "sparse_categorical_crossentropy")
    return model


# What a search is


def test_a_trial_is_the_training_of_its_configuration(little, few):
    trials = with_keras_tuner(little, few, SPACE, method="random", trials=3, epochs=2, seed=4)
    assert (trials.library, trials.method, len(trials)) == ("KerasTuner", "random", 3)
    assert trials.counts == {"finished": 3}
    assert trials.space == SPACE
    run = tk.train(little, few, **trials[1].configuration, epochs=2, seed=4, progress=False)
    np.testing.assert_allclose(trials[1].curve, run.history["val_loss"], rtol=0, atol=1e-6)


def test_the_graph_is_built_once(little, few, monkeypatch):
    made = []
    start = Trainer.__init__
    monkeypatch.setattr(Trainer, "__init__", lambda self, *a, **k: (made.append(1), start(self, *a, **k))[1])
    with_keras_tuner(little, few, SPACE, method="random", trials=4, epochs=1)
    assert len(made) == 1


def test_the_bayesian_tuner_learns_from_the_data_loss(little, few, monkeypatch):
    told = []
    update = keras_tuner.Oracle.update_trial
    monkeypatch.setattr(
        keras_tuner.Oracle,
        "update_trial",
        lambda self, trial_id, metrics, step=0: (
            told.append(metrics["val_loss"]),
            update(self, trial_id, metrics, step),
        )[1],
    )
    space = {"learning_rate": Log(1e-3, 1e-1), "l2": [0.0, 5.0]}
    trials = with_keras_tuner(little, few, space, method="bayesian", trials=8, epochs=1)
    assert trials.method == "bayesian"
    np.testing.assert_allclose(told, trials.objectives)
    # With a penalty of hundreds in it, the loss would be far from that of guessing.
    assert max(told) < 5


def test_tk_search_hands_over(little, few):
    one = tk.search(little, few, SPACE, method="bayesian", trials=2, epochs=1)
    assert one.library == "KerasTuner"
    with pytest.raises(ValueError, match="random, grid, bayesian, hyperband"):
        with_keras_tuner(little, few, SPACE, method="tpe")


# build_model(hp)


def test_a_function_brings_its_own_space(few):
    trials = with_keras_tuner(build, few, method="random", trials=5, epochs=2, seed=1)
    assert trials.space["units"] == Integer(4, 12)
    assert trials.space["l2"] == Choice((0.0, 5.0))
    assert trials.space["beta"] == Uniform(0.5, 0.9)
    assert trials.counts == {"finished": 5}
    for trial in trials:
        assert ("beta" in trial.configuration) == trial.configuration["momentum"]
    # The optimizer is the one that the function compiles, the loss is without the penalty.
    model = build_at(trials[0].configuration)
    run = tk.train(model, few, epochs=2, seed=1, progress=False)
    np.testing.assert_allclose(trials[0].curve, run.history["val_loss"], rtol=0, atol=1e-6)
    assert max(trials.objectives) < 5


def build_at(configuration):
    hp = keras_tuner.HyperParameters()
    hp.values = dict(configuration)
    return build(hp)


def test_ranges_can_take_the_place_of_the_functions_own(few):
    space = {"units": [5, 6], "l2": [0.0], "momentum": [False]}
    trials = with_keras_tuner(build, few, space, method="grid", trials=9, epochs=1)
    assert [trial.configuration["units"] for trial in trials] == [5, 6]


def test_a_fit_of_its_own_is_used_and_its_loss_is_without_the_penalty(few):
    class Own(keras_tuner.HyperModel):
        def build(self, hp):
            return build(hp)

        def fit(self, hp, model, *arguments, **settings):
            return model.fit(*arguments, batch_size=hp.Choice("batch_size", [20, 50]), **settings)

    space = {"units": [4], "momentum": [False], "l2": [5.0]}
    trials = with_keras_tuner(Own(), few, space, method="random", trials=2, epochs=2)
    assert {trial.configuration["batch_size"] for trial in trials} == {20, 50}
    assert len(trials[0].curve) == 2
    assert max(trials.objectives) < 5
    with pytest.raises(TypeError, match="not the class: Own"):
        with_keras_tuner(Own, few)


def test_a_model_that_needs_fit_is_trained_with_it(few):
    class Stepping(keras.Model):
        def train_step(self, *arguments):
            return super().train_step(*arguments)

    def build_own(hp):
        inputs = keras.Input((64,))
        model = Stepping(inputs, keras.layers.Dense(10)(inputs))
        model.compile(keras.optimizers.SGD(hp.Choice("rate", [0.01, 0.1])))
        return model

    trials = with_keras_tuner(build_own, few, method="grid", trials=2, epochs=1)
    assert trials.counts == {"finished": 2}
    assert "model.fit" in trials.note


# Trials that go wrong


@pytest.mark.parametrize("method", ["grid", "random"])
def test_diverged_trials_are_rows_and_the_search_goes_on(little, few, method, capfd):
    trials = with_keras_tuner(little, few, STEEP, method=method, trials=6, epochs=2, optimizer="sgd")
    # More than three in a row, after which KerasTuner gives up.
    assert trials.counts == {"finished": 2, "diverged": 4}
    assert "Traceback" not in "".join(capfd.readouterr())


def test_failed_trials_are_rows_with_their_error(few):
    def fussy(hp):
        units = hp.Int("units", 1, 6)
        if units > 1:
            raise RuntimeError(f"no room for {units} units")
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(units), keras.layers.Dense(10)])
        model.compile("sgd")
        return model

    trials = with_keras_tuner(fussy, few, method="grid", trials=6, epochs=1)
    assert trials.counts == {"finished": 1, "failed": 5}
    assert trials[1].message == "RuntimeError: no room for 2 units"
    assert trials.best.configuration == {"units": 1}


# The traps


def test_no_global_state_is_cleared(little, few, monkeypatch):
    cleared = []
    monkeypatch.setattr(keras.backend, "clear_session", lambda *a, **k: cleared.append(1))
    monkeypatch.setattr(keras.utils, "clear_session", lambda *a, **k: cleared.append(1))
    with_keras_tuner(little, few, SPACE, method="random", trials=2, epochs=1)
    with_keras_tuner(build, few, method="random", trials=2, epochs=1)
    assert cleared == []


def test_it_needs_no_tensorboard(little, few, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.plugins.hparams", None)
    trials = with_keras_tuner(little, few, SPACE, method="random", trials=1, epochs=1)
    assert trials.counts == {"finished": 1}


def test_nothing_is_copied_on_the_way(little, few, monkeypatch):
    """A lock cannot be deep-copied, and a progress bar holds one."""
    steps = []

    class Bar:
        def __init__(self):
            self.lock = threading.Lock()

        def __call__(self, count=1):
            steps.append(count)

    start = attempts.Attempts.__init__
    monkeypatch.setattr(
        attempts.Attempts, "__init__", lambda self, *a, step, **k: start(self, *a, step=Bar(), **k)
    )
    with_keras_tuner(little, few, SPACE, method="random", trials=2, epochs=1)
    assert steps == [1, 1]


def test_it_is_silent(little, few, capfd):
    with_keras_tuner(little, few, SPACE, method="random", trials=2, epochs=1)
    captured = capfd.readouterr()
    assert captured.out == ""


def test_a_seed_of_zero_is_a_seed(little, few):
    both = [
        with_keras_tuner(little, few, SPACE, method="random", trials=2, epochs=1, seed=0) for _ in range(2)
    ]
    assert [t.configuration for t in both[0]] == [t.configuration for t in both[1]]
    other = with_keras_tuner(little, few, SPACE, method="random", trials=2, epochs=1, seed=1)
    assert [t.configuration for t in both[0]] != [t.configuration for t in other]


def test_no_folder_is_left_behind(little, few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with_keras_tuner(little, few, SPACE, method="random", trials=1, epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_the_grid_of_a_range_has_both_its_ends(little, few):
    space = {"learning_rate": Log(1e-3, 1e-1, points=3)}
    trials = with_keras_tuner(little, few, space, method="grid", trials=5, epochs=1)
    np.testing.assert_allclose([t.configuration["learning_rate"] for t in trials], [1e-3, 1e-2, 1e-1])


def test_a_grid_over_a_range_without_step_is_refused_in_words(few):
    def loose(hp):
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
        model.compile(keras.optimizers.SGD(hp.Float("rate", 1e-3, 1.0, sampling="log")))
        return model

    with pytest.raises(ValueError, match=r"needs a step for hp.Float\('rate', 0.001, 1\)"):
        with_keras_tuner(loose, few, method="grid", trials=20, epochs=1)
    # What KerasTuner itself would have tried: the upper end is missing.
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    assert max(hp.space[0].values) < 0.8
    trials = with_keras_tuner(loose, few, {"rate": Log(1e-3, 1)}, method="grid", trials=2, epochs=1)
    assert [trial.configuration["rate"] for trial in trials] == [1e-3, 1.0]


def test_a_grid_larger_than_the_trials_is_refused_not_cut(few):
    def three(hp):
        model = keras.Sequential(
            [keras.Input((64,)), keras.layers.Dense(hp.Int("units", 1, 3)), keras.layers.Dense(10)]
        )
        model.compile("sgd")
        return model

    with pytest.raises(ValueError, match=r"has 3 combinations. Received: trials=2"):
        with_keras_tuner(three, few, method="grid", trials=2, epochs=1)


def test_other_jobs_wait_for_their_turn(little, few, monkeypatch):
    from tuningkit.training import lock

    free = []

    def look(*arguments, **settings):
        thread = threading.Thread(target=lambda: free.append(lock._TURN.acquire(blocking=False)))
        thread.start()
        thread.join()

    search = keras_tuner.Tuner.search
    monkeypatch.setattr(keras_tuner.Tuner, "search", lambda self, *a, **k: (look(), search(self, *a, **k))[1])
    with_keras_tuner(little, few, SPACE, method="random", trials=1, epochs=1)
    assert free == [False]


# Hyperband


@pytest.fixture(scope="module")
def hyperband(little, few):
    return with_keras_tuner(little, few, SPACE, method="hyperband", epochs=4, seed=3)


def test_a_configuration_of_hyperband_is_one_row(hyperband):
    assert set(hyperband.counts) == {"finished", "stopped early"}
    assert all(trial.epochs == 4 for trial in hyperband if trial.status == "finished")
    assert {trial.epochs for trial in hyperband if trial.status == "stopped early"} == {2}
    assert [trial.number for trial in hyperband] == list(range(1, len(hyperband) + 1))
    assert not any(name.startswith("tuner/") for name in hyperband.names)
    assert hyperband.epochs_saved == 2 * hyperband.counts["stopped early"]


def test_promoted_configurations_go_on_where_they_were(hyperband, little, few):
    promoted = next(trial for trial in hyperband if trial.status == "finished")
    run = tk.train(little, few, **promoted.configuration, epochs=4, seed=3, progress=False)
    np.testing.assert_allclose(promoted.curve, run.history["val_loss"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("epochs", [1, 2, 4, 9, 10, 30, 81])
def test_the_number_of_rounds_is_known_before(epochs, monkeypatch, tmp_path):
    monkeypatch.setattr(keras_tuner.oracles.HyperbandOracle, "_save_trial", lambda *_: None)

    class Fake(keras_tuner.Hyperband):
        def run_trial(self, trial, *arguments, **settings):
            return {"val_loss": trial.hyperparameters.values["x"]}

        def save(self):
            pass

    space = keras_tuner.HyperParameters()
    space.Float("x", 0.0, 1.0)
    tuner = Fake(
        objective="val_loss",
        max_epochs=epochs,
        hyperparameters=space,
        seed=1,
        directory=tmp_path,
        overwrite=True,
    )
    tuner.oracle.save = lambda: None
    with pytest.warns(DeprecationWarning):
        tuner.search(verbose=0)
    assert len(tuner.oracle.trials) == hyperband_trials(epochs)


def test_diverged_trials_do_not_keep_hyperband_from_promoting(little, few):
    """Of the three that begin, two diverge. KerasTuner promotes one of three only if none has failed."""
    space = {"learning_rate": [0.01, 1e30, 2e30, 3e30]}
    trials = with_keras_tuner(little, few, space, method="hyperband", epochs=3, optimizer="sgd", seed=1)
    begun = [trial.configuration["learning_rate"] for trial in trials[:3]]
    assert 0.01 in begun
    assert trials.counts["diverged"] >= 2
    promoted = trials[begun.index(0.01)]
    assert (promoted.status, promoted.epochs) == ("finished", 3)


# Interrupted, and begun again


def interrupt(monkeypatch, at):
    """Ctrl-C in the epoch after the ``at``-th."""
    advance, done = Trainer.advance, []

    def interrupted(trainer, *arguments, **settings):
        if len(done) >= at:
            raise KeyboardInterrupt
        finished = advance(trainer, *arguments, **settings)
        done.extend([1] * finished)
        return finished

    monkeypatch.setattr(Trainer, "advance", interrupted)


def test_an_interrupt_keeps_what_there_is(little, few, monkeypatch):
    interrupt(monkeypatch, 3)
    trials = with_keras_tuner(little, few, SPACE, method="random", trials=5, epochs=2)
    assert trials.interrupted
    assert [trial.status for trial in trials] == ["finished", "interrupted"]
    assert len(trials[1].curve) == 1


@pytest.mark.parametrize(("method", "epochs", "at"), [("grid", 2, 7), ("hyperband", 4, 7)])
def test_a_search_goes_on_after_a_restart(little, few, tmp_path, monkeypatch, method, epochs, at):
    settings = {"method": method, "trials": 6, "epochs": epochs, "seed": 5, "directory": tmp_path / "kept"}
    space = {"learning_rate": [0.01 * i for i in range(1, 7)]}
    with monkeypatch.context() as patch:
        interrupt(patch, at)
        begun = with_keras_tuner(little, few, space, **settings)
    assert begun.interrupted
    done = [trial for trial in begun if trial.status != "interrupted"]
    resumed = with_keras_tuner(little, few, space, **settings)
    whole = with_keras_tuner(little, few, space, **{**settings, "directory": None})
    assert not resumed.interrupted
    assert [t.configuration for t in resumed] == [t.configuration for t in whole]
    np.testing.assert_allclose(resumed.objectives, whole.objectives, rtol=0, atol=1e-6)
    assert len(done) >= 3
    # Taken from the folder, not trained again.
    kept = [trial for trial in done if resumed[trial.number - 1].epochs == trial.epochs]
    assert kept
    assert all(resumed[trial.number - 1].seconds == trial.seconds for trial in kept)


def test_a_folder_of_another_search_is_refused(little, few, tmp_path):
    with_keras_tuner(little, few, SPACE, method="random", trials=1, epochs=1, directory=tmp_path)
    with pytest.raises(ValueError, match=r"another search: epochs was 1, now 2"):
        with_keras_tuner(little, few, SPACE, method="random", trials=1, epochs=2, directory=tmp_path)


def test_a_line_cut_off_by_the_end_of_a_kernel_is_no_trial(little, few, tmp_path):
    settings = {"method": "random", "trials": 2, "epochs": 1, "directory": tmp_path}
    first = with_keras_tuner(little, few, SPACE, **settings)
    (file,) = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8")
    file.write_text(text[:-40], encoding="utf-8")
    again = with_keras_tuner(little, few, SPACE, **settings)
    np.testing.assert_allclose(again.objectives, first.objectives, rtol=0, atol=1e-6)
    third = with_keras_tuner(little, few, SPACE, **settings)
    assert third[1].seconds == again[1].seconds


# At the door


def test_what_is_wrong_is_said_before_anything_is_trained(little, few):
    with pytest.raises(ValueError, match="needs a space"):
        with_keras_tuner(little, few)
    with pytest.raises(ValueError, match="objective must be one of: loss, accuracy, val_loss"):
        with_keras_tuner(little, few, SPACE, objective="val_auc")
    with pytest.raises(ValueError, match="objective must be one of"):
        with_keras_tuner(build, few, objective="val_penalty")
    with pytest.raises(ValueError, match="build_model decides about dropout itself"):
        with_keras_tuner(build, few, dropout=0.5)
    with pytest.raises(TypeError, match=r"must return a Keras model. Received: NoneType"):
        with_keras_tuner(lambda hp: None, few)
    with pytest.raises(ValueError, match="of one kind"):
        with_keras_tuner(little, few, {"optimizer": [keras.optimizers.SGD(), "adam"]})


def test_the_learners_random_numbers_are_left_alone(few):
    import random

    random.seed(3)
    expected = random.random()
    random.seed(3)
    with_keras_tuner(build, few, method="random", trials=1, epochs=1)
    assert random.random() == expected
