"""The gradient of one batch against the gradient of all rows, at the same weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from tuningkit.optimizers.noise_record import GradientNoise
from tuningkit.training.data_check import check_data
from tuningkit.training.heads import choose_head
from tuningkit.training.lock import training_turn
from tuningkit.training.surgery import check_model
from tuningkit.training.trace_warnings import expect_new_graphs

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_SIZES = (4, 8, 16, 32, 64, 128, 256)
#: Rows whose gradients show in which direction single rows scatter most.
_ROWS_FOR_DIRECTION = 64
#: Rows of which gradients are taken one by one, for the formula; a sample of larger data.
_MOST_SINGLE_ROWS = 2048


def gradient_noise(
    model: keras.Model,
    data: Dataset,
    *,
    batch_sizes: Sequence[int] | None = None,
    draws: int = 200,
    seed: int = 0,
    loss: str | Callable | None = None,
) -> GradientNoise:
    """Measure how far the gradients of batches scatter, at the weights the model has now.

    The gradients are Keras's own, of the data loss; dropout is off, so that only the choice of rows is random, and
    penalties are left out: they are the same for every batch.

    Args:
        model: A built Keras model. It is not changed.
        data: The data; its training rows are used.
        batch_sizes: Two or more different numbers of rows, each less than the number of training rows. None: those of
            4, 8, 16, ..., 256 that are at most half of the rows.
        draws: Batches drawn of each size, at least 20; each without drawing a row twice.
        seed: Seed of the draws.
        loss: As in :func:`tuningkit.train`.

    Returns:
        The measurement, with what theory expects beside it.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a batch size or the number of draws is out of range, or the model's weights are not finite.

    Example:
        >>> noise = tk.optimizers.gradient_noise(run.restore(model), digits, batch_sizes=[8, 32, 128])
        >>> noise.deviations / noise.expected
        array([1.02, 0.98, 1.01])

    Reference:
        S. McCandlish et al., An empirical model of large-batch training, 2018, https://arxiv.org/abs/1812.06162
    """
    check_model(model)
    check_data(model, data)
    rows = len(data.x_train)
    sizes = _check(batch_sizes, draws, rows)
    begin = time.perf_counter()
    generator = np.random.default_rng(seed)
    head = choose_head(model, data, loss, None)
    with training_turn():
        gradients = _Gradients(model, head.loss, data.x_train, head.encode(data.y_train))
        full = gradients.mean_of(np.arange(rows))
        norm = float(np.linalg.norm(full))
        if not np.isfinite(norm) or norm == 0:
            raise ValueError(
                f"The gradient at the model's weights has the length {norm}. Noise is measured around a gradient "
                "that is finite and not zero: start from other weights."
            )
        sample = (
            np.arange(rows) if rows <= _MOST_SINGLE_ROWS else generator.choice(rows, _MOST_SINGLE_ROWS, False)
        )
        singles = gradients.distances(sample[:, None], full, np.stack([full, full]))[0]
        row_deviation = float(np.sqrt(np.sum(singles) / (len(singles) - 1)))
        axes = np.stack([full / norm, _widest(gradients, full, generator.permutation(rows))])
        deviations, clouds = [], {}
        for size in sizes:
            places = np.stack([generator.choice(rows, size, replace=False) for _ in range(draws)])
            squares, projected = gradients.distances(places, full, axes)
            deviations.append(float(np.sqrt(squares.mean())))
            clouds[size] = (projected + axes @ full) / norm
    expected = row_deviation * np.sqrt((1 - np.array(sizes) / rows) / np.array(sizes))
    return GradientNoise(
        batch_sizes=np.array(sizes),
        deviations=np.array(deviations),
        expected=expected,
        clouds=clouds,
        gradient_norm=norm,
        row_deviation=row_deviation,
        rows=rows,
        draws=draws,
        model_name=model.name,
        data_name=data.name,
        seconds=time.perf_counter() - begin,
    )


class _Gradients:
    """Gradients of batches, taken one after another inside one graph."""

    def __init__(self, model: keras.Model, loss: Callable, x: np.ndarray, y: np.ndarray) -> None:
        self._model, self._loss = model, loss
        self._x, self._y = tf.constant(x), tf.constant(y)
        # One graph for all batch sizes.
        shapes = [((None, None), tf.int64), ((None,), tf.float32), ((2, None), tf.float32)]
        self._distances = tf.function(self._each, input_signature=[tf.TensorSpec(*one) for one in shapes])
        expect_new_graphs()

    def mean_of(self, places: np.ndarray) -> np.ndarray:
        """The gradient of the mean loss over some rows, shape (weights,)."""
        return self._flat(tf.constant(places)).numpy()

    def distances(
        self, places: np.ndarray, full: np.ndarray, axes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of each batch its squared distance from ``full``, and its offset along two axes.

        Args:
            places: Rows of the batches, shape (batches, rows).
            full: Where distances begin, shape (weights,).
            axes: Shape (2, weights).

        Returns:
            Shapes (batches,) and (batches, 2).
        """
        answers = self._distances(
            tf.constant(places), tf.constant(full), tf.constant(axes, tf.float32)
        ).numpy()
        return answers[:, 0].astype(float), answers[:, 1:].astype(float)

    def _each(self, places: tf.Tensor, full: tf.Tensor, axes: tf.Tensor) -> tf.Tensor:
        def one(batch: tf.Tensor) -> tf.Tensor:
            offset = self._flat(batch) - full
            return tf.concat([[tf.reduce_sum(offset**2)], tf.linalg.matvec(axes, offset)], 0)

        return tf.map_fn(one, places, fn_output_signature=tf.float32)

    def _flat(self, places: tf.Tensor) -> tf.Tensor:
        weights = [v.value for v in self._model.trainable_variables]
        with tf.GradientTape() as tape:
            outputs = self._model(tf.gather(self._x, places), training=False)
            loss = self._loss(tf.gather(self._y, places), outputs)
        found = tape.gradient(loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return tf.concat([tf.reshape(tf.convert_to_tensor(part), (-1,)) for part in found], 0)


def _widest(gradients: _Gradients, full: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The direction, at right angles to the full gradient, in which single rows scatter most; length 1."""
    offsets = np.stack(
        [gradients.mean_of(order[i : i + 1]) for i in range(min(_ROWS_FOR_DIRECTION, len(order)))]
    )
    offsets = offsets - full
    along = full / np.linalg.norm(full)
    offsets -= np.outer(offsets @ along, along)
    return np.linalg.svd(offsets, full_matrices=False)[2][0]


def _check(batch_sizes: Sequence[int] | None, draws: int, rows: int) -> list[int]:
    whole = (int, np.integer)
    sizes = [s for s in _SIZES if s <= rows // 2] if batch_sizes is None else list(batch_sizes)
    if any(isinstance(s, bool) or not isinstance(s, whole) or not 1 <= s < rows for s in sizes):
        raise ValueError(
            f"batch_sizes must be whole numbers from 1 to {rows - 1}: fewer than the {rows} training rows. "
            f"Received: {sizes}"
        )
    if len(set(sizes)) < 2 or len(set(sizes)) < len(sizes):
        raise ValueError(f"batch_sizes must be two or more different sizes. Received: {sizes}")
    if isinstance(draws, bool) or not isinstance(draws, whole) or draws < 20:
        raise ValueError(f"draws must be a whole number of at least 20. Received: draws={draws!r}")
    return sorted(int(size) for size in sizes)
