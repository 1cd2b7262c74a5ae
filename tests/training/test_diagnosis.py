"""The diagnosis: constructed curves of every kind, each threshold at its border, and real runs."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tuningkit as tk
from tuningkit.training import diagnosis as rules
from tuningkit.training.diagnosis import Diagnosis, diagnose

BASELINE = 2.3
EPOCHS = np.arange(1, 31)


def falling(end=0.1, start=2.0, rate=0.2):
    """An exponential fall that is over well before the last epoch."""
    return end + (start - end) * np.exp(-rate * (EPOCHS - 1))


def found(train, validation=None, *, baseline=BASELINE):
    history = {"loss": np.asarray(train, float)}
    if validation is not None:
        history["val_loss"] = np.asarray(validation, float)
    return diagnose(history, baseline=baseline)


# Every kind


def test_a_loss_that_is_no_number():
    train = falling()
    train[11:] = np.nan
    result = found(train, train)
    assert (result.kind, result.since_epoch) == ("diverged", 12)
    assert "learning rate" in result.advice


def test_a_validation_loss_that_is_no_number():
    validation = falling()
    validation[4] = np.inf
    assert found(falling(), validation).since_epoch == 5


def test_nothing_but_nan():
    everything = np.full(30, np.nan)
    assert (found(everything, everything).kind, found(everything, everything).since_epoch) == ("diverged", 1)


def test_a_first_epoch_that_is_no_number_is_not_too_short():
    assert found([np.nan], [np.nan]).kind == "diverged"


@pytest.mark.parametrize("baseline", [BASELINE, None, 0.0])
def test_an_exploding_loss(baseline):
    train = np.concatenate([np.full(10, 2.0), 2.0 * 1.5 ** np.arange(20)])
    result = found(train, train, baseline=baseline)
    assert result.kind == "diverged"
    limit = rules.EXPLODED * (baseline or train[0])
    assert train[result.since_epoch - 1] > limit >= train[result.since_epoch - 2]


def test_an_explosion_that_recovers_is_not_divergence():
    train = falling()
    train[2:6] = 100
    assert found(train, train).kind != "diverged"


def test_divergence_counts_from_the_last_time_it_began():
    train = np.full(30, 2.0)
    train[3:8] = 100
    train[20:] = 100
    assert found(train, train).since_epoch == 21


def test_not_learning():
    train = np.full(30, 2.29)
    result = found(train, train)
    assert (result.kind, result.since_epoch) == ("not learning", None)
    assert "2.3" in result.evidence


def test_overfitting_since_the_minimum():
    validation = np.where(EPOCHS <= 12, 2.0 - 0.13 * (EPOCHS - 1), 0.57 + 0.03 * (EPOCHS - 12))
    result = found(falling(0.01), validation)
    assert (result.kind, result.since_epoch) == ("overfitting", 12)
    assert "dropout" in result.advice


def test_a_rising_validation_loss_is_not_overfitting_if_the_training_loss_rises_too():
    both = np.where(EPOCHS <= 12, 2.0 - 0.15 * (EPOCHS - 1), 0.35 + 0.01 * (EPOCHS - 12))
    assert found(both, both + 0.01).kind != "overfitting"


def test_noisy():
    validation = 0.4 + 0.15 * (-1.0) ** EPOCHS
    result = found(falling(0.3), validation)
    assert (result.kind, result.since_epoch) == ("noisy", 16)
    assert "learning rate" in result.advice


def test_a_settled_run_that_jumps_a_little_has_not_overfitted():
    jumps = np.random.default_rng(0).normal(size=(50, 30))
    settled = falling(0.1, rate=0.5)
    kinds = [found(falling(0.02), settled * np.exp(0.04 * jump)).kind for jump in jumps]
    assert kinds.count("overfitting") <= 2


def test_overfitting_shows_through_a_little_noise():
    validation = np.where(EPOCHS <= 12, 2.0 - 0.13 * (EPOCHS - 1), 0.57 + 0.03 * (EPOCHS - 12))
    jumps = np.random.default_rng(0).normal(size=(50, 30))
    kinds = {found(falling(0.01), validation * np.exp(0.03 * jump)).kind for jump in jumps}
    assert kinds == {"overfitting"}


def test_large_steps_in_one_direction_are_not_noise():
    steady = 2.0 * 0.8 ** (EPOCHS - 1)
    assert found(steady, steady).kind == "healthy"


def test_underfitting_still_falling():
    slow = 2.3 - 0.02 * EPOCHS
    result = found(slow, slow + 0.01)
    assert result.kind == "underfitting"
    assert "still falling" in result.evidence
    assert "longer" in result.advice


def test_underfitting_and_flat():
    result = found(falling(1.2), falling(1.22))
    assert result.kind == "underfitting"
    assert "flat" in result.evidence
    assert "larger network" in result.advice


def test_dropout_and_mislabelled_rows_alone_are_not_underfitting():
    # The training loss is high because of them; the validation loss is fine.
    assert found(falling(0.9), falling(0.2, rate=0.12)).kind == "healthy"


def test_plateau():
    flat = np.where(EPOCHS <= 15, 2.0 - 0.12 * EPOCHS, 0.2)
    result = found(flat, flat)
    assert (result.kind, result.since_epoch) == ("plateau", 15)
    assert "decay" in result.advice


def test_healthy_and_still_falling():
    result = found(falling(0.05, rate=0.1), falling(0.1, rate=0.1))
    assert result.kind == "healthy"
    assert "train longer" in result.advice


def test_healthy_and_settled():
    train, validation = falling(0.1, rate=0.25), falling(0.15, rate=0.25)
    result = found(train, validation)
    assert result.kind == "healthy"
    assert "one to beat" in result.advice


@pytest.mark.parametrize("epochs", [1, 2])
def test_too_short(epochs):
    result = found(np.linspace(2, 1, epochs), np.linspace(2, 1, epochs))
    assert result.kind == "too short"
    assert f"Only {epochs} epoch" in result.evidence


def test_without_validation_the_training_loss_is_judged_alone():
    result = found(falling(0.05, rate=0.1))
    assert result.kind == "healthy"
    assert "validation" not in result.evidence


def test_without_a_baseline_the_first_epoch_is_the_measure():
    assert found(falling(start=50.0, end=20.0), baseline=None).kind == "underfitting"
    assert found(falling(start=50.0, end=49.0), baseline=None).kind == "not learning"


# The thresholds of the docstring are the ones in force


def two_sides(below, above, kind):
    assert below.kind == kind
    assert above.kind != kind


def test_the_docstring_states_the_thresholds():
    text = " ".join(diagnose.__doc__.split())
    assert f"fewer than {rules.SHORTEST} epochs" in text
    assert f"above {rules.EXPLODED:.0f} times the reference" in text
    assert f"less than {rules.LEARNED:.0%} below the reference".replace("%", " %") in text
    assert f"at least {rules.OVERFIT_RISE:.0%} above its minimum".replace("%", " %") in text
    assert f"at least {rules.OVERFIT_GAP:.0%} below the validation".replace("%", " %") in text
    assert f"at least {rules.OVERFIT_STANDING:.0%} above it throughout".replace("%", " %") in text
    assert f"exceeds {rules.NOISE:.0%} of its median".replace("%", " %") in text
    assert f"no more than {rules.OVERFIT_GAP:.0%} above the training".replace("%", " %") in text
    assert f"more than {rules.FLAT:.0%} of its value".replace("%", " %") in text
    assert f"more than {rules.STILL_FALLING:.0%} of its value".replace("%", " %") in text
    assert "above a quarter of the reference" in text
    assert rules.UNDERFIT_SHARE == 0.25
    assert "a tenth of its whole fall" in text
    assert rules.STILL_FALLING_SHARE == 0.1


def test_border_of_divergence():
    def ending(level):
        return found(np.concatenate([[2.0, 1.0], np.full(28, level * BASELINE)]))

    two_sides(ending(3.01), ending(2.99), "diverged")


def test_border_of_not_learning():
    two_sides(
        found(np.full(30, 0.951 * BASELINE)),
        found(np.full(30, 0.949 * BASELINE)),
        "not learning",
    )


def test_border_of_the_rise_in_overfitting():
    def risen(share):
        validation = np.concatenate([np.linspace(2, 0.5, 15), np.linspace(0.5, 0.5 * share, 14)])
        # The smoothed minimum is that of three epochs: hold it for as long.
        validation[13:16] = 0.5
        validation = np.append(validation, [0.5 * share] * 2)
        return found(np.linspace(2, 0.1, len(validation)), validation)

    two_sides(risen(1.11), risen(1.09), "overfitting")


def test_border_of_standing_above_the_minimum():
    def standing(share):
        validation = np.concatenate([np.linspace(2, 0.5, 14), np.full(3, 0.5), np.full(13, 0.7)])
        validation[-5:-2] = 0.5 * share
        return found(np.linspace(2, 0.1, 30), validation)

    two_sides(standing(1.06), standing(1.04), "overfitting")


def test_border_of_the_gap_in_overfitting():
    validation = np.concatenate([np.linspace(2, 0.5, 15), [0.5], np.linspace(0.5, 0.7, 14), [0.7, 0.7]])

    def gap(share):
        return found(np.linspace(2, share * 0.7, len(validation)), validation)

    # Both have risen by 40 %; only where training ends 10 % lower has the network overfitted.
    low = gap(0.5)
    assert low.kind == "overfitting"
    train = np.full(len(validation), 0.75)
    train[:15] = np.linspace(2, 0.76, 15)
    train[-3:] = 0.89 * 0.7
    assert found(train, validation).kind == "overfitting"
    train[-3:] = 0.91 * 0.7
    assert found(train, validation).kind != "overfitting"


def test_border_of_noise():
    def swinging(share):
        # Symmetric about 1, so that the median of the second half is one of its two values.
        return found(falling(0.2), 0.4 * (1 + share / 2 * (-1.0) ** EPOCHS))

    two_sides(swinging(0.18), swinging(0.13), "noisy")


@pytest.mark.parametrize("which", ["training", "validation"])
def test_border_of_underfitting(which):
    def ending(share):
        level = np.full(30, 0.26 * BASELINE)
        moved = np.full(30, share * BASELINE)
        return found(moved, level) if which == "training" else found(level, moved)

    two_sides(ending(0.251), ending(0.249), "underfitting")


def test_border_of_the_gap_in_underfitting():
    train = np.full(30, 1.5)
    two_sides(found(train, 1.09 * train), found(train, 1.11 * train), "underfitting")


def test_border_of_the_plateau():
    def spanning(share):
        curve = falling(0.2, rate=0.6)
        curve[-10:] = np.linspace(0.2 * (1 + share), 0.2, 10)
        return found(curve, curve)

    # The end of the smoothed curve looks at two epochs, so that it spans a little less than the curve itself.
    two_sides(spanning(0.02), spanning(0.025), "plateau")


# Whatever the curves


losses = st.floats(-10, 1e30) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0])


@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(
            st.lists(losses, min_size=n, max_size=n), st.lists(losses, min_size=n, max_size=n)
        )
    ),
    st.none() | st.floats(0, 1e6),
)
def test_always_one_finding_and_no_warning(curves, baseline):
    train, validation = curves
    result = found(train, validation, baseline=baseline)
    assert result.advice.endswith(".")
    assert result.evidence.endswith(".")
    assert result.since_epoch is None or 1 <= result.since_epoch <= len(train)
    bad = not (np.isfinite(train).all() and np.isfinite(validation).all())
    assert (result.kind == "diverged") >= bad


@given(st.floats(1e-3, 1e3))
def test_the_unit_of_the_loss_does_not_matter(unit):
    train, validation = falling(0.4), falling(0.5, rate=0.1)
    here = found(train, validation)
    there = found(unit * train, unit * validation, baseline=unit * BASELINE)
    assert (here.kind, here.since_epoch, here.advice) == (there.kind, there.since_epoch, there.advice)


def test_the_history_must_hold_a_loss():
    with pytest.raises(ValueError, match=r"must hold 'loss'.*val_loss"):
        diagnose({"val_loss": np.ones(3)})
    with pytest.raises(ValueError, match="at least one epoch"):
        diagnose({"loss": np.array([])})


def test_words_for_people():
    result = Diagnosis("overfitting", 9, "Add dropout.", "It rose.")
    assert str(result) == "Overfitting since epoch 9. It rose. Add dropout."
    assert result._repr_html_() == "<p><strong>Overfitting since epoch 9.</strong> It rose. Add dropout.</p>"
    assert str(Diagnosis("plateau", None, "A.", "B.")) == "Plateau. B. A."
    assert pickle.loads(pickle.dumps(result)) == result


# Real runs


def network(*widths, dropout=0.0):
    keras.utils.set_random_seed(0)
    layers = [keras.Input((64,))]
    for width in widths:
        layers += [keras.layers.Dense(width, "relu"), keras.layers.Dropout(dropout)]
    return keras.Sequential([*layers, keras.layers.Dense(10)])


def diagnosed(model, data, **settings):
    return tk.train(model, data, seed=0, progress=False, **settings).diagnosis


@pytest.fixture(scope="module")
def plain():
    return network(128)


def test_few_and_mislabelled_digits_overfit(digits):
    few = digits.subset(300).with_label_noise(0.2)
    result = diagnosed(network(128, 128), few, learning_rate=1e-3, epochs=100)
    assert result.kind == "overfitting"
    assert 10 <= result.since_epoch <= 50


def test_all_digits_with_dropout_are_healthy(digits):
    assert diagnosed(network(128, dropout=0.3), digits, epochs=30).kind == "healthy"


def test_dropout_on_mislabelled_digits_is_not_underfitting(digits):
    noisy = digits.with_label_noise(0.2)
    result = diagnosed(network(128, dropout=0.5), noisy, epochs=30)
    assert result.kind not in ("underfitting", "not learning")


def test_a_learning_rate_far_too_small(plain, digits):
    result = diagnosed(plain, digits, learning_rate=1e-5, epochs=30)
    assert result.kind in ("underfitting", "not learning")
    assert "larger" in result.advice or "raise the learning rate" in result.advice


def test_a_learning_rate_far_too_large(plain, digits):
    assert diagnosed(plain, digits, learning_rate=1.0, epochs=30).kind == "not learning"


def test_a_learning_rate_beyond_all_bounds(plain, digits):
    assert diagnosed(plain, digits, optimizer="sgd", learning_rate=1e4, epochs=10).kind == "diverged"
