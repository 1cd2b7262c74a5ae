"""The learning-rate schedules of all members of a graph. Another schedule is another table, not another graph."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.plateau import PlateauRule, check_monitor
from tuningkit.training.schedule_rates import (
    LearningRateSchedule,
    ReduceLROnPlateau,
    Schedule,
    ScheduleReader,
    check_schedule,
    describe_schedule,
    nominal_rate,
)

if TYPE_CHECKING:
    from tuningkit.training.engine import Engine


@dataclass(frozen=True, eq=False)
class PlateauMemory:
    """What the plateau rules of some members remember.

    Attributes:
        rules: One per member; None for a member without a rule, or whose rule has not seen an epoch yet.
        reduced: By how much each has cut the rate so far, shape (members,).
    """

    rules: list[PlateauRule | None]
    reduced: np.ndarray


class MemberSchedules:
    """Which schedule each member follows, and what it says for the epoch under way.

    A schedule gives a factor: its rate divided by the rate it goes by. The graph multiplies it by the member's
    learning rate, which can be moved all the while.

    Args:
        engine: The graph whose table of factors is filled.
        own: The schedule that the model's own optimiser has, or None.
        own_rate: The learning rate of a member without a schedule.
    """

    def __init__(self, engine: Engine, own: LearningRateSchedule | None, own_rate: float) -> None:
        self._table, self._steps = engine.state.rate_table, engine.steps_per_epoch
        self.members, self._names = engine.members, engine.measure_names
        self._own, self._own_rate = own, own_rate
        self._written = False
        self.set(None)

    def set(self, schedules: Schedule | Sequence[Schedule]) -> None:
        """Give all members one schedule, or each its own.

        Raises:
            TypeError: If one is not a schedule.
            ValueError: If there is another number of them than members, or one watches what there is not.
        """
        several = isinstance(schedules, (list, tuple))
        listed = [check_schedule(one) for one in (schedules if several else [schedules] * self.members)]
        if len(listed) != self.members:
            raise ValueError(
                f"schedule must be one schedule or one per member ({self.members}). Received: {len(listed)}"
            )
        for one in listed:
            if isinstance(one, ReduceLROnPlateau):
                check_monitor(one, self._names)
        self.given = listed
        asked = [self._own if one is None else one for one in listed]
        readers: dict[int, ScheduleReader] = {}
        self._readers = [
            readers.setdefault(id(one), ScheduleReader(one))
            if isinstance(one, LearningRateSchedule)
            else None
            for one in asked
        ]
        rates = [nominal_rate(one) for one in asked]
        #: The learning rate of each member for which none was set, shape (members,).
        self.own_rates = np.array([self._own_rate if rate is None else rate for rate in rates], float)
        self._rules: list[PlateauRule | None] = [None] * self.members
        self._reduced = np.ones(self.members)

    @property
    def at_work(self) -> bool:
        """Whether any member's rate changes by itself."""
        return any(self._readers) or any(isinstance(one, ReduceLROnPlateau) for one in self.given)

    def restart(self) -> None:
        """Back to the first step: plateau rules forget what they saw."""
        self._rules = [None] * self.members
        self._reduced = np.ones(self.members)

    def begin_epoch(self, epoch: int) -> None:
        """Write what the schedules say for the steps of this epoch."""
        if not (self.at_work or self._written):
            return
        first = epoch * self._steps
        factors = np.repeat(self._reduced[:, None], self._steps, axis=1)
        for member, reader in enumerate(self._readers):
            if reader is not None:
                factors[member] = reader.rates(first, self._steps) / self.own_rates[member]
        self._written = self.at_work
        self._table.fill(first, factors.astype("float32"))

    def end_epoch(self, epoch: int, measures: np.ndarray) -> np.ndarray:
        """Let the plateau rules look at what the epoch brought.

        Args:
            epoch: From 0.
            measures: As Keras shows them, with the penalty in the losses, shape (members, names).

        Returns:
            The learning rate of each member at the epoch's last step, shape (members,).
        """
        rates = self._table.rates.numpy()[:, 0].astype(float)
        last = rates * self._table.factors.numpy()[:, -1] if self._written else rates.copy()
        for member, callback in enumerate(self.given):
            if not isinstance(callback, ReduceLROnPlateau) or not np.isfinite(measures[member]).all():
                continue
            if self._rules[member] is None:
                self._rules[member] = PlateauRule(callback)
            logs = dict(zip(self._names, map(float, measures[member]), strict=True))
            rate = self._rules[member].after_epoch(epoch, logs, rates[member] * self._reduced[member])
            self._reduced[member] = rate / rates[member]
        return last

    def take(self, places: Sequence[int]) -> PlateauMemory:
        """Write down what the plateau rules of some members remember; what they see later is not in it."""
        places = list(places)
        return PlateauMemory(
            [copy.deepcopy(self._rules[place]) for place in places], self._reduced[places].copy()
        )

    def put(self, memory: PlateauMemory) -> None:
        """Let the plateau rules go on from what was written down of as many members."""
        self._rules, self._reduced = copy.deepcopy(memory.rules), memory.reduced.copy()

    def describe(self, member: int) -> dict[str, Any]:
        """What a record says about a member's schedule; empty for one that has none."""
        schedule = self.given[member]
        if schedule is None and self._own is not None:
            schedule = self._own
        return {} if schedule is None else {"schedule": describe_schedule(schedule)}
