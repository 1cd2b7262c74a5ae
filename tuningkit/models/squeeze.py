"""Squeeze and excitation: the image itself decides how much each channel counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tuningkit.models import sizes
from tuningkit.models.convolution import list_of_filters


def squeeze_excitation(
    inputs: Sequence[int],
    outputs: int,
    *,
    filters: Sequence[int] = (16, 32),
    kernel_size: int = 3,
    ratio: int = 4,
) -> keras.Model:
    """A convolutional network whose channels are weighted anew for every image.

    Squeeze: ``z[c]`` is the mean of channel c over all pixels. Excitation: ``s = sigmoid(W_2 relu(W_1 z))``, one
    number between 0 and 1 per channel. Scale: channel c is multiplied by ``s[c]``.

    Args:
        inputs: Shape of one image, ``(height, width, channels)``.
        outputs: Scores per image, for example the number of classes.
        filters: Channels of each convolution, each 1 to 4096.
        kernel_size: Height and width of the window in pixels, 1 to 31.
        ratio: How many times fewer units than channels the layer between squeeze and gate has, 1 to 64; it keeps
            at least one.

    Returns:
        A model with, for i from 1, the layers ``conv_i`` (ReLU included), ``squeeze_i``, ``reduce_i``, ``gate_i``
        (output ``(batch, channels)``, each in (0, 1)), ``spread_i`` (the gate as ``(batch, 1, 1, channels)``),
        ``scale_i``, ``pool_i``; then ``flatten`` and ``scores``.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range, or the image too small to be halved that often.

    Example:
        >>> model = tk.models.squeeze_excitation((8, 8, 1), 10)
        >>> gates = keras.Model(model.input, model.get_layer("gate_1").output)

    Reference:
        Hu, Shen & Sun (2018), Squeeze-and-Excitation Networks, https://arxiv.org/abs/1709.01507
    """
    shape = sizes.input_shape(inputs, images=True)
    outputs = sizes.whole_number("outputs", outputs, 1, sizes.MOST_OUTPUTS)
    counts = list_of_filters(filters, shape)
    kernel_size = sizes.whole_number("kernel_size", kernel_size, 1, 31)
    ratio = sizes.whole_number("ratio", ratio, 1, 64)
    start = x = keras.Input(shape)
    for i, count in enumerate(counts, start=1):
        x = keras.layers.Conv2D(count, kernel_size, padding="same", activation="relu", name=f"conv_{i}")(x)
        x = _weigh_channels(x, count, ratio, i)
        x = keras.layers.MaxPooling2D(2, name=f"pool_{i}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    return keras.Model(start, keras.layers.Dense(outputs, name="scores")(x), name="squeeze_excitation")


def _weigh_channels(x: Any, channels: int, ratio: int, i: int) -> Any:
    gate = keras.layers.GlobalAveragePooling2D(name=f"squeeze_{i}")(x)
    gate = keras.layers.Dense(max(1, channels // ratio), activation="relu", name=f"reduce_{i}")(gate)
    gate = keras.layers.Dense(channels, activation="sigmoid", name=f"gate_{i}")(gate)
    gate = keras.layers.Reshape((1, 1, channels), name=f"spread_{i}")(gate)
    return keras.layers.Multiply(name=f"scale_{i}")([x, gate])
