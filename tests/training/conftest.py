"""Networks, data and one Keras oracle, shared by all tests of the trainer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk


@pytest.fixture(scope="session")
def digits():
    return tk.datasets.load_digits()


@pytest.fixture(scope="session")
def small(digits):
    """200 training rows: six full batches of 32 and one of 8."""
    return digits.subset(200)


@pytest.fixture(scope="session")
def images():
    return tk.datasets.load_digits(images=True).subset(200)


@pytest.fixture(scope="session")
def numbers():
    """A regression with two inputs."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(250, 2))
    return tk.Dataset.from_arrays(x, np.sin(x[:, 0]) + 0.3 * x[:, 1], name="numbers")


@pytest.fixture(scope="session")
def tokens():
    """Sequences of eight words; the class says which of two words comes more often."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 20, size=(300, 8)).astype("int32")
    y = ((x == 3).sum(1) >= (x == 4).sum(1)).astype("int32")
    return tk.Dataset.from_arrays(x, y, scale=False, name="tokens")


def _make_dense(*, seed=7, width=24, dropout=0.0, regularizer=None, classes=10, inputs=64):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(width, "relu", kernel_regularizer=regularizer),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes, kernel_regularizer=regularizer),
        ],
        name="dense",
    )


@pytest.fixture(scope="session")
def make_dense():
    return _make_dense


@pytest.fixture(scope="session")
def dense():
    """64-24-10, one dropout layer, no penalty of its own."""
    return _make_dense()


def _fit_with_keras(model, data, optimizer, *, loss, epochs=5, metrics=("accuracy",), batch_size=32):
    """Train ``model`` itself with ``fit``, rows in the given order, and return weights and history."""
    model.compile(optimizer, loss, metrics=list(metrics))
    record = model.fit(
        data.x_train,
        data.y_train,
        validation_data=(data.x_validation, data.y_validation),
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    return model.get_weights(), {name: np.array(curve) for name, curve in record.history.items()}


def _assert_equals_fit(run, weights, history, tolerance=1e-5):
    """Weights and every curve of ``run`` equal those of Keras, whose losses include the penalty."""
    for ours, theirs in zip(run.weights, weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)
    for name, theirs in history.items():
        ours = run.history[name]
        if name in ("loss", "val_loss"):
            ours = ours + run.history[name.replace("loss", "penalty")]
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.fixture(scope="session")
def fit_with_keras():
    return _fit_with_keras


@pytest.fixture(scope="session")
def assert_equals_fit():
    return _assert_equals_fit
