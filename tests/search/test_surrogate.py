"""The Gaussian process and its acquisitions, against formulas worked out another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.search.surrogate import GaussianSurrogate, expected_improvement, lower_confidence_bound

numbers = st.floats(-5, 5)


@given(mean=numbers, deviation=st.floats(0.01, 3), best=numbers, margin=st.floats(0, 1))
def test_expected_improvement_is_the_expected_improvement(mean, deviation, best, margin):
    draws = mean + deviation * _NORMAL
    expected = np.maximum(best - margin - draws, 0).mean()
    found = float(expected_improvement(np.array(mean), np.array(deviation), best, margin))
    assert found == pytest.approx(expected, rel=0.02, abs=0.003 * deviation)


# Quantiles in the middle of 20,000 equal parts of the normal distribution: an integral without chance.
def _quantiles() -> np.ndarray:
    from scipy.special import ndtri

    return ndtri((np.arange(20_000) + 0.5) / 20_000)


_NORMAL = _quantiles()


def test_where_the_result_is_known_only_the_gain_counts():
    mean = np.array([1.0, 2.0])
    np.testing.assert_array_equal(expected_improvement(mean, np.zeros(2), 1.5), [0.5, 0.0])
    np.testing.assert_allclose(lower_confidence_bound(mean, np.array([0.5, 1.0]), 2.0), [0.0, 0.0])


def test_it_learns_which_hyperparameter_matters():
    rng = np.random.default_rng(0)
    points = rng.random((20, 3))
    surrogate = GaussianSurrogate(points, np.sin(6 * points[:, 0]) + 0.2 * points[:, 1])
    first, second, third = surrogate.length_scales
    assert first < second and first < third / 5
    mean, deviation = surrogate.predict(points)
    np.testing.assert_allclose(mean, np.sin(6 * points[:, 0]) + 0.2 * points[:, 1], atol=0.1)
    _, far = surrogate.predict([[3.0, 3.0, 3.0]])
    assert far[0] > 5 * deviation.max()


def test_it_agrees_with_the_formula_of_the_book():
    points = np.array([[0.1], [0.4], [0.8]])
    results = np.array([1.0, 0.2, 0.9])
    surrogate = GaussianSurrogate(points, results)
    amplitude, length, noise = np.exp(surrogate.theta)

    def kernel(a, b):
        r = np.sqrt(5) * np.abs(a[:, None, 0] - b[None, :, 0]) / length
        return amplitude * (1 + r + r**2 / 3) * np.exp(-r)

    scaled = (results - results.mean()) / results.std()
    inverse = np.linalg.inv(kernel(points, points) + noise * np.eye(3))
    place = np.array([[0.55]])
    cross = kernel(place, points)
    mean, deviation = surrogate.predict(place)
    assert mean[0] == pytest.approx(results.mean() + results.std() * (cross @ inverse @ scaled)[0], rel=1e-6)
    variance = amplitude - (cross @ inverse @ cross.T)[0, 0]
    assert deviation[0] == pytest.approx(results.std() * np.sqrt(variance), rel=1e-5)


def test_the_fit_is_at_least_as_likely_as_its_starts():
    rng = np.random.default_rng(1)
    points = rng.random((12, 2))
    results = points[:, 0] ** 2 - points[:, 1]
    fresh = GaussianSurrogate(points, results)
    warm = GaussianSurrogate(points, results, begin_at=fresh.theta)
    np.testing.assert_allclose(warm.predict(points)[0], fresh.predict(points)[0], atol=1e-2)
    assert fresh.scale == pytest.approx(results.std())


def test_equal_results_are_no_fault():
    mean, deviation = GaussianSurrogate([[0.1, 0.2], [0.7, 0.3]], [2.0, 2.0]).predict([[0.5, 0.5]])
    assert mean[0] == pytest.approx(2.0) and np.isfinite(deviation[0])


def test_the_door():
    with pytest.raises(ValueError, match="at least two results"):
        GaussianSurrogate([[0.1]], [1.0])
    with pytest.raises(ValueError, match="must be finite"):
        GaussianSurrogate([[0.1], [0.2]], [1.0, np.nan])
