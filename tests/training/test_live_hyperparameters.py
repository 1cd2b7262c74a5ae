"""Hyperparameters move while training runs: at once, without a new graph, and never into nonsense."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuningkit.training import Trainer
from tuningkit.training import hyperparameters as table


def convolutional(images):
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input(images.input_shape),
            keras.layers.Conv2D(3, 3, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


# Values that differ in kind: zero, small, large, "as in the model".
MOVES = {
    "learning_rate": [1e-5, 0.5, None],
    "dropout": [0.0, 0.9, None],
    "l1": [0.0, 1e-2, None],
    "l2": [1e-6, 10.0, None],
    "momentum": [0.0, 0.5, None],
    "rho": [0.5, None],
    "beta_1": [0.0, 0.99, None],
    "beta_2": [0.5, None],
    "weight_decay": [0.0, 0.1, None],
}


@pytest.mark.parametrize(
    ("members", "optimizer", "kind"),
    [
        (1, "adamw", "dense"),
        (5, "momentum", "dense"),
        (5, "adam", "seeds"),
        (1, "rmsprop", "convolutional"),
        (2, "adam", "convolutional"),
    ],
)
def test_no_move_ever_traces_again(members, optimizer, kind, small, images, make_dense):
    seeds = list(range(members)) if kind == "seeds" else 3
    if kind == "convolutional":
        trainer = Trainer(convolutional(images), images, members=members, seeds=seeds, optimizer=optimizer)
    else:
        trainer = Trainer(make_dense(), small, members=members, seeds=seeds, optimizer=optimizer)
    trainer.train(1)
    trainer.predict(trainer.data.x_validation)
    engine, traces = trainer.engine, trainer.engine.traces
    assert traces == 2  # Steps and prediction.
    for name in trainer.live_names:
        for value in MOVES[name]:
            trainer.change(name, value)
            trainer.advance(budget=0.0)
            if name in table.MEMBER_HYPERPARAMETERS and value is not None:
                trainer.set(name, np.linspace(0.3, 0.5, members))
                trainer.advance(budget=0.0)
    trainer.restart(seeds)
    trainer.train(2)
    if kind == "seeds":
        trainer.restart([7, 8, 9, 10, 11])
        trainer.train(1)
    trainer.predict(trainer.data.x_validation, members - 1)
    assert engine is trainer.engine
    assert engine.traces == traces


def test_a_move_in_the_middle_of_an_epoch_acts_at_the_next_step(small, make_dense):
    trainer = Trainer(make_dense(), small, optimizer="sgd")
    trainer.advance(budget=0.0)
    trainer.advance(budget=0.0)
    before = trainer.engine.state.theta.numpy()
    trainer.set("learning_rate", 1e-12)
    while not trainer.advance():
        pass
    assert np.abs(trainer.engine.state.theta.numpy() - before).max() < 1e-9


def test_optimizer_state_survives_a_move(small, make_dense):
    trainer = Trainer(make_dense(), small, optimizer="momentum")
    trainer.train(1)
    velocity = trainer.engine.state.optimizer.variables[-1].numpy()
    assert np.abs(velocity).max() > 0
    trainer.set("learning_rate", 0.01)
    trainer.set("momentum", 0.2)
    np.testing.assert_array_equal(trainer.engine.state.optimizer.variables[-1].numpy(), velocity)


def test_restart_keeps_the_sliders_where_they_are(small, make_dense):
    trainer = Trainer(make_dense(), small, optimizer="momentum")
    trainer.set("learning_rate", 0.5)
    trainer.set("momentum", 0.25)
    trainer.set("l2", 0.125)
    trainer.restart()
    assert (trainer.get("learning_rate"), trainer.get("momentum"), trainer.get("l2")) == (0.5, 0.25, 0.125)
    trainer.set("momentum", None)
    assert trainer.get("momentum") == 0.9
    assert trainer.get("dropout") is None


def test_changes_are_on_record(small, make_dense):
    trainer = Trainer(make_dense(), small)
    trainer.train(1)
    trainer.change("l2", 1e-2)
    trainer.change("l2", 1e-2)  # No change.
    trainer.advance(budget=0.0)
    trainer.change("dropout", 0.5)
    first, second = trainer.run().changes
    assert (first.epoch, first.name, first.old, first.new) == (1.0, "l2", None, 1e-2)
    assert (second.name, second.new) == ("dropout", 0.5)
    assert 1 < second.epoch < 2
    trainer.restart()
    assert trainer.run().changes == ()


def test_left_out_means_as_in_the_model(small):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(8, kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-2)),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(8, kernel_regularizer="l2"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10),
        ]
    )
    model.compile(keras.optimizers.RMSprop(0.02), "sparse_categorical_crossentropy")
    trainer = Trainer(model, small)
    engine = trainer.engine
    assert trainer.optimizer == "rmsprop"
    np.testing.assert_allclose(engine.state.dropout.numpy(), [[0.25, 0.5]])
    np.testing.assert_allclose(engine.state.l1.numpy(), [[1e-3, 0, 0]])
    np.testing.assert_allclose(engine.state.l2.numpy(), [[1e-2, 1e-2, 0]])
    np.testing.assert_allclose(engine.state.rate_table.rates.numpy(), [[0.02]])
    trainer.set("l2", 0.5)
    np.testing.assert_allclose(engine.state.l2.numpy(), [[0.5, 0.5, 0.5]])
    trainer.set("l2", None)
    np.testing.assert_allclose(engine.state.l2.numpy(), [[1e-2, 1e-2, 0]])


@pytest.fixture(scope="module")
def shared_trainer(small, make_dense):
    return Trainer(make_dense(), small, members=2, optimizer="adamw", seeds=0)


def legal(name):
    entry = table.HYPERPARAMETERS[name]
    # Beyond the sliders, up to the limits of what the rules allow.
    high = 1.0 if entry.high == 1 else 1e38
    return st.floats(0, high, exclude_max=entry.open_high).filter(
        lambda value: not (entry.open_low and value == 0)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            name: legal(name)
            for name in ("learning_rate", "dropout", "l1", "l2", "beta_1", "beta_2", "weight_decay")
        },
    )
)
def test_any_legal_values_train_or_diverge_but_never_raise(values, shared_trainer):
    trainer = shared_trainer
    traces = trainer.engine.traces
    for name in trainer.live_names:
        trainer.set(name, values.get(name))
    trainer.restart(0)
    trainer.train(2)
    assert trainer.epoch == 2
    for name, curves in trainer.history.items():
        assert curves.shape == (2, 2)
        for member, curve in enumerate(curves):
            diverged = trainer.diverged_at[member]
            healthy = curve[: diverged - 1] if diverged else curve
            assert np.isfinite(healthy).all(), name
            assert np.isnan(curve[len(healthy) :]).all(), name
    assert trainer.engine.traces == max(traces, 1)
    trainer.run().diagnosis  # noqa: B018


@pytest.mark.parametrize("name", ["learning_rate", "dropout", "l1", "l2", "beta_1", "beta_2", "weight_decay"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_out_of_range_is_refused_with_the_value_in_the_message(name, data, shared_trainer):
    entry = table.HYPERPARAMETERS[name]
    outside = st.one_of(
        st.floats(max_value=0, exclude_max=not entry.open_low),
        st.sampled_from([math.nan, math.inf, -math.inf]),
        *([st.floats(min_value=1)] if entry.high == 1 else []),
    ).filter(lambda value: not (value == 0 and not entry.open_low))
    value = data.draw(outside)
    before = shared_trainer.get(name)
    with pytest.raises(ValueError, match=name) as caught:
        shared_trainer.set(name, value)
    assert repr(value) in str(caught.value)
    assert shared_trainer.get(name) == before
    with pytest.raises(ValueError, match=name):
        shared_trainer.set(name, [0.5, value] if name in table.MEMBER_HYPERPARAMETERS else value)
    assert shared_trainer.get(name) == before


@pytest.mark.parametrize("value", ["0.1", True, None, [0.1], 1j, np.bool_(True), b"1"])
def test_what_is_no_number_is_refused(value, shared_trainer):
    if value is None:
        shared_trainer.set("beta_1", None)
        return
    with pytest.raises((TypeError, ValueError), match="l2"):
        shared_trainer.set("l2", value)


def test_unknown_names_get_the_nearest_one(shared_trainer):
    for wrong, right in (("learning_rat", "learning_rate"), ("droput", "dropout"), ("L2", "l2")):
        with pytest.raises(ValueError, match=f"Did you mean '{right}'"):
            shared_trainer.set(wrong, 0.1)


def test_the_number_of_values_must_be_the_number_of_members(shared_trainer):
    with pytest.raises(ValueError, match=r"one per member \(2\).*Received: 3"):
        shared_trainer.set("l2", [0.1, 0.2, 0.3])


# What diverges


def test_a_diverged_run_is_a_result(numbers, make_dense):
    trainer = Trainer(make_dense(inputs=2, classes=1), numbers, optimizer="sgd")
    trainer.set("learning_rate", 1e30)
    trainer.train(6)
    assert trainer.diverged
    assert trainer.epoch == 6
    run = trainer.run()
    first = run.diverged_at
    assert 1 <= first <= 3
    assert run.history["val_loss"].shape == (6,)
    for curve in run.history.values():
        assert np.isnan(curve[first - 1 :]).all()
        assert np.isfinite(curve[: first - 1]).all()
    assert run.diagnosis.kind == "diverged"
    assert run.best("val_loss")[0] == first - 1
    assert "diverged" in repr(run).lower()


def test_a_run_that_diverges_late_keeps_its_good_epochs(small, make_dense):
    trainer = Trainer(make_dense(), small, members=2, optimizer="sgd")
    trainer.train(3)
    trainer.set("learning_rate", [0.01, 1e35])
    trainer.train(5)
    assert trainer.diverged_at.tolist() == [0, 4]
    assert np.isfinite(trainer.history["loss"][0]).all()
    assert np.isfinite(trainer.history["loss"][1, :3]).all()
    assert np.isnan(trainer.history["val_accuracy"][1, 3:]).all()
    assert not trainer.diverged


def test_restart_heals_a_diverged_trainer(small, make_dense):
    trainer = Trainer(make_dense(), small, optimizer="momentum")
    trainer.train(2)
    healthy = trainer.history["val_loss"].copy()
    trainer.restart()
    trainer.set("learning_rate", 1e38)
    trainer.train(3)
    assert trainer.diverged
    trainer.set("learning_rate", None)
    trainer.restart()
    trainer.train(2)
    np.testing.assert_array_equal(trainer.history["val_loss"], healthy)
