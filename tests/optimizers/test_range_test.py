"""The range test on real networks: equal to Keras step by step, one graph, a record that keeps."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.training import engine as engine_module


def build(data, width=24, classes=10):
    keras.utils.set_random_seed(7)
    return keras.Sequential(
        [
            keras.Input(data.input_shape),
            keras.layers.Dense(width, "relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            keras.layers.Dropout(0.0),
            keras.layers.Dense(classes),
        ],
        name="small",
    )


@pytest.fixture(scope="module")
def digits():
    return tk.datasets.load_digits().subset(200)


@pytest.fixture(scope="module")
def model(digits):
    return build(digits)


@pytest.fixture(scope="module")
def engines():
    return []


@pytest.fixture(scope="module")
def test(model, digits, engines):
    """A test whose engine is kept, to count its graphs."""
    before = model.get_weights()
    patch = pytest.MonkeyPatch()
    plain = engine_module.Engine.__init__

    def noted(self, *args, **kwargs):
        plain(self, *args, **kwargs)
        engines.append(self)

    patch.setattr(engine_module.Engine, "__init__", noted)
    result = tk.range_test(model, digits, steps=120)
    patch.undo()
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    return result


def test_the_steps_are_one_graph(test, engines):
    graph = engines[0]._graphs["steps"]
    assert len(engines) == 1
    assert graph.experimental_get_tracing_count() == 1


def test_it_finds_where_a_real_network_learns(test):
    low, high = test.interval
    assert 1e-5 < low < test.suggestion < high < test.diverged_at < 10
    assert test.suggestion == pytest.approx(np.sqrt(low * high))
    ends = int(np.searchsorted(test.rates, test.diverged_at * 0.999))
    assert np.isfinite(test.losses[: ends + 1]).all() and np.isnan(test.losses[ends + 1 :]).all()
    assert np.isnan(test.smoothed[ends + 1 :]).all()
    np.testing.assert_allclose(test.rates[1:] / test.rates[:-1], 10 ** (7 / 119))


def test_what_it_suggests_trains(test, model, digits):
    runs = tk.sweep(
        model,
        digits,
        {"learning_rate": [test.suggestion, test.diverged_at]},
        epochs=8,
        seed=0,
        progress=False,
    )
    good, bad = runs.scores("val_loss", at="last")
    assert good < 1.0 < bad or not np.isfinite(bad)


def test_gradient_descent_that_gets_stuck_on_digits_has_diverged(digits):
    test = tk.range_test(build(digits, width=64), digits, optimizer="sgd", low=1e-4, high=30.0)
    assert test.interval[1] < test.diverged_at < 10
    assert "diverges at" in test.words


@pytest.mark.parametrize("name", ["adam", "momentum"])
def test_losses_are_those_of_train_on_batch(name, digits):
    steps, high = 50, 0.1
    test = tk.range_test(build(digits), digits, low=1e-5, high=high, steps=steps, optimizer=name, seed=None)
    order = np.concatenate([_order(digits, epoch) for epoch in range(-(-steps // 7))])
    model = build(digits)
    optimizer = keras.optimizers.Adam() if name == "adam" else keras.optimizers.SGD(momentum=0.9)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = []
    for rate, rows in zip(test.rates, _batches(order, len(digits.x_train)), strict=False):
        optimizer.learning_rate = rate
        model.reset_metrics()
        losses.append(model.train_on_batch(digits.x_train[rows], digits.y_train[rows]))
    np.testing.assert_allclose(test.losses[: len(losses)], losses, rtol=1e-5)
    assert len(losses) == steps and test.diverged_at is None


def _order(data, epoch):
    """The batch order of the trainer, as its graph draws it."""
    import tensorflow as tf

    noise = tf.random.stateless_uniform((len(data.x_train),), tf.constant([0, epoch], tf.int64))
    return tf.argsort(noise, stable=True).numpy()


def _batches(order, rows):
    for start in range(0, len(order), rows):
        yield from (order[start + i : min(start + i + 32, start + rows)] for i in range(0, rows, 32))


def test_on_a_quadratic_the_limit_is_two_over_the_curvature():
    # Loss |x w|^2 / n with whole batches: gradient descent diverges exactly above 2 / (largest eigenvalue).
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype("float32")
    targets = (x @ [1.0, -2.0, 0.5]).astype("float32")
    data = tk.Dataset.from_arrays(x, targets, scale=False, name="line")
    rows = len(data.x_train)
    curvature = np.linalg.eigvalsh(2 * data.x_train.T @ data.x_train / rows).max()
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    settings = {"optimizer": "sgd", "batch_size": rows, "smoothing": 0.0, "low": 1e-4, "high": 100.0}
    test = tk.range_test(model, data, **settings, loss="mean_squared_error")
    assert test.interval[1] < 2 / curvature < test.diverged_at
    # Beyond the limit a few steps are enough to show it.
    assert test.diverged_at < 4 * 2 / curvature


def test_the_learners_schedule_is_replaced(digits, test):
    model = build(digits)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)), "mse")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    again = tk.range_test(model, digits, steps=120, loss=loss)
    np.testing.assert_allclose(again.losses, test.losses, rtol=1e-4)


def test_the_record_is_plain_data(test, tmp_path):
    copy = pickle.loads(pickle.dumps(test))
    np.testing.assert_array_equal(copy.losses, test.losses)
    assert copy.interval == test.interval
    table = np.genfromtxt(test.to_csv(tmp_path / "test.csv"), delimiter=",", names=True)
    np.testing.assert_allclose(table["loss"], test.losses)
    assert "rates worth using" in repr(test) and "first try" in test._repr_html_()
    assert test.loss_name == "cross-entropy" and test.model_name == "small"


def test_the_picture_marks_what_was_found(test):
    ax = test.plot()
    parts = {artist.get_gid() for artist in ax.get_children()}
    assert {"interval", "batches", "smoothed", "suggestion", "divergence", "diverged"} <= parts
    assert ax.get_xscale() == "log" and "diverges" in ax.get_title()
    assert ax.get_ylim()[1] < 10


def test_a_picture_without_a_finding():
    ax = tk.plots.range_test([1e-3, 1e-2], [1.0, 1.0])
    assert ax.get_title() == "The loss falls at no rate"
    with pytest.raises(ValueError, match="rates"):
        tk.plots.range_test([1e-3], [1.0, 1.0])


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"low": 0}, ValueError, "low must be a positive number.*Received: low=0"),
        ({"high": "10"}, TypeError, "high must be a positive number"),
        ({"low": 1.0, "high": 0.1}, ValueError, "low must be less than high"),
        ({"steps": 5}, ValueError, "at least 20.*Received: steps=5"),
        ({"steps": True}, ValueError, "Received: steps=True"),
        ({"smoothing": 1.0}, ValueError, "smoothing must be in"),
        ({"optimizer": "adm"}, ValueError, "Did you mean 'adam'"),
        (
            {"optimizer": keras.optimizers.Adam(clipnorm=1.0)},
            ValueError,
            "The range test cannot train such a model",
        ),
        ({"batch_size": 0}, ValueError, "batch_size"),
    ],
)
def test_mistakes_are_said_at_the_door(settings, error, words, model, digits):
    with pytest.raises(error, match=words):
        tk.range_test(model, digits, **settings)
