"""What a grid search costs: runs times epochs times seconds, and how to say it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: Smallest and largest value of each whole-number setting.
RANGES = {
    "hyperparameters": (1, 8),
    "values": (2, 20),
    "seeds": (1, 20),
    "epochs": (1, 1_000_000),
}
_UNITS = (("years", 365 * 86_400), ("days", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True)
class CostSettings:
    """A full grid: every value of one hyperparameter with every value of the others.

    Attributes:
        hyperparameters: How many are tuned.
        values: Values tried of each.
        seeds: Trainings of each combination.
        epochs: Epochs of a training.
        seconds: Seconds of an epoch; None: as measured.
    """

    hyperparameters: int = 2
    values: int = 5
    seeds: int = 1
    epochs: int = 20
    seconds: float | None = None

    @property
    def runs(self) -> int:
        """Trainings of the whole grid: ``values ** hyperparameters * seeds``."""
        return self.values**self.hyperparameters * self.seeds

    @property
    def all_epochs(self) -> int:
        """Epochs of the whole grid."""
        return self.runs * self.epochs


def check(name: str, value: Any) -> Any:
    """Check one of the lab's settings.

    Raises:
        ValueError: If the name is unknown or the value out of range.
        TypeError: If the value is no number.
    """
    if name == "seconds":
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(
                f"seconds must be a number, such as 30, or None for what was measured. Received: {value!r}"
            )
        if not (math.isfinite(value) and value > 0):
            raise ValueError(
                f"seconds must be above 0: how long one epoch takes. Received: seconds={value!r}"
            )
        return float(value)
    if name not in RANGES:
        raise ValueError(f"CostLab has no setting {name!r}. It has: {', '.join(RANGES)}, seconds.")
    low, high = RANGES[name]
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number from {low} to {high:,}. Received: {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high:,}. Received: {name}={value!r}")
    return int(value)


def duration(seconds: float) -> str:
    """A length of time for people.

    Args:
        seconds: At least 0.

    Example:
        >>> duration(5400), duration(0.0123), duration(4e8)
        ('1.5 h', '12 ms', '13 years')
    """
    if 0 < seconds < 0.1:
        return f"{1000 * seconds:.2g} ms"
    for unit, length in _UNITS:
        if seconds >= 1.5 * length or length == 1:
            number = seconds / length
            text = f"{number:,.0f}" if number >= 9.95 else f"{number:.2g}"
            return f"{text} {unit}"
    raise AssertionError("the last unit takes everything")


def amount(number: int, thing: str) -> str:
    """A number and what it counts: ``amount(2, "seed")`` is '2 seeds'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
