"""The values of a sweep's grid: which names it may have, checked at the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    from tuningkit.training.schedule_rates import Schedule

#: Values of these need a graph of their own; the others are members of one graph.
STRUCTURAL = ("batch_size", "optimizer")
SWEEPABLE = (*table.MEMBER_HYPERPARAMETERS, "schedule", "seed", *STRUCTURAL)


def check_grid(grid: Any) -> dict[str, list[Any]]:
    """Check names and values of a grid, and return it with plain lists.

    Raises:
        TypeError: If it is no mapping of names to several values.
        ValueError: If it is empty, or a name or value is wrong or double.
    """
    if not isinstance(grid, Mapping):
        raise TypeError(
            f'The grid must be a mapping such as {{"l2": [0, 1e-4, 1e-2]}}. Received: {type(grid).__name__}'
        )
    if not grid:
        raise ValueError('The grid is empty. Name at least one hyperparameter: {"l2": [0, 1e-4, 1e-2]}.')
    checked: dict[str, list[Any]] = {}
    for name, values in grid.items():
        table.check_name(name, SWEEPABLE)
        if isinstance(values, (str, Mapping)) or not _is_list(values):
            raise TypeError(
                f"The grid needs several values for {name}, for example a list. Received: {name}={values!r}"
            )
        listed = [_checked(name, _plain(value)) for value in values]
        if not listed:
            raise ValueError(f"The grid has no values for {name}.")
        names = [str(value) for value in listed]
        double = sorted({value for value in names if names.count(value) > 1})
        if double:
            raise ValueError(
                f"The grid has {name}={', '.join(double)} more than once. Give every value once."
            )
        checked[name] = listed
    return checked


def _is_list(values: Any) -> bool:
    # An array without axes has an __iter__ that only raises.
    return hasattr(values, "__iter__") and getattr(values, "ndim", 1) == 1


def named_schedules(grid: Any) -> dict[str, Schedule]:
    """The schedules of a grid by their names; empty if it has none.

    Args:
        grid: What the learner gave; its schedules are a mapping of names, or a list, whose names then are the
            schedules themselves in words.

    Raises:
        TypeError: If it is neither, or one is not a schedule.
        ValueError: If two schedules of a list are the same.
    """
    if not isinstance(grid, Mapping) or "schedule" not in grid:
        return {}
    from tuningkit.training.schedule_rates import check_schedule, describe_schedule

    schedules = grid["schedule"]
    if isinstance(schedules, Mapping):
        return {str(name): check_schedule(one) for name, one in schedules.items()}
    if isinstance(schedules, str) or not _is_list(schedules):
        raise TypeError(
            'The grid needs several schedules, best with names: {"schedule": {"constant": 0.01, "cosine": '
            f"keras.optimizers.schedules.CosineDecay(0.01, 1000)}}}}. Received: schedule={schedules!r}"
        )
    checked = [check_schedule(one) for one in schedules]
    named = {describe_schedule(one): one for one in checked}
    if len(named) < len(checked):
        raise ValueError(f"The grid has a schedule more than once: {', '.join(named)}. Give every one once.")
    return named


def _checked(name: str, value: Any) -> Any:
    if name == "schedule":
        return value
    if name == "optimizer":
        from tuningkit.training.optimizer_choices import optimizer_name

        known = optimizer_name(value)
        return known if isinstance(value, str) else value
    # A None among numbers would be a member without a place on the axis.
    return table.HYPERPARAMETERS[name].check(value)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
