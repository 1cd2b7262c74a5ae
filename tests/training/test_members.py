"""Members of one graph: independent to the last bit, equal to separate runs, in the order asked for."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.training import Trainer


def weights_of(trainer, member):
    return np.concatenate([weight.ravel() for weight in trainer.engine.weights(member)])


def train_three(model, data, third, **settings):
    trainer = Trainer(model, data, members=3, **settings)
    trainer.set("learning_rate", [1e-3, 1e-2, third])
    trainer.train(2)
    return trainer


def convolutional(images):
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input(images.input_shape),
            keras.layers.Conv2D(3, 3, activation="relu"),
            keras.layers.SpatialDropout2D(0.2),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_a_member_does_not_depend_on_its_neighbours(kind, small, images, make_dense):
    model, data = (make_dense(), small) if kind == "dense" else (convolutional(images), images)
    trainer = train_three(model, data, 1e-4, optimizer="momentum")
    assert trainer.engine.way == ("together" if kind == "dense" else "in turn")
    alone = [weights_of(trainer, member) for member in (0, 1)]
    curves = {name: values[:2].copy() for name, values in trainer.history.items()}
    trainer.restart()
    # Everything else moves, and the neighbour diverges to NaN.
    trainer.set("learning_rate", [1e-3, 1e-2, 1e30])
    trainer.set("l1", [0, 0, 0.5])
    trainer.set("l2", [0, 0, 1.0])
    trainer.set("dropout", [0.0, 0.0, 0.9] if kind == "dense" else [0.2, 0.2, 0.9])
    trainer.train(2)
    assert trainer.diverged_at[2] == 1
    assert not trainer.diverged_at[:2].any()
    assert np.isnan(trainer.history["val_loss"][2]).all()
    for member in (0, 1):
        np.testing.assert_array_equal(weights_of(trainer, member), alone[member])
    for name, values in trainer.history.items():
        np.testing.assert_array_equal(values[:2], curves[name])


def test_members_with_the_same_values_are_the_same(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.3), small, members=3)
    trainer.train(2)
    # Not to the last bit: where a member lies in memory decides how its sums are grouped.
    np.testing.assert_allclose(weights_of(trainer, 0), weights_of(trainer, 2), atol=1e-7)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("learning_rate", [1e-3, 1e-2]),
        ("dropout", [0.0, 0.4]),
        ("l1", [0.0, 1e-3]),
        ("l2", [1e-4, 1e-2]),
        ("seed", [3, 4]),
        ("batch_size", [16, 64]),
        ("optimizer", ["sgd", "rmsprop"]),
    ],
)
def test_a_sweep_equals_separate_runs(name, values, small, make_dense):
    model = make_dense(dropout=0.2)
    fixed = {"learning_rate": 3e-3, "seed": 5, "l2": 1e-3}
    fixed.pop(name, None)
    sweep = tk.sweep(model, small, {name: values}, epochs=3, progress=False, **fixed)
    for member, value in enumerate(values):
        run = tk.train(model, small, epochs=3, progress=False, **fixed, **{name: value})
        for curve, theirs in run.history.items():
            np.testing.assert_allclose(sweep.history[curve][member], theirs, rtol=2e-5, atol=2e-5)
        for ours, theirs in zip(sweep.weights[member], run.weights, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=2e-5)
        ours, theirs = sweep[member].hyperparameters, run.hyperparameters
        assert {k: v for k, v in ours.items() if v is not None} == {
            k: v for k, v in theirs.items() if v is not None
        }


def test_a_convolutional_sweep_equals_separate_runs(images):
    model = convolutional(images)
    sweep = tk.sweep(model, images, {"l2": [0.0, 1e-2]}, epochs=2, seed=1, progress=False)
    for member, l2 in enumerate([0.0, 1e-2]):
        run = tk.train(model, images, l2=l2, epochs=2, seed=1, progress=False)
        np.testing.assert_allclose(sweep.history["val_loss"][member], run.history["val_loss"], rtol=1e-4)


def test_a_recurrent_sweep_over_seeds_equals_separate_runs(tokens):
    model = keras.Sequential(
        [
            keras.Input((8,), dtype="int32"),
            keras.layers.Embedding(20, 4),
            keras.layers.LSTM(4, dropout=0.3),
            keras.layers.Dense(2),
        ]
    )
    sweep = tk.sweep(model, tokens, {"seed": [1, 2]}, epochs=2, progress=False)
    run = tk.train(model, tokens, seed=2, epochs=2, progress=False)
    np.testing.assert_allclose(sweep.history["loss"][1], run.history["loss"], rtol=1e-4)
    assert sweep.history["loss"][0, 0] != sweep.history["loss"][1, 0]


def test_all_members_share_start_batches_and_noise(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.5), small, members=2, seeds=3)
    trainer.set("learning_rate", [1e-3, 1e-3])
    np.testing.assert_array_equal(weights_of(trainer, 0), weights_of(trainer, 1))
    trainer.train(1)
    np.testing.assert_allclose(weights_of(trainer, 0), weights_of(trainer, 1), atol=1e-7)


def test_seeds_differ_in_start_order_and_noise(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.5), small, members=3, seeds=[1, 2, 1])
    first = weights_of(trainer, 0)
    assert not np.array_equal(first, weights_of(trainer, 1))
    np.testing.assert_array_equal(first, weights_of(trainer, 2))
    trainer.advance(budget=0.0)
    orders = trainer.engine.order.rows.numpy()
    assert not np.array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[0], orders[2])
    assert sorted(orders[1]) == list(range(200))
    trainer.train(1)
    np.testing.assert_allclose(weights_of(trainer, 0), weights_of(trainer, 2), atol=1e-7)


def test_every_epoch_has_an_order_of_its_own(small, make_dense):
    trainer = Trainer(make_dense(), small, seeds=1)
    trainer.train(1)
    first = trainer.engine.order.rows.numpy()
    trainer.train(2)
    assert not np.array_equal(first, trainer.engine.order.rows.numpy())


def test_products_come_in_the_order_asked_for(small, make_dense):
    grid = {"l2": [0.0, 1e-2], "optimizer": ["adam", "sgd"], "learning_rate": [1e-3, 1e-2, 1e-1]}
    sweep = tk.sweep(make_dense(), small, grid, epochs=1, progress=False)
    assert sweep.shape == (2, 2, 3)
    assert sweep.configurations[0] == {"l2": 0.0, "optimizer": "adam", "learning_rate": 1e-3}
    assert sweep.configurations[4] == {"l2": 0.0, "optimizer": "sgd", "learning_rate": 1e-2}
    assert sweep.configurations[-1] == {"l2": 1e-2, "optimizer": "sgd", "learning_rate": 1e-1}
    for member in (1, 4, 8, 11):
        run = tk.train(make_dense(), small, **sweep.configurations[member], epochs=1, progress=False)
        assert sweep.history["val_loss"][member, 0] == pytest.approx(run.history["val_loss"][0], rel=1e-4)
    table = sweep.table("val_loss")
    assert table.shape == (2, 2, 3)
    assert table[1, 1, 2] == sweep.scores("val_loss")[-1]


def test_momenta_are_shared_by_the_members(small, make_dense):
    rates = {"learning_rate": [1e-3, 1e-2]}
    sweep = tk.sweep(make_dense(), small, rates, optimizer="momentum", momentum=0.5, epochs=1, progress=False)
    run = tk.train(
        make_dense(),
        small,
        learning_rate=1e-2,
        optimizer=keras.optimizers.SGD(momentum=0.5),
        epochs=1,
        progress=False,
    )
    assert sweep.history["val_loss"][1, 0] == pytest.approx(run.history["val_loss"][0], rel=1e-4)
    assert sweep.hyperparameters["momentum"] == 0.5


def test_restart_repeats_the_run_to_the_last_bit(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.3), small, members=2, seeds=1, optimizer="adam")
    trainer.set("l2", [0.0, 1e-2])
    trainer.train(2)
    before = trainer.history["val_loss"].copy()
    trainer.set("learning_rate", 0.1)
    trainer.train(3)
    trainer.set("learning_rate", None)
    trainer.restart(1)
    trainer.train(2)
    np.testing.assert_array_equal(trainer.history["val_loss"], before)


def test_chunks_do_not_change_the_result(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.3), small, seeds=1)
    trainer.train(2)
    whole = weights_of(trainer, 0)
    trainer.restart(1)
    while trainer.epoch < 2:
        trainer.advance(budget=0.0)
    np.testing.assert_array_equal(weights_of(trainer, 0), whole)
