"""The hyperparameters of all members of a graph: checked, written into its variables, read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    from tuningkit.training.engine import Engine
    from tuningkit.training.member_schedules import MemberSchedules


class MemberValues:
    """What each member is trained with. Moving a value neither rebuilds nor retraces anything.

    Args:
        engine: The graph whose variables hold the values.
        schedules: They say the learning rate of a member for which none was set.
    """

    def __init__(self, engine: Engine, schedules: MemberSchedules) -> None:
        self._live, self._state, self._schedules = engine.live, engine.state, schedules
        self._own_settings = {name: one.number for name, one in self._state.live_optimizer.items()}
        self._values: dict[str, np.ndarray | None] = {}
        for name in table.MEMBER_HYPERPARAMETERS:
            self.set(name, None)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be set."""
        return (*table.MEMBER_HYPERPARAMETERS, *self._state.live_optimizer)

    def set(self, name: str, value: float | Sequence[float] | None) -> None:
        """Write a value for all members, or one for each.

        Raises:
            ValueError: If the name is unknown, the value out of range, or the model has nothing it could act on.
        """
        table.check_name(name, self.names)
        if name in self._state.live_optimizer:
            scalar = self._state.live_optimizer[name]
            number = self._own_settings[name] if value is None else table.check_value(name, value)
            if number != scalar.number:
                scalar.set(number)
            return
        per_member = self._per_member(name, value)
        members = self._state.members
        if name == "learning_rate":
            rates = self._schedules.own_rates if per_member is None else per_member
            self._state.rate_table.rates.assign(rates.reshape(-1, 1).astype("float32"))
        else:
            live = self._live
            own = {"dropout": live.own_dropout, "l1": live.own_l1, "l2": live.own_l2}[name]
            if not own and per_member is not None and per_member.any():
                raise ValueError(table.NOTHING_TO_ACT_ON[name])
            if name in self._values and np.array_equal(self._values[name], per_member):
                return  # A lab sets all values at each restart, and writing one takes half a millisecond.
            rows = np.tile(np.asarray(own, "float32"), (members, 1))
            if per_member is not None:
                rows = np.tile(per_member.astype("float32")[:, None], (1, len(own)))
            getattr(self._state, name).assign(rows)
        self._values[name] = per_member

    def get(self, name: str) -> float | np.ndarray | None:
        """The value in force: None for "as in the model", a number if all members share it, else (members,)."""
        table.check_name(name, self.names)
        if name in self._state.live_optimizer:
            return self._state.live_optimizer[name].number
        values = self._values[name]
        if values is None:
            return None
        return float(values[0]) if np.all(values == values[0]) else values.copy()

    def of_member(self, member: int) -> dict[str, Any]:
        """One member's values, by name."""
        values: dict[str, Any] = {}
        for name in table.MEMBER_HYPERPARAMETERS:
            per_member = self._values[name]
            values[name] = None if per_member is None else float(per_member[member])
        if values["learning_rate"] is None:
            values["learning_rate"] = float(self._schedules.own_rates[member])
        # Momenta appear only where they were moved: the optimiser's own are part of its name.
        for name, scalar in self._state.live_optimizer.items():
            if scalar.number != self._own_settings[name]:
                values[name] = scalar.number
        return values

    def _per_member(self, name: str, value: Any) -> np.ndarray | None:
        if value is None:
            return None
        members = self._state.members
        if np.ndim(value) == 0:
            return np.full(members, table.check_value(name, value), float)
        if len(value) != members:
            raise ValueError(
                f"{name} must be one number or one per member ({members}). Received: {len(value)} values"
            )
        return np.array([table.check_value(name, one) for one in value], float)
