"""Sizes and parameter counts of a convolutional network, worked out on paper before anything is built."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod

from tuningkit.labs.feature_lab_settings import FeatureSettings


@dataclass(frozen=True)
class Window:
    """How a window moves along one side of an image.

    The number of places is ``floor((n + 2p - k) / s) + 1``, where ``2p`` stands for all zeros added at both ends.

    Attributes:
        length: n, pixels along this side.
        size: k, pixels that the window covers.
        step: s, the stride in pixels.
        before: Zeros added before the first pixel.
        after: Zeros added after the last one; "same" adds one more here where their number is odd.

    Example:
        >>> Window(8, 3, 1).places, Window(8, 3, 2, 0, 1).in_numbers()
        (6, 'floor((8 + 1 - 3) / 2) + 1 = 4')
    """

    length: int
    size: int
    step: int
    before: int = 0
    after: int = 0

    @property
    def places(self) -> int:
        """Places that the window takes up: the size of the output along this side; below 1 if it never fits."""
        return (self.length + self.before + self.after - self.size) // self.step + 1

    def in_numbers(self) -> str:
        """The rule with its numbers."""
        zeros = self.before + self.after
        return f"floor(({self.length} + {zeros} - {self.size}) / {self.step}) + 1 = {self.places}"


@dataclass(frozen=True)
class LayerCount:
    """One layer's output and parameters, beside a dense layer that gives as many outputs.

    Attributes:
        name: Name of the Keras layer.
        words: What it does.
        shape: Shape of its output for one image.
        parameters: Numbers that it learns.
        counting: How they are counted, such as "(3 · 3 · 1 + 1) · 8".
        dense: Parameters of a dense layer from the same inputs to as many outputs; None where that says nothing.
        dense_counting: How those are counted.
    """

    name: str
    words: str
    shape: tuple[int, ...]
    parameters: int
    counting: str = ""
    dense: int | None = None
    dense_counting: str = ""

    @property
    def outputs(self) -> int:
        """Numbers that the layer gives out for one image."""
        return prod(self.shape)


@dataclass(frozen=True)
class Plan:
    """What a FeatureLab's network will look like.

    Attributes:
        image: Shape of one image, (height, width, channels).
        rows: The filters' way down the image.
        columns: The filters' way across it.
        pool_rows: The pooling window's way down a feature map; None without pooling.
        pool_columns: Its way across.
        layers: From the convolution to the scores.
    """

    image: tuple[int, int, int]
    rows: Window
    columns: Window
    pool_rows: Window | None
    pool_columns: Window | None
    layers: tuple[LayerCount, ...]

    @property
    def parameters(self) -> int:
        """Numbers that the whole network learns."""
        return sum(layer.parameters for layer in self.layers)


def make_plan(settings: FeatureSettings, image: tuple[int, int, int], classes: int) -> Plan:
    """Work out every size and count.

    Args:
        settings: The controls.
        image: Shape of one image, (height, width, channels).
        classes: Scores that the network gives.

    Raises:
        ValueError: If the kernel does not fit the image, or nothing is left after pooling.

    Example:
        >>> make_plan(FeatureSettings(), (8, 8, 1), 10).parameters
        810

    Reference:
        Dumoulin & Visin (2016), A guide to convolution arithmetic for deep learning,
        https://arxiv.org/abs/1603.07285
    """
    height, width, channels = image
    k, count = settings.kernel_size, settings.filters
    if settings.padding == "valid" and k > min(height, width):
        raise ValueError(
            f"A kernel of {k} by {k} pixels does not fit into an image of {height} by {width} without padding. "
            f'Choose a kernel of at most {min(height, width)} by {min(height, width)}, or padding="same". Received: '
            f"kernel_size={k}, padding='valid'"
        )
    rows, columns = (_filters_way(side, settings) for side in (height, width))
    maps = (rows.places, columns.places, count)
    pool_rows = pool_columns = None
    if settings.pooling:
        size = settings.pool_size
        if size > min(maps[:2]):
            raise ValueError(
                f"After the convolution a map of {maps[0]} by {maps[1]} is left, and a pooling window of {size} by "
                f"{size} does not fit into it: nothing would be left. Choose a smaller kernel or stride, "
                f'padding="same", a smaller pooling window or no pooling. Received: kernel_size={k}, '
                f"stride={settings.stride}, padding={settings.padding!r}, pool_size={size}"
            )
        pool_rows, pool_columns = (Window(side, size, size) for side in maps[:2])
    layers = _layers(settings, image, maps, (pool_rows, pool_columns), classes)
    return Plan((height, width, channels), rows, columns, pool_rows, pool_columns, layers)


def _filters_way(length: int, settings: FeatureSettings) -> Window:
    """With "same", Keras adds the zeros that ceil(n / s) places need, the odd one at the end."""
    k, s = settings.kernel_size, settings.stride
    if settings.padding == "valid":
        return Window(length, k, s)
    zeros = max((ceil(length / s) - 1) * s + k - length, 0)
    return Window(length, k, s, zeros // 2, zeros - zeros // 2)


def _layers(
    settings: FeatureSettings,
    image: tuple[int, int, int],
    maps: tuple[int, int, int],
    pools: tuple[Window | None, Window | None],
    classes: int,
) -> tuple[LayerCount, ...]:
    k, count, channels = settings.kernel_size, settings.filters, image[2]
    found = [
        LayerCount(
            "conv",
            "convolution and ReLU",
            maps,
            (k * k * channels + 1) * count,
            f"({k} · {k} · {channels} + 1) · {count}",
            *_dense(prod(image), prod(maps)),
        )
    ]
    last = maps
    if pools[0] is not None and pools[1] is not None:
        last = (pools[0].places, pools[1].places, count)
        dense = _dense(prod(maps), prod(last))
        found.append(LayerCount("pool", settings.pooling_in_words(), last, 0, "nothing to learn", *dense))
    row = prod(last)
    found.append(LayerCount("flatten", "all numbers in one row", (row,), 0, "nothing to learn"))
    found.append(LayerCount("scores", "one score per class", (classes,), *_dense(row, classes)))
    return tuple(found)


def _dense(inputs: int, outputs: int) -> tuple[int, str]:
    """Parameters of a dense layer: a weight per input and a bias, for each output."""
    return (inputs + 1) * outputs, f"({inputs:,} + 1) · {outputs:,}"
