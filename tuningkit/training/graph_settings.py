"""What decides a graph, besides the network, the data and the optimiser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuningkit.training.hyperparameters import check_value


@dataclass(frozen=True)
class GraphSettings:
    """Changing one of these needs another graph; everything else is a variable that the graph reads.

    Attributes:
        batch_size: Rows per step. The last, smaller batch of an epoch is trained too, as Keras does.
        members: How many copies of the network, K.
        own_seeds: Whether each member draws its own batch order and noise (a sweep over seeds). Otherwise all
            members share them, so that they differ by hyperparameter and not by luck.
        shuffle: Whether rows are put in a new order each epoch.
        record_batches: Whether the loss of every batch is kept.
        room_for: How many members an evaluation leaves room for; None for those there are. A part of a sweep says
            how many the whole has, so that its means are summed in the same parts.

    Raises:
        ValueError: If batch size or members are not whole numbers of at least 1.
    """

    batch_size: int = 32
    members: int = 1
    own_seeds: bool = False
    shuffle: bool = True
    record_batches: bool = False
    room_for: int | None = None

    def __post_init__(self) -> None:
        members = self.members
        if isinstance(members, bool) or not isinstance(members, (int, np.integer)) or members < 1:
            raise ValueError(f"members must be a whole number of at least 1. Received: members={members!r}")
        object.__setattr__(self, "members", int(members))
        object.__setattr__(self, "batch_size", check_value("batch_size", self.batch_size))

    @property
    def streams(self) -> int:
        """How many different batch orders there are."""
        return self.members if self.own_seeds else 1
