"""What the curve of a learning-rate range test says: smoothed, where it diverged, which rates are worth using."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuningkit.training.hyperparameters import format_value

#: A smoothed loss above this many times its lowest value so far has left for good.
DIVERGED = 4.0
#: Shares of the whole fall between which the loss falls in earnest.
BEGINS, ENDS = 0.1, 0.9
#: How many standard errors of the smoothed loss a fall must have, and which share of the loss, to be one.
SURE, WORTH = 3.0, 0.01


@dataclass(frozen=True)
class Reading:
    """What a range test shows.

    Attributes:
        smoothed: The smoothed loss, shape (steps,); NaN where the test had ended.
        stop: Place of the step at which the loss diverged, or None.
        interval: Places of the ends of the interval worth using, or None if the loss never falls.
        words: What was found, in words.
    """

    smoothed: np.ndarray
    stop: int | None
    interval: tuple[int, int] | None
    words: str


def smooth(losses: np.ndarray, smoothing: float) -> np.ndarray:
    r"""Exponential average with the bias of its start taken out.

    :math:`s_i = \beta s_{i-1} + (1 - \beta) l_i`, and then :math:`s_i / (1 - \beta^{i+1})`.

    Args:
        losses: Shape (steps,). From the first one that is not finite, the result is not finite either.
        smoothing: The weight :math:`\beta` of what came before, in [0, 1).

    Returns:
        Shape (steps,).

    Example:
        >>> smooth(np.array([1.0, 1.0, 4.0]), 0.5)
        array([1.        , 1.        , 2.71428571])

    Reference:
        D. P. Kingma and J. Ba (2015), Adam, section 3, https://arxiv.org/abs/1412.6980
    """
    smoothed, average = np.empty(len(losses)), 0.0
    for step, loss in enumerate(np.asarray(losses, float)):
        average = smoothing * average + (1 - smoothing) * loss
        smoothed[step] = average / (1 - smoothing ** (step + 1))
    return smoothed


def divergence(smoothed: np.ndarray) -> int | None:
    """Place of the first loss that is not finite, or above ``DIVERGED`` times the lowest one before it."""
    lowest = np.minimum.accumulate(np.where(np.isfinite(smoothed), smoothed, np.inf))
    gone = ~np.isfinite(smoothed) | ((lowest > 0) & (smoothed > DIVERGED * lowest))
    return int(np.argmax(gone)) if gone.any() else None


def read(rates: np.ndarray, losses: np.ndarray, smoothing: float) -> Reading:
    """Read a range test off.

    Args:
        rates: Rising, shape (steps,).
        losses: One per batch, shape (steps,).
        smoothing: See :func:`smooth`.
    """
    smoothed = smooth(losses, smoothing)
    stop = divergence(smoothed)
    used = smoothed[: len(smoothed) if stop is None else stop]
    if stop is not None:
        smoothed = np.where(np.arange(len(smoothed)) > stop, np.nan, smoothed)
    if len(used) == 0 or not _falls(losses[: len(used)], used, smoothing):
        return Reading(smoothed, stop, None, _no_fall(rates, stop))
    lowest = int(np.argmin(used))
    top = int(np.argmax(used[: lowest + 1]))
    fallen = (used[top] - used[top : lowest + 1]) / (used[top] - used[lowest])
    # The last rate at which the fall had hardly begun, and the first one at which it was nearly done.
    high = top + int(np.argmax(fallen >= ENDS))
    low = top + int(np.flatnonzero(fallen[: high - top + 1] <= BEGINS)[-1])
    return Reading(smoothed, stop, (low, high), _found(rates, stop, low, high, lowest))


def _falls(losses: np.ndarray, smoothed: np.ndarray, smoothing: float) -> bool:
    lowest = int(np.argmin(smoothed))
    if lowest == 0:
        return False
    fall = smoothed[: lowest + 1].max() - smoothed[lowest]
    # From one batch to the next the curve itself hardly moves: what differs is noise. The median does not mind
    # the few batches at the end that leap. An average over about (1 + b) / (1 - b) batches is less noisy.
    between = np.abs(np.diff(losses))
    noise = 1.05 * np.median(between) * np.sqrt((1 - smoothing) / (1 + smoothing))
    return bool(fall > SURE * noise and fall > WORTH * abs(smoothed[0]))


def _no_fall(rates: np.ndarray, stop: int | None) -> str:
    if stop == 0:
        return (
            "The loss is not a number at the very first batch, before any step was made. Look at the data and the "
            "initial weights; the learning rate is not to blame."
        )
    if stop is not None:
        return (
            f"The loss diverges at {_said(rates[stop])} without having fallen before. Begin with a smaller "
            f"rate, for example low={_said(rates[0] / 1000)}, or take more steps."
        )
    return (
        f"The loss neither falls nor diverges between {_said(rates[0])} and {_said(rates[-1])}, "
        "beyond what differs from batch to batch. Take more steps, or test higher rates; if that does not help, "
        "this network may not be able to learn from this data."
    )


def _found(rates: np.ndarray, stop: int | None, low: int, high: int, lowest: int) -> str:
    words = f"The loss falls between {_said(rates[low])} and {_said(rates[high])}"
    if stop is not None:
        words += f" and diverges at {_said(rates[stop])}."
    elif lowest >= len(rates) - 1 - len(rates) // 50:
        words += (
            f". It is still falling at the highest rate tested: test higher ones, for example "
            f"high={_said(rates[-1] * 10)}."
        )
    else:
        words += f". It does not diverge up to {_said(rates[-1])}."
    if low <= len(rates) // 20:
        words += (
            " It falls from the lowest rate on: begin with a smaller one, for example "
            f"low={_said(rates[0] / 100)}, to see where the fall begins."
        )
    return words


def _said(rate: float) -> str:
    """A rate in two digits: more would promise more than such a test can know."""
    return format_value(float(f"{rate:.2g}"))
