"""The table of hyperparameters: names, ranges, and which of them can move while training runs.

One table drives validation, the labs' controls and the settings string, so that they cannot disagree. This
file knows neither Keras nor widgets.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter.

    Attributes:
        name: Name in Python.
        label: Name in sentences and on axes.
        kind: "real", "integer" or "choice".
        low: Smallest value; itself allowed unless ``open_low``.
        high: Largest value; itself allowed unless ``open_high``.
        open_low: The value must be greater than ``low``.
        open_high: The value must be less than ``high``.
        live: It can move while training runs, without a new graph.
        log: Sensible values span orders of magnitude, so a slider steps through powers of ten.
        slider: Ends of a sensible slider: smallest and largest value other than zero.
        rule: The allowed range in words.
    """

    name: str
    label: str
    kind: str = "real"
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    live: bool = True
    log: bool = False
    slider: tuple[float, float] = (0.0, 1.0)
    rule: str = "a number"

    def check(self, value: Any) -> float | int:
        """Return ``value`` as a plain number, or say what is wrong with it.

        Raises:
            TypeError: If it is not a number.
            ValueError: If it is outside the allowed range, NaN or infinite.
        """
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.number)):
            raise TypeError(
                f"{self.name} must be {self.rule}. Received: {self.name}={value!r} ({type(value).__name__})"
            )
        try:
            number = float(value)
        except OverflowError:
            # A whole number of more than 308 digits: outside every range.
            number = math.inf
        wrong = (
            not math.isfinite(number)
            or number < self.low
            or number > self.high
            or (self.open_low and number == self.low)
            or (self.open_high and number == self.high)
            or (self.kind == "integer" and number != int(number))
        )
        if wrong:
            raise ValueError(f"{self.name} must be {self.rule}. Received: {self.name}={value!r}")
        return int(number) if self.kind == "integer" else number


HYPERPARAMETERS: dict[str, Hyperparameter] = {
    entry.name: entry
    for entry in (
        Hyperparameter(
            "learning_rate",
            "learning rate",
            low=0,
            open_low=True,
            log=True,
            slider=(1e-5, 10.0),
            rule="a positive number, for example 0.001",
        ),
        Hyperparameter(
            "dropout",
            "dropout",
            low=0,
            high=1,
            open_high=True,
            slider=(0.0, 0.95),
            rule="in [0, 1): the share of units to drop, for example 0.3",
        ),
        Hyperparameter(
            "l1", "L1", low=0, log=True, slider=(1e-7, 1.0), rule="0 or a positive number, for example 1e-5"
        ),
        Hyperparameter(
            "l2", "L2", low=0, log=True, slider=(1e-7, 1.0), rule="0 or a positive number, for example 1e-4"
        ),
        Hyperparameter(
            "momentum",
            "momentum",
            low=0,
            high=1,
            open_high=True,
            slider=(0.0, 0.99),
            rule="in [0, 1), for example 0.9",
        ),
        Hyperparameter(
            "rho",
            "rho",
            low=0,
            high=1,
            open_high=True,
            slider=(0.0, 0.999),
            rule="in [0, 1), for example 0.9",
        ),
        Hyperparameter(
            "beta_1",
            "beta 1",
            low=0,
            high=1,
            open_high=True,
            slider=(0.0, 0.999),
            rule="in [0, 1), for example 0.9",
        ),
        Hyperparameter(
            "beta_2",
            "beta 2",
            low=0,
            high=1,
            open_high=True,
            slider=(0.0, 0.9999),
            rule="in [0, 1), for example 0.999",
        ),
        Hyperparameter(
            "weight_decay",
            "weight decay",
            low=0,
            log=True,
            slider=(1e-6, 1.0),
            rule="0 or a positive number, for example 0.004",
        ),
        Hyperparameter(
            "batch_size",
            "batch size",
            kind="integer",
            low=1,
            live=False,
            slider=(1, 1024),
            rule="a whole number of at least 1, for example 32",
        ),
        Hyperparameter(
            "epochs",
            "epochs",
            kind="integer",
            low=1,
            live=False,
            slider=(1, 1000),
            rule="a whole number of at least 1, for example 30",
        ),
        Hyperparameter(
            "seed",
            "seed",
            kind="integer",
            low=0,
            high=2**31 - 1,
            live=False,
            slider=(0, 9999),
            rule="a whole number from 0 to 2147483647, for example 0",
        ),
        Hyperparameter("optimizer", "optimizer", kind="choice", live=False, rule="a name such as 'adam'"),
    )
}

#: Those that every network has and that differ between the members of one graph.
MEMBER_HYPERPARAMETERS = ("learning_rate", "dropout", "l1", "l2")
#: Those that belong to the optimiser and are shared by the members of one graph.
OPTIMIZER_HYPERPARAMETERS = ("momentum", "rho", "beta_1", "beta_2", "weight_decay")


def check_name(name: str, known: Iterable[str] = HYPERPARAMETERS) -> str:
    """Return ``name`` if it is one of ``known``.

    Raises:
        ValueError: If it is not; the message gives the nearest name that is.

    Example:
        >>> check_name("learning_rat")
        Traceback (most recent call last):
        ValueError: Unknown hyperparameter 'learning_rat'. Did you mean 'learning_rate'? ...
    """
    known = list(known)
    if name in known:
        return name
    near = get_close_matches(str(name).lower().replace(" ", "_"), known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"Unknown hyperparameter {name!r}.{hint} Known here: {', '.join(known)}.")


#: What to answer where a value would act on nothing in the model.
NOTHING_TO_ACT_ON = {
    "dropout": "dropout was set, but this model has no dropout layer. Add keras.layers.Dropout(0.3) where "
    "units should be dropped; its rate is then free to move.",
    "l1": "l1 was set, but this model has no layer with a kernel that a penalty could act on.",
    "l2": "l2 was set, but this model has no layer with a kernel that a penalty could act on.",
}


def check_value(name: str, value: Any) -> Any:
    """Return a checked value of the hyperparameter ``name``; ``None`` passes ("as the model has it").

    Raises:
        ValueError: If the name is unknown or the value out of range.
        TypeError: If the value is of the wrong type.
    """
    entry = HYPERPARAMETERS[check_name(name)]
    if value is None or entry.kind == "choice":
        return value
    return entry.check(value)


def check_all(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check a whole mapping of hyperparameters; see :func:`check_value`."""
    return {name: check_value(name, value) for name, value in values.items()}


def format_value(value: Any) -> str:
    """A value as people write it: ``1e-4`` rather than ``0.0001``, ``0.3`` rather than ``0.30000001``.

    Example:
        >>> format_value(0.0001), format_value(0.3), format_value(None)
        ('1e-4', '0.3', 'as in the model')
    """
    if value is None:
        return "as in the model"
    if isinstance(value, (bool, str, int, np.integer)) or not isinstance(value, numbers.Real):
        return str(value)
    number = float(value)
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    # 9999.97 is ten thousand in four digits.
    if 0.01 <= abs(number) < 9999.5:
        return f"{number:.4g}"
    mantissa, exponent = f"{number:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"
