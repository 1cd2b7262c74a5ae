"""One member's network as a pure function of its numbers: weights, moving state, hyperparameters, noise.

Nothing here knows how many members there are, or how they are trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.heads import Head
from tuningkit.training.surgery import LiveModel

# A noise seed is two numbers: the first names seed and layer, the second the step. A layer that is called
# several times in one step (a shared dropout layer) counts the second one up, so steps keep this distance.
_DRAWS_PER_STEP = 1024


class Network:
    """The live model, run on numbers handed to it instead of those it holds.

    Args:
        live: The live model.
        head: Loss and metrics.
        x: Some input rows; one is passed through the model to see what it does to its state.
        widened: Whether the functions below will be applied to all members in one.

    Attributes:
        size: Trainable numbers of one member, the length of ``theta``.
        moving_size: Numbers of one member that training moves without gradient (moving averages).
        noises: Number of dropout layers whose noise is drawn beforehand, by :meth:`dropout_noise`.
        random_layers: Number of random sources that draw their own noise inside the graph.
    """

    def __init__(self, live: LiveModel, head: Head, x: tf.Tensor, *, widened: bool = False) -> None:
        self.live, self.head = live, head
        # TensorFlow has one operation for half a sum of squares, but cannot widen it over members.
        self._squares = _sum_of_squares if widened else lambda kernel: 2.0 * tf.nn.l2_loss(kernel)
        model = live.model
        self._weights = list(model.trainable_variables)
        self._shapes = [tuple(weight.shape) for weight in self._weights]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self.moving, self._noise_shapes = _watch_one_step(live, x)
        self._moving_shapes = [tuple(weight.shape) for weight in self.moving]
        self._moving_sizes = [int(np.prod(shape)) for shape in self._moving_shapes]
        given = {id(live.dropouts[i].seed_generator.state) for i in self._noise_shapes}
        self._seed_states = [state for state in _seed_states(model) if id(state) not in given]
        numbers = {id(penalty): number for number, penalty in enumerate(live.regularizers)}
        self._penalised = [
            (place, numbers[id(weight.regularizer)])
            for place, weight in enumerate(self._weights)
            if id(weight.regularizer) in numbers
        ]
        self.size, self.moving_size = sum(self._sizes), sum(self._moving_sizes)
        self.noises, self.random_layers = len(self._noise_shapes), len(self._seed_states)

    # Between the arrays of a Keras model and flat vectors

    def flatten(self, weights: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The arrays of ``model.weights`` as two flat vectors: trainable numbers, moving state."""
        by_variable = {id(v): w for v, w in zip(self.live.model.weights, weights, strict=True)}

        def join(variables: list[keras.Variable]) -> np.ndarray:
            parts = [np.asarray(by_variable[id(v)], "float32").ravel() for v in variables]
            return np.concatenate(parts) if parts else np.zeros(0, "float32")

        return join(self._weights), join(self.moving)

    def unflatten(self, theta: np.ndarray, moving: np.ndarray) -> list[np.ndarray]:
        """The inverse of :meth:`flatten`; weights that training never moves come from the live model."""
        values: dict[int, np.ndarray] = {}
        for variables, flat, sizes in (
            (self._weights, theta, self._sizes),
            (self.moving, moving, self._moving_sizes),
        ):
            parts = np.split(flat, np.cumsum(sizes)[:-1])
            values |= {
                id(v): part.reshape(v.shape) for v, part in zip(variables, parts, strict=bool(variables))
            }
        return [
            values[id(v)] if id(v) in values else keras.ops.convert_to_numpy(v)
            for v in self.live.model.weights
        ]

    # Noise

    def noise_seeds(self, seed: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Seeds for layers that draw their noise themselves, shape ``seed.shape + (random_layers, 2)``."""
        return self._stream(seed, step, len(self.live.dropouts), self.random_layers)

    def dropout_noise(self, seed: tf.Tensor, step: tf.Tensor, rows: tf.Tensor) -> list[tf.Tensor]:
        """Noise of the dropout layers for one batch, uniform in [0, 1), each ``(rows, ...)``."""
        seeds = self._stream(seed, step, 0, len(self.live.dropouts))
        return [_uniform(rows, shape, seeds[layer]) for layer, shape in self._noise_shapes.items()]

    @staticmethod
    def _stream(seed: tf.Tensor, step: tf.Tensor, first: int, count: int) -> tf.Tensor:
        layers = np.arange(first, first + count, dtype="int64") * 7_919 + 1
        named = seed[..., None] * 1_000_003 + layers
        return tf.stack([named, tf.fill(tf.shape(named), step * _DRAWS_PER_STEP)], axis=-1)

    # The network

    def outputs(self, values: dict[str, Any], x: tf.Tensor) -> tf.Tensor:
        """Outputs for ``x`` with dropout off."""
        return self._forward(self._cut_weights(values), values, x, training=False)[0]

    def evaluate(self, values: dict[str, Any], x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """Data loss, penalty and metrics with dropout off, shape (2 + metrics,)."""
        weights = self._cut_weights(values)
        outputs, other, _ = self._forward(weights, values, x, training=False)
        return self._measures(y, outputs, self.head.loss(y, outputs), other + self._penalty(weights, values))

    def gradient(self, values: dict[str, Any], x: tf.Tensor, y: tf.Tensor):
        """One training step: gradient of data loss plus penalty, measures, new moving state.

        Args:
            values: ``theta`` and ``moving`` (flat), ``dropout`` (one per dropout layer), ``l1`` and ``l2`` (one
                per kernel), ``noise`` (a list) and ``seeds``.
            x: The batch's inputs.
            y: Its encoded targets.
        """
        weights = self._cut_weights(values)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            outputs, other, moving = self._forward(weights, values, x, training=True)
            data_loss = self.head.loss(y, outputs)
            total = data_loss + tf.cast(other, data_loss.dtype)
        gradients = tape.gradient(total, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        # The gradient of the penalty is known. Written out it takes half the passes over each kernel that
        # automatic differentiation takes, and summed in Keras's order it gives the same bits.
        for place, l1, l2 in self._strengths(values):
            kernel = weights[place]
            gradients[place] = tf.add_n([gradients[place], (2.0 * l2) * kernel, l1 * tf.sign(kernel)])
        flat = tf.concat([tf.reshape(gradient, (-1,)) for gradient in gradients], 0)
        penalty = other + self._penalty(weights, values)
        return flat, self._measures(y, outputs, data_loss, penalty), moving

    def _forward(self, weights: list[tf.Tensor], values: dict[str, Any], x: tf.Tensor, *, training: bool):
        """Outputs, those penalties that are no slider's (a scalar), new moving state."""
        live = self.live
        mapping = list(zip(self._weights, weights, strict=True))
        mapping += zip(
            self.moving, _cut(values["moving"], self._moving_sizes, self._moving_shapes), strict=True
        )
        mapping += zip((layer.rate for layer in live.dropouts), values["dropout"], strict=True)
        noise: dict[int, tf.Tensor] = {}
        if training:
            mapping += [
                (state, tf.cast(values["seeds"][i], state.dtype)) for i, state in enumerate(self._seed_states)
            ]
            noise = dict(zip(self._noise_shapes, values["noise"], strict=True))
        with self._handing_over(noise), keras.StatelessScope(mapping, collect_losses=True) as scope:
            outputs = live.model(x, training=training)
            terms = [term for term in live.model.losses if not isinstance(term, float)]
            moved = [tf.reshape(scope.get_current_value(v), (-1,)) for v in self.moving]
        other = tf.add_n([tf.cast(term, tf.float32) for term in terms]) if terms else tf.zeros(())
        return outputs, other, tf.concat(moved, 0) if moved else values["moving"]

    @contextmanager
    def _handing_over(self, noise: dict[int, tf.Tensor]) -> Iterator[None]:
        """Give the dropout layers their noise, and take the sliders' penalties out of the model's losses."""
        live = self.live
        for index, drawn in noise.items():
            live.dropouts[index].noise = drawn
        for penalty in live.regularizers:
            penalty.left_out = True
        try:
            yield
        finally:
            for index in noise:
                live.dropouts[index].noise = None
            for penalty in live.regularizers:
                penalty.left_out = False

    def _cut_weights(self, values: dict[str, Any]) -> list[tf.Tensor]:
        return _cut(values["theta"], self._sizes, self._shapes)

    def _strengths(self, values: dict[str, Any]) -> list[tuple[int, tf.Tensor, tf.Tensor]]:
        """Per penalised kernel: its place among the weights, its L1 and its L2 strength."""
        l1, l2 = values["l1"], values["l2"]
        return [(place, l1[number], l2[number]) for place, number in self._penalised]

    def _penalty(self, weights: list[tf.Tensor], values: dict[str, Any]) -> tf.Tensor:
        terms = []
        for place, l1, l2 in self._strengths(values):
            kernel = weights[place]
            terms += [l1 * tf.reduce_sum(tf.abs(tf.reshape(kernel, (-1,)))), l2 * self._squares(kernel)]
        return tf.add_n(terms) if terms else tf.zeros(())

    def _measures(self, y, outputs, data_loss, penalty) -> tf.Tensor:
        metrics = [tf.reduce_mean(tf.cast(fn(y, outputs), tf.float32)) for fn in self.head.metrics.values()]
        return tf.stack([tf.cast(data_loss, tf.float32), penalty, *metrics])


def _sum_of_squares(kernel: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(tf.reshape(kernel, (-1,))))


def _uniform(rows: tf.Tensor, shape: tuple[int, ...], seed: tf.Tensor) -> tf.Tensor:
    """Uniform numbers in [0, 1) in steps of 2**-16, shape ``(rows, *shape)``.

    Two are made of each random word of 32 bits: drawing is a sixth of what a step of a small network costs, and a
    dropout rate needs no finer steps.
    """
    count = int(np.prod(shape))
    words = tf.random.stateless_uniform((rows, -(-count // 2)), seed, None, None, tf.uint32)
    halves = tf.reshape(tf.bitcast(words, tf.uint16), (rows, -1))[:, :count]
    return tf.reshape(tf.cast(halves, tf.float32) * 2.0**-16, (rows, *shape))


def _cut(flat: tf.Tensor, sizes: list[int], shapes: list[tuple[int, ...]]) -> list[tf.Tensor]:
    """Cut a flat vector into tensors of the given shapes."""
    if not sizes:
        return []
    return [tf.reshape(part, shape) for part, shape in zip(tf.split(flat, sizes), shapes, strict=True)]


def _seed_states(model: keras.Model) -> list[keras.Variable]:
    weights = {id(weight) for weight in model.weights}
    return [
        v for v in model.non_trainable_variables if id(v) not in weights and v.name == "seed_generator_state"
    ]


def _watch_one_step(live: LiveModel, x: tf.Tensor) -> tuple[list[keras.Variable], dict[int, tuple[int, ...]]]:
    """Run one step, and note which weights it moves and which noise the dropout layers want.

    Returns:
        The non-trainable weights that a training step changes; and per dropout layer (by place) the shape of its
        noise without the batch axis. A layer that is called several times, or not row by row, is left out: it
        draws its own.
    """
    rows = 3
    calls: dict[int, list[tuple[int, ...]]] = {i: [] for i in range(len(live.dropouts))}
    for i, layer in enumerate(live.dropouts):
        layer.watch = calls[i].append
    try:
        with keras.StatelessScope() as scope:
            live.model(tf.repeat(x[:1], rows, axis=0), training=True)
    finally:
        for layer in live.dropouts:
            layer.watch = None
    moving = [
        v
        for v in live.model.non_trainable_weights
        if scope.get_current_value(v) is not None and v.dtype == "float32"
    ]
    shapes = {
        i: tuple(int(size) for size in seen[0][1:])
        for i, seen in calls.items()
        if len(seen) == 1 and seen[0][0] == rows
    }
    return moving, shapes
