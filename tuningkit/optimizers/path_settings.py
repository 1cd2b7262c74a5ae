"""What decides the path of an optimiser over a surface, checked at the door."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tuningkit.training.hyperparameters import HYPERPARAMETERS, OPTIMIZER_HYPERPARAMETERS

#: The optimisers whose paths are drawn, with their names on the screen.
PATH_OPTIMIZERS: dict[str, str] = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "Nadam",
    "lion": "Lion",
}
#: The longest path.
MOST_STEPS = 1000
#: The steepest ravine.
MOST_CONDITION = 1000.0


@dataclass(frozen=True)
class PathSettings:
    """One moment of all sliders.

    Attributes:
        start: Where every path begins, (x, y).
        steps: Length of a path, 1 to 1000.
        learning_rate: Above 0: one for all optimisers, or one for each by name.
        condition: Condition number, 1 to 1000, of surfaces that have one; None takes the surface's own.
        noise: Standard deviation of the noise added to each component of the gradient, at least 0; None takes the
            surface's own.
        momentum: Of momentum and Nesterov, [0, 1). None is 0.9.
        rho: Of Adadelta and RMSprop, [0, 1). None is Keras's own: 0.95 and 0.9.
        beta_1: Of Adam, AdamW, Nadam and Lion, [0, 1). None is Keras's own, 0.9.
        beta_2: Of the same, [0, 1). None is Keras's own: 0.999, and 0.99 for Lion.
        weight_decay: Of AdamW, at least 0. None is Keras's own, 0.004.
        seed: Of the noise.

    Raises:
        TypeError: If a value is of the wrong kind.
        ValueError: If a value is out of range.
    """

    start: tuple[float, float]
    steps: int = 300
    learning_rate: float | Mapping[str, float] = 0.01
    condition: float | None = None
    noise: float | None = None
    momentum: float | None = None
    rho: float | None = None
    beta_1: float | None = None
    beta_2: float | None = None
    weight_decay: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check_start(self.start)
        if not isinstance(self.steps, numbers.Integral) or not 1 <= self.steps <= MOST_STEPS:
            raise ValueError(f"steps must be a whole number from 1 to {MOST_STEPS}. Received: {self.steps!r}")
        rates = self.learning_rate
        for rate in rates.values() if isinstance(rates, Mapping) else [rates]:
            HYPERPARAMETERS["learning_rate"].check(rate)
        for name in OPTIMIZER_HYPERPARAMETERS:
            value = getattr(self, name)
            if value is not None:
                HYPERPARAMETERS[name].check(value)
        if self.condition is not None:
            _check_range("condition", self.condition, 1.0, MOST_CONDITION)
        if self.noise is not None:
            _check_range("noise", self.noise, 0.0, math.inf)
        HYPERPARAMETERS["seed"].check(self.seed)

    def rate_of(self, name: str) -> float:
        """The learning rate of one optimiser."""
        rates = self.learning_rate
        if not isinstance(rates, Mapping):
            return float(rates)
        if name not in rates:
            raise ValueError(f"learning_rate names no rate for {name!r}. It has: {', '.join(rates)}.")
        return float(rates[name])


def setting_names() -> list[str]:
    """The names of all settings."""
    return [entry.name for entry in fields(PathSettings)]


def check_path_optimizers(names: str | Sequence[str]) -> list[str]:
    """The optimisers asked for, each once, in the order given.

    Raises:
        ValueError: If one is unknown here, or none is given.
    """
    from difflib import get_close_matches

    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted:
        raise ValueError(f"Choose at least one optimizer: {', '.join(PATH_OPTIMIZERS)}.")
    checked: list[str] = []
    for name in wanted:
        key = str(name).lower()
        if key not in PATH_OPTIMIZERS:
            near = get_close_matches(key, PATH_OPTIMIZERS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"Unknown optimizer {name!r}.{hint} Choose from: {', '.join(PATH_OPTIMIZERS)}.")
        if key not in checked:
            checked.append(key)
    return checked


def check_belongs(name: str, optimizers: Sequence[str]) -> None:
    """Raise if none of the optimisers has the hyperparameter ``name``.

    Raises:
        ValueError: If none has it; the message says which do.
    """
    if name in OPTIMIZER_HYPERPARAMETERS and not set(OWNERS[name]) & set(optimizers):
        raise ValueError(
            f"{' and '.join(repr(one) for one in optimizers)} has no {name}. "
            f"It belongs to: {', '.join(OWNERS[name])}."
        )


#: Which optimisers have each hyperparameter. A test holds it against the table of live optimisers.
OWNERS: dict[str, tuple[str, ...]] = {
    "momentum": ("momentum", "nesterov"),
    "rho": ("adadelta", "rmsprop"),
    "beta_1": ("adam", "adamw", "nadam", "lion"),
    "beta_2": ("adam", "adamw", "nadam", "lion"),
    "weight_decay": ("adamw",),
}


def _check_start(start: Any) -> None:
    try:
        x, y = (float(value) for value in start)
    except (TypeError, ValueError):
        raise ValueError(f"start must be two numbers, (x, y). Received: {start!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"start must be two finite numbers, (x, y). Received: {start!r}")


def _check_range(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number. Received: {value!r}")
    if not (low <= value <= high and math.isfinite(value)):
        shown = f"from {low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
        raise ValueError(f"{name} must be {shown}. Received: {value!r}")
