"""Which rows a batch has: the same for all members, or for each its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tuningkit.training.graph_settings import GraphSettings


class BatchOrder:
    """The order of the training rows in the epoch under way, drawn inside the graph from seed and epoch alone.

    Args:
        rows: Number of training rows.
        settings: Says how many orders there are, and whether they are drawn.

    Attributes:
        rows: Variable of shape (streams, rows), the places of the training rows in their order.
        seeds: Variable of shape (streams,), the seeds of order and noise.
    """

    def __init__(self, rows: int, settings: GraphSettings) -> None:
        self._count, self._settings = rows, settings
        self.rows = tf.Variable(tf.tile(tf.range(rows)[None], (settings.streams, 1)))
        self.seeds = tf.Variable(tf.zeros((settings.streams,), tf.int64))

    def seed(self, seeds: Sequence[int]) -> None:
        """Set the seeds: one for each order; more are not needed and left aside."""
        self.seeds.assign(np.asarray(seeds, "int64")[: self._settings.streams])

    def draw(self, epoch: tf.Tensor) -> None:
        """Draw the order of an epoch, counted from 0; for the graph."""
        if not self._settings.shuffle:
            return

        def order(seed):
            noise = tf.random.stateless_uniform((self._count,), tf.stack([seed, epoch]))
            return tf.argsort(noise, stable=True)

        if self._settings.own_seeds:
            self.rows.assign(tf.map_fn(order, self.seeds, fn_output_signature=tf.int32))
        else:
            self.rows.assign(order(self.seeds[0])[None])
