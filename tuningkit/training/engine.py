"""K copies of one network, trained inside one compiled graph.

Axes used throughout: ``members`` (K), ``parameters`` (P, trainable numbers of one copy), ``batch``, ``rows``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.heads import Head
from tuningkit.training.optimizer_choices import build_optimizer
from tuningkit.training.surgery import LiveModel

# Rows per evaluation step: bounded by memory for convolutions, not by speed.
_EVALUATION_ROWS = {"dense": 2048, "convolution": 256}


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
    ) -> None:
        self.live = live
        self.head = head
        self.members = members
        self.batch_size = batch_size
        self.own_seeds = own_seeds
        self.shuffle = shuffle
        self.rows = len(train[0])
        self.steps_per_epoch = -(-self.rows // batch_size)
        self.traces = 0
        self._x, self._y = tf.constant(train[0]), tf.constant(train[1])
        self._x_validation, self._y_validation = tf.constant(validation[0]), tf.constant(validation[1])
        model = live.model
        self._weights = list(model.trainable_variables)
        self._shapes = [tuple(weight.shape) for weight in self._weights]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._seed_states = _seed_states(model)
        self._moving = _moving_weights(live, self._x[:2])
        self._moving_shapes = [tuple(weight.shape) for weight in self._moving]
        self._moving_sizes = [int(np.prod(shape)) for shape in self._moving_shapes]
        self.metric_names = list(head.metrics)
        self.kind = "convolution" if _has_convolution(model) else "dense"
        self._make_variables(optimizer)
        self._run_steps = tf.function(self._steps, autograph=False, reduce_retracing=False)
        self._run_evaluation = tf.function(self._evaluation, autograph=False)
        self._run_epoch_start = tf.function(self._epoch_start, autograph=False)

    # State

    def _make_variables(self, optimizer: str | keras.Optimizer) -> None:
        members = self.members
        self.theta = keras.Variable(
            np.zeros((members, sum(self._sizes)), "float32"), name="theta", trainable=True, dtype="float32"
        )
        self.optimizer, self.learning_rates, self.live_optimizer = build_optimizer(optimizer, self.theta)
        held = {id(variable) for variable in self.live_optimizer.values()} | {id(self.learning_rates)}
        self._optimizer_state = [v for v in self.optimizer.variables if id(v) not in held]
        self._optimizer_start = [v.numpy() for v in self._optimizer_state]
        self._state = tf.Variable(tf.zeros((members, sum(self._moving_sizes))))
        self.dropout = tf.Variable(tf.zeros((members, len(self.live.dropouts))))
        self.l1 = tf.Variable(tf.zeros((members, len(self.live.regularizers))))
        self.l2 = tf.Variable(tf.zeros((members, len(self.live.regularizers))))
        self._seeds = tf.Variable(tf.zeros((members if self.own_seeds else 1,), tf.int64))
        orders = members if self.own_seeds else 1
        self._order = tf.Variable(tf.tile(tf.range(self.rows)[None], (orders, 1)))
        self._sums = tf.Variable(tf.zeros((members, 2 + len(self.metric_names))))

    def restart(self, weights: Sequence[Sequence[np.ndarray]], seeds: Sequence[int]) -> None:
        """Put all members back to their start.

        Args:
            weights: Per member, the arrays of ``live.model.weights``; one entry serves all members.
            seeds: Per member, the seed of batch order and noise; one entry serves all members.
        """
        rows = [self._flatten(one) for one in weights]
        if len(rows) == 1:
            rows = rows * self.members
        self.theta.assign(np.stack([theta for theta, _ in rows]))
        self._state.assign(np.stack([moving for _, moving in rows]))
        for variable, start in zip(self._optimizer_state, self._optimizer_start, strict=True):
            variable.assign(start)
        self._seeds.assign(np.asarray(seeds, "int64")[: self._seeds.shape[0]])

    def _flatten(self, weights: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        by_variable = {id(v): w for v, w in zip(self.live.model.weights, weights, strict=True)}

        def join(variables: list[keras.Variable]) -> np.ndarray:
            parts = [np.asarray(by_variable[id(v)], "float32").ravel() for v in variables]
            return np.concatenate(parts) if parts else np.zeros(0, "float32")

        return join(self._weights), join(self._moving)

    def weights(self, member: int) -> list[np.ndarray]:
        """One member's weights, in the order of ``model.weights``."""
        theta = self.theta.value[member].numpy()
        moving = self._state[member].numpy()
        values = dict(zip(map(id, self._weights), _cut(theta, self._sizes, self._shapes), strict=True))
        values |= dict(
            zip(map(id, self._moving), _cut(moving, self._moving_sizes, self._moving_shapes), strict=True)
        )
        return [
            values[id(v)] if id(v) in values else keras.ops.convert_to_numpy(v)
            for v in self.live.model.weights
        ]

    # What the caller runs

    def start_epoch(self, epoch: int) -> None:
        """Draw the epoch's batch order and clear its running sums."""
        self._run_epoch_start(tf.constant(epoch, tf.int64))

    def run_steps(self, first: int, count: int) -> bool:
        """Train ``count`` batches, beginning with batch ``first`` of the epoch.

        Returns:
            Whether the graph was there already; if not, this call also built it, and its duration says nothing.
        """
        traces = self.traces
        self._run_steps(tf.constant(first), tf.constant(count))
        return traces == self.traces

    def training_sums(self) -> np.ndarray:
        """Means over the epoch so far, shape (members, 2 + metrics): data loss, penalty, metrics."""
        return self._sums.numpy()

    def evaluate(self) -> np.ndarray:
        """Means over the validation rows, shape (members, 2 + metrics), dropout off."""
        return self._run_evaluation(self._x_validation, self._y_validation).numpy()

    def predict(self, x: np.ndarray, member: int = 0) -> np.ndarray:
        """One member's outputs for ``x``, dropout off."""
        return self._predict(tf.constant(x), tf.constant(member)).numpy()

    # The graph

    def _epoch_start(self, epoch):
        self.traces += 1
        self._sums.assign(tf.zeros_like(self._sums))
        if not self.shuffle:
            return

        def order(seed):
            noise = tf.random.stateless_uniform((self.rows,), tf.stack([seed, epoch]))
            return tf.argsort(noise, stable=True)

        self._order.assign(tf.map_fn(order, self._seeds, fn_output_signature=tf.int32))

    def _steps(self, first, count):
        self.traces += 1
        order = self._order.read_value()

        def body(step):
            start = step * self.batch_size
            picked = order[:, start : start + self.batch_size]
            gradients, measures, state = self._over_members(self._member_step, picked)
            self.optimizer.apply([gradients], [self.theta])
            if self._moving:
                self._state.assign(state)
            share = tf.cast(tf.shape(picked)[1], tf.float32) / self.rows
            self._sums.assign_add(measures * share)
            return step + 1

        tf.while_loop(lambda step: step < first + count, body, [first], parallel_iterations=1)

    def _over_members(self, function: Callable, picked):
        """Apply ``function`` to every member, in the way that is fastest for this kind of network."""
        noise = self._noise_seeds()
        shared = None
        per_member: dict[str, Any] = {
            "theta": self.theta.value.read_value(),
            "state": self._state.read_value(),
            "dropout": self.dropout.read_value(),
            "l1": self.l1.read_value(),
            "l2": self.l2.read_value(),
        }
        if self.own_seeds:
            per_member |= {"noise": noise, "picked": picked}
        else:
            shared = {
                "noise": noise[0],
                "x": tf.gather(self._x, picked[0]),
                "y": tf.gather(self._y, picked[0]),
            }

        def one(values):
            if shared is None:
                rows = values["picked"]
                return function(values | {"x": tf.gather(self._x, rows), "y": tf.gather(self._y, rows)})
            return function(values | shared)

        return self._map(one, per_member)

    def _map(self, function: Callable, values: dict[str, Any]):
        if self.members == 1:
            result = function({name: value[0] for name, value in values.items()})
            return tf.nest.map_structure(lambda value: value[None], result)
        if self.kind == "dense":
            return tf.vectorized_map(function, values)
        signature = tf.nest.map_structure(
            lambda spec: tf.TensorSpec(spec.shape, spec.dtype), self._output_like(function, values)
        )
        return tf.map_fn(function, values, fn_output_signature=signature)

    @staticmethod
    def _output_like(function: Callable, values: dict[str, Any]):
        graph = tf.function(
            lambda: function({name: value[0] for name, value in values.items()}), autograph=False
        )
        return graph.get_concrete_function().structured_outputs

    def _noise_seeds(self):
        """Seeds of every random layer at this step, shape (1 or members, layers, 2)."""
        step = tf.cast(self.optimizer.iterations.value, tf.int64)
        layers = tf.range(len(self._seed_states), dtype=tf.int64)
        first = self._seeds[:, None] * 1_000_003 + layers[None, :] * 7_919 + 1
        return tf.stack([first, tf.fill(tf.shape(first), step)], axis=-1)

    def _forward(self, values: dict[str, Any], x, training: bool):
        """One member's network: outputs, penalty, new moving state."""
        mapping = list(zip(self._weights, _cut(values["theta"], self._sizes, self._shapes), strict=True))
        mapping += zip(
            self._moving, _cut(values["state"], self._moving_sizes, self._moving_shapes), strict=True
        )
        mapping += [(layer.rate, values["dropout"][i]) for i, layer in enumerate(self.live.dropouts)]
        for i, penalty in enumerate(self.live.regularizers):
            mapping += [(penalty.l1, values["l1"][i]), (penalty.l2, values["l2"][i])]
        if training:
            mapping += [
                (state, tf.cast(values["noise"][i], state.dtype)) for i, state in enumerate(self._seed_states)
            ]
        with keras.StatelessScope(mapping, collect_losses=True) as scope:
            outputs = self.live.model(x, training=training)
            terms = self.live.model.losses
            penalty = tf.add_n([tf.cast(term, tf.float32) for term in terms]) if terms else tf.zeros(())
            moved = [tf.reshape(scope.get_current_value(v), (-1,)) for v in self._moving]
        state = tf.concat(moved, 0) if moved else values["state"]
        return outputs, penalty, state

    def _member_step(self, values: dict[str, Any]):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values["theta"])
            outputs, penalty, state = self._forward(values, values["x"], training=True)
            data_loss = self.head.loss(values["y"], outputs)
            total = data_loss + penalty
        gradient = tape.gradient(total, values["theta"])
        return gradient, self._measures(values["y"], outputs, data_loss, penalty), state

    def _measures(self, y, outputs, data_loss, penalty):
        metrics = [tf.reduce_mean(tf.cast(fn(y, outputs), tf.float32)) for fn in self.head.metrics.values()]
        return tf.stack([tf.cast(data_loss, tf.float32), penalty, *metrics])

    def _evaluation(self, x, y):
        self.traces += 1
        rows = tf.shape(x)[0]
        size = _EVALUATION_ROWS[self.kind]

        def part(start, sums):
            x_part, y_part = x[start : start + size], y[start : start + size]

            def one(values):
                outputs, penalty, _ = self._forward(values, x_part, training=False)
                return self._measures(y_part, outputs, self.head.loss(y_part, outputs), penalty)

            measures = self._map(one, self._inference_values())
            share = tf.cast(tf.shape(x_part)[0], tf.float32) / tf.cast(rows, tf.float32)
            return start + size, sums + measures * share

        _, sums = tf.while_loop(
            lambda start, sums: start < rows,
            part,
            [tf.constant(0), tf.zeros((self.members, 2 + len(self.metric_names)))],
            parallel_iterations=1,
        )
        return sums

    def _inference_values(self) -> dict[str, Any]:
        return {
            "theta": self.theta.value.read_value(),
            "state": self._state.read_value(),
            "dropout": self.dropout.read_value(),
            "l1": self.l1.read_value(),
            "l2": self.l2.read_value(),
        }

    @tf.function(autograph=False, reduce_retracing=True)
    def _predict(self, x, member):
        values = {name: value[member] for name, value in self._inference_values().items()}
        return self._forward(values, x, training=False)[0]


