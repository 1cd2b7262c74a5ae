"""A plain network: one weight layer after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from tuningkit.models.layer_kit import LayerKit


def plain(
    inputs: int | Sequence[int],
    outputs: int,
    *,
    depth: int = 4,
    width: int = 64,
    activation: str | Callable = "relu",
    initializer: str | keras.initializers.Initializer = "glorot_uniform",
    normalization: str | None = None,
) -> keras.Model:
    """A plain deep network, the twin of :func:`tuningkit.models.residual` without skip connections.

    Layer k computes ``h_k = W_k f(h_(k-1)) + b_k``, where f is the activation; the first layer takes the inputs as
    they are, and the last gives raw scores.

    Args:
        inputs: Number of features, or the shape of one row: ``(features,)`` for dense layers,
            ``(height, width, channels)`` for convolutions of 3 by 3 pixels.
        outputs: Scores per row, for example the number of classes.
        depth: Weight layers in all, 2 to 200, the first and the last included.
        width: Units (or channels) of every weight layer but the last, 1 to 4096.
        activation: Keras activation.
        initializer: Keras initializer of the kernels; the default is Keras's own.
        normalization: None, "batch" or "layer": normalise before each activation.

    Returns:
        A model with the layers ``layer_1`` ... ``layer_<depth>`` (weights) and, before each but the first,
        ``normalization_k`` if asked for and ``activation_k``.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range or a name is unknown.

    Example:
        >>> tk.models.plain(64, 10, depth=20, width=32)

    Reference:
        Goodfellow, Bengio & Courville (2016), Deep Learning, chapter 6,
        https://www.deeplearningbook.org/contents/mlp.html
    """
    kit = LayerKit(inputs, outputs, depth, width, activation, initializer, normalization)
    start = keras.Input(kit.shape)
    x = kit.weights(1)(start)
    for number in range(2, kit.depth):
        x = kit.weights(number)(kit.before(x, number))
    return keras.Model(start, kit.head(x), name=f"plain_{kit.depth}")
