"""What a MetricsLab does in its own thread: compute the numbers at the present threshold, and show them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.training.threshold_metrics import (
    Curves,
    Numbers,
    Scores,
    best_threshold,
    costs,
    numbers_at,
)

#: Smallest and largest value of each setting.
RANGES = {"threshold": (0.0, 1.0), "false_alarm": (0.0, 100.0), "miss": (0.0, 100.0)}


@dataclass(frozen=True)
class MetricsSettings:
    """Where the sliders stand: a threshold, and what the two kinds of mistakes cost."""

    threshold: float = 0.5
    false_alarm: float = 1.0
    miss: float = 1.0

    @property
    def calibrated_threshold(self) -> float | None:
        """The cheapest threshold if scores were true probabilities; None while mistakes cost nothing."""
        total = self.false_alarm + self.miss
        return self.false_alarm / total if total else None


@dataclass(frozen=True)
class MetricsSnapshot:
    """A MetricsLab at one moment.

    Attributes:
        settings: Where the sliders stand.
        numbers: What holds at the threshold.
        curves: What does not depend on the threshold.
        costs: Cost of all mistakes per 100 rows, at each of the curves' thresholds.
        rows: How many rows there are.
        error: What went wrong, in words, and its traceback.
        status: "idle" or "failed".
        final: Whether the worker rests after this.
    """

    settings: MetricsSettings
    numbers: Numbers
    curves: Curves
    costs: np.ndarray
    rows: int
    error: tuple[str, str] | None
    status: str
    final: bool

    @property
    def best(self) -> float:
        """The cheapest threshold for these rows; of equal ones the lowest."""
        return float(self.curves.thresholds[np.argmin(self.costs)])

    @property
    def least(self) -> float:
        """The cost there, per 100 rows."""
        return float(self.costs.min())


def check(name: str, value: Any) -> float:
    """Check one of the lab's settings.

    Raises:
        ValueError: If the name is unknown or the value out of range.
        TypeError: If the value is no number.
    """
    if name not in RANGES:
        raise ValueError(f"MetricsLab has no setting {name!r}. It has: {', '.join(RANGES)}.")
    low, high = RANGES[name]
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number from {low:g} to {high:g}. Received: {value!r}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be from {low:g} to {high:g}. Received: {name}={value!r}")
    return float(value)


class MetricsSession(Session):
    """Keeps the settings, and computes what they mean. Nothing is trained.

    Args:
        scores: Truth and scores.
        curves: What holds over all thresholds.
        settings: Where to begin.
        on_update: Called in the worker's thread with a :class:`MetricsSnapshot`.
    """

    def __init__(
        self,
        scores: Scores,
        curves: Curves,
        settings: MetricsSettings,
        on_update: Callable[[MetricsSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-metrics-lab")
        self.scores, self.curves, self.settings = scores, curves, settings

    def set(self, name: str, value: float) -> None:
        """Move a setting, already checked."""
        with self._lock:
            self.settings = replace(self.settings, **{name: value})
        self.worker.wake()

    def numbers(self) -> Numbers:
        """What holds at the present threshold; from any thread."""
        now = self.settings
        return numbers_at(self.scores, now.threshold, now.false_alarm, now.miss)

    def best(self) -> float:
        """The cheapest threshold for these rows and costs."""
        now = self.settings
        return best_threshold(self.curves, len(self.scores.truth), now.false_alarm, now.miss)

    def snapshot(self, *, final: bool = False) -> MetricsSnapshot:
        """The present state, for a view."""
        with self._lock:
            now, error, status = self.settings, self._error, self._status
        rows = len(self.scores.truth)
        return MetricsSnapshot(
            now,
            numbers_at(self.scores, now.threshold, now.false_alarm, now.miss),
            self.curves,
            costs(self.curves, rows, now.false_alarm, now.miss),
            rows,
            error,
            status,
            final,
        )

    # There is no training: the worker draws, and rests.

    def _has_work(self) -> bool:
        return False

    def _resting(self) -> str:
        return "idle"

    def _free(self) -> None:
        """Truth, scores and curves are plain numbers and stay readable."""
