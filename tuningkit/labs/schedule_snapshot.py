"""The state of a ScheduleLab at one moment: what passes from the training thread to the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tuningkit.training.run import Run


@dataclass(frozen=True)
class ScheduleRecord:
    """One training: every schedule that took part, with its run.

    Attributes:
        number: Counted from 1.
        runs: Runs by kind of schedule; the one in front is the first.
        front: The kind in front when it was trained.
        settings: The lab's settings it was trained with.
    """

    number: int
    runs: dict[str, Run]
    front: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class ScheduleSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        settings: The lab's settings as they stand now.
        kinds: The schedules that take part, in the order of ``KINDS``.
        history: Curves by name, each of shape (kinds, epochs).
        earlier: Trainings before.
        number: Number of the training under way.
        goal: Where it will stop, in epochs.
        steps_per_epoch: Steps of one epoch.
        position: Epochs trained so far, with the fraction of the one under way.
        seconds_left: Estimate, or None.
        diverged_at: Per kind the epoch, from 1, in which it diverged; 0 if it did not.
        runs: Runs by kind, when they are worth looking at.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    settings: dict[str, Any]
    kinds: tuple[str, ...]
    steps_per_epoch: int
    goal: int
    number: int = 1
    history: dict[str, np.ndarray] = field(default_factory=dict)
    earlier: tuple[ScheduleRecord, ...] = ()
    position: float = 0.0
    seconds_left: float | None = None
    diverged_at: np.ndarray | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    final: bool = False

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return self.history["loss"].shape[1] if self.history else 0

    @property
    def front(self) -> str:
        """The schedule in front."""
        return self.settings["kind"]
