"""A residual network: the plain one, with an addition around every two weight layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from tuningkit.models.layer_kit import LayerKit


def residual(
    inputs: int | Sequence[int],
    outputs: int,
    *,
    depth: int = 20,
    width: int = 64,
    activation: str | Callable = "relu",
    initializer: str | keras.initializers.Initializer = "glorot_uniform",
    normalization: str | None = None,
) -> keras.Model:
    """A residual network with pre-activation: each block adds its answer to its input.

    Block l computes ``x_(l+1) = x_l + W_b f(W_a f(x_l))``, where f is the activation (after a normalisation, if asked
    for). The gradient of the loss E with respect to ``x_l`` then is ``dE/dx_L (1 + ...)``: part of it reaches every
    block unchanged, however many blocks lie above.

    Args:
        inputs: Number of features, or the shape of one row: ``(features,)`` for dense layers,
            ``(height, width, channels)`` for convolutions of 3 by 3 pixels.
        outputs: Scores per row, for example the number of classes.
        depth: Weight layers in all, even, 2 to 200: the first, two per block, the last. That is how the papers
            count: ``depth=20`` has nine blocks.
        width: Units (or channels) of every weight layer but the last, 1 to 4096.
        activation: Keras activation.
        initializer: Keras initializer of the kernels. With "he_normal" and no normalisation the activations grow
            with every block, so a very deep network starts far off.
        normalization: None, "batch" (as in the paper) or "layer".

    Returns:
        A model with the layers of :func:`tuningkit.models.plain`, same names, same weights, and ``skip_1`` ...
        ``skip_<blocks>``, the additions.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range, the depth is odd, or a name is unknown.

    Example:
        >>> tk.models.residual(64, 10, depth=20, width=32)

    Reference:
        He, Zhang, Ren & Sun (2016), Identity Mappings in Deep Residual Networks, https://arxiv.org/abs/1603.05027
    """
    kit = LayerKit(inputs, outputs, depth, width, activation, initializer, normalization)
    if kit.depth % 2:
        raise ValueError(
            "depth must be even: the first layer, two per residual block, the last. "
            f"Received: depth={kit.depth}; {kit.depth - 1} or {kit.depth + 1} would do."
        )
    start = keras.Input(kit.shape)
    x = kit.weights(1)(start)
    for block in range(1, kit.depth // 2):
        branch = kit.weights(2 * block)(kit.before(x, 2 * block))
        branch = kit.weights(2 * block + 1)(kit.before(branch, 2 * block + 1))
        x = keras.layers.Add(name=f"skip_{block}")([x, branch])
    return keras.Model(start, kit.head(x), name=f"residual_{kit.depth}")
