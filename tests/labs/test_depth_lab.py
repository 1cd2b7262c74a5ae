"""DepthLab from Python: twins with the same start, signals per layer against plain Keras, controls, errors."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit.labs.depth_lab_view import bars
from tuningkit.labs.static import unpack_frame
from tuningkit.training.layer_signals import layer_signals

SMALL = {"depth": 6, "width": 8, "epochs": 2}


@pytest.fixture(scope="module")
def digits():
    return tk.datasets.load_digits().subset(200, seed=0)


@pytest.fixture
def make(digits) -> Iterator:
    made = []

    def lab(data=None, **settings):
        made.append(tk.DepthLab(digits if data is None else data, **{**SMALL, **settings}))
        return made[-1]

    yield lab
    for one in made:
        one.close()


def layers_frame(lab, quantity="arriving"):
    return unpack_frame(lab._view.layers[quantity]._frame)[0]


def test_the_bars_are_there_before_any_training(make):
    lab = make().wait(60)
    assert lab.runs == []
    plain, residual = (lab.signals[kind][0] for kind in ("plain", "residual"))
    assert plain.layers == residual.layers == tuple(f"layer_{k}" for k in range(1, 7))
    curves = layers_frame(lab)["curves"]
    assert [curve["label"] for curve in curves] == ["plain, before training", "residual, before training"]
    assert all(curve["kind"] == "bars" for curve in curves)
    assert "before training" in lab._view.words.value and "Ready" in lab._view.status.value


def test_both_networks_begin_with_the_same_weights_and_train(make):
    lab = make().train().wait(120)
    plain, residual = lab.runs
    assert [run.hyperparameters["network"] for run in lab.runs] == ["plain", "residual"]
    assert plain.hyperparameters["depth"] == 6 and plain.epochs == residual.epochs == 2
    for kind, run in (("plain", plain), ("residual", residual)):
        again = tk.train(
            getattr(tk.models, kind)(64, 10, depth=6, width=8),
            lab.session._data, epochs=2, seed=0, progress=False,
        )  # fmt: skip
        np.testing.assert_allclose(run.history["val_loss"], again.history["val_loss"], rtol=1e-5)
    labels = [curve["label"] for curve in layers_frame(lab)["curves"]]
    assert "plain, after epoch 2" in labels and "residual, before training" in labels
    assert "After training" in lab._view.words.value and "Finished" in lab._view.status.value
    # The bars after training are those of the trained weights.
    model = tk.models.residual(64, 10, depth=6, width=8)
    model.set_weights(residual.weights)
    expected = layer_signals(model, lab.session._data).arriving
    np.testing.assert_allclose(lab.signals["residual"][1].arriving, expected, rtol=1e-4)


def test_a_move_after_train_trains_new_networks_and_keeps_the_old(make):
    lab = make(epochs=1)
    lab._controls["depth"].widget.value = 4
    lab.wait(60)
    assert lab.runs == []  # before Train a control only shows the signals of other networks
    assert len(lab.signals["plain"][0].layers) == 4
    told = []
    lab.on_run_finished(told.append)
    lab.train().wait(60)
    lab._controls["activation"].widget.value = "tanh"
    lab.wait(60)
    assert [(r.hyperparameters["depth"], r.hyperparameters["activation"]) for r in lab.runs] == [
        (4, "relu"), (4, "relu"), (4, "tanh"), (4, "tanh"),
    ]  # fmt: skip
    assert [len(runs) for runs in told] == [2, 4]
    rows = lab._view.table.rows
    assert [(row["run"], row["network"]) for row in rows] == [
        (2, "plain"), (2, "residual"), (1, "plain"), (1, "residual"),
    ]  # fmt: skip
    lab._view.table.selected_id = "1 plain"
    lab.wait(120)
    assert "run 1 is shown" in lab._view.status.value
    lab.set(network="residual", epochs=2).wait(60)
    assert len(lab.runs) == 5 and lab.runs[-1].epochs == 2
    lab.set(epochs=3).train().wait(60)
    assert len(lab.runs) == 5 and lab.runs[-1].epochs == 3


def test_deep_plain_networks_lose_the_gradient_and_residual_ones_keep_it(digits):
    """Keras's own initialiser halves a ReLU layer's variance, so depth 40 loses it by about 2 ** -20."""
    plain, residual = (
        layer_signals(build(64, 10, depth=40, width=32), digits)
        for build in (tk.models.plain, tk.models.residual)
    )
    assert plain.ratio < 1e-4
    assert 0.1 < residual.ratio < 1e2
    he = layer_signals(tk.models.plain(64, 10, depth=40, width=32, initializer="he_normal"), digits)
    assert 0.01 < he.ratio < 1e2


@pytest.mark.parametrize("normalization", [None, "batch"])
def test_signals_are_those_of_plain_keras(digits, normalization):
    keras.utils.set_random_seed(0)
    model = tk.models.residual(64, 10, depth=6, width=8, activation="tanh", normalization=normalization)
    before = model.get_weights()
    found = layer_signals(model, digits, rows=50)
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    layer = model.get_layer("layer_3")
    spread = []
    original = layer.call

    def noted(x, **_):
        spread.append(original(x))
        return spread[-1]

    layer.call = noted
    with tf.GradientTape(persistent=True) as tape:
        value = loss(digits.y_train[:50], model(digits.x_train[:50], training=True))
    assert found.loss == pytest.approx(float(value), rel=1e-5)
    kernel = tape.gradient(value, layer.kernel.value)
    assert found.weights[2] == pytest.approx(np.linalg.norm(kernel), rel=1e-4)
    arriving = 50 * tape.gradient(value, spread[-1]).numpy()
    assert found.arriving[2] == pytest.approx(np.sqrt((arriving**2).sum(1).mean()), rel=1e-4)
    assert found.outputs[2] == pytest.approx(np.sqrt((spread[-1].numpy() ** 2).mean()), rel=1e-4)


def test_signals_ignore_dropout_and_leave_it_on(digits):
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(10)]
    )
    first, second = layer_signals(model, digits), layer_signals(model, digits)
    np.testing.assert_array_equal(first.weights, second.weights)
    assert model.layers[1].rate == 0.5
    with pytest.raises(ValueError, match="rows must be a whole number"):
        layer_signals(model, digits, rows=0)
    with pytest.raises(ValueError, match="no layer with a kernel"):
        layer_signals(keras.Sequential([keras.Input((64,)), keras.layers.Flatten()]),
                      digits, loss="sparse_categorical_crossentropy")  # fmt: skip


def test_images_make_convolutions_and_numbers_make_regression(make, digits):
    images = tk.datasets.load_digits(images=True).subset(60, seed=0)
    lab = make(images, depth=4, width=3, epochs=1, network="residual", normalization="batch")
    lab.train().wait(120)
    assert lab.runs[0].weights[0].ndim == 4
    numbers = tk.Dataset.from_arrays(digits.x_train[:, :5], digits.x_train[:, 10], name="numbers")
    lab = make(numbers, depth=4, epochs=1).train().wait(120)
    assert "val_mean_absolute_error" in lab.runs[0].history
    assert "validation loss" in lab._view.words.value
    assert len(lab.figure().axes) == 2


def test_bars_of_a_pair_stand_side_by_side():
    left, heights = bars(np.array([1.0, 2.0]), "plain")
    right, _ = bars(np.array([1.0, 2.0]), "residual")
    np.testing.assert_allclose(heights, [1, np.nan, 2])
    assert left[1] < right[0] < right[1] < left[2]


def test_what_the_bars_show_can_be_chosen(make):
    lab = make().wait(60)
    lab.show("weights").wait(120)
    assert lab._view.layers["weights"].layout.display is None
    assert lab._view.layers["arriving"].layout.display == "none"
    assert len(layers_frame(lab, "weights")["curves"]) == 2
    with pytest.raises(ValueError, match="'arriving', 'weights', 'outputs'"):
        lab.show("kernels")


def test_pictures_words_and_a_challenge(make, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    lab = make(epochs=1)
    assert len(lab.figure().axes) <= 1
    lab.train().wait(60)
    assert "image/png" in lab._repr_mimebundle_()[0]
    assert "depth 6" in repr(lab) and "After training" in repr(lab)
    challenge = tk.Challenge("9.9-depth", "Any", check=lambda runs: len(runs) == 2)
    assert challenge.check(lab).passed


def test_a_network_that_diverges_is_said_in_words(make):
    lab = make(depth=40, width=16, initializer="he_normal", network="residual", learning_rate=50.0, epochs=2)
    lab.train().wait(120)
    if lab.runs[0].diverged_at:
        assert "diverged in epoch" in lab._view.words.value
    assert lab.set(learning_rate=1e-3, depth=4).wait(120).runs[-1].diverged_at is None


def test_a_failure_is_shown_and_the_lab_goes_on(make, monkeypatch):
    lab = make().wait(60)
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise ValueError("no such network")

        patch.setattr("tuningkit.models.plain_stack.plain", broken)
        with pytest.raises(ValueError, match="no such network"):
            lab.set(depth=4).train().wait(60)
        assert "no such network" in lab._view.status.value
    lab.train().wait(60)
    assert lab.runs[-1].hyperparameters["depth"] == 4


def test_a_paused_lab_goes_on_and_a_closed_one_says_so(make):
    lab = make(epochs=200).train()
    lab.pause().wait(60)
    done = max((run.epochs for run in lab.runs), default=0)
    assert done < 200
    lab.train(1).wait(60)
    assert max(run.epochs for run in lab.runs) >= done + 1
    lab.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.train()
    with pytest.raises(RuntimeError, match="closed"):
        lab.set(depth=8)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"depth": 42}, ValueError, "depth must lie between 2 and 40. Received: depth=42"),
        ({"depth": 7}, ValueError, "6 or 8 would do"),
        ({"activation": "rleu"}, ValueError, "Did you mean 'relu'.*'rleu'"),
        ({"dephts": 4}, ValueError, "Did you mean 'depth'"),
        ({"network": "highway"}, ValueError, "network must be one of 'both', 'plain', 'residual'"),
        ({"learning_rate": 0}, ValueError, "learning"),
        ({"epochs": None}, ValueError, "epochs=None"),
        ({"width": "wide"}, TypeError, "width must be a whole number"),
    ],
)
def test_wrong_settings_are_refused_in_words(digits, settings, error, words):
    with pytest.raises(error, match=words):
        tk.DepthLab(digits, **settings)


def test_wrong_data_is_refused_in_words(digits):
    with pytest.raises(TypeError, match=r"tk.datasets.load_digits\(\). Received: ndarray"):
        tk.DepthLab(digits.x_train)
