"""What all members of a graph are trained with: hyperparameters, and the schedule of the learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.member_schedules import MemberSchedules
from tuningkit.training.member_values import MemberValues

if TYPE_CHECKING:
    from tuningkit.training.engine import Engine
    from tuningkit.training.schedule_rates import LearningRateSchedule, Schedule


class MemberSettings:
    """Hyperparameters and schedules in one place, because a schedule brings a learning rate with it.

    Args:
        engine: The graph whose variables hold the values.
        own: The schedule that the model's own optimiser has, or None.
        own_rate: The learning rate of a member without a schedule.

    Attributes:
        schedules: Which schedule each member follows.
    """

    def __init__(self, engine: Engine, own: LearningRateSchedule | None, own_rate: float) -> None:
        self.schedules = MemberSchedules(engine, own, own_rate)
        self._values = MemberValues(engine, self.schedules)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be set."""
        return self._values.names

    def set(self, name: str, value: float | Sequence[float] | None) -> None:
        """Write a value for all members, or one for each; errors as in :meth:`MemberValues.set`."""
        self._values.set(name, value)

    def get(self, name: str) -> float | np.ndarray | None:
        """The value in force: None for "as in the model", a number if all members share it, else (members,)."""
        return self._values.get(name)

    def set_schedule(self, schedule: Schedule | Sequence[Schedule], epoch: int) -> None:
        """Give all members one schedule, or each its own, from the epoch under way; errors as in Trainer."""
        self.schedules.set(schedule)
        self._values.set("learning_rate", self._values.get("learning_rate"))
        self.schedules.begin_epoch(epoch)

    def of_member(self, member: int) -> dict[str, Any]:
        """One member's values and schedule, by name."""
        return {**self._values.of_member(member), **self.schedules.describe(member)}
