"""A FeatureLab's network, and what one image looks like inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from tuningkit.labs.feature_lab_settings import FeatureSettings

_POOLING = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}


def build_network(settings: FeatureSettings, image: tuple[int, int, int], classes: int) -> keras.Model:
    """Convolution with ReLU, pooling, one dense layer of scores.

    Args:
        settings: The controls.
        image: Shape of one image, (height, width, channels).
        classes: Scores per image.

    Returns:
        A model with the layers ``conv``, ``pool`` (unless pooling is None), ``flatten`` and ``scores``.

    Example:
        >>> build_network(FeatureSettings(), (8, 8, 1), 10).count_params()
        810
    """
    layers = [
        keras.Input(image),
        keras.layers.Conv2D(
            settings.filters,
            settings.kernel_size,
            strides=settings.stride,
            padding=settings.padding,
            activation="relu",
            name="conv",
        ),
    ]
    if settings.pooling:
        layers.append(_POOLING[settings.pooling](settings.pool_size, name="pool"))
    layers += [keras.layers.Flatten(name="flatten"), keras.layers.Dense(classes, name="scores")]
    return keras.Sequential(layers, name="feature_lab")


@dataclass(frozen=True)
class FeatureMaps:
    """One image on its way through the network.

    Attributes:
        image: Shape (height, width).
        label: The class it belongs to, a number.
        filters: The kernels, shape (kernel, kernel, filters).
        biases: One per filter, shape (filters,).
        after_convolution: After convolution, bias and ReLU, shape (rows, columns, filters).
        after_pooling: After pooling, shape (rows, columns, filters); None without pooling.
        shares: The network's probability for every class, shape (classes,).
    """

    image: np.ndarray
    label: int
    filters: np.ndarray
    biases: np.ndarray
    after_convolution: np.ndarray
    after_pooling: np.ndarray | None
    shares: np.ndarray

    @property
    def answer(self) -> int:
        """The class with the highest probability."""
        return int(np.argmax(self.shares))


def feature_maps(
    settings: FeatureSettings, weights: Sequence[np.ndarray], image: np.ndarray, label: int
) -> FeatureMaps:
    """Send one image through the network's layers, and keep what comes out of each.

    The same operations that the Keras layers call, on the weights of the moment: nothing is built or traced, so it
    can be done thirty times a second while the network trains.

    Args:
        settings: The controls that the network was built with.
        weights: Kernel and bias of the convolution, kernel and bias of the scores.
        image: Shape (height, width, 1).
        label: Its class.
    """
    kernel, bias, last_kernel, last_bias = weights
    x = ops.conv(image[None], kernel, strides=settings.stride, padding=settings.padding)
    x = convolved = ops.relu(x + bias)
    pooled = None
    if settings.pooling:
        pool = ops.max_pool if settings.pooling == "max" else ops.average_pool
        x = pooled = pool(x, settings.pool_size, padding="valid")
    scores = ops.matmul(ops.reshape(x, (1, -1)), last_kernel) + last_bias
    return FeatureMaps(
        np.asarray(image[..., 0]),
        label,
        np.asarray(kernel)[:, :, 0],
        np.asarray(bias),
        np.asarray(convolved)[0],
        None if pooled is None else np.asarray(pooled)[0],
        np.asarray(ops.softmax(scores))[0],
    )
