"""The learning rate of every member at every step, where the compiled graph reads it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf


class MemberLearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """One learning rate per member: its own rate times the factor that its schedule has for this step.

    Rates and factors are variables. Python fills in the factors of one epoch at its beginning, so that another
    schedule, or another number in one, is a table with other numbers and not another graph.

    Args:
        members: Number of members, K.
        steps: Steps of an epoch.

    Attributes:
        rates: Variable of shape (members, 1).
        factors: Variable of shape (members, steps); 1 for a constant rate.
        first: The step that the first column stands for.
    """

    def __init__(self, members: int, steps: int) -> None:
        self.rates = keras.Variable(
            np.full((members, 1), 1e-3, "float32"), trainable=False, name="learning_rates"
        )
        self.factors = tf.Variable(tf.ones((members, steps)), trainable=False, name="learning_rate_factors")
        self.first = tf.Variable(0, dtype=tf.int64, trainable=False, name="first_step")
        self._steps = steps

    def fill(self, first: int, factors: np.ndarray) -> None:
        """Write the factors of one epoch.

        Args:
            first: The epoch's first step, counted from the beginning of the run.
            factors: Shape (members, steps).
        """
        self.first.assign(first)
        self.factors.assign(factors)

    def __call__(self, step):
        """Learning rates at ``step``, shape (members, 1)."""
        column = tf.cast(step, tf.int64) - self.first.read_value()
        column = tf.clip_by_value(column, 0, self._steps - 1)
        factors = self.factors.read_value()
        return self.rates.value * tf.expand_dims(tf.gather(factors, column, axis=1), 1)

    def get_config(self) -> dict[str, Any]:
        """The rates as they are."""
        return {"rates": keras.ops.convert_to_numpy(self.rates).tolist()}
