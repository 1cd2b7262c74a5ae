"""What the curve of a learning-rate range test says: smoothed, where it diverged, which rates are worth using."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuningkit.training.hyperparameters import format_value

#: A loss that never fell has left for good when it is this many times as high as at the start.
FAR = 4.0
#: How much of its starting value a loss must have lost before a way back up means anything.
LEARNED = 0.1
#: How many standard errors must lie between the loss and its starting value, first below it and then above.
CERTAIN = 5.0
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


def divergence(losses: np.ndarray, smoothing: float) -> int | None:
    r"""Place of the step at which training had undone all that it had achieved, or None.

    With :math:`s_i` the smoothed loss, :math:`s_0` its starting value (the mean of as many batches as one smoothed
    value rests on) and :math:`\epsilon` its standard error, this is the first step with one of

    * a loss that is not finite,
    * :math:`s_i > s_0 + 5 \epsilon`, after it had once been below :math:`s_0 - \max(5 \epsilon, s_0 / 10)`,
    * :math:`s_i > 4 s_0`.

    Learning-rate finders commonly stop at four times the *lowest* loss. A network whose loss is nearly zero exceeds
    that in a single bad batch and goes on learning; cross-entropy that gets stuck at the level of guessing may
    never reach it. The starting value does not depend on how low the loss was.

    Args:
        losses: One per batch, shape (steps,). Only what comes before a step decides about it.
        smoothing: See :func:`smooth`.

    Example:
        >>> divergence(np.array([2.0, 1.0, 0.1, 0.5, 2.1]), 0.0)
        4

    Reference:
        L. N. Smith (2017), section 3.3, https://arxiv.org/abs/1506.01186; for four times the lowest loss: J. Howard
        and S. Gugger (2020), fastai, https://arxiv.org/abs/2002.04688
    """
    losses = np.asarray(losses, float)
    smoothed = smooth(losses, smoothing)
    begun = max(1, min(round((1 + smoothing) / (1 - smoothing)), len(losses) // 5))
    start = losses[:begun].mean()
    # The first few smoothed values rest on too few batches to count as a fall.
    lowest = np.minimum.accumulate(np.where(np.arange(len(losses)) < begun, np.inf, smoothed))
    for step in np.flatnonzero(~np.isfinite(smoothed) | (smoothed > start)):
        if not np.isfinite(smoothed[step]):
            return int(step)
        error = _standard_error(losses[: step + 1], smoothing)
        learned = lowest[step] < start - max(CERTAIN * error, LEARNED * abs(start))
        undone = learned and smoothed[step] > start + CERTAIN * error
        if undone or 0 < FAR * start < smoothed[step]:
            return int(step)
    return None


def read(rates: np.ndarray, losses: np.ndarray, smoothing: float) -> Reading:
    """Read a range test off.

    Args:
        rates: Rising, shape (steps,).
        losses: One per batch, shape (steps,).
        smoothing: See :func:`smooth`.
    """
    smoothed = smooth(losses, smoothing)
    stop = divergence(losses, smoothing)
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
    noise = _standard_error(losses, smoothing)
    return bool(fall > SURE * noise and fall > WORTH * abs(smoothed[0]))


def _standard_error(losses: np.ndarray, smoothing: float) -> float:
    """That of the smoothed loss, from how much the loss differs from one batch to the next."""
    if len(losses) < 2:
        return 0.0
    # Between two batches the curve itself hardly moves: what differs is noise. The median does not mind the few
    # batches at the end that leap. An average over about (1 + b) / (1 - b) batches is less noisy.
    between = np.abs(np.diff(losses))
    return float(1.05 * np.median(between) * np.sqrt((1 - smoothing) / (1 + smoothing)))


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
