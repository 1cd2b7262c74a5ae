"""A goal on recorded runs, and how far a run is from it. No widgets here, only arithmetic on curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tuningkit.teaching.run_reading import curve_of, hyperparameters_of, in_words


@dataclass(frozen=True)
class Attempt:
    """What one run reached.

    Args:
        value: The best value of the metric within the epochs that count; NaN if the run diverged before any.
        epoch: The epoch of that value, counted from 1; 0 if there is none.
        reached: Whether the value meets the goal.
        moved: Hyperparameters that the goal keeps fixed but the run moved: name to (baseline, run).
        changes: What the run did with the hyperparameters that may move: name to value.
    """

    value: float
    epoch: int
    reached: bool
    moved: dict[str, tuple[Any, Any]]
    changes: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the goal is met and nothing else was moved."""
        return self.reached and not self.moved


@dataclass(frozen=True)
class Goal:
    r"""Reach a value of a curve, within some epochs, moving only some hyperparameters.

    Met by a run when \(\min_{e \le E} m_e < b\) (`below`) or \(\max_{e \le E} m_e > a\) (`above`), with
    \(m_e\) the metric after epoch \(e\), and when every hyperparameter of the baseline that may not move has
    the baseline's value.

    Args:
        metric: The curve, such as `"val_loss"`.
        below: The value to get under; give this or `above`.
        above: The value to get over.
        within_epochs: How many epochs count; `None` counts all.
        moving_only: The hyperparameters that may differ from the baseline.
        baseline: The values of the others; needed with `moving_only`.

    Raises:
        TypeError: Neither or both of `below` and `above` are given, or `moving_only` comes without a
            baseline.
        ValueError: A limit is not finite, `within_epochs` is below 1, or the baseline holds `None`.
    """

    metric: str = "val_loss"
    below: float | None = None
    above: float | None = None
    within_epochs: int | None = None
    moving_only: Sequence[str] = ()
    baseline: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.below is None) == (self.above is None):
            raise TypeError(f"A goal wants `below` or `above`; received {self.below!r} and {self.above!r}.")
        if not math.isfinite(self.limit):
            raise ValueError(f"The limit of a goal is a finite number; received {self.limit!r}.")
        if self.within_epochs is not None and self.within_epochs < 1:
            raise ValueError(f"`within_epochs` is 1 or more; received {self.within_epochs!r}.")
        if isinstance(self.moving_only, str):
            raise TypeError(
                f"`moving_only` is a list of names, such as ['l2']; received {self.moving_only!r}."
            )
        if self.moving_only and not self.baseline:
            raise TypeError(
                "With `moving_only`, give the `baseline` that the other hyperparameters must keep."
            )

        unknown = [name for name, value in self.baseline.items() if value is None]
        if unknown:
            raise ValueError(f"The baseline wants values, not None, for {', '.join(map(in_words, unknown))}.")

    @property
    def limit(self) -> float:
        """The value to get under or over."""
        return float(self.below if self.above is None else self.above)

    def attempt(self, run: Any) -> Attempt:
        """Measure a run against the goal.

        Args:
            run: A run with `history` and `hyperparameters` (or `settings`).

        Returns:
            What it reached.

        Raises:
            TypeError: It has no history.
            ValueError: Its history has no such curve.
        """
        curve = curve_of(run, self.metric)[: self.within_epochs]
        finite = np.where(np.isfinite(curve), curve, np.nan)
        value, epoch = math.nan, 0
        if not np.isnan(finite).all():
            best = np.nanargmin(finite) if self.above is None else np.nanargmax(finite)
            value, epoch = float(curve[best]), int(best) + 1
        reached = value < self.limit if self.above is None else value > self.limit
        values = hyperparameters_of(run)
        moved = {
            name: (wanted, values[name])
            for name, wanted in self.baseline.items()
            # A value of `None` means: as the model itself says, so it was not moved.
            if name not in self.moving_only
            and values.get(name) is not None
            and not _same(values[name], wanted)
        }
        for change in getattr(run, "changes", ()):
            # A slider moved while the run went on; after the epochs that count it does not matter.
            counts = self.within_epochs is None or change.epoch < self.within_epochs
            wanted = self.baseline.get(change.name, change.new)
            if counts and change.name not in self.moving_only and not _same(change.new, wanted):
                moved[change.name] = (wanted, change.new)
        changes = {name: values[name] for name in self.moving_only if name in values}
        return Attempt(value, epoch, reached, moved, changes)

    def distance(self, attempt: Attempt) -> float:
        """How far the value is from the limit: positive while the goal is missed, infinite for NaN."""
        if math.isnan(attempt.value):
            return math.inf
        return attempt.value - self.limit if self.above is None else self.limit - attempt.value

    def best(self, attempts: Sequence[Attempt]) -> Attempt:
        """The attempt nearest to the goal; those that moved only what may move come first.

        Args:
            attempts: One or more.
        """
        return min(attempts, key=lambda attempt: (bool(attempt.moved), self.distance(attempt)))

    def in_words(self) -> str:
        """The goal as a sentence part: "validation loss below 0.25 within 30 epochs, moving only L2"."""
        words = f"{in_words(self.metric)} {'below' if self.above is None else 'above'} {self.limit:g}"
        if self.within_epochs is not None:
            words += f" within {self.within_epochs} epochs"
        if self.moving_only:
            words += f", moving only {' and '.join(map(in_words, self.moving_only))}"
        return words


def _same(value: Any, wanted: Any) -> bool:
    numbers = (int, float, np.number)
    if isinstance(value, numbers) and isinstance(wanted, numbers):
        # Sliders compute their stops (10 ** -3.0), so the last digits may differ.
        return math.isclose(float(value), float(wanted), rel_tol=1e-6, abs_tol=1e-12)
    return value == wanted


def apart(value: float, limit: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart, at least three.

    Example:
        >>> apart(0.25004, 0.25)
        ('0.25004', '0.25')
    """
    for digits in range(3, 17):
        texts = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return f"{value:.3g}", f"{limit:.3g}"
