"""K copies of one network, trained inside one compiled graph.

Axes used throughout: ``members`` (K), ``parameters`` (P, trainable numbers of one copy), ``batch``, ``rows``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.batch_order import BatchOrder
from tuningkit.training.graph_settings import GraphSettings
from tuningkit.training.heads import Head
from tuningkit.training.inline_branch import result_if, waits
from tuningkit.training.mean_in_parts import mean_in_parts
from tuningkit.training.member_state import MemberState
from tuningkit.training.members import (
    NotVectorizableError,
    apply_to_members,
    noise_of_each,
    sequential_executor,
    way_of,
)
from tuningkit.training.memory import rows_at_once, units_per_row
from tuningkit.training.network import Network
from tuningkit.training.surgery import LiveModel
from tuningkit.training.trace_warnings import expect_new_graphs

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

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
        data: Training and validation rows.
        settings: Members, batch size and what else decides the graph.

    Attributes:
        traces: How many graphs have been traced so far; moving a hyperparameter adds none.
        way: How the members are trained: "alone", "together" or "in turn".
        state: The variables of all members.
        order: The batch order of the epoch under way.
    """

    def __init__(
        self,
        live: LiveModel,
        head: Head,
        optimizer: str | keras.Optimizer,
        data: Dataset,
        settings: GraphSettings,
    ) -> None:
        self.live, self.settings = live, settings
        self.members, self.batch_size = settings.members, settings.batch_size
        self.rows = len(data.x_train)
        self.steps_per_epoch = -(-self.rows // self.batch_size)
        self.traces = 0
        self._x, self._y = tf.constant(data.x_train), tf.constant(head.encode(data.y_train))
        self._x_validation = tf.constant(data.x_validation)
        self._y_validation = tf.constant(head.encode(data.y_validation))
        self.way = way_of(live.model, self.members)
        self.network = Network(live, head, self._x, widened=self.way == "together")
        self.metric_names = list(head.metrics)
        self.state = MemberState(self.network, optimizer, members=self.members, steps=self.steps_per_epoch)
        self.order = BatchOrder(self.rows, settings)
        measures = 2 + len(self.metric_names)
        self._sums = tf.Variable(tf.zeros((self.members, measures)))
        self._measures = tf.zeros((self.members, 2 * measures))
        if settings.record_batches:
            self._batch_losses = tf.Variable(tf.zeros((self.steps_per_epoch, self.members)))
        self._light = self.batch_size * units_per_row(live.model) <= LIGHT_WORK
        self._compile()

    def _compile(self) -> None:
        expect_new_graphs()
        self._sequential: dict[str, bool] = {}
        self._graphs = {
            "steps": tf.function(self._steps, autograph=False),
            "prediction": tf.function(self._prediction, autograph=False, reduce_retracing=True),
        }

    def restart(self, weights: Sequence[Sequence[np.ndarray]], seeds: Sequence[int]) -> None:
        """Put all members back to their start.

        Args:
            weights: Per member, the arrays of ``live.model.weights``; one entry serves all members.
            seeds: Per member, the seed of batch order and noise; one entry serves all members.
        """
        self.state.restart(weights)
        self.order.seed(seeds)

    def weights(self, member: int) -> list[np.ndarray]:
        """One member's weights, in the order of ``model.weights``."""
        return self.state.weights(member)

    @property
    def measure_names(self) -> list[str]:
        """What :meth:`measures` measures, in its order."""
        names = ["loss", "penalty", *self.metric_names]
        return [*names, *(f"val_{name}" for name in names)]

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
            with self._executor(name, arguments):
                return self._graphs[name](*arguments)
        except NotVectorizableError:
            self.way = "in turn"
            self._compile()
            return self._run(name, *arguments)

    def _executor(self, name: str, arguments: tuple[tf.Tensor, ...]) -> AbstractContextManager:
        """How TensorFlow runs the graph: for light work, one operation after the other is much faster."""
        if name not in self._sequential:
            self._sequential[name] = light = self._light and self.way != "together"
            if light:
                # Loops are built for the executor under which they are traced.
                with sequential_executor():
                    graph = self._graphs[name].get_concrete_function(*arguments).graph
                # A layer of the learner's own may hold a tf.cond.
                self._sequential[name] = not waits(graph)
        return sequential_executor() if self._sequential[name] else nullcontext()

    # The graph

    def _steps(self, epoch, first, end):
        self.traces += 1
        state = self.state
        begin = result_if(first == 0, lambda: self._begin_epoch(epoch), tf.constant(False))
        with tf.control_dependencies([begin]):
            order = self.order.rows.read_value()
        begun = epoch * self.steps_per_epoch
        # Read once, not at every step.
        strengths, seeds = state.strengths(), self.order.seeds.read_value()

        def body(step):
            start = step * self.batch_size
            picked = order[:, start : start + self.batch_size]
            values = state.learned() | strengths
            gradients, measures, moving = self._train_members(
                values, picked, seeds, begun + tf.cast(step, tf.int64)
            )
            state.optimizer.apply([gradients], [state.theta])
            if self.network.moving:
                state.moving.assign(moving)
            share = tf.cast(tf.shape(picked)[1], tf.float32) / self.rows
            self._sums.assign_add(measures * share)
            if self.settings.record_batches:
                self._batch_losses.scatter_nd_update([[step]], [measures[:, 0] + measures[:, 1]])
            return step + 1

        tf.while_loop(lambda step: step < end, body, [first], parallel_iterations=1)
        sums = self._sums.read_value()
        validation = result_if(
            end == self.steps_per_epoch, lambda: self._evaluation(strengths), tf.zeros_like(sums)
        )
        return tf.concat([sums, validation], axis=1)

    def _begin_epoch(self, epoch):
        """Draw the epoch's batch order and clear its running sums."""
        self._sums.assign(tf.zeros_like(self._sums))
        self.order.draw(epoch)
        return tf.constant(True)

    def _train_members(self, values, picked, seeds, step):
        """Gradients, measures and new moving state of every member for the rows ``picked``."""
        network = self.network
        rows = tf.shape(picked)[1]
        if self.settings.own_seeds:
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

    def _evaluation(self, strengths):
        values = self.state.learned() | strengths
        together = self.settings.room_for or self.members
        size = rows_at_once(self.live.model, together if self.way == "together" else 1)

        def measure(x, y):
            return apply_to_members(self.way, lambda member: self.network.evaluate(member, x, y), values)

        shape = (self.members, 2 + len(self.metric_names))
        return mean_in_parts(measure, self._x_validation, self._y_validation, size, shape)

    def _prediction(self, x, member):
        self.traces += 1
        values = tf.nest.map_structure(
            lambda value: value[member], self.state.learned() | self.state.strengths()
        )
        return self.network.outputs(values, x)
