"""A Gaussian process as the memory of a search, and what it makes worth a look."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

#: Bounds of the length scales, in units of a whole axis.
# Up to three axes: with a handful of results any hyperparameter may look as if it did not matter at all.
_LENGTHS = (0.1, 3.0)
#: Bounds of the noise variance, in units of the results' variance.
_NOISE = (1e-5, 0.1)
_STARTS = ((0.3, 1e-2), (1.0, 1e-3))
# A rough maximum is enough: the next result moves it anyway.
_SEARCH = {"maxiter": 30, "ftol": 1e-5}


class GaussianSurrogate:
    r"""scikit-learn's Gaussian process with a Matérn 5/2 kernel and a length scale for each hyperparameter.

    .. math:: k(u, v) = \sigma^2 \, (1 + \sqrt 5 r + 5 r^2 / 3) \, e^{-\sqrt 5 r}, \quad
        r^2 = \sum_d (u_d - v_d)^2 / \ell_d^2

    The length scales, sigma and the noise are those that make the results most likely. A long length scale says
    that its hyperparameter matters little. Results are brought to mean 0 and deviation 1 first.

    Args:
        points: Where, shape (results, dimensions), coordinates in [0, 1).
        results: What was found there, shape (results,), finite.
        begin_at: ``theta`` of the surrogate with one result less, to begin the fit there; None tries two starts.

    Raises:
        ValueError: If shapes do not fit, a result is not finite, or there are fewer than two.

    Example:
        >>> surrogate = GaussianSurrogate([[0.1, 0.2], [0.5, 0.4], [0.9, 0.3]], [2.0, 0.3, 1.1])
        >>> mean, deviation = surrogate.predict([[0.5, 0.4]])

    Reference:
        C. E. Rasmussen and C. K. I. Williams (2006), Gaussian Processes for Machine Learning, chapters 2, 4
        and 5, https://gaussianprocess.org/gpml/
    """

    def __init__(self, points: np.ndarray, results: np.ndarray, begin_at: np.ndarray | None = None) -> None:
        points, results = np.atleast_2d(np.asarray(points, float)), np.asarray(results, float)
        if results.ndim != 1 or len(points) != len(results) or len(results) < 2:
            raise ValueError(
                "A Gaussian process needs at least two results, one for each point. Received: "
                f"points of shape {points.shape}, results of shape {results.shape}."
            )
        if not np.isfinite(results).all():
            raise ValueError("Results must be finite: give a run that diverged the worst result instead.")
        self._middle = float(results.mean())
        self._scale = float(results.std()) or 1.0
        self._process = _fit(points, (results - self._middle) / self._scale, begin_at)

    @property
    def theta(self) -> np.ndarray:
        """Logarithms of amplitude, length scales and noise."""
        return self._process.kernel_.theta.copy()

    @property
    def length_scales(self) -> np.ndarray:
        """One for each hyperparameter, in units of its whole axis."""
        return np.exp(self._process.kernel_.theta[1:-1])

    @property
    def scale(self) -> float:
        """The results' standard deviation: the unit in which exploration is measured."""
        return self._scale

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of what training would give, noise left out, each of shape (points,)."""
        mean, deviation = self._process.predict(np.atleast_2d(np.asarray(points, float)), return_std=True)
        noise = math.exp(self._process.kernel_.theta[-1])
        latent = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
        return self._middle + self._scale * mean, self._scale * latent


def _fit(points: np.ndarray, results: np.ndarray, begin_at: np.ndarray | None) -> GaussianProcessRegressor:
    """Fit by marginal likelihood.

    scikit-learn's own optimiser warns whenever a bound is reached, which is no fault here: a hyperparameter
    that does not matter has a length scale without end.
    """
    from scipy.optimize import minimize
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    dimensions = points.shape[1]
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(
        [1.0] * dimensions, [_LENGTHS] * dimensions, nu=2.5
    ) + WhiteKernel(1e-3, _NOISE)
    process = GaussianProcessRegressor(kernel, optimizer=None).fit(points, results)

    def unlikely(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = process.log_marginal_likelihood(theta, eval_gradient=True, clone_kernel=False)
        return -value, -slope

    if begin_at is not None:
        starts = [np.asarray(begin_at, float)]
    else:
        starts = [np.log([1.0, *[length] * dimensions, noise]) for length, noise in _STARTS]
    bounds = kernel.bounds
    found = [
        minimize(unlikely, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_SEARCH)
        for start in starts
    ]
    theta = min(found, key=lambda one: one.fun).x
    return GaussianProcessRegressor(kernel.clone_with_theta(theta), optimizer=None).fit(points, results)


def expected_improvement(
    mean: np.ndarray, deviation: np.ndarray, best: float, exploration: float = 0.0
) -> np.ndarray:
    r"""How much better than the best so far a look is expected to be, for an objective to be minimised.

    .. math:: EI = (b - \xi - \mu) \Phi(z) + s \varphi(z), \quad z = (b - \xi - \mu) / s

    Args:
        mean: Predicted objective, any shape.
        deviation: Its standard deviation, same shape; 0 where it is known.
        best: Best objective so far, b.
        exploration: xi, in units of the objective: improvements smaller than this do not count.

    Returns:
        Expected improvement, at least 0.

    Example:
        >>> float(expected_improvement(np.array(1.0), np.array(0.0), best=1.5))
        0.5

    Reference:
        D. R. Jones, M. Schonlau and W. J. Welch (1998), Efficient Global Optimization of Expensive Black-Box
        Functions, https://doi.org/10.1023/A:1008306431147
    """
    from scipy.special import ndtr

    gain = best - exploration - mean
    safe = np.where(deviation > 0, deviation, 1.0)
    z = gain / safe
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    unsure = gain * ndtr(z) + safe * density
    return np.maximum(np.where(deviation > 0, unsure, np.maximum(gain, 0.0)), 0.0)


def lower_confidence_bound(mean: np.ndarray, deviation: np.ndarray, exploration: float = 2.0) -> np.ndarray:
    r"""The objective if luck is good, for an objective to be minimised: the place with the least is next.

    .. math:: LCB = \mu - \kappa s

    Args:
        mean: Predicted objective, any shape.
        deviation: Its standard deviation, same shape.
        exploration: kappa, at least 0: how many standard deviations of luck to hope for.

    Example:
        >>> float(lower_confidence_bound(np.array(1.0), np.array(0.2), 2.0))
        0.6

    Reference:
        N. Srinivas, A. Krause, S. Kakade and M. Seeger (2010), Gaussian Process Optimization in the Bandit
        Setting, https://arxiv.org/abs/0912.3995
    """
    return mean - exploration * deviation
