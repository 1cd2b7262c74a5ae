"""Learning-rate schedules with their lengths in epochs. What they return are the real Keras schedules.

Keras counts steps, one per batch. People think in epochs; :func:`steps_per_epoch` is what one epoch has.
"""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tuningkit.training.hyperparameters import HYPERPARAMETERS

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_KERAS = keras.optimizers.schedules


def steps_per_epoch(data: Dataset, batch_size: int = 32) -> int:
    r"""Steps in one pass over the training rows, :math:`\lceil \text{rows} / \text{batch size} \rceil`.

    Args:
        data: The data.
        batch_size: Rows per step, at least 1.

    Example:
        >>> steps_per_epoch(tk.datasets.load_digits(), 32)
        43
    """
    return -(-len(data.x_train) // HYPERPARAMETERS["batch_size"].check(batch_size))


def exponential(
    start: float, *, factor: float, every: float, steps_per_epoch: int, staircase: bool = False
) -> keras.optimizers.schedules.ExponentialDecay:
    r"""Multiply the rate by ``factor`` every ``every`` epochs: :math:`\eta = \eta_0 f^{t / T}`.

    Args:
        start: The first rate, greater than 0.
        factor: In (0, 1].
        every: Epochs, greater than 0.
        steps_per_epoch: Steps of one epoch.
        staircase: Whether to do it at once at the end of each period (step decay) instead of bit by bit.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> schedule = exponential(0.1, factor=0.5, every=10, steps_per_epoch=43)
        >>> float(schedule(430))
        0.05
    """
    steps = _steps("every", every, steps_per_epoch)
    if not 0 < _number("factor", factor) <= 1:
        raise ValueError(f"factor must be in (0, 1], for example 0.5. Received: factor={factor!r}")
    return _KERAS.ExponentialDecay(_rate("start", start), steps, float(factor), staircase=bool(staircase))


def polynomial(
    start: float, *, epochs: float, steps_per_epoch: int, end: float = 0.0, power: float = 1.0
) -> keras.optimizers.schedules.PolynomialDecay:
    r"""Go from ``start`` to ``end``: :math:`\eta = (\eta_0 - \eta_T)(1 - t / T)^p + \eta_T`.

    Args:
        start: The first rate, greater than 0.
        epochs: Length of the way, in epochs, greater than 0. Afterwards the rate stays at ``end``.
        steps_per_epoch: Steps of one epoch.
        end: The last rate, at least 0.
        power: 1 is a straight line; greater than 0.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> schedule = polynomial(0.1, epochs=10, steps_per_epoch=43)
        >>> round(float(schedule(215)), 3)
        0.05
    """
    if _number("power", power) <= 0:
        raise ValueError(f"power must be greater than 0, for example 1. Received: power={power!r}")
    steps = _steps("epochs", epochs, steps_per_epoch)
    return _KERAS.PolynomialDecay(_rate("start", start), steps, _end(end), power=float(power))


def cosine(
    start: float, *, epochs: float, steps_per_epoch: int, end: float = 0.0, warmup_epochs: float = 0.0
) -> keras.optimizers.schedules.CosineDecay:
    r"""Follow half a cosine: :math:`\eta = \eta_T + (\eta_0 - \eta_T)(1 + \cos(\pi t / T)) / 2`.

    Args:
        start: The highest rate, greater than 0.
        epochs: Length of the whole way, warm-up included, in epochs. Afterwards the rate stays at ``end``.
        steps_per_epoch: Steps of one epoch.
        end: The last rate, at least 0 and not above ``start``.
        warmup_epochs: For so long the rate first rises in a straight line from 1 % of ``start``.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> schedule = cosine(0.1, epochs=10, steps_per_epoch=43, warmup_epochs=1)
        >>> float(schedule(0)), float(schedule(43))
        (0.001, 0.1)

    Reference:
        I. Loshchilov and F. Hutter (2017), SGDR, https://arxiv.org/abs/1608.03983; warm-up: P. Goyal et al. (2017),
        Accurate, large minibatch SGD, section 2.2, https://arxiv.org/abs/1706.02677
    """
    start, end = _rate("start", start), _end(end)
    if end > start:
        raise ValueError(f"end must not be above start. Received: start={start}, end={end}")
    if not 0 <= _number("warmup_epochs", warmup_epochs) < _number("epochs", epochs):
        raise ValueError(
            f"warmup_epochs must be at least 0 and less than epochs. Received: warmup_epochs={warmup_epochs!r}, "
            f"epochs={epochs!r}"
        )
    total = _steps("epochs", epochs, steps_per_epoch)
    if not warmup_epochs:
        return _KERAS.CosineDecay(start, total, alpha=end / start)
    warmup = _steps("warmup_epochs", warmup_epochs, steps_per_epoch)
    return _KERAS.CosineDecay(
        start / 100, max(1, total - warmup), alpha=end / start, warmup_target=start, warmup_steps=warmup
    )


def cosine_restarts(
    start: float, *, every: float, steps_per_epoch: int, end: float = 0.0
) -> keras.optimizers.schedules.CosineDecayRestarts:
    r"""Follow half a cosine down, and begin anew at the top every ``every`` epochs.

    :math:`\eta = \eta_T + (\eta_0 - \eta_T)(1 + \cos(\pi (t \bmod T) / T)) / 2`

    Args:
        start: The rate at the top, greater than 0.
        every: Epochs of one way down, greater than 0.
        steps_per_epoch: Steps of one epoch.
        end: The rate towards which it falls, at least 0 and not above ``start``.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> schedule = cosine_restarts(0.1, every=5, steps_per_epoch=40)
        >>> round(float(schedule(100)), 3), round(float(schedule(200)), 3)
        (0.05, 0.1)

    Reference:
        I. Loshchilov and F. Hutter (2017), SGDR, section 3, https://arxiv.org/abs/1608.03983
    """
    start, end = _rate("start", start), _end(end)
    if end > start:
        raise ValueError(f"end must not be above start. Received: start={start}, end={end}")
    steps = _steps("every", every, steps_per_epoch)
    return _KERAS.CosineDecayRestarts(start, steps, t_mul=1.0, alpha=end / start)


def inverse_time(
    start: float, *, halved_after: float, steps_per_epoch: int
) -> keras.optimizers.schedules.InverseTimeDecay:
    r"""Divide the rate by a number that grows steadily: :math:`\eta = \eta_0 / (1 + t / T)`.

    Args:
        start: The first rate, greater than 0.
        halved_after: Epochs until half of it is left; after twice as many, a third.
        steps_per_epoch: Steps of one epoch.

    Raises:
        ValueError: If a number is out of range.

    Example:
        >>> float(inverse_time(0.1, halved_after=5, steps_per_epoch=43)(215))
        0.05

    Reference:
        H. Robbins and S. Monro (1951), A stochastic approximation method,
        https://doi.org/10.1214/aoms/1177729586
    """
    steps = _steps("halved_after", halved_after, steps_per_epoch)
    return _KERAS.InverseTimeDecay(_rate("start", start), steps, 1.0)


def piecewise(
    rates: Sequence[float], *, after: Sequence[float], steps_per_epoch: int
) -> keras.optimizers.schedules.PiecewiseConstantDecay:
    """Change the rate at given epochs, and keep it in between.

    Args:
        rates: One more than ``after``, each greater than 0.
        after: Epochs trained when the next rate begins, rising.
        steps_per_epoch: Steps of one epoch.

    Raises:
        ValueError: If the numbers do not fit each other, or one is out of range.

    Example:
        >>> schedule = piecewise([0.1, 0.01], after=[10], steps_per_epoch=43)
        >>> round(float(schedule(429)), 3), round(float(schedule(430)), 3)
        (0.1, 0.01)
    """
    if len(rates) != len(after) + 1 or not after:
        raise ValueError(
            "rates must have one value more than after has, for example rates=[0.1, 0.01], after=[10]. "
            f"Received: {len(rates)} and {len(after)} values"
        )
    ends = [_steps("after", epochs, steps_per_epoch) for epochs in after]
    if any(later <= earlier for earlier, later in itertools.pairwise(ends)):
        raise ValueError(f"after must rise. Received: after={list(after)}")
    # Keras keeps a rate up to and including the boundary.
    return _KERAS.PiecewiseConstantDecay([end - 1 for end in ends], [_rate("rates", rate) for rate in rates])


def _steps(name: str, epochs: float, per_epoch: int) -> int:
    if isinstance(per_epoch, bool) or not isinstance(per_epoch, (int, np.integer)) or per_epoch < 1:
        raise ValueError(
            f"steps_per_epoch must be a whole number of at least 1. Received: steps_per_epoch={per_epoch!r}"
        )
    if _number(name, epochs) <= 0:
        raise ValueError(f"{name} must be greater than 0, in epochs. Received: {name}={epochs!r}")
    return max(1, round(epochs * per_epoch))


def _rate(name: str, value: Any) -> float:
    if _number(name, value) <= 0:
        raise ValueError(
            f"{name} must be a positive learning rate, for example 0.01. Received: {name}={value!r}"
        )
    return float(value)


def _end(value: Any) -> float:
    if _number("end", value) < 0:
        raise ValueError(f"end must be at least 0. Received: end={value!r}")
    return float(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not np.isfinite(value):
        raise ValueError(f"{name} must be a finite number. Received: {name}={value!r}")
    return float(value)
