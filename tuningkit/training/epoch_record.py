"""What a trainer has measured so far, epoch by epoch, for all members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class EpochRecord:
    """Measures of all members. From the epoch in which a member diverged, it has no numbers any more.

    Args:
        members: Number of members.
        names: What is measured, in training and then in validation; the first two of each half are loss and
            penalty.

    Attributes:
        diverged_at: Epoch, from 1, in which a member diverged; 0 for those that did not. Shape (members,).

    Example:
        >>> record = EpochRecord(1, ["loss", "penalty", "val_loss", "val_penalty"])
        >>> record.add(np.array([[1.0, 0.1, 1.2, 0.1]]), np.array([0.01]))
        >>> record.history()["val_loss"]
        array([[1.2]])
    """

    def __init__(self, members: int, names: Sequence[str]) -> None:
        self._members, self._names = members, list(names)
        self.diverged_at = np.zeros(members, int)
        self._measures: list[np.ndarray] = []
        self._rates: list[np.ndarray] = []

    @property
    def epochs(self) -> int:
        """Number of epochs on record."""
        return len(self._measures)

    def add(self, measures: np.ndarray, rates: np.ndarray) -> None:
        """Put one epoch on record.

        Args:
            measures: Shape (members, names).
            rates: The learning rates at its end, shape (members,).
        """
        half = len(self._names) // 2
        ill = ~np.isfinite(measures[:, [0, 1, half, half + 1]]).all(axis=1)
        self.diverged_at[ill & (self.diverged_at == 0)] = self.epochs + 1
        gone = self.diverged_at > 0
        self._measures.append(np.where(gone[:, None], np.nan, measures))
        self._rates.append(np.where(gone, np.nan, rates))

    def add_nothing(self) -> None:
        """Put an epoch on record in which no member was trained, because all have diverged."""
        self.add(np.full((self._members, len(self._names)), np.nan), np.full(self._members, np.nan))

    def of(self, places: Sequence[int]) -> EpochRecord:
        """A record of some members alone, to go on with; this one stays as it is.

        Args:
            places: Which members, from 0, in the order wanted.
        """
        places = list(places)
        part = EpochRecord(len(places), self._names)
        part.diverged_at = self.diverged_at[places]
        part._measures = [measures[places] for measures in self._measures]
        part._rates = [rates[places] for rates in self._rates]
        return part

    def history(self) -> dict[str, np.ndarray]:
        """Curves by name, each of shape (members, epochs)."""
        stacked = np.array(self._measures).reshape(-1, self._members, len(self._names))
        return {name: stacked[:, :, i].T for i, name in enumerate(self._names)}

    def rates(self) -> np.ndarray:
        """The learning rate of each member at the end of each epoch, shape (members, epochs)."""
        return np.array(self._rates).reshape(-1, self._members).T


def as_keras_shows(measures: np.ndarray) -> np.ndarray:
    """The same measures with the penalty in both losses.

    Args:
        measures: Shape (members, names), ordered as in :class:`EpochRecord`.
    """
    half = measures.shape[1] // 2
    shown = measures.copy()
    shown[:, [0, half]] += measures[:, [1, half + 1]]
    return shown
