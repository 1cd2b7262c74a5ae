"""The schedules a ScheduleLab offers: what each can be given, and the real Keras object it makes."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.hyperparameters import format_value

if TYPE_CHECKING:
    from tuningkit.training.schedule_rates import Schedule

#: Points of a preview; a staircase looks like one, and a slider's move stays quick.
PREVIEW_POINTS = 400


@dataclass(frozen=True)
class Kind:
    """One kind of schedule.

    Attributes:
        name: Name in Python and on the screen.
        parameters: What it can be given, beside the run's own settings.
        palette: Its colour, 0 to 5.
        dash: Its line pattern, 0 to 4, so that colour alone need not tell it from others.
        words: What it does, in a sentence.
    """

    name: str
    parameters: tuple[str, ...]
    palette: int
    dash: int
    words: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("constant", ("learning_rate",), 5, 4, "The same rate from beginning to end."),
        Kind(
            "step", ("learning_rate", "factor", "every"), 1, 1, "Multiplied by the factor every few epochs."
        ),
        Kind(
            "exponential",
            ("learning_rate", "factor", "every"),
            2,
            2,
            "Multiplied by the factor over the same epochs as steps are, but bit by bit.",
        ),
        Kind(
            "polynomial",
            ("learning_rate", "end", "power", "decay_epochs"),
            3,
            3,
            "Down to the end rate along a straight line (power 1) or a bent one.",
        ),
        Kind(
            "cosine",
            ("learning_rate", "end", "decay_epochs"),
            0,
            0,
            "Half a cosine: slow at first, quick in the middle, slow at the end.",
        ),
        Kind(
            "warm-up cosine",
            ("learning_rate", "end", "decay_epochs", "warmup_epochs"),
            4,
            1,
            "Up in a straight line first, while the weights are still far from anything; then half a cosine.",
        ),
        Kind(
            "cosine restarts",
            ("learning_rate", "end", "every"),
            0,
            3,
            "Half a cosine down, and back to the top every few epochs.",
        ),
        Kind(
            "piecewise",
            ("learning_rate", "factor", "decay_epochs"),
            4,
            0,
            "Kept for half the time, then multiplied by the factor, and once more at three quarters.",
        ),
        Kind(
            "inverse time",
            ("learning_rate", "halved_after"),
            2,
            4,
            "Divided by a number that grows steadily: quick at first, then ever more slowly.",
        ),
        Kind(
            "plateau",
            ("learning_rate", "factor", "patience"),
            3,
            2,
            "Multiplied by the factor when the validation loss has not improved for so many epochs.",
        ),
    )
}


@dataclass(frozen=True)
class Parameter:
    """A number that a schedule can be given.

    Attributes:
        label: Name on the screen.
        stops: Where its slider stops; None stands for "the whole run".
        low: Smallest value; itself allowed unless ``open_low``.
        high: Largest value, itself allowed.
        open_low: The value must be greater than ``low``.
        whole: It must be a whole number.
        optional: It may be None.
        rule: The allowed values in words.
    """

    label: str
    stops: tuple[float | None, ...]
    low: float
    high: float = math.inf
    open_low: bool = False
    whole: bool = False
    optional: bool = False
    rule: str = ""

    def check(self, name: str, value: Any) -> float | int | None:
        """Return ``value`` as a plain number, or say what is wrong with it.

        Raises:
            TypeError: If it is not a number.
            ValueError: If it is out of range.
        """
        if value is None and self.optional:
            return None
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.number)):
            raise TypeError(
                f"{name} must be {self.rule}. Received: {name}={value!r} ({type(value).__name__})"
            )
        number = float(value)
        inside = self.low < number if self.open_low else self.low <= number
        if not (math.isfinite(number) and inside and number <= self.high) or (
            self.whole and number != int(number)
        ):
            raise ValueError(f"{name} must be {self.rule}. Received: {name}={value!r}")
        return int(number) if self.whole else number


_RATES = tuple(float(f"{step}e{power}") for power in range(-5, 1) for step in (1, 2, 5))
_EPOCHS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50)
PARAMETERS: dict[str, Parameter] = {
    "learning_rate": Parameter(
        "learning rate", _RATES, 0, open_low=True, rule="a positive number, for example 0.01"
    ),
    "end": Parameter("end rate", (0.0, *_RATES[:13]), 0, rule="0 or a positive number, for example 1e-4"),
    "power": Parameter(
        "power", (0.5, 1, 1.5, 2, 3, 4), 0, open_low=True, rule="a positive number, for example 1"
    ),
    "decay_epochs": Parameter(
        "decay over", (*_EPOCHS, None), 0, open_low=True, optional=True,
        rule="a positive number of epochs, or None for the whole run",
    ),
    "warmup_epochs": Parameter(
        "warm-up epochs", (0, 0.5, 1, 2, 3, 5, 8, 10), 0, rule="0 or a positive number of epochs"
    ),
    "factor": Parameter(
        "factor", (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9), 0, 0.99, open_low=True,
        rule="greater than 0 and at most 0.99, for example 0.5",
    ),
    "every": Parameter("every … epochs", _EPOCHS, 0, open_low=True, rule="a positive number of epochs"),
    "halved_after": Parameter(
        "halved after", (0.5, *_EPOCHS), 0, open_low=True, rule="a positive number of epochs"
    ),
    "patience": Parameter(
        "patience", (1, 2, 3, 4, 5, 8, 10), 1, whole=True, rule="a whole number of epochs of at least 1"
    ),
}  # fmt: skip


def check_kind(name: str) -> str:
    """Return the name of a kind of schedule.

    Raises:
        ValueError: If there is no such kind; the message gives the nearest one.
    """
    if name in KINDS:
        return name
    near = get_close_matches(str(name).lower(), KINDS, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"There is no schedule {name!r}.{hint} Known: {', '.join(KINDS)}.")


def build(kind: str, settings: Mapping[str, Any], steps_per_epoch: int) -> Schedule:
    """The real Keras schedule, or callback, of a lab's settings; for a constant rate the number.

    What cannot be is moved to what can: an end rate above the start comes down to it where the curve can only
    fall, and a warm-up ends before the decay does.

    Args:
        kind: A name of ``KINDS``.
        settings: Values by name, those of ``PARAMETERS`` and ``epochs``.
        steps_per_epoch: Steps of one epoch.
    """
    from tuningkit.optimizers import schedules

    start = settings["learning_rate"]
    length = settings["decay_epochs"] or settings["epochs"]
    lasting = {"epochs": length, "steps_per_epoch": steps_per_epoch}
    if kind == "constant":
        return start
    if kind in ("step", "exponential"):
        return schedules.exponential(
            start,
            factor=settings["factor"],
            every=settings["every"],
            steps_per_epoch=steps_per_epoch,
            staircase=kind == "step",
        )
    if kind == "polynomial":
        return schedules.polynomial(start, end=settings["end"], power=settings["power"], **lasting)
    if kind == "inverse time":
        return schedules.inverse_time(
            start, halved_after=settings["halved_after"], steps_per_epoch=steps_per_epoch
        )
    if kind == "piecewise":
        rates = [start * settings["factor"] ** drop for drop in range(3)]
        length = max(length, 4 / steps_per_epoch)  # Each rate lasts for a step at least.
        return schedules.piecewise(rates, after=[length / 2, length * 3 / 4], steps_per_epoch=steps_per_epoch)
    if kind == "plateau":
        import keras

        return keras.callbacks.ReduceLROnPlateau(factor=settings["factor"], patience=settings["patience"])
    end = min(settings["end"], start)
    if kind == "cosine restarts":
        return schedules.cosine_restarts(
            start, every=settings["every"], end=end, steps_per_epoch=steps_per_epoch
        )
    warmup = min(settings["warmup_epochs"], 0.9 * length) if kind == "warm-up cosine" else 0.0
    return schedules.cosine(start, end=end, warmup_epochs=warmup, **lasting)


def preview(kind: str, settings: Mapping[str, Any], steps_per_epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """The rate against the epoch, read off the Keras schedule; of a plateau rule only where it starts.

    Args:
        kind: A name of ``KINDS``.
        settings: As for :func:`build`.
        steps_per_epoch: Steps of one epoch.

    Returns:
        Epochs trained by then, and the rates, shape (points,) each.
    """
    from tuningkit.training.schedule_rates import LearningRateSchedule, ScheduleReader

    total = settings["epochs"] * steps_per_epoch
    steps = np.unique(np.linspace(0, total - 1, min(total, PREVIEW_POINTS)).round().astype("int64"))
    schedule = build(kind, settings, steps_per_epoch)
    if isinstance(schedule, LearningRateSchedule):
        return steps / steps_per_epoch, ScheduleReader(schedule).at(steps).astype(float)
    return steps / steps_per_epoch, np.full(len(steps), float(settings["learning_rate"]))


def in_keras(kind: str, settings: Mapping[str, Any], steps_per_epoch: int) -> str:
    """The schedule as one writes it in Keras."""
    from tuningkit.training.schedule_rates import LearningRateSchedule, describe_schedule

    schedule = build(kind, settings, steps_per_epoch)
    if isinstance(schedule, float):
        return f"learning_rate={format_value(schedule)}"
    if isinstance(schedule, LearningRateSchedule):
        return f"keras.optimizers.schedules.{describe_schedule(schedule)}"
    words = describe_schedule(schedule).replace("monitor=val_loss", 'monitor="val_loss"')
    return f"keras.callbacks.{words}, learning_rate={format_value(settings['learning_rate'])}"
