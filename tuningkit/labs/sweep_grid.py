"""The values a SweepLab trains: one or two hyperparameters, with sensible values where none are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tuningkit.training import hyperparameters as table

#: Smallest and largest value and how many, zero not counted; a map over two gets fewer of each.
_RANGES = {
    1: {"learning_rate": (1e-4, 1.0, 13), "l1": (1e-6, 1e-1, 11), "l2": (1e-6, 1.0, 13)},
    2: {"learning_rate": (1e-3, 1.0, 7), "l1": (1e-6, 1e-1, 6), "l2": (1e-5, 1.0, 6)},
}
_DROPOUT = {1: 13, 2: 7}


def make_grid(names: Sequence[str], values: Mapping[str, Sequence[float]] | None) -> dict[str, list[float]]:
    """The values of one or two hyperparameters, checked.

    Args:
        names: The hyperparameters.
        values: Values by name, for some or all of them.

    Raises:
        ValueError: If there is no name, more than two, a double one or a value out of range.
    """
    from tuningkit.training.grid_values import check_grid

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
    grid = check_grid({name: values.get(name, default_values(name, len(names))) for name in names})
    return {name: sorted(listed) for name, listed in grid.items()}


def default_values(name: str, dimensions: int) -> list[float]:
    """Sensible values of a hyperparameter.

    Args:
        name: The hyperparameter.
        dimensions: How many hyperparameters are swept, 1 or 2.

    Example:
        >>> default_values("dropout", 2)
        [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]
        >>> default_values("l2", 2)
        [0.0, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0]
    """
    if name == "dropout":
        return [round(float(value), 3) for value in np.linspace(0, 0.9, _DROPOUT[dimensions])]
    zero = [] if name == "learning_rate" else [0.0]
    return [*zero, *(float(f"{value:.2g}") for value in np.geomspace(*_RANGES[dimensions][name]))]
