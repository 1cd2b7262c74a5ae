"""The checks of chapter 4.3: right answers pass, and each usual mistake is named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tuningkit.teaching import check


def by_hand(plain, regularised, *, ddof=1, quantile=0.975, fewer=1, root=True):
    """The interval, with the usual slips to choose from."""
    differences = regularised - plain
    n = len(differences)
    half = stats.t.ppf(quantile, n - fewer) * differences.std(ddof=ddof) / (np.sqrt(n) if root else 1)
    return differences.mean(), differences.mean() - half, differences.mean() + half


def by_scipy(plain, regularised):
    ends = stats.ttest_rel(regularised, plain).confidence_interval(0.95)
    return np.mean(regularised - plain), ends.low, ends.high


def unpaired(plain, regularised):
    ends = stats.ttest_ind(regularised, plain).confidence_interval(0.95)
    return np.mean(regularised - plain), ends.low, ends.high


def normal(plain, regularised):
    mean, low, high = by_hand(plain, regularised)
    factor = stats.norm.ppf(0.975) / stats.t.ppf(0.975, len(plain) - 1)
    return mean, mean + factor * (low - mean), mean + factor * (high - mean)


@pytest.mark.parametrize("answer", [by_hand, by_scipy])
def test_a_paired_interval_passes(progress, answer):
    assert check("4.3-a", answer).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.1, "function of two arrays"),
        (lambda plain, regularised: 0.0, "three numbers"),
        (lambda plain, regularised: by_hand(regularised, plain), "other way round"),
        (lambda plain, regularised: (0.5, 0.4, 0.6), "mean difference"),
        (lambda *losses: tuple(by_hand(*losses)[i] for i in (0, 2, 1)), "above the higher"),
        (lambda *losses: (*by_hand(*losses)[:2], 1.0), "equally far"),
        (lambda *losses: by_hand(*losses, ddof=0), "divided by n;"),
        (lambda *losses: by_hand(*losses, root=False), "single differences"),
        (lambda *losses: by_hand(*losses, quantile=0.95), "90 % interval"),
        (lambda *losses: by_hand(*losses, fewer=0), "degrees of freedom"),
        (normal, "Student's t is larger"),
        (unpaired, "unrelated"),
        (lambda *losses: by_hand(*losses, quantile=0.999), "should reach"),
    ],
)
def test_mistakes_in_the_interval_are_named(progress, answer, words):
    result = check("4.3-a", answer)
    assert not result.passed and words in " ".join(result.wrong)


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


def network(
    keras, *, inputs=64, units=10, last=None, loss=None, penalty="l2", rate=0.0, metrics=("accuracy",)
):
    built = keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(8, "relu", kernel_regularizer=penalty),
            keras.layers.Dropout(rate),
            keras.layers.Dense(units, last),
        ]
    )
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    built.compile("adam", loss, metrics=list(metrics))
    return built


def stop(keras, monitor="val_loss", restore=True):
    return keras.callbacks.EarlyStopping(monitor=monitor, restore_best_weights=restore)


def test_sound_trainings_pass(progress, keras):
    softmax = {"last": "softmax", "loss": "sparse_categorical_crossentropy"}
    for built in (
        network(keras),
        network(keras, penalty=None, rate=0.5),
        network(keras, **softmax, metrics=[keras.metrics.SparseCategoricalAccuracy()]),
    ):
        result = check("4.3-b", (built, stop(keras)))
        assert result.passed, result
    assert check("4.3-b", (network(keras), stop(keras, "val_accuracy"))).passed


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"inputs": 784}, "64"),
        ({"units": 3}, "ten outputs"),
        ({"last": "softmax", "loss": "categorical_crossentropy"}, "whole-number"),
        ({"last": "softmax"}, "another one"),
        ({"loss": "sparse_categorical_crossentropy"}, "raw scores"),
        ({"penalty": None}, "neither"),
        ({"metrics": ()}, "accuracy"),
    ],
)
def test_what_is_wrong_with_a_network_is_named(progress, keras, settings, words):
    result = check("4.3-b", (network(keras, **settings), stop(keras)))
    assert not result.passed and words in " ".join(result.wrong)


def test_what_is_wrong_with_the_rest_is_named(progress, keras):
    sound = network(keras)
    raw = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    for answer, words in (
        (sound, "tuple"),
        ((stop(keras), sound), "should hold"),
        ((raw, stop(keras)), "compiled"),
        ((sound, keras.callbacks.TerminateOnNaN()), "stop early"),
        ((sound, stop(keras, "loss")), "training rows"),
        ((sound, stop(keras, restore=False)), "last epoch"),
    ):
        result = check("4.3-b", answer)
        assert not result.passed and words in " ".join(result.wrong)
