"""The values a SweepLab trains: one or two hyperparameters, with sensible values where none are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tuningkit.training import hyperparameters as table

_ONE_DIMENSION, _TWO_DIMENSIONS = 13, 7
_RANGES = {"learning_rate": (1e-4, 1.0), "l1": (1e-6, 1e-1), "l2": (1e-6, 1.0)}


def make_grid(names: Sequence[str], values: Mapping[str, Sequence[float]] | None) -> dict[str, list[float]]:
    """The values of one or two hyperparameters, checked.

    Args:
        names: The hyperparameters.
        values: Values by name, for some or all of them.

    Raises:
        ValueError: If there is no name, more than two, a double one or a value out of range.
    """
    from tuningkit.training.grid_sweep import check_grid

    values = dict(values or {})
    names = [*names, *(name for name in values if name not in names)]
    for name in names:
        if name in ("batch_size", "optimizer", "seed"):
            raise ValueError(
                f"A SweepLab moves {', '.join(table.MEMBER_HYPERPARAMETERS)}; for {name} use tk.sweep."
            )
        table.check_name(name, table.MEMBER_HYPERPARAMETERS)
    if not 1 <= len(names) <= 2 or len(set(names)) != len(names):
        raise ValueError(f'Name one or two different hyperparameters, such as "l2". Received: {names}')
    count = _ONE_DIMENSION if len(names) == 1 else _TWO_DIMENSIONS
    grid = check_grid({name: values.get(name, default_values(name, count)) for name in names})
    return {name: sorted(listed) for name, listed in grid.items()}


def default_values(name: str, count: int) -> list[float]:
    """Sensible values of a hyperparameter.

    Args:
        name: The hyperparameter.
        count: How many.

    Example:
        >>> default_values("dropout", 4)
        [0.0, 0.3, 0.6, 0.9]
    """
    if name == "dropout":
        return [round(float(v), 3) for v in np.linspace(0, 0.9, count)]
    low, high = _RANGES[name]
    zero = [] if name == "learning_rate" else [0.0]
    spaced = np.geomspace(low, high, count - len(zero))
    return [*zero, *(float(f"{value:.2g}") for value in spaced)]
