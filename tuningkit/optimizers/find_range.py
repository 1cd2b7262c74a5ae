"""``tk.range_test``: which learning rates a network can be trained with, found in one short run."""

from __future__ import annotations

import numbers
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tuningkit.optimizers.range_record import RangeTest
from tuningkit.optimizers.range_rules import divergence, read
from tuningkit.training.fallback import why_not_vectorised
from tuningkit.training.hyperparameters import HYPERPARAMETERS
from tuningkit.training.lock import training_turn
from tuningkit.training.trainer import Trainer

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: Fewer would leave too little to smooth.
FEWEST_STEPS = 20


def range_test(
    model: keras.Model,
    data: Dataset,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    smoothing: float = 0.9,
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    seed: int | None = 0,
    loss: str | Callable | None = None,
) -> RangeTest:
    r"""Raise the learning rate at every batch, and watch where the loss begins to fall and where it diverges.

    Step :math:`i` of :math:`n` is made with the rate

    .. math:: \eta_i = \eta_\text{low} (\eta_\text{high} / \eta_\text{low})^{i / (n - 1)}

    and the loss of its batch, before the step, is recorded. It is smoothed by an exponential average whose initial
    bias is taken out. How the result is read off:

    * **Divergence**: the first rate at which the smoothed loss, having fallen, is above the value it started with by
      more than batches differ: all that was learned is lost. Or, if it never fell, above 4 times that value; or not
      a finite number. The test ends there.
    * **Interval**: between its highest value and its lowest, the smoothed loss falls. The interval begins at the
      last rate at which 10 % of this fall were not yet done, and ends at the first rate at which 90 % were.
    * **Suggestion**: the middle of the interval on a log scale.
    * **Nothing falls**: a fall smaller than 3 standard errors of the smoothed loss, or than 1 % of the loss, is
      none. Then interval and suggestion are None, and ``words`` says what to change.

    It is one run, in which every rate acts on what the smaller ones have learned already, so it says in which power
    of ten to search rather than which rate is best.

    Args:
        model: A built Keras model with one input and one output. It is never changed.
        data: The data. The test goes through its training rows as often as it needs to, in a new order each time.
        low: The first learning rate, greater than 0.
        high: The last one, greater than ``low``.
        steps: Number of rates, one per batch, at least 20.
        smoothing: Weight of what came before in the smoothed loss, in [0, 1).
        optimizer: As in :func:`tuningkit.train`; the learning rate, or schedule, it may have is replaced.
        batch_size: Rows per step.
        seed: A number draws new initial weights, and determines batch order and dropout. None starts from the
            weights the model has.
        loss: As in :func:`tuningkit.train`.

    Returns:
        The test's record.

    Raises:
        TypeError: If a number is none, or model or data are of another kind.
        ValueError: If a number is out of range, or the model needs ``model.fit``.

    Example:
        >>> test = tk.range_test(model, digits)
        >>> run = tk.train(model, digits, learning_rate=test.suggestion)

    Reference:
        L. N. Smith (2017), Cyclical learning rates for training neural networks, section 3.3,
        https://arxiv.org/abs/1506.01186
    """
    low, high = _rate("low", low), _rate("high", high)
    if low >= high:
        raise ValueError(f"low must be less than high. Received: low={low}, high={high}")
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < FEWEST_STEPS:
        raise ValueError(
            f"steps must be a whole number of at least {FEWEST_STEPS}, for example 200. Received: steps={steps!r}"
        )
    if isinstance(smoothing, bool) or not isinstance(smoothing, numbers.Real) or not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in [0, 1), for example 0.9. Received: smoothing={smoothing!r}")
    reason = why_not_vectorised(model, data, None, optimizer)
    if reason is not None:
        raise ValueError(f"{reason} The range test cannot train such a model.")
    begin = time.perf_counter()
    with training_turn():
        trainer = Trainer(
            model, data,
            optimizer=optimizer, batch_size=batch_size, seeds=seed, loss=loss, record_batches=True,
        )  # fmt: skip
        rise = keras.optimizers.schedules.ExponentialDecay(low, int(steps) - 1, high / low)
        trainer.set_schedule(rise)
        losses = _climb(trainer, int(steps), smoothing)
    rates = low * (high / low) ** np.linspace(0, 1, int(steps))
    reading = read(rates, losses, smoothing)
    if reading.stop is not None:
        losses[reading.stop + 1 :] = np.nan
    interval = suggestion = None
    if reading.interval is not None:
        interval = tuple(float(rates[place]) for place in reading.interval)
        suggestion = float(np.sqrt(interval[0] * interval[1]))
    return RangeTest(
        rates=rates,
        losses=losses,
        smoothed=reading.smoothed,
        interval=interval,
        suggestion=suggestion,
        diverged_at=None if reading.stop is None else float(rates[reading.stop]),
        words=reading.words,
        optimizer=trainer.optimizer,
        batch_size=trainer.batch_size,
        loss_name=trainer.head.loss_name,
        model_name=model.name,
        data_name=data.name,
        seconds=time.perf_counter() - begin,
    )


def _climb(trainer: Trainer, steps: int, smoothing: float) -> np.ndarray:
    """Losses of the batches, shape (steps,); NaN from where it was no use to go on."""
    losses = np.full(steps, np.nan)
    per_epoch = trainer.engine.steps_per_epoch
    while (done := round(trainer.position * per_epoch)) < steps:
        begun = trainer.epoch * per_epoch
        ended = trainer.advance(until=steps / per_epoch)
        upto = begun + per_epoch if ended else round(trainer.position * per_epoch)
        losses[begun:upto] = trainer.engine.batch_losses(upto - begun)[0][: steps - begun]
        stop = divergence(losses, smoothing)  # Where nothing is known yet, at the latest.
        if (stop is not None and stop < upto) or upto == done:
            break
    return losses


def _rate(name: str, value: Any) -> float:
    try:
        return float(HYPERPARAMETERS["learning_rate"].check(value))
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{name} must be a positive number, for example 1e-6. Received: {name}={value!r}"
        ) from None
