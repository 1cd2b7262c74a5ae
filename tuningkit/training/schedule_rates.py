"""What a learning-rate schedule says: checked, put into words, and read off at many steps at once.

The schedules are the real Keras ones. They answer for one step at a time inside a compiled graph; here they are
asked from Python, so that a graph can be told its rates and need not be built again for another schedule.
"""

from __future__ import annotations

import numbers
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training import hyperparameters as table
from tuningkit.training.hyperparameters import format_value

LearningRateSchedule = keras.optimizers.schedules.LearningRateSchedule
ReduceLROnPlateau = keras.callbacks.ReduceLROnPlateau

#: What stands for a schedule: a Keras schedule, the plateau callback, a constant rate, or "as in the model".
Schedule = LearningRateSchedule | ReduceLROnPlateau | float | None

# Steps read off at once: the price of asking hardly depends on their number.
_BLOCK = 4096
# Written with the operations of Keras and without branches, these take a whole array of steps.
_TAKE_ARRAYS = tuple(
    getattr(keras.optimizers.schedules, name)
    for name in (
        "ExponentialDecay",
        "PolynomialDecay",
        "InverseTimeDecay",
        "PiecewiseConstantDecay",
        "CosineDecay",
        "CosineDecayRestarts",
    )
)


def check_schedule(schedule: Any) -> Schedule:
    """Return a schedule as it is, a number as a checked rate.

    Raises:
        TypeError: If it is none of the kinds that can be a schedule.
        ValueError: If a constant rate is not positive.
    """
    if schedule is None or isinstance(schedule, (LearningRateSchedule, ReduceLROnPlateau)):
        return schedule
    if isinstance(schedule, (numbers.Real, np.number)) and not isinstance(schedule, (bool, np.bool_)):
        return table.check_value("learning_rate", schedule)
    raise TypeError(
        "schedule must be a Keras schedule such as keras.optimizers.schedules.CosineDecay(0.01, 1000), a "
        "keras.callbacks.ReduceLROnPlateau(...), a number (a constant rate) or None (as in the model). "
        f"Received: schedule={schedule!r} ({type(schedule).__name__})"
    )


def nominal_rate(schedule: Schedule) -> float | None:
    """The rate a schedule goes by: its warm-up target, else its initial rate, else its rate at step 0.

    None for those that have no rate of their own and take the one of the optimiser.
    """
    if isinstance(schedule, LearningRateSchedule):
        for name in ("warmup_target", "initial_learning_rate"):
            value = getattr(schedule, name, None)
            if value:
                return float(value)
        return float(keras.ops.convert_to_numpy(schedule(0))) or 1.0
    return None if schedule is None or isinstance(schedule, ReduceLROnPlateau) else float(schedule)


def describe_schedule(schedule: Schedule) -> str:
    """A schedule in one line, as it is called in Keras, with the arguments that differ from Keras's own.

    Example:
        >>> describe_schedule(keras.optimizers.schedules.CosineDecay(0.01, 300))
        'CosineDecay(initial_learning_rate=0.01, decay_steps=300)'
    """
    if schedule is None:
        return "as in the model"
    if isinstance(schedule, ReduceLROnPlateau):
        names = ("monitor", "factor", "patience", "cooldown", "min_lr")
        told = {name: getattr(schedule, name) for name in names}
        usual = {"cooldown": 0, "min_lr": 0}
    elif isinstance(schedule, LearningRateSchedule):
        try:
            told = {name: value for name, value in schedule.get_config().items() if name != "name"}
        except NotImplementedError:
            told = {}
        usual = {
            "alpha": 0.0, "warmup_target": None, "warmup_steps": 0, "staircase": False, "cycle": False,
            "power": 1.0, "t_mul": 2.0, "m_mul": 1.0,
        }  # fmt: skip
    else:
        return f"constant {format_value(schedule)}"
    words = ", ".join(
        f"{name}={_plain(value)}" for name, value in told.items() if name not in usual or value != usual[name]
    )
    return f"{type(schedule).__name__}({words})"


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_plain(one) for one in value)}]"
    return format_value(value)


