"""What is read off a range test's curve, on curves whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.optimizers.range_rules import divergence, read, smooth

RATES = np.geomspace(1e-6, 10, 200)


def curve(begins=1e-3, ends=1e-1, diverges=1.0, start=2.0, lowest=0.4):
    """Level, then falling in a straight line over the log of the rate, then level, then growing fast."""
    fall = np.clip(np.log(RATES / begins) / np.log(ends / begins), 0, 1)
    losses = start - (start - lowest) * fall
    return np.where(diverges <= RATES, losses * (RATES / diverges) ** 6, losses)


decades = st.floats(-4.5, -2.5)


@given(decades, st.floats(0.5, 1.5), st.floats(0.3, 1.0), st.floats(0.5, 50.0), st.floats(0.02, 0.8))
def test_the_interval_lies_where_the_loss_falls(begin, length, gap, start, share):
    begins, ends = 10**begin, 10 ** (begin + length)
    losses = curve(begins, ends, diverges := ends * 10**gap, start, start * share)
    found = read(RATES, losses, 0.0)
    low, high = RATES[list(found.interval)]
    step = RATES[1] / RATES[0]
    # A tenth and nine tenths of the way down, to the next rate tested.
    assert low == pytest.approx(begins * (ends / begins) ** 0.1, rel=step - 1)
    assert high == pytest.approx(begins * (ends / begins) ** 0.9, rel=step - 1)
    # The loss grows with the sixth power of the rate: back where it began after start / lowest = 1 / share.
    at, back = RATES[found.stop], diverges * (1 / share) ** (1 / 6)
    assert back <= at * 1.001 and at <= back * step * 1.001
    assert "falls between" in found.words and "diverges at" in found.words


@given(st.floats(0.01, 100), st.floats(0, 0.95), st.integers(0, 2**16))
def test_the_unit_of_the_loss_does_not_matter(unit, smoothing, seed):
    losses = curve() * np.random.default_rng(seed).lognormal(0, 0.05, len(RATES))
    one, other = read(RATES, losses, smoothing), read(RATES, losses * unit, smoothing)
    assert (one.interval, one.stop) == (other.interval, other.stop)


@given(st.integers(0, 2**16), st.floats(0.5, 0.95))
def test_noise_is_no_fall(seed, smoothing):
    losses = 2 + np.random.default_rng(seed).normal(0, 0.1, len(RATES))
    found = read(RATES, losses, smoothing)
    # Three standard errors, and the lowest of 200 correlated values: a fall of the half is never found.
    if found.interval is not None:
        assert np.nanmax(found.smoothed) - np.nanmin(found.smoothed) < 1.0
    assert found.stop is None


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=30), st.floats(0, 0.99))
def test_smoothing_is_a_weighted_mean(losses, smoothing):
    losses = np.array(losses)
    weights = smoothing ** np.arange(len(losses))[::-1]
    assert smooth(losses, smoothing)[-1] == pytest.approx((losses * weights).sum() / weights.sum(), rel=1e-9)


def test_a_network_that_learns_nothing():
    found = read(RATES, np.full(len(RATES), 0.7), 0.9)
    assert found.interval is None and found.stop is None
    assert "neither falls nor diverges between 1e-6 and 10" in found.words


def test_a_loss_that_only_rises():
    found = read(RATES, curve(begins=1.0, ends=2.0, diverges=1e-3, lowest=1.99), 0.0)
    assert found.interval is None
    assert found.words.startswith("The loss diverges at 1.4e-3 without having fallen before.")
    assert "low=1e-9" in found.words


def test_a_loss_that_is_no_number_from_the_first_batch():
    found = read(RATES, np.full(len(RATES), np.nan), 0.9)
    assert (found.stop, found.interval) == (0, None)
    assert "before any step was made" in found.words


def test_a_loss_that_never_diverges():
    found = read(RATES, curve(diverges=np.inf), 0.0)
    assert found.stop is None and found.words.endswith("It does not diverge up to 10.")


def test_a_loss_that_falls_to_the_very_end():
    found = read(RATES, curve(1e-2, 10.0, np.inf), 0.0)
    assert "still falling at the highest rate tested: test higher ones, for example high=100" in found.words


def test_a_loss_that_falls_from_the_very_beginning():
    found = read(RATES, curve(1e-7, 1e-4), 0.0)
    assert found.interval[0] <= 10
    assert "falls from the lowest rate on: begin with a smaller one, for example low=1e-8" in found.words


def test_overflow_is_divergence():
    losses = curve(diverges=np.inf)
    losses[150:] = np.inf
    found = read(RATES, losses, 0.9)
    assert found.stop == 150 and np.isnan(found.smoothed[151:]).all()


def test_a_loss_that_leaps_to_the_level_of_guessing_has_diverged():
    # What gradient descent does on digits: it falls to a little above half, then sticks where it began or above.
    losses = curve(1e-2, 1.0, np.inf, 2.35, 1.3) + np.random.default_rng(0).normal(0, 0.05, len(RATES))
    losses[RATES > 2] += 2.0
    found = read(RATES, losses, 0.9)
    assert 2 < RATES[found.stop] < 6 and np.nanmax(found.smoothed) < 4 * np.nanmin(found.smoothed)


@pytest.mark.parametrize("smoothing", [0.5, 0.9])
def test_one_bad_batch_of_a_network_that_knows_the_data_is_no_divergence(smoothing):
    # What Adam does when the loss is all but zero: a batch leaps to a thousand times the lowest loss.
    losses = curve(1e-4, 1e-2, np.inf, 1.0, 1e-4)
    losses[[170, 180, 190]] = 0.5
    assert divergence(losses, smoothing) is None


@given(st.integers(0, 2**16), st.floats(0.0, 0.95))
def test_what_comes_later_does_not_change_the_verdict(seed, smoothing):
    losses = curve(diverges=0.3) * np.random.default_rng(seed).lognormal(0, 0.1, len(RATES))
    stop = divergence(losses, smoothing)
    cut = losses.copy()
    cut[stop + 1 :] = np.nan
    assert divergence(cut, smoothing) == stop


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_no_number(bad):
    losses = curve()
    losses[3] = bad
    assert divergence(losses, 0.9) == 3


def test_a_loss_that_can_be_negative_diverges_above_its_start():
    assert (
        divergence(np.array([-1.0, -5.0, -2.0, -0.5]), 0.0) is None
    )  # The last one is within what it differs by.
    flat = np.full(50, -1.0)
    assert divergence(np.concatenate([flat, flat - 4, flat + 2]), 0.0) == 100
