"""K copies of one network, trained inside one compiled graph.

Axes used throughout: ``members`` (K), ``parameters`` (P, trainable numbers of one copy), ``batch``, ``rows``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.heads import Head
from tuningkit.training.mean_in_parts import mean_in_parts
from tuningkit.training.members import (
    NotVectorizableError,
    apply_to_members,
    noise_of_each,
    sequential_executor,
    way_of,
)
from tuningkit.training.memory import rows_at_once, units_per_row
from tuningkit.training.network import Network
from tuningkit.training.optimizer_choices import build_optimizer
from tuningkit.training.surgery import LiveModel
from tuningkit.training.trace_warnings import expect_new_graphs

#: Numbers in all layers' outputs for one batch, up to which handing operations to several threads costs more
#: than it gains (measured: 64-128-10 gains a factor of 1.6, a CNN on 28x28 images loses one of 1.4).
LIGHT_WORK = 2**19


class Engine:
    """The compiled graph of one structure: architecture, optimiser, batch size, number of members.

    Hyperparameters are variables that the graph reads at every step. Setting one neither rebuilds nor
    retraces anything.

    Args:
        live: The network, from :func:`tuningkit.training.surgery.make_live`.
        head: Loss and metrics.
        optimizer: Name or Keras optimiser.
        train: Inputs and encoded targets, ``(rows, ...)`` each.
        validation: Likewise.
        batch_size: Rows per step. The last, smaller batch of an epoch is trained too, as Keras does.
        members: How many copies, K.
        own_seeds: Whether each member draws its own batch order and noise (a sweep over seeds). Otherwise all
            members share them, so that they differ by hyperparameter and not by luck.
        shuffle: Whether rows are put in a new order each epoch.
        record_batches: Whether the loss of every batch is kept, for :meth:`batch_losses`.

    Attributes:
        traces: How many graphs have been traced so far; moving a hyperparameter adds none.
        way: How the members are trained: "alone", "together" or "in turn".
    """

    def __init__(
        self,
        live: LiveModel,
        head: Head,
        optimizer: str | keras.Optimizer,
        train: tuple[np.ndarray, np.ndarray],
        validation: tuple[np.ndarray, np.ndarray],
        *,
        batch_size: int,
        members: int,
        own_seeds: bool = False,
        shuffle: bool = True,
        record_batches: bool = False,
    ) -> None:
        self.live = live
        self.members = members
        self.batch_size = batch_size
        self.own_seeds = own_seeds
        self.shuffle = shuffle
        self._record_batches = record_batches
        self.rows = len(train[0])
        self.steps_per_epoch = -(-self.rows // batch_size)
        self.traces = 0
        self._x, self._y = tf.constant(train[0]), tf.constant(train[1])
        self._x_validation, self._y_validation = tf.constant(validation[0]), tf.constant(validation[1])
        self.way = way_of(live.model, members)
        self.network = Network(live, head, self._x, widened=self.way == "together")
        self.metric_names = list(head.metrics)
        self._light = batch_size * units_per_row(live.model) <= LIGHT_WORK
        self._make_variables(optimizer)
        self._compile()

    def _compile(self) -> None:
        expect_new_graphs()
        self._graphs = {
            "steps": tf.function(self._steps, autograph=False),
            "prediction": tf.function(self._prediction, autograph=False, reduce_retracing=True),
        }

    # State

    def _make_variables(self, optimizer: str | keras.Optimizer) -> None:
        members, live = self.members, self.live
        self.theta = keras.Variable(
            np.zeros((members, self.network.size), "float32"), name="theta", trainable=True, dtype="float32"
        )
        self.optimizer, self.rate_table, self.live_optimizer = build_optimizer(
            optimizer, self.theta, self.steps_per_epoch
        )
        self.learning_rates = self.rate_table.rates
        held = {id(variable) for variable in self.live_optimizer.values()} | {id(self.learning_rates)}
        self._optimizer_state = [v for v in self.optimizer.variables if id(v) not in held]
        self._optimizer_start = [v.numpy() for v in self._optimizer_state]
        self._moving = tf.Variable(tf.zeros((members, self.network.moving_size)))
        self.dropout = tf.Variable(tf.zeros((members, len(live.dropouts))))
        self.l1 = tf.Variable(tf.zeros((members, len(live.regularizers))))
        self.l2 = tf.Variable(tf.zeros((members, len(live.regularizers))))
        streams = members if self.own_seeds else 1
        self._seeds = tf.Variable(tf.zeros((streams,), tf.int64))
        self._order = tf.Variable(tf.tile(tf.range(self.rows)[None], (streams, 1)))
        self._sums = tf.Variable(tf.zeros((members, 2 + len(self.metric_names))))
        self._measures = tf.zeros((members, 2 * (2 + len(self.metric_names))))
        if self._record_batches:
            self._batch_losses = tf.Variable(tf.zeros((self.steps_per_epoch, members)))

    def restart(self, weights: Sequence[Sequence[np.ndarray]], seeds: Sequence[int]) -> None:
        """Put all members back to their start.

        Args:
            weights: Per member, the arrays of ``live.model.weights``; one entry serves all members.
            seeds: Per member, the seed of batch order and noise; one entry serves all members.
        """
        rows = [self.network.flatten(one) for one in weights]
        if len(rows) == 1:
            rows = rows * self.members
        self.theta.assign(np.stack([theta for theta, _ in rows]))
        self._moving.assign(np.stack([moving for _, moving in rows]))
        for variable, start in zip(self._optimizer_state, self._optimizer_start, strict=True):
            variable.assign(start)
        self._seeds.assign(np.asarray(seeds, "int64")[: self._seeds.shape[0]])

    def weights(self, member: int) -> list[np.ndarray]:
        """One member's weights, in the order of ``model.weights``."""
        return self.network.unflatten(self.theta.value[member].numpy(), self._moving[member].numpy())

    # What the caller runs

    def run_steps(self, epoch: int, first: int, count: int) -> bool:
        """Train ``count`` batches of an epoch, beginning with batch ``first``.

        The first batch of an epoch draws its batch order; the last one is followed by a look at the validation
        rows. All of this is one call of one graph: a call costs as much as two or three steps of a small network.

        Args:
            epoch: From 0.
            first: From 0.
            count: At least 1, at most to the end of the epoch.

        Returns:
            Whether the graph was there already; if not, this call also built it, and its duration says nothing.
        """
        traces = self.traces
        self._measures = self._run(
            "steps", tf.constant(epoch, tf.int64), tf.constant(first), tf.constant(first + count)
        )
        return traces == self.traces

    def measures(self) -> np.ndarray:
        """Data loss, penalty and metrics, first in training, then in validation, shape (members, 2 (2 + metrics)).

        In training they are means over the rows trained so far in this epoch, each before its step, times the share
        of the epoch that these rows are. In validation, dropout is off; they are zero until the epoch has ended.
        """
        return self._measures.numpy()

    def batch_losses(self, count: int) -> np.ndarray:
        """Loss with penalty of the epoch's first ``count`` batches, each before its step, shape (members, count)."""
        return self._batch_losses.numpy()[:count].T

    def predict(self, x: np.ndarray, member: int = 0) -> np.ndarray:
        """One member's outputs for ``x``, dropout off."""
        size = rows_at_once(self.live.model, 1)
        parts = [
            self._run("prediction", tf.constant(x[start : start + size]), tf.constant(member)).numpy()
            for start in range(0, len(x), size)
        ]
        return np.concatenate(parts)

    def _run(self, name: str, *arguments: tf.Tensor) -> Any:
        try:
            with self._executor():
                return self._graphs[name](*arguments)
        except NotVectorizableError:
            self.way = "in turn"
            self._compile()
            return self._run(name, *arguments)

    def _executor(self) -> AbstractContextManager:
        """How TensorFlow runs the graph: for light work, one operation after the other is much faster."""
        return sequential_executor() if self._light and self.way != "together" else nullcontext()

    # The graph

    def _steps(self, epoch, first, end):
        self.traces += 1
        with tf.control_dependencies([tf.cond(first == 0, lambda: self._begin_epoch(epoch), lambda: True)]):
            order = self._order.read_value()
        begun = epoch * self.steps_per_epoch
        settings, seeds = self._settings(), self._seeds.read_value()  # Read once, not at every step.

        def body(step):
            start = step * self.batch_size
            picked = order[:, start : start + self.batch_size]
            values = self._weights() | settings
            gradients, measures, moving = self._train_members(
                values, picked, seeds, begun + tf.cast(step, tf.int64)
            )
            self.optimizer.apply([gradients], [self.theta])
            if self.network.moving:
                self._moving.assign(moving)
            share = tf.cast(tf.shape(picked)[1], tf.float32) / self.rows
            self._sums.assign_add(measures * share)
            if self._record_batches:
                self._batch_losses.scatter_nd_update([[step]], [measures[:, 0] + measures[:, 1]])
            return step + 1

        tf.while_loop(lambda step: step < end, body, [first], parallel_iterations=1)
        sums = self._sums.read_value()
        validation = tf.cond(
            end == self.steps_per_epoch, lambda: self._evaluation(settings), lambda: tf.zeros_like(sums)
        )
        return tf.concat([sums, validation], axis=1)

    def _begin_epoch(self, epoch):
        """Draw the epoch's batch order and clear its running sums."""
        self._sums.assign(tf.zeros_like(self._sums))
        if not self.shuffle:
            return True

        def order(seed):
            noise = tf.random.stateless_uniform((self.rows,), tf.stack([seed, epoch]))
            return tf.argsort(noise, stable=True)

        if self.own_seeds:
            self._order.assign(tf.map_fn(order, self._seeds, fn_output_signature=tf.int32))
        else:
            self._order.assign(order(self._seeds[0])[None])
        return True

    def _train_members(self, values, picked, seeds, step):
        """Gradients, measures and new moving state of every member for the rows ``picked``."""
        network = self.network
        rows = tf.shape(picked)[1]
        if self.own_seeds:
            random = {
                "x": tf.gather(self._x, picked),
                "y": tf.gather(self._y, picked),
                "seeds": network.noise_seeds(seeds, step),
                "noise": noise_of_each(network, seeds, step, rows),
            }
            return apply_to_members(
                self.way,
                lambda member: network.gradient(member, member["x"], member["y"]),
                values | random,
            )
        seed = seeds[0]
        shared = {"seeds": network.noise_seeds(seed, step), "noise": network.dropout_noise(seed, step, rows)}
        x, y = tf.gather(self._x, picked[0]), tf.gather(self._y, picked[0])
        if self.way == "together" and x.dtype.is_floating:
            # With inputs of its own each member's first layer becomes one product of a batch of matrices;
            # with shared ones, every kernel would be transposed at every step.
            values["x"] = tf.repeat(x[None], self.members, axis=0)
        return apply_to_members(
            self.way, lambda member: network.gradient(member | shared, member.get("x", x), y), values
        )

    def _evaluation(self, settings):
        values = self._weights() | settings
        size = rows_at_once(self.live.model, self.members if self.way == "together" else 1)

        def measure(x, y):
            return apply_to_members(self.way, lambda member: self.network.evaluate(member, x, y), values)

        shape = (self.members, 2 + len(self.metric_names))
        return mean_in_parts(measure, self._x_validation, self._y_validation, size, shape)

    def _prediction(self, x, member):
        self.traces += 1
        values = tf.nest.map_structure(lambda value: value[member], self._weights() | self._settings())
        return self.network.outputs(values, x)

    # What differs between members, each of shape (members, ...)

    def _weights(self) -> dict[str, tf.Tensor]:
        return {"theta": self.theta.value.read_value(), "moving": self._moving.read_value()}

    def _settings(self) -> dict[str, list[tf.Tensor]]:
        """Per dropout layer or kernel, the strength in each member."""
        tables = {"dropout": self.dropout, "l1": self.l1, "l2": self.l2}
        return {name: tf.unstack(table.read_value(), axis=1) for name, table in tables.items()}
