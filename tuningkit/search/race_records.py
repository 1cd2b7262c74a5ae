"""What the methods of a race propose and learn, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

#: A place in [0, 1): one coordinate for each hyperparameter, the irrelevant one last.
Point = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class SurrogateMaps:
    """What a Gaussian process believes about every cell of a landscape, each of shape (x, y).

    Attributes:
        mean: Predicted objective.
        deviation: Standard deviation of the prediction: how unsure it is.
        acquisition: How much a cell is worth a look.
        acquisition_name: What the acquisition is called.
        least_is_next: Whether the cell with the least acquisition is next, rather than the one with the most.
        point: The place that is next.
    """

    mean: np.ndarray
    deviation: np.ndarray
    acquisition: np.ndarray
    acquisition_name: str
    least_is_next: bool
    point: Point


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a method wants to look at next.

    Attributes:
        number: The configuration's number within the method, from 1.
        point: Where.
        until: Epochs that the configuration will have been trained for after this look.
        reason: Why, in words.
        begun: Epochs it was trained for before.
        maps: What the surrogate believes, for a method that has one.
    """

    number: int
    point: Point
    until: int
    reason: str
    begun: int = 0
    maps: SurrogateMaps | None = None


@dataclass(frozen=True, eq=False)
class Look:
    """A proposal and what came of it.

    Attributes:
        proposal: What was proposed.
        cell: The cell of the landscape that answered, (x, y).
        objective: Best objective so far of this configuration; NaN if it diverged.
        cost: Epochs that the look took.
        spent: Epochs the method has spent in all, this look included.
        diverged_at: Epoch in which the configuration diverged; 0 if it did not.
        repeats: Number of an earlier configuration of this method in the same cell, or 0.
    """

    proposal: Proposal
    cell: tuple[int, int]
    objective: float
    cost: int
    spent: int
    diverged_at: int = 0
    repeats: int = 0


class Method(Protocol):
    """A search method, asked and told one look at a time; it never sees the landscape itself."""

    def ask(self, left: int) -> Proposal | None:
        """The next look, or None if there is none that ``left`` epochs can pay for."""

    def tell(self, look: Look) -> None:
        """What came of it."""


@dataclass(frozen=True)
class MethodSettings:
    """What every method is made from.

    Attributes:
        shape: Cells along x and y.
        epochs: Length of a full training.
        budget: Epochs the method may spend.
        dimensions: 2, or 3 with the irrelevant hyperparameter.
        seed: Decides every draw.
        maximise: Whether more of the objective is better.
        acquisition: What the Bayesian method maximises, "ei" or "lcb", and its exploration parameter; asked at
            every proposal, so that a slider acts at once.
    """

    shape: tuple[int, int]
    epochs: int
    budget: int
    dimensions: int
    seed: int
    maximise: bool
    acquisition: Callable[[], tuple[str, float]]

    @property
    def trainings(self) -> int:
        """Full trainings the budget pays for."""
        return self.budget // self.epochs


def uniform_points(seed: int, count: int, dimensions: int, *, stream: int) -> np.ndarray:
    """Random places, shape (count, dimensions).

    The coordinates of x and y do not depend on whether there is a third: the race with an irrelevant
    hyperparameter sees the same draws.

    Args:
        seed: Seed.
        count: How many.
        dimensions: 2 or 3.
        stream: A number for each method, so that no two draw the same places and hide each other on the map.
    """
    columns = [np.random.default_rng([seed, stream, axis]).random(count) for axis in range(dimensions)]
    return np.stack(columns, axis=1)
