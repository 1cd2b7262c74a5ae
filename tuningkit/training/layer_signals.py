"""How strong signal and gradient are in every layer of a network: what vanishes, and what explodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.heads import choose_head

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: Rows of the training part that are looked at: enough for a steady norm, few enough for every epoch.
ROWS = 256


@dataclass(frozen=True)
class LayerSignals:
    """What goes forward and what comes back in each layer that has a kernel.

    ``L`` is the mean loss of the rows looked at, ``z_k`` a layer's output, ``W_k`` its kernel.

    Attributes:
        layers: Names of the layers, from the input to the output.
        arriving: The gradient that comes back to the layer's output: root of the mean over the rows of
            ``|dL_row/dz_k| ** 2``, shape (layers,).
        weights: The gradient that moves the kernel, ``|dL/dW_k|``, shape (layers,).
        outputs: What goes forward: root of the mean square of ``z_k``, shape (layers,).
        loss: L.
    """

    layers: tuple[str, ...]
    arriving: np.ndarray
    weights: np.ndarray
    outputs: np.ndarray
    loss: float

    @property
    def ratio(self) -> float:
        """Gradient arriving at the first layer, divided by that at the last: far below 1 where it vanishes."""
        first, last = (float(norm) for norm in (self.arriving[0], self.arriving[-1]))
        return first / last if last > 0 else float("nan")

    def __repr__(self) -> str:
        return (
            f"LayerSignals of {len(self.layers)} layers: gradient {self.arriving[-1]:.2g} at {self.layers[-1]!r}, "
            f"{self.arriving[0]:.2g} at {self.layers[0]!r}, a ratio of {self.ratio:.2g}."
        )


def layer_signals(
    model: keras.Model, data: Dataset, *, rows: int = ROWS, loss: str | Callable | None = None
) -> LayerSignals:
    """Send rows through a network and their gradient back, and note how large both are in every layer.

    The layers are in training mode, as in a training step, but dropout is off, so that the answer does not depend on
    a draw. Back-propagation multiplies the gradient by ``W_k^T f'`` at every layer: by a number that is below 1 on
    average it vanishes with depth, by one above 1 it explodes.

    Args:
        model: A built functional or Sequential Keras model with one input and one output. Its weights and moving
            statistics stay as they are.
        data: A :class:`tuningkit.Dataset`.
        rows: Training rows to look at, at least 1.
        loss: As in :func:`tuningkit.train`.

    Returns:
        The signals, from the input to the output.

    Raises:
        ValueError: If no layer has a kernel, ``rows`` is out of range, or model and data do not fit.

    Example:
        >>> layer_signals(tk.models.plain(64, 10, depth=40), digits).ratio < 1e-3
        True

    Reference:
        Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks,
        https://proceedings.mlr.press/v9/glorot10a.html
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ValueError(f"rows must be a whole number of at least 1. Received: rows={rows!r}")
    head = choose_head(model, data, loss)
    layers = layers_with_kernels(model)
    if not layers:
        raise ValueError(
            f"The model {model.name!r} has no layer with a kernel, so there is no gradient to show."
        )
    inside = keras.Model(model.inputs, [*(layer.output for layer in layers), *model.outputs])
    x, y = tf.convert_to_tensor(data.x_train[:rows]), tf.convert_to_tensor(head.encode(data.y_train[:rows]))
    # A scope without values of its own: moving statistics are caught in it and thrown away.
    with _DropoutOff(model), keras.StatelessScope(), tf.GradientTape() as tape:
        *outputs, answer = inside(x, training=True)
        value = head.loss(y, answer)
    sources = [[layer.kernel.value for layer in layers], outputs]
    kernels, arriving = tape.gradient(value, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    # The mean loss divides each row's gradient by the number of rows.
    seen = x.shape[0]
    numbers = [
        [np.sqrt(seen) * tf.norm(gradient).numpy() for gradient in arriving],
        [tf.norm(gradient).numpy() for gradient in kernels],
        [tf.sqrt(tf.reduce_mean(tf.square(output))).numpy() for output in outputs],
    ]
    names = tuple(layer.name for layer in layers)
    return LayerSignals(names, *(np.array(row, float) for row in numbers), float(value))


def layers_with_kernels(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a model that hold a trainable kernel, in the order of the model."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if isinstance(getattr(layer, "kernel", None), keras.Variable) and layer.kernel.trainable
    ]


class _DropoutOff:
    """While this is open, the dropout layers of a model let everything through."""

    def __init__(self, model: keras.Model) -> None:
        kinds = (keras.layers.Dropout, keras.layers.GaussianDropout, keras.layers.AlphaDropout)
        self._layers: Sequence[Any] = [
            layer for layer in model._flatten_layers(include_self=False) if isinstance(layer, kinds)
        ]
        self._rates = [layer.rate for layer in self._layers]

    def __enter__(self) -> None:
        for layer in self._layers:
            layer.rate = 0.0

    def __exit__(self, *_: object) -> None:
        for layer, rate in zip(self._layers, self._rates, strict=True):
            layer.rate = rate
