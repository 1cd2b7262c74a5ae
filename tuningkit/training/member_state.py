"""The variables of all members of a graph: weights, moving averages, the optimiser's, hyperparameters.

Axes: ``members`` (K), ``parameters`` (P, trainable numbers of one copy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.network import Network
from tuningkit.training.optimizer_choices import build_optimizer


@dataclass(frozen=True, eq=False)
class StateRows:
    """What some members have learned, as plain arrays.

    Attributes:
        theta: Trainable numbers, shape (members, parameters).
        moving: Moving averages, shape (members, numbers).
        optimizer: The optimiser's variables; moments have a row per member, counts of steps are single numbers.
    """

    theta: np.ndarray
    moving: np.ndarray
    optimizer: list[np.ndarray]


class MemberState:
    """Row k of each variable is member k's.

    Args:
        network: The network of one member.
        optimizer: Name or Keras optimiser.
        members: How many members, K.
        steps: Steps of an epoch.

    Attributes:
        theta: Trainable numbers, shape (members, parameters).
        moving: Numbers that training moves without a gradient, shape (members, numbers).
        dropout: The rate of each dropout layer, shape (members, layers).
        l1: The L1 strength of each kernel, shape (members, kernels).
        l2: The L2 strength of each kernel, shape (members, kernels).
        optimizer: The Keras optimiser, built on ``theta``.
        rate_table: Learning rates, and the factors that schedules give them.
        live_optimizer: Those of the optimiser's own hyperparameters that can be moved, by name.
    """

    def __init__(
        self, network: Network, optimizer: str | keras.Optimizer, *, members: int, steps: int
    ) -> None:
        self._network, self.members = network, members
        self.theta = keras.Variable(
            np.zeros((members, network.size), "float32"), name="theta", trainable=True, dtype="float32"
        )
        self.optimizer, self.rate_table, self.live_optimizer = build_optimizer(optimizer, self.theta, steps)
        # What a slider holds is no part of the state: neither a restart nor another's rows may set it back.
        held = {id(variable) for variable in self.live_optimizer.values()} | {id(self.rate_table.rates)}
        self._optimizer_variables = [v for v in self.optimizer.variables if id(v) not in held]
        self._optimizer_start = [v.numpy() for v in self._optimizer_variables]
        self.moving = tf.Variable(tf.zeros((members, network.moving_size)))
        live = network.live
        self.dropout = tf.Variable(tf.zeros((members, len(live.dropouts))))
        self.l1 = tf.Variable(tf.zeros((members, len(live.regularizers))))
        self.l2 = tf.Variable(tf.zeros((members, len(live.regularizers))))

    # Between epochs

    def restart(self, weights: Sequence[Sequence[np.ndarray]]) -> None:
        """Give all members their initial weights and a fresh optimiser.

        Args:
            weights: Per member, the arrays of ``model.weights``; one entry serves all members.
        """
        rows = [self._network.flatten(one) for one in weights]
        if len(rows) == 1:
            rows = rows * self.members
        theta, moving = (np.stack(parts) for parts in zip(*rows, strict=True))
        self.put(StateRows(theta, moving, self._optimizer_start))

    def weights(self, member: int) -> list[np.ndarray]:
        """One member's weights, in the order of ``model.weights``."""
        return self._network.unflatten(self.theta.value[member].numpy(), self.moving[member].numpy())

    def take(self, places: Sequence[int]) -> StateRows:
        """Write down what some members have learned.

        Args:
            places: Which ones, from 0, in the order wanted.
        """
        places = list(places)

        def of_them(value: np.ndarray) -> np.ndarray:
            return value[places] if value.ndim == 2 and len(value) == self.members else value

        return StateRows(
            self.theta.numpy()[places],
            self.moving.numpy()[places],
            [of_them(variable.numpy()) for variable in self._optimizer_variables],
        )

    def put(self, rows: StateRows) -> None:
        """Let all members go on from what was written down.

        Args:
            rows: From :meth:`take`, of as many members of the same network and optimiser.

        Raises:
            ValueError: If members or network differ.
        """
        theirs, ours = rows.theta.shape, tuple(self.theta.shape)
        if theirs != ours:
            raise ValueError(
                f"The snapshot has {theirs[0]} members of {theirs[1]} numbers each. Received: a trainer that has "
                f"{ours[0]} of {ours[1]}"
            )
        self.theta.assign(rows.theta)
        self.moving.assign(rows.moving)
        for variable, value in zip(self._optimizer_variables, rows.optimizer, strict=True):
            variable.assign(value)

    # For the graph: what differs between members, each of shape (members, ...)

    def learned(self) -> dict[str, tf.Tensor]:
        """Weights and moving averages as they are now; read at every step."""
        return {"theta": self.theta.value.read_value(), "moving": self.moving.read_value()}

    def strengths(self) -> dict[str, list[tf.Tensor]]:
        """Per dropout layer or kernel, the strength in each member; read once per call of the graph."""
        tables = {"dropout": self.dropout, "l1": self.l1, "l2": self.l2}
        return {name: tf.unstack(table.read_value(), axis=1) for name, table in tables.items()}