def _cut(flat, sizes: list[int], shapes: list[tuple[int, ...]]) -> list:
    """Cut a flat vector into arrays of the given shapes."""
    if not sizes:
        return []
    if isinstance(flat, np.ndarray):
        return [
            part.reshape(s) for part, s in zip(np.split(flat, np.cumsum(sizes)[:-1]), shapes, strict=True)
        ]
    return [tf.reshape(part, shape) for part, shape in zip(tf.split(flat, sizes), shapes, strict=True)]


def _seed_states(model: keras.Model) -> list[keras.Variable]:
    weights = {id(weight) for weight in model.weights}
    return [
        v for v in model.non_trainable_variables if id(v) not in weights and v.name == "seed_generator_state"
    ]


def _moving_weights(live: LiveModel, x) -> list[keras.Variable]:
    """The non-trainable weights that a training step changes, such as BatchNorm's moving statistics."""
    with keras.StatelessScope() as scope:
        live.model(x, training=True)
    return [
        v
        for v in live.model.non_trainable_weights
        if scope.get_current_value(v) is not None and v.dtype == "float32"
    ]


def _has_convolution(model: keras.Model) -> bool:
    # Stacked convolution kernels make vectorized_map fall back to a loop that is slower than map_fn.
    return any("Conv" in type(layer).__name__ for layer in model._flatten_layers())
