"""What every unit of some layers answers at fixed points, for weights that change."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf


class UnitOutputs:
    """The outputs of a network's layers at fixed points, computed in one graph for any weights.

    Args:
        model: A built Keras model. It is used up by this: its weights become those asked about last.
        layers: Names of the layers; each must have an output of shape (rows, units).
        points: Inputs, shape (rows, ...).

    Raises:
        ValueError: If there is no such layer.

    Example:
        >>> outputs = UnitOutputs(keras.models.clone_model(model), ["hidden_1"], points)
        >>> outputs(run.weights)[0].shape
        (900, 8)
    """

    def __init__(self, model: keras.Model, layers: Sequence[str], points: np.ndarray) -> None:
        self._weights = model.weights
        inside = keras.Model(model.inputs, [model.get_layer(name).output for name in layers])
        self._widths = [int(output.shape[-1]) for output in inside.outputs]
        rows = tf.constant(points)

        # One array in all: one way from the graph to Python instead of one per layer.
        def together() -> tf.Tensor:
            return tf.concat(keras.tree.flatten(inside(rows, training=False)), axis=-1)

        self._graph = tf.function(together, autograph=False)

    def __call__(self, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The outputs with these weights.

        Args:
            weights: Arrays in the order of ``model.weights``.

        Returns:
            Per layer an array of shape (rows, units).
        """
        for variable, value in zip(self._weights, weights, strict=True):
            variable.assign(value)
        return np.split(self._graph().numpy(), np.cumsum(self._widths)[:-1], axis=1)
