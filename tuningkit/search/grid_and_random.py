"""Grid and random search, as methods of a race."""

from __future__ import annotations

import itertools

import numpy as np

from tuningkit.search.race_records import Look, MethodSettings, Proposal, uniform_points


def grid_sizes(trainings: int, dimensions: int) -> tuple[int, ...]:
    """Values per hyperparameter of the largest grid that a number of trainings pays for, as even as possible.

    Args:
        trainings: Full trainings.
        dimensions: Number of hyperparameters.

    Example:
        >>> grid_sizes(27, 2), grid_sizes(27, 3)
        ((5, 5), (3, 3, 3))
    """
    side = 1
    while (side + 1) ** dimensions <= trainings:
        side += 1
    sizes = [side] * dimensions
    for axis in range(dimensions):
        larger = [*sizes[:axis], sizes[axis] + 1, *sizes[axis + 1 :]]
        if np.prod(larger) <= trainings:
            sizes = larger
    return tuple(sizes)


class GridMethod:
    """Every combination of a few values, in order: the last hyperparameter changes fastest.

    Where the lines of a grid fall is a matter of luck. The seed therefore shifts the whole grid by a part of
    its step, as if the ends of the ranges had been chosen a little differently. Seed 0 puts it in the middle;
    the shifts of many seeds are spread evenly.

    Args:
        settings: The race's settings.
    """

    def __init__(self, settings: MethodSettings) -> None:
        self._settings = settings
        self.sizes = grid_sizes(settings.trainings, settings.dimensions)
        self._shift = _grid_shift(settings.seed, settings.dimensions)
        self._places = list(itertools.product(*(range(size) for size in self.sizes)))
        self._done = 0

    def ask(self, left: int) -> Proposal | None:
        """The next corner of the grid."""
        if self._done >= len(self._places) or left < self._settings.epochs:
            return None
        place = self._places[self._done]
        point = tuple(
            float((i + shift) / size) for i, shift, size in zip(place, self._shift, self.sizes, strict=True)
        )
        where = f"column {place[0] + 1} of {self.sizes[0]}, row {place[1] + 1} of {self.sizes[1]}"
        reason = f"next corner of the grid: {where}"
        if len(place) > 2:
            reason += f", value {place[2] + 1} of {self.sizes[2]} of the irrelevant hyperparameter"
        return Proposal(self._done + 1, point, self._settings.epochs, reason)

    def tell(self, look: Look) -> None:
        """Results change nothing."""
        self._done += 1


def _grid_shift(seed: int, dimensions: int) -> np.ndarray:
    """Part of a step by which a grid is shifted, shape (dimensions,): an additive recurrence, even over seeds."""
    # The positive root of x ** (d + 1) = x + 1, the golden ratio for d = 1; d = 3, so that two and three
    # dimensions share their shifts.
    root = 1.2207440846057596
    return (0.5 + seed * root ** -np.arange(1.0, dimensions + 1)) % 1.0


class RandomMethod:
    """Every hyperparameter drawn anew for every configuration.

    Reference:
        J. Bergstra and Y. Bengio (2012), Random Search for Hyper-Parameter Optimization, Journal of Machine
        Learning Research 13, https://www.jmlr.org/papers/v13/bergstra12a.html

    Args:
        settings: The race's settings.
    """

    def __init__(self, settings: MethodSettings) -> None:
        self._settings = settings
        # More than trainings: one that diverges early leaves epochs for another.
        self._points = uniform_points(settings.seed, settings.budget, settings.dimensions, stream=0)
        self._done = 0

    def ask(self, left: int) -> Proposal | None:
        """The next draw."""
        if self._done >= len(self._points) or left < self._settings.epochs:
            return None
        point = tuple(map(float, self._points[self._done]))
        reason = "random draw: every place is equally likely, whatever was found before"
        return Proposal(self._done + 1, point, self._settings.epochs, reason)

    def tell(self, look: Look) -> None:
        """Results change nothing."""
        self._done += 1
