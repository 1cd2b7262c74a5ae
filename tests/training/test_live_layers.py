"""Live dropout and live penalties: what they compute, and that they survive being saved."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuningkit.training.live import LiveDropout, LiveL1L2

ONES = np.ones((400, 50), "float32")


def test_inference_passes_everything_through():
    layer = LiveDropout(0.9)
    np.testing.assert_array_equal(layer(ONES), ONES)
    np.testing.assert_array_equal(layer(ONES, training=False), ONES)


def test_rate_zero_is_the_identity_to_the_last_bit():
    values = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    np.testing.assert_array_equal(LiveDropout(0.0)(values, training=True), values)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_expectation_is_preserved(rate):
    dropped = np.asarray(LiveDropout(rate, seed=1)(ONES, training=True))
    assert set(np.unique(dropped).round(4)) == {0.0, np.float32(1 / (1 - rate)).round(4)}
    assert (dropped == 0).mean() == pytest.approx(rate, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.05)


def test_a_rate_raised_later_acts():
    layer = LiveDropout(0.0, seed=1)
    layer(ONES, training=True)
    layer.rate.assign(0.5)
    assert (np.asarray(layer(ONES, training=True)) == 0).mean() == pytest.approx(0.5, abs=0.02)


def test_every_call_draws_anew():
    layer = LiveDropout(0.5, seed=1)
    first, second = (np.asarray(layer(ONES, training=True)) for _ in range(2))
    assert not np.array_equal(first, second)


def test_the_same_noise_drops_nested_sets_of_units():
    layer = LiveDropout(0.5)
    layer.noise = np.random.default_rng(0).uniform(size=ONES.shape).astype("float32")
    dropped = []
    for rate in (0.2, 0.5, 0.8):
        layer.rate.assign(rate)
        dropped.append(np.asarray(layer(ONES, training=True)) == 0)
    assert (dropped[0] <= dropped[1]).all()
    assert (dropped[1] <= dropped[2]).all()
    assert dropped[0].sum() < dropped[1].sum() < dropped[2].sum()


def test_whole_feature_maps_can_be_dropped_together():
    images = np.ones((8, 5, 5, 30), "float32")
    dropped = np.asarray(LiveDropout(0.5, noise_shape=(None, 1, 1, None), seed=1)(images, training=True))
    for image in dropped:
        for channel in range(30):
            assert len(np.unique(image[..., channel])) == 1
    assert 0.3 < (dropped == 0).mean() < 0.7


def test_the_rate_is_no_weight():
    layer = LiveDropout(0.5)
    assert layer.weights == []
    assert layer.trainable_variables == []


def test_masks_go_through():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Embedding(5, 3, mask_zero=True), LiveDropout(0.1)]
    )
    assert model(np.array([[1, 2, 0, 0]]))._keras_mask.numpy().tolist() == [[True, True, False, False]]


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match=r"rate must lie in \[0, 1\)"):
        LiveDropout(rate)


@pytest.mark.parametrize(("l1", "l2"), [(-1, 0), (0, -1e-9), (float("nan"), 0), (0, float("inf"))])
def test_a_strength_out_of_range_is_refused(l1, l2):
    with pytest.raises(ValueError, match=r"l[12] must be 0 or a positive number"):
        LiveL1L2(l1, l2)


def test_the_penalty_and_its_gradient_are_those_of_keras():
    weight = tf.constant(np.random.default_rng(0).normal(size=(7, 3)).astype("float32"))
    live, oracle = LiveL1L2(0.3, 0.2), keras.regularizers.L1L2(0.3, 0.2)
    for penalty in (live, oracle):
        with tf.GradientTape() as tape:
            tape.watch(weight)
            value = penalty(weight)
        if penalty is live:
            ours = float(value), tape.gradient(value, weight).numpy()
    assert ours[0] == pytest.approx(float(value), rel=1e-6)
    np.testing.assert_allclose(ours[1], tape.gradient(value, weight), rtol=1e-6)


def test_both_are_saved_as_they_are_now(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, kernel_regularizer=LiveL1L2(1e-3, 1e-2)),
            LiveDropout(0.3, noise_shape=(None, 1), seed=4, name="drop"),
            keras.layers.Dense(2),
        ]
    )
    model.layers[0].kernel_regularizer.l2.assign(0.25)
    model.get_layer("drop").rate.assign(0.75)
    path = tmp_path / "live.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    rows = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.testing.assert_array_equal(loaded(rows), model(rows))
    assert float(loaded.layers[0].kernel_regularizer.l1.numpy()) == pytest.approx(1e-3)
    assert float(loaded.layers[0].kernel_regularizer.l2.numpy()) == 0.25
    drop = loaded.get_layer("drop")
    assert float(drop.rate.numpy()) == 0.75
    assert drop.noise_shape == (None, 1)
    assert drop.seed == 4
    assert [float(x) for x in loaded.losses] == pytest.approx([float(x) for x in model.losses])
    assert keras.models.clone_model(loaded).get_layer("drop").noise_shape == (None, 1)


def test_both_work_in_plain_keras():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, kernel_regularizer=LiveL1L2(l2=1.0)), LiveDropout(0.5)]
    )
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    before = np.abs(model.get_weights()[0]).sum()
    losses = model.fit(x, np.zeros((64, 8)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert np.abs(model.get_weights()[0]).sum() < before
