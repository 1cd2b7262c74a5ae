"""A convolutional network: small windows that share their weights over the image."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from tuningkit.models import sizes


def convolutional(
    inputs: Sequence[int],
    outputs: int,
    *,
    filters: Sequence[int] = (16, 32),
    kernel_size: int = 3,
    units: int = 64,
    dropout: float = 0.0,
) -> keras.Model:
    """Convolution, activation and pooling, as often as there are numbers in ``filters``; then dense layers.

    Filter c of a convolution is ``y[i, j, c] = sum_(u, v, d) k[u, v, d, c] x[i + u, j + v, d] + b[c]``: the same
    ``kernel_size ** 2 * channels + 1`` numbers at every place (i, j). Pooling keeps the largest of each 2 by 2.

    Args:
        inputs: Shape of one image, ``(height, width, channels)``.
        outputs: Scores per image, for example the number of classes.
        filters: Filters of each convolution, each 1 to 4096.
        kernel_size: Height and width of the window in pixels, 1 to 31.
        units: Units of the dense layer before the scores, 1 to 4096.
        dropout: Rate before the scores, in [0, 1).

    Returns:
        A model with the layers ``conv_i`` (ReLU included), ``pool_i``, ``flatten``, ``dense``, ``dropout``,
        ``scores``, where i counts from 1.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range, or the image too small to be halved that often.

    Example:
        >>> tk.models.convolutional((8, 8, 1), 10, filters=(8, 16))

    Reference:
        LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to document recognition,
        https://doi.org/10.1109/5.726791
    """
    shape = sizes.input_shape(inputs, images=True)
    outputs = sizes.whole_number("outputs", outputs, 1, sizes.MOST_OUTPUTS)
    counts = list_of_filters(filters, shape)
    kernel_size = sizes.whole_number("kernel_size", kernel_size, 1, 31)
    units = sizes.whole_number("units", units, 1, sizes.WIDEST)
    dropout = sizes.share("dropout", dropout)
    start = x = keras.Input(shape)
    for i, count in enumerate(counts, start=1):
        x = keras.layers.Conv2D(count, kernel_size, padding="same", activation="relu", name=f"conv_{i}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool_{i}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(units, activation="relu", name="dense")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(start, keras.layers.Dense(outputs, name="scores")(x), name="convolutional")


def list_of_filters(filters: Sequence[int], shape: tuple[int, ...]) -> list[int]:
    """Check the filters of convolutions that each halve an image of this shape.

    Raises:
        TypeError: If they are no sequence of whole numbers.
        ValueError: If there are none, one is out of range, or the image cannot be halved that often.

    Example:
        >>> list_of_filters((8, 16), (8, 8, 1))
        [8, 16]
    """
    if not isinstance(filters, Sequence) or isinstance(filters, str):
        raise TypeError(f"filters must be a sequence, for example (16, 32). Received: filters={filters!r}")
    counts = [sizes.whole_number("each number of filters", count, 1, sizes.WIDEST) for count in filters]
    halvings = min(shape[:2]).bit_length() - 1
    if not 1 <= len(counts) <= halvings:
        raise ValueError(
            f"filters must have 1 to {halvings} numbers: an image of {shape[0]} by {shape[1]} pixels can be halved "
            f"{halvings} times. Received: filters={tuple(counts)}"
        )
    return counts
