"""Which configurations a search tries: all of a grid, or draws from the space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tuningkit.search.space import Choice, Dimension

#: Draws in a row that may repeat earlier ones before a space counts as used up.
_PATIENCE = 200


def grid_values(space: Mapping[str, Dimension], trials: int) -> dict[str, list[Any]]:
    """The values of a grid: every choice, and as many points of each range as ``trials`` has room for.

    A range with ``points`` of its own has these. The others get the same number each: the largest for which the
    grid has at most ``trials`` combinations.

    Args:
        space: From :func:`tuningkit.search.space.check_space`.
        trials: Combinations at most.

    Returns:
        Values by hyperparameter.

    Raises:
        ValueError: If the grid has more combinations than trials; the message says how many.

    Example:
        >>> grid = grid_values({"learning_rate": Log(1e-4, 1), "l2": Log(1e-6, 1)}, 64)
        >>> [len(values) for values in grid.values()]
        [8, 8]
    """

    def values(dimension: Dimension, points: int) -> list[Any]:
        own = None if isinstance(dimension, Choice) else dimension.points
        return dimension.grid(points if own is None else own)

    def grid(points: int) -> dict[str, list[Any]]:
        return {name: values(dimension, points) for name, dimension in space.items()}

    def size(points: int) -> int:
        return math.prod(len(listed) for listed in grid(points).values())

    smallest = size(2)
    if smallest > trials:
        raise ValueError(
            f"This grid has at least {smallest} combinations. Received: trials={trials}. Allow trials={smallest}, "
            "give fewer values, or use method='random', which takes any number."
        )
    points = max(points for points in range(2, max(trials, 2) + 1) if size(points) <= trials)
    return grid(points)


def grid_configurations(space: Mapping[str, Dimension], trials: int) -> list[dict[str, Any]]:
    """All combinations of :func:`grid_values`; the last name changes fastest."""
    grid = grid_values(space, trials)
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def random_configurations(space: Mapping[str, Dimension], trials: int, seed: int) -> list[dict[str, Any]]:
    """Independent draws, each configuration once; fewer if the space holds no more.

    The draws of a smaller number of trials are the first of a larger number's.

    Args:
        space: From :func:`tuningkit.search.space.check_space`.
        trials: How many.
        seed: Of the draws.

    Example:
        >>> len(random_configurations({"batch_size": Choice([16, 32, 64])}, 10, seed=0))
        3
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, dict[str, Any]] = {}
    repeats = 0
    while len(drawn) < trials and repeats < _PATIENCE:
        configuration = {name: dimension.draw(rng) for name, dimension in space.items()}
        repeats = repeats + 1 if repr(configuration) in drawn else 0
        drawn.setdefault(repr(configuration), configuration)
    return list(drawn.values())
