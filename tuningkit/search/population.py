"""Population: what a population-based training has found, and on which ways."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.training.hyperparameters import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tuningkit.training.run import Run


@dataclass(frozen=True, eq=False, repr=False)
class Population:
    """All members of a population-based training, epoch by epoch.

    Curves belong to places: when the network in a place is replaced by a copy of another, the place's curve goes on
    with the copy. The way of one network back to its start, through the places it was copied from, is its lineage.

    Attributes:
        best: The network that is best at the end: weights, and the curves and changes of its whole lineage.
        best_member: Its place.
        history: Curves by name, shape (members, epochs).
        values: The value of each hyperparameter in each epoch, shape (members, epochs).
        parents: Per round of copying, the place that each place was copied from; its own if it stayed. Shape
            (rounds, members).
        rounds: Epochs after which members were compared and copied.
        objective: The curve that was compared.
        direction: "min" or "max".
        seconds: Duration.
        interrupted: Whether the learner stopped it early.

    Example:
        >>> found = tk.search.population_based_training(model, digits, space)
        >>> found.schedule("learning_rate")  # what the best network was trained with, epoch by epoch
    """

    best: Run
    best_member: int
    history: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    parents: np.ndarray
    rounds: tuple[int, ...]
    objective: str
    direction: str
    seconds: float
    interrupted: bool = False

    @property
    def members(self) -> int:
        """Number of networks, K."""
        return self.history[self.objective].shape[0]

    @property
    def epochs(self) -> int:
        """Epochs of each place."""
        return self.history[self.objective].shape[1]

    @property
    def copies(self) -> int:
        """How often a network was replaced by a copy of another."""
        return int((self.parents != np.arange(self.members)).sum())

    def lineage(self, member: int | None = None) -> np.ndarray:
        """In which place a network was in each epoch, from the first.

        Args:
            member: Its place at the end; None for the best one.

        Returns:
            Places, shape (epochs,).

        Raises:
            IndexError: If there is no such place.
        """
        place = self.best_member if member is None else member
        if not 0 <= place < self.members:
            raise IndexError(f"member must be 0 to {self.members - 1}. Received: member={member}")
        places = np.full(self.epochs, place)
        for after, parents in reversed(list(zip(self.rounds, self.parents, strict=True))):
            place = parents[place]
            places[:after] = place
        return places

    def schedule(self, name: str, member: int | None = None) -> np.ndarray:
        """The values that a network was trained with, its lineage included.

        Args:
            name: A hyperparameter of the space.
            member: Its place at the end; None for the best one.

        Returns:
            Values, shape (epochs,).

        Raises:
            ValueError: If the hyperparameter was not in the space.
        """
        if name not in self.values:
            raise ValueError(f"The population moved {', '.join(self.values)}. Received: name={name!r}")
        return self.values[name][self.lineage(member), np.arange(self.epochs)]

    def plot(self, name: str | None = None, ax: Axes | None = None) -> Axes:
        """How a hyperparameter moved, and the best network's way in bold.

        Args:
            name: A hyperparameter of the space; None for the first.
            ax: Axes to draw on, or None for a new figure.
        """
        from tuningkit.plots import population_paths

        name = next(iter(self.values)) if name is None else name
        first, last = (format_value(value) for value in self.schedule(name)[[0, -1]])
        title = f"The best network: {first} at first, {last} at the end"
        return population_paths(self.values[name], self.lineage(), name=name, ax=ax, title=title)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *others = (html.escape(line) for line in self._lines())
        return f"<div><strong>{first}</strong><br>{'<br>'.join(others)}</div>"

    def _lines(self) -> list[str]:
        name = "Population-based training" + (" (interrupted)" if self.interrupted else "")
        ends = {key: self.schedule(key)[[0, -1]] for key in self.values}
        ways = (f"{key} from {format_value(a)} to {format_value(b)}" for key, (a, b) in ends.items())
        last = self.history[self.objective][self.best_member, -1]
        return [
            f"{name}: {self.members} members, {self.epochs} epochs, {self.copies} copies, {self.seconds:.1f} s",
            f"best {self.objective} at the end: {last:.4g}",
            f"its way: {', '.join(ways)}",
        ]
