"""The live copy fits the learner's model, and the learner's model stays as it was."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit.training import Trainer
from tuningkit.training.live import LiveDropout, LiveL1L2
from tuningkit.training.surgery import make_live


def rich():
    inputs = keras.Input((8, 8))
    inner = keras.Sequential(
        [keras.Input((8, 8)), keras.layers.Dense(6, kernel_regularizer="l1"), keras.layers.Dropout(0.1)],
        name="inner",
    )
    x = inner(inputs)
    x = keras.layers.SpatialDropout1D(0.2, name="maps")(x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(3, kernel_regularizer="l2"))(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(5, trainable=False, name="frozen")(x)
    x = keras.layers.Dropout(0.3, noise_shape=(None, 1), name="rows")(x[:, :4])
    x = keras.layers.Dense(4, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.1))(x)
    return keras.Model(inputs, x, name="rich")


def test_the_copy_lines_up_with_the_original():
    model = rich()
    live = make_live(model)
    assert live.model.name == "rich"
    assert [tuple(w.shape) for w in live.model.weights] == [tuple(w.shape) for w in model.weights]
    assert [w.trainable for w in live.model.weights] == [w.trainable for w in model.weights]
    for ours, theirs in zip(live.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    rows = np.random.default_rng(0).normal(size=(3, 8, 8)).astype("float32")
    np.testing.assert_array_equal(live.model(rows), model(rows))


def test_dropout_and_kernels_are_live_and_know_what_the_model_said():
    live = make_live(rich())
    assert sorted(live.own_dropout) == pytest.approx([0.1, 0.2, 0.3])
    shapes = {layer.name: layer.noise_shape for layer in live.dropouts}
    assert shapes["maps"] == (None, 1, None)
    assert shapes["rows"] == (None, 1)
    # Inner dense, two LSTM cells, the frozen layer; the orthogonal one is no slider.
    assert len(live.regularizers) == 4
    assert sorted(live.own_l1) == pytest.approx([0, 0, 0, 0.01])
    assert sorted(live.own_l2) == pytest.approx([0, 0, 0.01, 0.01])
    assert all(type(layer) is LiveDropout for layer in live.dropouts)
    assert all(type(penalty) is LiveL1L2 for penalty in live.regularizers)


def test_a_copy_of_a_copy_is_live_too():
    twice = make_live(make_live(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])).model)
    assert twice.own_l2 == (0.0,)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (keras.layers.SpatialDropout2D(0.5), (None, 1, 1, None)),
        (keras.layers.SpatialDropout2D(0.5, data_format="channels_first"), (None, None, 1, 1)),
        (keras.layers.SpatialDropout3D(0.5), (None, 1, 1, 1, None)),
    ],
)
def test_spatial_dropout_keeps_its_shape(layer, shape):
    inputs = keras.Input((4,) * (len(shape) - 1))
    live = make_live(keras.Sequential([inputs, layer]))
    assert live.dropouts[0].noise_shape == shape


def test_a_subclass_of_dropout_stays_as_it_is():
    class AlwaysOn(keras.layers.Dropout):
        def call(self, inputs, training=None):
            return super().call(inputs, training=True)

    live = make_live(keras.Sequential([keras.Input((4,)), AlwaysOn(0.5), keras.layers.Dense(2)]))
    assert live.dropouts == []
    assert isinstance(live.model.layers[0], AlwaysOn)


def test_a_shared_dropout_layer_draws_anew_for_each_use(small):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((64,))
    drop = keras.layers.Dropout(0.5)
    joined = keras.layers.Concatenate()([drop(inputs), drop(inputs)])
    model = keras.Model(inputs, keras.layers.Dense(10)(joined))
    run = tk.train(model, small, dropout=0.5, epochs=2, progress=False)
    sweep = tk.sweep(model, small, {"seed": [0, 1]}, dropout=0.5, epochs=2, progress=False)
    assert np.isfinite(run.history["loss"]).all()
    alone = tk.train(model, small, seed=1, dropout=0.5, epochs=2, progress=False)
    np.testing.assert_allclose(sweep.history["loss"][1], alone.history["loss"], rtol=1e-4)


def state_of(model):
    return (
        [weight.copy() for weight in model.get_weights()],
        [layer.name for layer in model.layers],
        [layer.get_config() for layer in model.layers],
        model.compiled,
        model.optimizer.variables[0].numpy() if getattr(model, "optimizer", None) else None,
        [id(weight) for weight in model.weights],
    )


@pytest.mark.parametrize("compiled", [False, True])
def test_the_learners_model_is_never_changed(compiled, small, make_dense):
    model = make_dense(dropout=0.2, regularizer="l2")
    if compiled:
        model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(small.x_train, small.y_train, epochs=1, verbose=0)
    before = state_of(model)
    tk.train(model, small, dropout=0.5, l1=0.1, seed=3, epochs=1, progress=False)
    sweep = tk.sweep(model, small, {"l2": [0, 1]}, epochs=1, progress=False)
    sweep[0].restore(model)
    trainer = Trainer(model, small)
    trainer.train(1)
    trainer.predict(small.x_validation)
    after = state_of(model)
    for ours, theirs in zip(before[0], after[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert before[1:] == after[1:]
    assert type(model.layers[1]) is keras.layers.Dropout
    if compiled:
        model.fit(small.x_train, small.y_train, epochs=1, verbose=0)


def test_nobodys_random_numbers_are_disturbed(small, make_dense):
    model = make_dense(dropout=0.2)

    def draw():
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return (
            random.random(),
            np.random.random(),  # noqa: NPY002
            keras.random.normal((2,)).numpy().tolist(),
            tf.random.normal((2,)).numpy().tolist(),
            layer.kernel.numpy().tolist(),
        )

    keras.utils.set_random_seed(5)
    undisturbed = draw()
    keras.utils.set_random_seed(5)
    tk.train(model, small, seed=3, epochs=1, progress=False)
    tk.train(model, small, epochs=1, progress=False)
    tk.sweep(model, small, {"seed": [0, 1]}, epochs=1, progress=False)[0].restore(model)
    assert draw() == undisturbed


def test_the_same_seed_gives_the_same_run_whatever_happened_before(small, make_dense):
    model = make_dense(dropout=0.3)
    first = tk.train(model, small, seed=3, epochs=2, progress=False)
    random.seed(99)
    keras.utils.set_random_seed(99)
    second = tk.train(model, small, seed=3, epochs=2, progress=False)
    np.testing.assert_array_equal(first.history["val_loss"], second.history["val_loss"])
    other = tk.train(model, small, seed=4, epochs=2, progress=False)
    assert not np.array_equal(first.history["val_loss"], other.history["val_loss"])


def test_a_seed_draws_new_weights_but_leaves_frozen_and_adapted_ones(small):
    keras.utils.set_random_seed(0)
    normalise = keras.layers.Normalization()
    normalise.adapt(small.x_train)
    frozen = keras.layers.Dense(8, trainable=False)
    model = keras.Sequential([keras.Input((64,)), normalise, frozen, keras.layers.Dense(10)])
    trainer = Trainer(model, small, seeds=1)
    ours = trainer.engine.weights(0)
    for place, (weight, variable) in enumerate(zip(ours, model.weights, strict=True)):
        same = np.array_equal(weight, variable.numpy())
        assert same == (not variable.trainable or not variable.numpy().any()), (place, variable.path)
    trainer.train(1)
    for weight, variable in zip(trainer.engine.weights(0), model.weights, strict=True):
        assert np.array_equal(weight, variable.numpy()) != variable.trainable


def test_dropout_of_one_is_brought_down_to_just_below(small):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dropout(1.0), keras.layers.Dense(10)])
    trainer = Trainer(model, small)
    trainer.train(1)
    assert np.isfinite(trainer.history["loss"]).all()
