"""Gradient noise against Keras's own gradients and against theory, and its figures."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit import plots
from tuningkit.optimizers import gradient_noise


@pytest.fixture(scope="module")
def moons():
    return tk.datasets.make_moons(200, seed=0)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((2,)), layers.Dense(6, "tanh"), layers.Dropout(0.5), layers.Dense(1)]
    )


@pytest.fixture(scope="module")
def noise(network, moons):
    return gradient_noise(network, moons, batch_sizes=(4, 16, 64), draws=400)


def gradient_by_hand(model, x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(
            keras.losses.binary_crossentropy(
                y.reshape(-1, 1).astype("float32"), model(x, training=False), True
            )
        )
    found = tape.gradient(loss, [v.value for v in model.trainable_variables])
    return np.concatenate([np.ravel(part) for part in found])


def test_rows_and_their_mean_are_keras_gradients(noise, network, moons):
    full = gradient_by_hand(network, moons.x_train, moons.y_train)
    assert noise.gradient_norm == pytest.approx(np.linalg.norm(full), rel=1e-5)
    rows = np.stack(
        [gradient_by_hand(network, moons.x_train[[i]], moons.y_train[[i]]) for i in range(len(moons.x_train))]
    )
    np.testing.assert_allclose(rows.mean(axis=0), full, atol=1e-6)
    scatter = np.sqrt(((rows - full) ** 2).sum() / (len(rows) - 1))
    assert noise.row_deviation == pytest.approx(scatter, rel=1e-4)
    assert noise.noise_scale == pytest.approx(scatter**2 / np.linalg.norm(full) ** 2, rel=1e-3)


def test_noise_falls_with_the_root_of_the_batch_size(noise):
    # 400 draws: the standard error of a root mean square of this kind is about 2 to 4 %.
    np.testing.assert_allclose(noise.deviations, noise.expected, rtol=0.12)
    assert noise.slope == pytest.approx(-0.5, abs=0.05)
    # 64 of 120 rows without drawing one twice: clearly less noise than 1 / sqrt(B) says.
    assert noise.raw_slope < -0.6


def test_almost_all_rows_leave_hardly_any_noise(network, moons):
    rows = len(moons.x_train)
    noise = gradient_noise(network, moons, batch_sizes=(2, rows - 1), draws=20)
    assert noise.deviations[1] < 0.02 * noise.deviations[0]


def test_clouds_lie_around_the_full_gradient(noise):
    for size, cloud in noise.clouds.items():
        assert cloud.shape == (400, 2)
        spread = noise.deviations[list(noise.batch_sizes).index(size)] / noise.gradient_norm
        np.testing.assert_allclose(cloud.mean(axis=0), [1, 0], atol=5 * spread / 20)
    assert (noise.clouds[4].std(axis=0) > 2 * noise.clouds[64].std(axis=0)).all()


def test_the_model_is_left_alone_and_the_seed_decides(network, moons, noise):
    before = [w.copy() for w in network.get_weights()]
    again = gradient_noise(network, moons, batch_sizes=(4, 16, 64), draws=400)
    np.testing.assert_array_equal(again.deviations, noise.deviations)
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_record_travels(noise, tmp_path):
    copy = pickle.loads(pickle.dumps(noise))
    np.testing.assert_array_equal(copy.expected, noise.expected)
    assert "slope: -0." in repr(noise) and "200" not in repr(noise).splitlines()[0].split("of each")[1]
    lines = noise.to_csv(tmp_path / "noise.csv").read_text().splitlines()
    assert lines[0] == "batch_size,deviation,expected" and len(lines) == 4
    assert noise._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_sizes": (4, 120)}, "fewer than the 120 training rows"),
        ({"batch_sizes": (4,)}, "two or more different sizes"),
        ({"batch_sizes": (4, 4)}, "two or more different sizes"),
        ({"draws": 3}, "at least 20"),
    ],
)
def test_settings_are_checked(network, moons, settings, words):
    with pytest.raises(ValueError, match=words):
        gradient_noise(network, moons, **settings)


def test_weights_that_are_not_finite_are_refused(network, moons):
    broken = keras.models.clone_model(network)
    broken.set_weights([np.full_like(w, np.nan) for w in network.get_weights()])
    with pytest.raises(ValueError, match="finite and not zero"):
        gradient_noise(broken, moons)


def artists(ax):
    return {line.get_gid(): line for line in ax.lines}


def test_figure_of_the_noise():
    ax = plots.gradient_noise([4, 16, 64], [0.4, 0.2, 0.09], [0.41, 0.2, 0.1])
    drawn = artists(ax)
    np.testing.assert_allclose(drawn["law"].get_ydata(), [0.4, 0.2, 0.1])
    np.testing.assert_allclose(drawn["measured"].get_ydata(), [0.4, 0.2, 0.09])
    assert ax.get_xscale() == ax.get_yscale() == "log"
    with pytest.raises(ValueError, match="one per batch size"):
        plots.gradient_noise([4, 16], [0.4])


def test_figure_of_the_clouds():
    ax = plots.gradient_clouds({8: np.zeros((5, 2)), 32: np.ones((5, 2))})
    drawn = artists(ax)
    assert {"cloud 8", "cloud 32", "full"} <= set(drawn)
    # Told apart by more than colour.
    assert drawn["cloud 8"].get_marker() != drawn["cloud 32"].get_marker()
    with pytest.raises(ValueError, match="at least one"):
        plots.gradient_clouds({})
    with pytest.raises(ValueError, match="shape"):
        plots.gradient_clouds({8: np.zeros((5, 3))})


def test_three_clocks_line_up():
    runs = [
        SimpleNamespace(
            history={"val_loss": np.array([1.0, 0.5, 0.25])},
            hyperparameters={"batch_size": size},
            seconds=seconds,
        )
        for size, seconds in ((8, 3.0), (50, 0.6))
    ]
    figure = plots.three_clocks(runs, rows=120)
    epochs, steps, seconds = figure.axes
    np.testing.assert_allclose(artists(epochs)["batch 8"].get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(artists(steps)["batch 8"].get_xdata(), [15, 30, 45])
    np.testing.assert_allclose(artists(steps)["batch 50"].get_xdata(), [3, 6, 9])
    np.testing.assert_allclose(artists(seconds)["batch 50"].get_xdata(), [0.2, 0.4, 0.6])
    assert epochs.get_ylim() == steps.get_ylim() == seconds.get_ylim()
    with pytest.raises(ValueError, match="at least one run"):
        plots.three_clocks([], rows=1)
    with pytest.raises(ValueError, match="training rows"):
        plots.three_clocks(runs, rows=0)
