"""Learning-rate schedules: equal to Keras, per member, without a new graph."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit.training import Trainer
from tuningkit.training.fallback import FellBackToFit

S = keras.optimizers.schedules
STEPS = 7  # An epoch of `small`: six batches of 32 and one of 8.
EPOCHS = 4
#: Their corners (the end of the decay, of the warm-up, a boundary) lie inside the run.
SCHEDULES = {
    "exponential": S.ExponentialDecay(0.02, 5, 0.6),
    "staircase": S.ExponentialDecay(0.02, 5, 0.6, staircase=True),
    "polynomial": S.PolynomialDecay(0.02, 20, 1e-4, power=2.0),
    "polynomial cycle": S.PolynomialDecay(0.02, 6, 1e-4, cycle=True),
    "cosine": S.CosineDecay(0.02, 20, alpha=0.1),
    "warm-up": S.CosineDecay(1e-4, 15, alpha=0.05, warmup_target=0.02, warmup_steps=9),
    "inverse time": S.InverseTimeDecay(0.02, 4, 0.7),
    "inverse time staircase": S.InverseTimeDecay(0.02, 4, 0.7, staircase=True),
    "piecewise": S.PiecewiseConstantDecay([5, 12], [0.02, 0.005, 0.001]),
    "restarts": S.CosineDecayRestarts(0.02, 6, t_mul=1.5, m_mul=0.8, alpha=0.05),
}
PLATEAUS = {
    # A margin that no epoch reaches: every second epoch counts as a plateau, down to the least rate.
    "plateau": keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1, min_delta=10.0, min_lr=1e-3),
    "plateau, patient": keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=10.0, cooldown=1),
    "plateau of accuracy": keras.callbacks.ReduceLROnPlateau(
        "accuracy", factor=0.5, patience=1, min_delta=2.0
    ),
}
L2 = 1e-3


@keras.saving.register_keras_serializable("tuningkit-tests")
class Noam(S.LearningRateSchedule):
    """The schedule that the Keras guide writes by hand."""

    def __call__(self, step):
        step = keras.ops.cast(step, "float32") + 1
        return 0.1 * keras.ops.minimum(step**-0.5, step * 10**-1.5)

    def get_config(self):
        return {}


@keras.saving.register_keras_serializable("tuningkit-tests")
class Branching(S.LearningRateSchedule):
    """One that asks about the step, which works for one step at a time only."""

    def __call__(self, step):
        return keras.ops.cond(keras.ops.less(step, 10), lambda: 0.02, lambda: 0.002)

    def get_config(self):
        return {}


@pytest.fixture(scope="module")
def side_by_side(small, make_dense):
    """All schedules as members of one graph."""
    schedules = {**SCHEDULES, "noam": Noam(), "branching": Branching(), **PLATEAUS, "constant": 0.02}
    model = make_dense(regularizer=keras.regularizers.L2(L2))
    model.compile(keras.optimizers.Adam(0.02))
    return tk.sweep(model, small, {"schedule": schedules}, epochs=EPOCHS, shuffle=False, progress=False)


def member(sweep, name):
    return sweep[list(sweep.grid["schedule"]).index(name)]


def fit(make_dense, data, rate, callbacks=()):
    model = make_dense(regularizer=keras.regularizers.L2(L2))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    record = model.fit(
        data.x_train,
        data.y_train,
        validation_data=(data.x_validation, data.y_validation),
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
    )
    return model.get_weights(), {name: np.array(curve) for name, curve in record.history.items()}


@pytest.mark.parametrize("name", [*SCHEDULES, "noam", "branching"])
def test_every_schedule_is_that_of_keras(name, side_by_side, small, make_dense, assert_equals_fit):
    schedule = {**SCHEDULES, "noam": Noam(), "branching": Branching()}[name]
    weights, history = fit(make_dense, small, schedule)
    run = member(side_by_side, name)
    assert_equals_fit(run, weights, history)
    at_epoch_ends = [float(schedule(epoch * STEPS + STEPS - 1)) for epoch in range(EPOCHS)]
    np.testing.assert_allclose(run.history["learning_rate"], at_epoch_ends, rtol=1e-5)


@pytest.mark.parametrize("name", PLATEAUS)
def test_reduce_on_plateau_is_that_of_keras(name, side_by_side, small, make_dense, assert_equals_fit):
    callback = PLATEAUS[name]
    weights, history = fit(make_dense, small, 0.02, [callback])
    assert len(set(history["learning_rate"])) > 1, "the rule must act for the test to mean anything"
    assert_equals_fit(member(side_by_side, name), weights, history)


def test_a_plateau_rule_leaves_the_learners_callback_alone(small, make_dense):
    callback = keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1, min_delta=10.0)
    before = dict(vars(callback))
    tk.train(make_dense(), small, schedule=callback, learning_rate=0.02, epochs=3, progress=False)
    assert vars(callback) == before


def test_a_member_is_what_it_would_be_alone(side_by_side, small, make_dense):
    model = make_dense(regularizer=keras.regularizers.L2(L2))
    alone = tk.train(
        model, small, schedule=SCHEDULES["warm-up"], epochs=EPOCHS, shuffle=False, progress=False
    )
    together = member(side_by_side, "warm-up")
    for name, curve in alone.history.items():
        np.testing.assert_allclose(curve, together.history[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_sweep_of_schedules_is_a_record_like_any_other(side_by_side, tmp_path):
    assert side_by_side.grid["schedule"][:2] == ["exponential", "staircase"]
    assert side_by_side.history["learning_rate"].shape == (side_by_side.members, EPOCHS)
    assert side_by_side.best("val_loss").hyperparameters["schedule"] in side_by_side.grid["schedule"]
    np.testing.assert_allclose(member(side_by_side, "constant").history["learning_rate"], 0.02)
    copy = pickle.loads(pickle.dumps(side_by_side))
    assert copy.grid == side_by_side.grid
    assert list(side_by_side.to_frame()["schedule"]) == side_by_side.grid["schedule"]
    assert side_by_side.to_csv(tmp_path / "sweep.csv").read_text().count("cosine") == 1


def test_keras_takes_a_schedule_as_the_learning_rate_and_so_does_train(small, make_dense):
    settings = {"epochs": 2, "progress": False, "seed": 1}
    named = tk.train(make_dense(), small, schedule=SCHEDULES["cosine"], **settings)
    as_rate = tk.train(make_dense(), small, learning_rate=SCHEDULES["cosine"], **settings)
    np.testing.assert_array_equal(named.history["loss"], as_rate.history["loss"])
    assert named.hyperparameters["schedule"].startswith(
        "CosineDecay(initial_learning_rate=0.02, decay_steps=20"
    )
    assert "learning rate 0.02" in repr(named)


def test_a_learning_rate_beside_a_schedule_is_its_height(small, make_dense):
    half = S.CosineDecay(0.01, 20, alpha=0.1)
    settings = {"epochs": 2, "progress": False}
    given = tk.train(make_dense(), small, schedule=half, **settings)
    scaled = tk.train(make_dense(), small, schedule=SCHEDULES["cosine"], learning_rate=0.01, **settings)
    np.testing.assert_allclose(given.history["loss"], scaled.history["loss"], rtol=1e-5)
    swept = tk.sweep(make_dense(), small, {"learning_rate": [0.01, 0.02]}, schedule=half, **settings)
    rates = swept.history["learning_rate"]
    np.testing.assert_allclose(rates[1], 2 * rates[0], rtol=1e-5)
    np.testing.assert_allclose(swept.history["loss"][0], given.history["loss"], rtol=1e-4)


def test_other_schedules_and_other_numbers_build_no_graph(small, make_dense):
    trainer = Trainer(make_dense(), small, members=2, seeds=0)
    trainer.train(1)
    traces = trainer.engine.traces
    curves = []
    for first in [*SCHEDULES.values(), *PLATEAUS.values(), 0.5, None, S.CosineDecay(0.3, 5)]:
        trainer.set_schedule([first, S.ExponentialDecay(0.01, 5, 0.5)])
        trainer.restart(0)
        trainer.train(2)
        curves.append(trainer.history["loss"])
    assert trainer.engine.traces == traces
    # The second member had the same schedule every time, the first one another one.
    assert all(np.array_equal(curve[1], curves[0][1]) for curve in curves)
    # Three plateau rules do nothing within two epochs.
    assert len({curve[0].tobytes() for curve in curves}) >= len(SCHEDULES) + 3


def test_taking_a_schedule_away_gives_the_plain_run_back(small, make_dense):
    trainer = Trainer(make_dense(), small, seeds=0)
    trainer.train(2)
    plain = trainer.history
    trainer.set_schedule(SCHEDULES["cosine"])
    trainer.restart(0)
    trainer.advance()
    trainer.set_schedule(None)
    trainer.restart(0)
    trainer.train(2)
    assert trainer.history.keys() == plain.keys()
    np.testing.assert_array_equal(trainer.history["loss"], plain["loss"])


def test_a_restart_forgets_plateaus(small, make_dense):
    trainer = Trainer(make_dense(), small, seeds=0)
    trainer.set("learning_rate", 0.02)
    trainer.set_schedule(PLATEAUS["plateau"])
    trainer.train(4)
    first = trainer.history
    trainer.restart(0)
    trainer.train(4)
    assert first["learning_rate"][0, -1] < first["learning_rate"][0, 0]
    for name, curve in first.items():
        np.testing.assert_array_equal(trainer.history[name], curve, err_msg=name)


def test_plateau_rules_watch_each_member_by_itself(small, make_dense):
    rule = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=0.0)
    sweep = tk.sweep(
        make_dense(), small, {"learning_rate": [1e-3, 1e30]}, schedule=rule, epochs=5, progress=False
    )
    rates = sweep.history["learning_rate"]
    np.testing.assert_allclose(rates[0], 1e-3)  # It improved in every epoch.
    assert sweep.diverged_at[1] and np.isnan(rates[1, -1])


def test_groups_with_and_without_a_schedule(small, make_dense):
    with_schedule = keras.optimizers.SGD(SCHEDULES["cosine"])
    sweep = tk.sweep(make_dense(), small, {"optimizer": ["adam", with_schedule]}, epochs=2, progress=False)
    rates = sweep.history["learning_rate"]
    np.testing.assert_allclose(rates[0], 1e-3)
    np.testing.assert_allclose(rates[1], [float(SCHEDULES["cosine"](step)) for step in (6, 13)], rtol=1e-5)


def test_a_list_of_schedules_names_itself(small, make_dense):
    schedules = [1e-3, SCHEDULES["inverse time"]]
    sweep = tk.sweep(make_dense(), small, {"schedule": schedules}, epochs=1, progress=False)
    assert sweep.grid["schedule"] == [
        "constant 1e-3",
        "InverseTimeDecay(initial_learning_rate=0.02, decay_steps=4, decay_rate=0.7)",
    ]


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


def own_step():
    keras.utils.set_random_seed(7)
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(24, "relu", kernel_regularizer=keras.regularizers.L2(L2))(inputs)
    return OwnStep(inputs, keras.layers.Dense(10, kernel_regularizer=keras.regularizers.L2(L2))(hidden))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"schedule": SCHEDULES["warm-up"]}, "warm-up"),
        ({"learning_rate": SCHEDULES["cosine"]}, "cosine"),
        ({"schedule": S.CosineDecay(2.0, 20, alpha=0.1), "learning_rate": 0.02}, "cosine"),
        (
            {"optimizer": keras.optimizers.Adam(S.CosineDecay(2.0, 20, alpha=0.1)), "learning_rate": 0.02},
            "cosine",
        ),
        ({"schedule": PLATEAUS["plateau"], "learning_rate": 0.02}, "plateau"),
    ],
    ids=["schedule", "as the rate", "scaled", "own, scaled", "plateau"],
)
def test_model_fit_honours_schedules_too(settings, expected, side_by_side, small):
    with pytest.warns(FellBackToFit):
        run = tk.train(own_step(), small, **settings, epochs=EPOCHS, shuffle=False, progress=False)
    assert "schedule" in run.hyperparameters and run.hyperparameters["learning_rate"] == pytest.approx(0.02)
    trained = member(side_by_side, expected)
    assert list(run.history)[-1] == "learning_rate"
    for name in ("loss", "penalty", "val_loss", "learning_rate"):
        np.testing.assert_allclose(run.history[name], trained.history[name], rtol=2e-5, err_msg=name)


def test_model_fit_leaves_the_learners_random_numbers_alone(small):
    model = own_step()

    def draws(train):
        tf.random.set_seed(5)
        first = tf.random.uniform((2,)).numpy()
        if train:
            with pytest.warns(FellBackToFit):
                tk.train(model, small, epochs=1, seed=3, progress=False)
        return np.concatenate([first, tf.random.uniform((2,)).numpy()])

    np.testing.assert_array_equal(draws(True), draws(False))


@pytest.mark.parametrize(
    ("schedule", "error", "words"),
    [
        ("cosine", TypeError, "must be a Keras schedule such as"),
        (keras.callbacks.EarlyStopping(), TypeError, r"Received: schedule=.*EarlyStopping"),
        (-0.1, ValueError, "learning_rate must be a positive number"),
        (keras.callbacks.ReduceLROnPlateau("val_f1"), ValueError, "cannot watch 'val_f1'.*has loss, penalty"),
        (S.PolynomialDecay(0.01, 2, -0.5), ValueError, "finite learning rate of at least 0.* at step 1"),
    ],
)
def test_what_is_no_schedule_is_refused_at_the_door(schedule, error, words, small, dense):
    with pytest.raises(error, match=words):
        tk.train(dense, small, schedule=schedule, epochs=1, progress=False)


def test_two_schedules_are_one_too_many(small, dense):
    cosine = SCHEDULES["cosine"]
    with pytest.raises(ValueError, match="learning_rate is a schedule already"):
        tk.train(dense, small, learning_rate=cosine, schedule=cosine)
    with pytest.raises(ValueError, match="schedule stands in the grid and as a fixed value"):
        tk.sweep(dense, small, {"schedule": {"a": cosine, "b": 0.1}}, schedule=cosine)
    with pytest.raises(ValueError, match="more than once"):
        tk.sweep(dense, small, {"schedule": [cosine, S.CosineDecay.from_config(cosine.get_config())]})
    with pytest.raises(TypeError, match="several schedules, best with names"):
        tk.sweep(dense, small, {"schedule": cosine})
    with pytest.raises(ValueError, match=r"one per member \(2\). Received: 3"):
        Trainer(dense, small, members=2).set_schedule([0.1, 0.2, 0.3])
