"""Checks of chapter 3.2, network structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

#: Pixels of a side, channels, filters, side of the window, stride, zeros at each end.
_LAYERS = (
    (8, 1, 8, 3, 1, 0),
    (8, 3, 4, 3, 2, 0),
    (28, 1, 16, 5, 1, 2),
    (9, 2, 6, 4, 3, 1),
)
_CHANNELS = 4


@exercise(
    "3.2-a", "Size and cost of a convolution", hint="Try n=8, k=3 on paper: where can the window begin?"
)
def convolution_numbers(answer: Any) -> Iterator[Finding]:
    """Side of the output, and parameters, of a convolution on a square image."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function, but you gave {describe(answer)}.",
            "Begin: def convolution_numbers(n, channels, filters, k, stride=1, padding=0):",
        )
        return
    sides, counts = [], []
    for layer in _LAYERS:
        got = answer(*layer)
        try:
            side, parameters = got
            sides.append(float(side))
            counts.append(float(parameters))
        except (TypeError, ValueError):
            yield wrong(
                f"The function should return two numbers, but returned {describe(got)}.",
                "return side, parameters",
            )
            return
    yield _side(np.array(sides))
    yield _parameters(np.array(counts))


def _side(got: np.ndarray) -> Finding:
    n, _, _, k, stride, padding = np.array(_LAYERS, dtype=float).T
    expected = np.floor((n + 2 * padding - k) / stride) + 1
    if np.array_equal(got, expected):
        return right("The side of the output is right, with and without zeros around the image.")
    if np.array_equal(got, expected - 1):
        return wrong(
            "Every side is one too small.",
            "The window also has a place before its first step: add 1 at the end.",
        )
    if np.allclose(got, (n + 2 * padding - k) / stride + 1):
        return wrong(
            "A side is a whole number, but yours has a fraction where the last step leads out of the image.",
            "Such a step is not taken: use // instead of /.",
        )
    if np.array_equal(got, np.floor((n + padding - k) / stride) + 1):
        return wrong("The zeros are counted at one end only.", "They are added at both ends of a side.")
    if np.array_equal(got, np.floor((n - k) / stride) + 1):
        return wrong("The zeros around the image are not counted.", "They make the side n + 2 p pixels long.")
    i = int(np.flatnonzero(got != expected)[0])
    return wrong(
        f"For {_in_words(_LAYERS[i])} the side is {expected[i]:g}, but you return {got[i]:g}.",
        "floor((n + 2 p - k) / s) + 1",
    )


def _parameters(got: np.ndarray) -> Finding:
    n, channels, filters, k, stride, padding = np.array(_LAYERS, dtype=float).T
    weights = k * k * channels * filters
    side = np.floor((n + 2 * padding - k) / stride) + 1
    if np.array_equal(got, weights + filters):
        return right("So is the number of parameters: one window of weights and one bias for each filter.")
    if np.array_equal(got, weights):
        return wrong("The biases are missing.", "Each filter has one.")
    if np.array_equal(got, (k * k + 1) * filters):
        return wrong(
            "The channels are not counted.", "A filter has k by k weights for each channel of its input."
        )
    if np.array_equal(got, (weights + filters) * side**2) or np.array_equal(got, weights * side**2 + filters):
        return wrong(
            "You count the weights anew at every place; that is nearer to the number of multiplications.",
            "All places share the same filter.",
        )
    i = int(np.flatnonzero(got != weights + filters)[0])
    return wrong(
        f"For {_in_words(_LAYERS[i])} there are {(weights + filters)[i]:,.0f} parameters, but you return "
        f"{got[i]:,g}.",
        "Keras says it too: keras.layers.Conv2D(...).count_params(), once the layer is built.",
    )


def _in_words(layer: tuple[int, ...]) -> str:
    names = ("n", "channels", "filters", "k", "stride", "padding")
    return ", ".join(f"{name}={value}" for name, value in zip(names, layer, strict=True))


@exercise(
    "3.2-b",
    "A gate for every channel",
    hint="Follow one image through your block: what shape has it after each line?",
)
def channel_gate(answer: Any) -> Iterator[Finding]:
    """A function of a Keras tensor of images: x * sigmoid(Dense(relu(Dense(mean of x over the pixels))))."""
    import keras

    if not callable(answer) or isinstance(answer, keras.layers.Layer):
        yield wrong(
            f"The answer is a function of one tensor, but you gave {describe(answer)}.", "def my_gate(x):"
        )
        return
    start = keras.Input((6, 5, _CHANNELS))
    end = answer(start)
    if not isinstance(end, keras.KerasTensor):
        yield wrong(f"The function should return a Keras tensor, but returned {describe(end)}.")
        return
    if tuple(end.shape) != tuple(start.shape):
        yield wrong(
            f"Images of the shape {tuple(start.shape)} go in, and {tuple(end.shape)} comes out; a gate keeps the "
            "shape.",
            "Multiply the images by the gate, after keras.layers.Reshape((1, 1, channels)) made it broad enough.",
        )
        return
    block = keras.Model(start, end)
    dense = [layer for layer in block.layers if isinstance(layer, keras.layers.Dense)]
    if len(dense) != 2:
        yield wrong(f"The block should have two Dense layers, but has {len(dense)}.")
        return
    yield right("The shape is kept, and two Dense layers decide.")
    yield from _computes_the_gate(block, dense)


def _computes_the_gate(block: Any, dense: list[Any]) -> Iterator[Finding]:
    images = np.random.default_rng(0).normal(size=(5, 6, 5, _CHANNELS)).astype("float32")
    # With all weights at zero a sigmoid is half open for every channel, whatever the image.
    for layer in dense:
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    silent = np.asarray(block(images))
    if not np.allclose(silent, images / 2, atol=1e-5):
        yield wrong(
            "With all weights at zero every gate should stand at one half, so that half of the image comes out; it "
            "does not.",
            "The gate is a sigmoid (not a softmax), and the images are multiplied by it (not added to it).",
        )
        return
    yield right("With all weights at zero every gate stands at one half.")
    rng = np.random.default_rng(1)
    weights = [[rng.normal(size=w.shape).astype("float32") for w in layer.get_weights()] for layer in dense]
    for layer, values in zip(dense, weights, strict=True):
        layer.set_weights(values)
    (first, *first_bias), (second, *second_bias) = weights
    squeezed = images.mean(axis=(1, 2))
    between = squeezed @ first + (first_bias[0] if first_bias else 0)
    scores = np.maximum(between, 0) @ second + (second_bias[0] if second_bias else 0)
    gate = 1 / (1 + np.exp(-scores))
    if np.allclose(block(images), images * gate[:, None, None, :], atol=1e-3):
        yield right(
            "Mean over the pixels, Dense, ReLU, Dense, sigmoid, and the product: squeeze and excitation."
        )
    else:
        yield wrong(
            "The gate opens by another amount than sigmoid(Dense(relu(Dense(mean over the pixels)))).",
            "keras.layers.GlobalAveragePooling2D takes the mean; the ReLU belongs to the first Dense layer.",
        )
