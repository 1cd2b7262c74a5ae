"""A mean over many rows that do not fit into memory at once, inside a compiled graph."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def mean_in_parts(
    measure: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    x: tf.Tensor,
    y: tf.Tensor,
    size: int,
    shape: tuple[int, ...],
) -> tf.Tensor:
    """Mean of ``measure`` over all rows, taken ``size`` rows at a time.

    Args:
        measure: Means over the rows it is given, as a tensor of the shape ``shape``.
        x: Inputs, shape (rows, ...).
        y: Targets, shape (rows, ...).
        size: Rows of one part; the last part may be smaller.
        shape: Shape of what ``measure`` returns.

    Example:
        >>> mean_in_parts(lambda x, y: tf.reduce_mean(x, axis=0), x, y, 100, (3,)).shape
        TensorShape([3])
    """
    rows = len(x)
    if size >= rows:
        return measure(x, y)

    def part(start, sums):
        stop = tf.minimum(start + size, rows)
        share = tf.cast(stop - start, tf.float32) / rows
        return stop, sums + measure(x[start:stop], y[start:stop]) * share

    _, sums = tf.while_loop(
        lambda start, sums: start < rows, part, [tf.constant(0), tf.zeros(shape)], parallel_iterations=1
    )
    return sums