class ScaledSchedule(LearningRateSchedule):
    """A schedule with the same shape and another height.

    Args:
        schedule: A Keras schedule.
        factor: What its rates are multiplied by.
    """

    def __init__(self, schedule: LearningRateSchedule, factor: float) -> None:
        self.schedule, self.factor = schedule, factor

    def __call__(self, step):
        """The rate at ``step``."""
        return self.schedule(step) * self.factor

    def get_config(self) -> dict[str, Any]:
        """The schedule and the factor."""
        return {"schedule": self.schedule, "factor": self.factor}


class ScheduleReader:
    """Reads a Keras schedule off at many steps, and keeps what it has read.

    Args:
        schedule: A Keras schedule.

    Example:
        >>> ScheduleReader(keras.optimizers.schedules.CosineDecay(0.01, 300)).rates(0, 3)
        array([0.01      , 0.00999973, 0.0099989 ], dtype=float32)
    """

    def __init__(self, schedule: LearningRateSchedule) -> None:
        self.schedule = schedule
        self._first, self._known = 0, np.zeros(0, "float32")
        # A start that is a whole number makes Keras compute in whole numbers; that is left to Keras.
        whole = isinstance(getattr(schedule, "initial_learning_rate", 0.0), int)
        known = type(schedule) in _TAKE_ARRAYS and not whole
        self._one_by_one = not (known or _takes_arrays(schedule))

    def rates(self, first: int, count: int) -> np.ndarray:
        """Rates at the steps ``first`` to ``first + count - 1``, shape (count,), float32.

        Raises:
            ValueError: As :meth:`at`.
        """
        begin = first - self._first
        if begin < 0 or begin + count > len(self._known):
            # One step at a time is slow, so it reads no further than asked.
            size = count if self._one_by_one else max(count, _BLOCK)
            self._first, self._known = first, self._read(np.arange(first, first + size))
            begin = 0
        return self._checked(self._known[begin : begin + count], np.arange(first, first + count))

    def at(self, steps: np.ndarray) -> np.ndarray:
        """Rates at any steps, shape (n,), whole numbers from 0.

        Raises:
            ValueError: If the schedule answers with something that is not a finite rate of at least 0.
        """
        return self._checked(self._read(np.asarray(steps, "int64")), steps)

    def _read(self, steps: np.ndarray) -> np.ndarray:
        if self._one_by_one:
            return np.array(
                [_number(self.schedule(tf.constant(step, tf.int64))) for step in steps], "float32"
            )
        return _array(self.schedule, steps)

    def _checked(self, rates: np.ndarray, steps: np.ndarray) -> np.ndarray:
        good = np.isfinite(rates) & (rates >= 0)
        if not good.all():
            place = int(np.argmin(good))
            raise ValueError(
                "A schedule must give a finite learning rate of at least 0 at every step. "
                f"{describe_schedule(self.schedule)} gives {rates[place]} at step {int(steps[place])}."
            )
        return rates


def _array(schedule: LearningRateSchedule, steps: np.ndarray) -> np.ndarray:
    if getattr(schedule, "warmup_target", None) is None or type(schedule) not in _TAKE_ARRAYS:
        return np.asarray(keras.ops.convert_to_numpy(schedule(tf.constant(steps))), "float32")
    # With a warm-up Keras branches on the step, which takes one step at a time. Its two branches, by themselves:
    start, target = float(schedule.initial_learning_rate), float(schedule.warmup_target)
    warmup = schedule.warmup_steps
    rates = _array(
        keras.optimizers.schedules.CosineDecay(target, schedule.decay_steps, schedule.alpha),
        np.maximum(steps - warmup, 0),
    )
    if warmup > 0:
        rise = keras.optimizers.schedules.PolynomialDecay(start, warmup, target)
        rates = np.where(steps < warmup, _array(rise, steps), rates)
    return rates


def _takes_arrays(schedule: LearningRateSchedule) -> bool:
    """Whether a schedule that a learner wrote answers for many steps as it does for each of them."""
    steps = np.array([0, 1, 2, 5, 10, 50, 100, 1000, 10_000], "int64")
    try:
        together = np.asarray(keras.ops.convert_to_numpy(schedule(tf.constant(steps))), "float32")
        alone = [_number(schedule(tf.constant(step, tf.int64))) for step in steps]
    except Exception:  # Whatever it is made of: one step at a time is what Keras asks of it.
        return False
    return together.shape == steps.shape and np.allclose(together, alone, rtol=1e-6, atol=0)


def _number(value: Any) -> float:
    return float(keras.ops.convert_to_numpy(value))
