"""Training here equals ``model.fit(shuffle=False)``: weights and every curve."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.training.optimizer_choices import OPTIMIZERS

L1, L2, RATE = 1e-4, 1e-3, 3e-3


def from_logits():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_with_l1_and_l2(name, small, make_dense, fit_with_keras, assert_equals_fit):
    choice = OPTIMIZERS[name]
    regularized = make_dense(regularizer=keras.regularizers.L1L2(L1, L2))
    optimizer = choice.build(learning_rate=RATE, **choice.arguments)
    weights, history = fit_with_keras(regularized, small, optimizer, loss=from_logits())
    settings = {"learning_rate": RATE, "l1": L1, "l2": L2, "dropout": 0.0, "optimizer": name}
    run = tk.train(make_dense(), small, **settings, shuffle=False, epochs=5, progress=False)
    assert_equals_fit(run, weights, history)


@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(1e-3, 20, warmup_target=5e-3, warmup_steps=5), amsgrad=True
        ),
        keras.optimizers.SGD(
            keras.optimizers.schedules.ExponentialDecay(0.1, 7, 0.5), momentum=0.8, clipvalue=0.01
        ),
        keras.optimizers.Adam(2e-3, global_clipnorm=0.1, weight_decay=1e-3),
        keras.optimizers.Adam(2e-3, gradient_accumulation_steps=3),
        keras.optimizers.RMSprop(1e-3, momentum=0.9, centered=True),
    ],
    ids=["cosine", "exponential", "global clipnorm", "accumulation", "centered"],
)
def test_an_optimizer_object_means_what_it_says(
    optimizer, small, make_dense, fit_with_keras, assert_equals_fit
):
    copy = type(optimizer).from_config(optimizer.get_config())
    weights, history = fit_with_keras(make_dense(), small, copy, loss=from_logits(), epochs=3)
    run = tk.train(make_dense(), small, optimizer=optimizer, shuffle=False, epochs=3, progress=False)
    assert_equals_fit(run, weights, history)
    assert not optimizer.built


def convolutional(inputs):
    return keras.Sequential(
        [
            inputs,
            keras.layers.Conv2D(4, 3, activation="relu", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.SpatialDropout2D(0.0),
            keras.layers.MaxPooling2D(),
            keras.layers.SeparableConv2D(4, 2),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10),
        ]
    )


def normalised(inputs):
    return keras.Sequential(
        [
            inputs,
            keras.layers.Dense(16, "relu", trainable=False),
            keras.layers.BatchNormalization(trainable=False),
            keras.layers.Dense(16, use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Activation("relu"),
            keras.layers.Dense(10),
        ]
    )


def branches(inputs):
    shared = keras.layers.Dense(12, "relu")
    halves = keras.layers.Concatenate()([shared(inputs[:, :32]), shared(inputs[:, 32:])])
    nested = keras.Sequential([keras.Input((24,)), keras.layers.Dense(12, "gelu"), keras.layers.Dense(24)])
    skipped = keras.layers.Add()([nested(halves), halves])
    return keras.Model(inputs, keras.layers.Dense(10)(keras.layers.LayerNormalization()(skipped)))


def attention(inputs):
    rows = keras.layers.Reshape((8, 8))(inputs)
    attend = keras.layers.MultiHeadAttention(
        2, 4, use_bias=False, kernel_regularizer=keras.regularizers.L2(1e-3)
    )
    seen = attend(rows, rows)
    return keras.Model(inputs, keras.layers.Dense(10)(keras.layers.Flatten()(seen)))


def own_penalties(inputs):
    return keras.Sequential(
        [
            inputs,
            keras.layers.Dense(
                16,
                kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.01),
                bias_regularizer="l2",
                activity_regularizer=keras.regularizers.L2(1e-3),
            ),
            keras.layers.Dense(10, "softmax"),
        ]
    )


NETWORKS = [convolutional, normalised, branches, attention, own_penalties]


@pytest.mark.parametrize("build", NETWORKS, ids=lambda build: build.__name__)
def test_every_kind_of_network(build, small, images, fit_with_keras, assert_equals_fit):
    data = images if build is convolutional else small
    keras.utils.set_random_seed(1)
    model = build(keras.Input(data.input_shape))
    oracle = keras.models.clone_model(model)
    oracle.set_weights(model.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=build is not own_penalties)
    weights, history = fit_with_keras(oracle, data, keras.optimizers.Adam(2e-3), loss=loss)
    run = tk.train(model, data, learning_rate=2e-3, shuffle=False, epochs=5, progress=False)
    assert_equals_fit(run, weights, history)


class DenseGradientEmbedding(keras.layers.Embedding):
    """An Embedding whose gradient is an ordinary array.

    On TensorFlow, Keras's own gives optimisers a list of rows, in which a word that occurs twice stands twice,
    and Adam squares the rows before it adds them. On its other backends it adds first, as theory has it, and as
    the trainer does.
    """

    def call(self, inputs):
        return keras.ops.matmul(keras.ops.one_hot(inputs, self.input_dim), self.embeddings)


@pytest.mark.parametrize("name", ["sgd", "momentum"])
def test_embedding(name, tokens, fit_with_keras, assert_equals_fit):
    def build():
        keras.utils.set_random_seed(1)
        words = keras.layers.Embedding(20, 6)
        return keras.Sequential(
            [
                keras.Input((8,), dtype="int32"),
                words,
                keras.layers.Flatten(),
                keras.layers.Dense(2),
            ]
        )

    choice = OPTIMIZERS[name]
    optimizer = choice.build(learning_rate=0.1, **choice.arguments)
    weights, history = fit_with_keras(build(), tokens, optimizer, loss=from_logits())
    settings = {"learning_rate": 0.1, "optimizer": name}
    run = tk.train(build(), tokens, **settings, shuffle=False, epochs=5, progress=False)
    assert_equals_fit(run, weights, history)


@pytest.mark.parametrize("probabilities", [True, False])
def test_one_unit_for_two_classes(probabilities, tokens, fit_with_keras, assert_equals_fit):
    def build(embedding=keras.layers.Embedding):
        keras.utils.set_random_seed(1)
        return keras.Sequential(
            [
                keras.Input((8,), dtype="int32"),
                embedding(20, 6),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Dense(1, "sigmoid" if probabilities else None),
            ]
        )

    loss = keras.losses.BinaryCrossentropy(from_logits=not probabilities)
    metric = keras.metrics.BinaryAccuracy("accuracy", threshold=0.5 if probabilities else 0.0)
    weights, history = fit_with_keras(
        build(DenseGradientEmbedding), tokens, keras.optimizers.Adam(1e-2), loss=loss, metrics=[metric]
    )
    run = tk.train(build(), tokens, learning_rate=1e-2, shuffle=False, epochs=5, progress=False)
    assert_equals_fit(run, weights, history)


def test_regression(numbers, make_dense, fit_with_keras, assert_equals_fit):
    def build():
        return make_dense(inputs=2, classes=1)

    weights, history = fit_with_keras(
        build(),
        numbers,
        keras.optimizers.Adam(1e-2),
        loss="mean_squared_error",
        metrics=["mean_absolute_error"],
    )
    run = tk.train(build(), numbers, learning_rate=1e-2, shuffle=False, epochs=5, progress=False)
    assert run.loss_name == "mean squared error"
    assert_equals_fit(run, weights, history)


@pytest.mark.parametrize("layer", [keras.layers.LSTM, keras.layers.GRU])
def test_recurrent_networks(layer, tokens, fit_with_keras, assert_equals_fit):
    def build(embedding=keras.layers.Embedding):
        keras.utils.set_random_seed(1)
        return keras.Sequential(
            [
                keras.Input((8,), dtype="int32"),
                embedding(20, 4, mask_zero=True),
                layer(5, kernel_regularizer=keras.regularizers.L2(1e-3)),
                keras.layers.Dense(2),
            ]
        )

    weights, history = fit_with_keras(
        build(DenseGradientEmbedding), tokens, keras.optimizers.Adam(1e-2), loss=from_logits()
    )
    run = tk.train(build(), tokens, learning_rate=1e-2, shuffle=False, epochs=5, progress=False)
    assert not run.note
    assert_equals_fit(run, weights, history)


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        "categorical_crossentropy",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"),
    ],
    ids=["smoothing", "by name", "summed"],
)
def test_other_losses(loss, small, make_dense):
    def learner_loss(y, scores):
        one_hot = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y, (-1,)), "int32"), 10)
        oracle = loss
        if isinstance(loss, str):
            oracle = keras.losses.CategoricalCrossentropy(from_logits=True)
        if isinstance(oracle, keras.losses.SparseCategoricalCrossentropy):
            return oracle(y, scores)
        return oracle(one_hot, scores)

    model = make_dense()
    model.compile(keras.optimizers.SGD(1e-3), learner_loss)
    model.fit(small.x_train, small.y_train, epochs=2, shuffle=False, verbose=0)
    settings = {"optimizer": "sgd", "learning_rate": 1e-3, "loss": loss}
    run = tk.train(make_dense(), small, **settings, epochs=2, shuffle=False, progress=False)
    for ours, theirs in zip(run.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_a_weight_without_effect_is_rounding_noise_in_keras_too(small, fit_with_keras):
    # BatchNormalization takes out the bias before it. The true gradient of that bias is 0, what is computed is
    # rounding, and Adam blows rounding up to steps of full size. Keras does not agree with itself there.
    def build():
        keras.utils.set_random_seed(1)
        return keras.Sequential(
            [
                keras.Input((64,)),
                keras.layers.Dense(16),
                keras.layers.BatchNormalization(momentum=0.9),
                keras.layers.Dense(10),
            ]
        )

    def fit(eagerly):
        model = build()
        model.compile(keras.optimizers.Adam(2e-3), from_logits(), run_eagerly=eagerly)
        model.fit(small.x_train, small.y_train, epochs=2, shuffle=False, verbose=0)
        return model.get_weights()

    graph, eager = fit(False), fit(True)
    run = tk.train(build(), small, learning_rate=2e-3, epochs=2, shuffle=False, progress=False)
    assert np.abs(graph[1] - eager[1]).max() > 1e-5
    for place in (0, 2, 3, 6, 7):  # Everything but the bias and the moving statistics that follow it.
        np.testing.assert_allclose(run.weights[place], graph[place], rtol=0, atol=1e-5)
