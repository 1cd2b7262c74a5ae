"""What is known of members while workers train them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class ClusterProgress:
    """The curves of all members so far, epoch by epoch as they arrive.

    An epoch that is told of twice, because its worker died and another one repeated it, is counted once.

    Args:
        places: Of each chunk, which members it holds.
        epochs: Epochs of each member.
        step: Told how many members made an epoch.
        on_epoch: Called with this object after every epoch of every chunk.

    Attributes:
        members: Number of members.
        seconds: Time since the beginning.
    """

    def __init__(
        self,
        places: Sequence[Sequence[int]],
        epochs: int,
        *,
        step: Callable[[int], Any],
        on_epoch: Callable[[ClusterProgress], None] | None = None,
    ) -> None:
        self._places, self._epochs = [list(one) for one in places], epochs
        self._step, self._on_epoch = step, on_epoch
        self.members = sum(len(one) for one in places)
        self._curves: dict[str, np.ndarray] = {}
        self._done = np.zeros(self.members, int)
        self._begin = time.perf_counter()

    def report(self, number: int, message: dict[str, Any]) -> None:
        """Take in what a chunk measured in an epoch; as :meth:`tuningkit.training.cluster.Cluster.run` tells it."""
        places, epoch = self._places[number], message["epoch"]
        for name, values in message["measures"].items():
            if name not in self._curves:
                self._curves[name] = np.full((self.members, self._epochs), np.nan)
            self._curves[name][places, epoch - 1] = values
        if epoch <= self._done[places[0]]:
            return
        self._done[places] = epoch
        self._step(len(places))
        if self._on_epoch is not None:
            self._on_epoch(self)

    @property
    def epoch(self) -> int:
        """Epochs that every member has done."""
        return int(self._done.min())

    @property
    def epochs_done(self) -> np.ndarray:
        """Epochs that each member has done, shape (members,)."""
        return self._done.copy()

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Curves by name, shape (members, epochs); NaN where nothing has arrived yet."""
        furthest = int(self._done.max())
        return {name: curves[:, :furthest].copy() for name, curves in self._curves.items()}

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.perf_counter() - self._begin
