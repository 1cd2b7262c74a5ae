"""What is searched: one description of ranges and choices that every method and library understands."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


def _number(owner: str, name: str, value: Any) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.number)):
        raise TypeError(f"{owner} needs numbers. Received: {name}={value!r} ({type(value).__name__})")
    if not math.isfinite(value):
        raise ValueError(f"{owner} needs finite numbers. Received: {name}={value!r}")
    return float(value)


def _check_ends(dimension: Any) -> None:
    owner = type(dimension).__name__
    for name in ("low", "high"):
        object.__setattr__(dimension, name, _number(owner, name, getattr(dimension, name)))
    if not dimension.low < dimension.high:
        raise ValueError(
            f"The lower end must be less than the upper one. Received: {owner}({dimension.low:g}, {dimension.high:g})"
        )
    points = dimension.points
    whole = isinstance(points, (int, np.integer)) and not isinstance(points, bool)
    if points is not None and not (whole and points >= 2):
        raise ValueError(
            f"points must be a whole number of at least 2: a grid takes both ends. Received: points={points!r}"
        )


@dataclass(frozen=True)
class Log:
    """A range searched on a logarithmic scale: every factor of ten is as likely as any other.

    Args:
        low: Lower end, greater than 0.
        high: Upper end.
        points: How many values a grid takes from it; None to share the trials out.

    Raises:
        ValueError: If the ends are not positive and in order.

    Example:
        >>> {"learning_rate": Log(1e-5, 1), "l2": Log(1e-7, 1e-1)}

    Reference:
        Bergstra & Bengio (2012), https://jmlr.org/papers/v13/bergstra12a.html
    """

    low: float
    high: float
    points: int | None = None

    def __post_init__(self) -> None:
        _check_ends(self)
        if self.low <= 0:
            raise ValueError(
                f"A logarithmic range has no place for 0 or less. Received: Log({self.low:g}, {self.high:g}). "
                "Give a small positive lower end such as 1e-7, or a list of values that holds 0."
            )

    scale = "log"

    def draw(self, rng: np.random.Generator) -> float:
        """One value, uniform in the logarithm."""
        return float(
            np.clip(math.exp(rng.uniform(math.log(self.low), math.log(self.high))), self.low, self.high)
        )

    def grid(self, points: int) -> list[float]:
        """Values in equal ratios, both ends included."""
        values = np.geomspace(self.low, self.high, points)
        return [self.low, *map(float, values[1:-1]), self.high]

    def holds(self, value: Any) -> bool:
        """Whether a value lies in the range."""
        return _is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Uniform:
    """A range in which equal distances count equally.

    Args:
        low: Lower end.
        high: Upper end.
        points: How many values a grid takes from it; None to share the trials out.

    Raises:
        ValueError: If the ends are not in order.

    Example:
        >>> {"dropout": Uniform(0, 0.8)}
    """

    low: float
    high: float
    points: int | None = None

    def __post_init__(self) -> None:
        _check_ends(self)

    scale = "linear"

    def draw(self, rng: np.random.Generator) -> float:
        """One value, uniform between the ends."""
        return float(rng.uniform(self.low, self.high))

    def grid(self, points: int) -> list[float]:
        """Values at equal distances, both ends included."""
        return [float(value) for value in np.linspace(self.low, self.high, points)]

    def holds(self, value: Any) -> bool:
        """Whether a value lies in the range."""
        return _is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Integer:
    """A range of whole numbers, such as a number of units.

    Args:
        low: Smallest value, itself included.
        high: Largest value, itself included.
        log: Whether every doubling is as likely as any other.
        points: How many values a grid takes from it; None to share the trials out.

    Raises:
        ValueError: If the ends are not whole numbers in order, or ``log`` meets a lower end below 1.

    Example:
        >>> {"units": Integer(8, 256, log=True)}
    """

    low: int
    high: int
    log: bool = False
    points: int | None = None

    def __post_init__(self) -> None:
        _check_ends(self)
        if self.low != int(self.low) or self.high != int(self.high):
            raise ValueError(f"Integer needs whole numbers. Received: Integer({self.low:g}, {self.high:g})")
        object.__setattr__(self, "low", int(self.low))
        object.__setattr__(self, "high", int(self.high))
        if self.log and self.low < 1:
            raise ValueError(
                f"With log=True the lower end must be at least 1. Received: Integer({self.low}, {self.high})"
            )

    @property
    def scale(self) -> str:
        """How the range is spread out: "log" or "linear", and no other."""
        return "log" if self.log else "linear"

    def draw(self, rng: np.random.Generator) -> int:
        """One value, both ends included."""
        if not self.log:
            return int(rng.integers(self.low, self.high + 1))
        # Each number has the piece of the logarithmic axis that rounds to it.
        value = math.exp(rng.uniform(math.log(self.low - 0.5), math.log(self.high + 0.5)))
        return int(np.clip(round(value), self.low, self.high))

    def grid(self, points: int) -> list[int]:
        """Whole numbers as evenly spread as can be, each once: there may be fewer than ``points``."""
        spread = np.geomspace if self.log else np.linspace
        return sorted({round(float(value)) for value in spread(self.low, self.high, points)})

    def holds(self, value: Any) -> bool:
        """Whether a value is one of the range."""
        return _is_number(value) and value == int(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of several values. A plain list in a space means the same.

    Args:
        values: The values, each once: numbers, names, or None.

    Raises:
        TypeError: If it is not a list of values.
        ValueError: If it is empty or holds a value twice.

    Example:
        >>> {"optimizer": Choice(["sgd", "adam"]), "batch_size": [16, 32, 64]}
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        values = self.values
        if isinstance(values, (str, bytes, Mapping)) or not _is_list(values):
            raise TypeError(f"A choice needs several values, for example a list. Received: {values!r}")
        listed = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
        if not listed:
            raise ValueError("A choice needs at least one value. Received: an empty list")
        names = [repr(value) for value in listed]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(f"A choice has {', '.join(double)} more than once. Give every value once.")
        object.__setattr__(self, "values", listed)

    scale = "choice"

    def draw(self, rng: np.random.Generator) -> Any:
        """One of the values, all equally likely."""
        return self.values[int(rng.integers(len(self.values)))]

    def grid(self, points: int | None = None) -> list[Any]:
        """All values."""
        return list(self.values)

    def holds(self, value: Any) -> bool:
        """Whether it is one of the values."""
        return value in self.values


Dimension = Log | Uniform | Integer | Choice


def check_space(space: Any) -> dict[str, Dimension]:
    """Check a space, and return it with lists made into choices.

    Args:
        space: Ranges and lists by hyperparameter.

    Raises:
        TypeError: If it is no mapping, or an entry is neither a range nor a list.
        ValueError: If it is empty, or an entry is empty or holds a value twice.

    Example:
        >>> check_space({"l2": Log(1e-7, 0.1), "batch_size": [16, 32]})["batch_size"]
        Choice(values=(16, 32))
    """
    if not isinstance(space, Mapping):
        raise TypeError(
            'The space must be a mapping such as {"learning_rate": tk.search.Log(1e-4, 1), "batch_size": [16, 32]}. '
            f"Received: {type(space).__name__}"
        )
    if not space:
        raise ValueError(
            'The space is empty. Name at least one hyperparameter: {"learning_rate": tk.search.Log(1e-4, 1)}.'
        )
    checked: dict[str, Dimension] = {}
    for name, entry in space.items():
        if not isinstance(name, str):
            raise TypeError(f"The names of a space must be text. Received: {name!r}")
        if isinstance(entry, Dimension):
            checked[name] = entry
            continue
        if isinstance(entry, tuple) and len(entry) == 2 and all(_is_number(end) for end in entry):
            low, high = entry
            raise TypeError(
                f"Is {name}={entry!r} a range or a choice of two values? Write tk.search.Log({low!r}, {high!r}) or "
                f"tk.search.Uniform({low!r}, {high!r}) for a range, [{low!r}, {high!r}] for two values."
            )
        try:
            checked[name] = Choice(entry)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from None
    return checked


def _is_list(values: Any) -> bool:
    # An array without axes has an __iter__ that only raises.
    return isinstance(values, Iterable) and getattr(values, "ndim", 1) == 1


def _is_number(value: Any) -> bool:
    return isinstance(value, (numbers.Real, np.number)) and not isinstance(value, (bool, np.bool_))
