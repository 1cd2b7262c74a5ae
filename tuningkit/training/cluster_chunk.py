"""What came back from a worker, in the place of a trainer that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuningkit.training.epoch_record import EpochRecord


class ChunkRecord:
    """The finished members of one chunk.

    Args:
        places: Which of the configurations they are, from 0.
        result: From :func:`tuningkit.training.cluster_worker.train_chunk`.

    Attributes:
        places: As given.
        members: How many.
        record: What was measured, epoch by epoch.
        seconds: Time the worker trained.
    """

    def __init__(self, places: Sequence[int], result: Mapping[str, Any]) -> None:
        self.places, self.members = list(places), len(places)
        self.record = EpochRecord(self.members, result["names"])
        for measures, rates in zip(result["measures"], result["rates"], strict=True):
            self.record.add(measures, rates)
        self.seconds = float(result["seconds"])
        self._result = result

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self.record.epochs

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Curves by name, as of a trainer."""
        rates = {"learning_rate": self.learning_rates} if self._result["scheduled"] else {}
        return self.record.history() | rates

    @property
    def learning_rates(self) -> np.ndarray:
        """As of a trainer, shape (members, epochs)."""
        return self.record.rates()

    @property
    def diverged_at(self) -> np.ndarray:
        """As of a trainer, shape (members,)."""
        return self.record.diverged_at

    def hyperparameters(self, member: int = 0) -> dict[str, Any]:
        """What one member was trained with, by name."""
        return self._result["hyperparameters"][member]

    def weights(self, member: int = 0) -> list[np.ndarray]:
        """One member's final weights, in the order of ``model.weights``."""
        return self._result["weights"][member]

    def state_of(self, member: int) -> dict[str, Any]:
        """One member's part of the state, of a chunk that was asked to keep it."""
        state = self._result["state"]
        return {
            "theta": state["theta"][member],
            "moving": state["moving"][member],
            "optimizer": [
                array[member] if array.ndim == 2 and len(array) == self.members else array
                for array in state["optimizer"]
            ],
            "measures": self._result["measures"][:, member],
            "rates": self._result["rates"][:, member],
            "names": self._result["names"],
        }


def start_of(states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a chunk of these members goes on from.

    Args:
        states: From :meth:`ChunkRecord.state_of`, one per member; all of the same network.
    """
    optimizer = [
        # A row of a member has one axis; what all share, such as the count of steps, has none.
        np.stack(parts) if np.ndim(parts[0]) == 1 else parts[0]
        for parts in zip(*(one["optimizer"] for one in states), strict=True)
    ]
    return {
        "state": {
            "theta": np.stack([one["theta"] for one in states]),
            "moving": np.stack([one["moving"] for one in states]),
            "optimizer": optimizer,
        },
        "measures": np.stack([one["measures"] for one in states], axis=1),
        "rates": np.stack([one["rates"] for one in states], axis=1),
        "names": states[0]["names"],
    }
