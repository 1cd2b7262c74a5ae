"""A validation landscape over two hyperparameters: every cell is a network that was really trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.run import more_is_better

if TYPE_CHECKING:
    from tuningkit.search.trials import Trials


@dataclass(frozen=True, eq=False)
class Landscape:
    """What training gives at every pair of values, after every epoch.

    Axes are named once: ``x`` is the first hyperparameter, ``y`` the second. A place is a pair of coordinates in
    [0, 1); coordinate u belongs to value number floor(u * n) of n. Where the values are evenly spaced in their
    logarithm, as the usual ones are, these are log coordinates.

    Attributes:
        values: The values by hyperparameter, ascending; the first name is x, the second y.
        curves: The objective after every epoch, mean over the seeds, shape (x, y, epochs). NaN from the epoch
            of divergence on.
        diverged_at: Epoch, from 1, in which a cell diverged; 0 where it did not. Shape (x, y).
        objective: Name of what is measured, such as "val_loss": a data loss or metric, without L1/L2 penalty.
        seeds: The seeds each cell was trained with.
        seconds: Time the training took.
        shared: What all cells share.
        note: One line worth knowing, such as why it was computed again.

    Example:
        >>> landscape.epochs, landscape.shape
        (18, (24, 16))
        >>> landscape.scores()[landscape.best]
        0.061
    """

    values: Mapping[str, tuple[float, ...]]
    curves: np.ndarray
    diverged_at: np.ndarray
    objective: str = "val_loss"
    seeds: tuple[int, ...] = (0,)
    seconds: float = 0.0
    shared: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        sizes = tuple(len(listed) for listed in self.values.values())
        if len(sizes) != 2 or self.curves.ndim != 3 or self.curves.shape[:2] != sizes:
            raise ValueError(
                "A landscape has two hyperparameters and curves of shape (x, y, epochs). Received: "
                f"{sizes} values and curves of shape {self.curves.shape}."
            )
        if self.diverged_at.shape != sizes:
            raise ValueError(f"diverged_at must have the shape {sizes}. Received: {self.diverged_at.shape}.")

    @property
    def names(self) -> tuple[str, str]:
        """The two hyperparameters, x first."""
        first, second = self.values
        return first, second

    @property
    def shape(self) -> tuple[int, int]:
        """How many values x and y have."""
        return self.curves.shape[0], self.curves.shape[1]

    @property
    def epochs(self) -> int:
        """How long every cell was trained."""
        return self.curves.shape[2]

    @property
    def direction(self) -> str:
        """Whether less of the objective is better ("min") or more ("max")."""
        return "max" if more_is_better(self.objective) else "min"

    def scores(self, epochs: int | None = None) -> np.ndarray:
        """The best objective up to an epoch, shape (x, y); NaN where the cell diverged by then.

        As if training had been stopped at its best epoch. A run that diverges later is judged by what it was
        until then: nobody can know the rest.

        Args:
            epochs: Epochs trained; None for all.

        Raises:
            ValueError: If there are not so many epochs.
        """
        epochs = self._check_epochs(epochs)
        curves = self.curves[..., :epochs]
        worst = -np.inf if self.direction == "max" else np.inf
        filled = np.where(np.isfinite(curves), curves, worst)
        best = filled.max(axis=-1) if self.direction == "max" else filled.min(axis=-1)
        lost = ~np.isfinite(best) | ((self.diverged_at > 0) & (self.diverged_at <= epochs))
        return np.where(lost, np.nan, best)

    @property
    def best(self) -> tuple[int, int]:
        """The cell with the best score.

        Raises:
            ValueError: If every cell diverged.
        """
        scores = self.scores()
        if np.isnan(scores).all():
            raise ValueError("Every cell of this landscape diverged. Try smaller learning rates.")
        place = int(np.nanargmax(scores) if self.direction == "max" else np.nanargmin(scores))
        x, y = np.unravel_index(place, scores.shape)
        return int(x), int(y)

    def configuration(self, cell: tuple[int, int]) -> dict[str, float]:
        """The hyperparameters of a cell, by name."""
        return {name: self.values[name][place] for name, place in zip(self.names, cell, strict=True)}

    @property
    def trials(self) -> Trials:
        """All cells as trials of a full grid search."""
        from tuningkit.search.trials import Trial, Trials

        scores, each = self.scores(), self.seconds / self.diverged_at.size
        trials = []
        for number, cell in enumerate(np.ndindex(self.shape), start=1):
            lost = int(self.diverged_at[cell])
            trials.append(
                Trial(
                    number,
                    self.configuration(cell),
                    objective=float(scores[cell]),
                    epochs=float(lost or self.epochs),
                    seconds=each,
                    status="diverged" if lost else "finished",
                    seed=self.seeds[0] if len(self.seeds) == 1 else None,
                    curve=tuple(self.curves[cell][: lost or self.epochs]),
                )
            )
        space = {name: list(values) for name, values in self.values.items()}
        return Trials(
            tuple(trials), self.objective, self.direction, "grid", seconds=self.seconds, space=space
        )

    def cell_at(self, point: Sequence[float]) -> tuple[int, int]:
        """The cell that a place in [0, 1) belongs to; further coordinates are ignored.

        Example:
            >>> landscape.cell_at((0.0, 0.999, 0.3))
            (0, 15)
        """
        x, y = (int(np.clip(np.floor(u * n), 0, n - 1)) for u, n in zip(point, self.shape, strict=False))
        return x, y

    def centre(self, cell: tuple[int, int]) -> tuple[float, float]:
        """The place in the middle of a cell."""
        return (cell[0] + 0.5) / self.shape[0], (cell[1] + 0.5) / self.shape[1]

    def _check_epochs(self, epochs: int | None) -> int:
        if epochs is None:
            return self.epochs
        if not 1 <= epochs <= self.epochs:
            raise ValueError(f"This landscape has the epochs 1 to {self.epochs}. Received: epochs={epochs!r}")
        return int(epochs)

    def __repr__(self) -> str:
        lost = int((self.diverged_at > 0).sum())
        cells = f"{self.shape[0]} x {self.shape[1]} cells"
        text = f"Landscape of {self.objective} over {' and '.join(self.names)}: {cells}, {self.epochs} epochs"
        return f"{text}, {lost} cells diverged." if lost else f"{text}."
