"""Checks of chapter 4.2, the residual network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_UNITS, _BLOCKS = 6, 3


@exercise(
    "4.2-a", "A residual block", hint="Draw the block: one line goes straight from its input to the addition."
)
def residual_block(answer: Any) -> Iterator[Finding]:
    """A function of a Keras tensor: x + Dense(ReLU(Dense(ReLU(x))))."""
    import keras

    if not callable(answer) or isinstance(answer, keras.layers.Layer):
        yield wrong(
            f"The answer is a function of one tensor, but you gave {describe(answer)}.", "def my_block(x):"
        )
        return
    start = keras.Input((_UNITS,))
    end = answer(start)
    if not isinstance(end, keras.KerasTensor):
        yield wrong(f"The function should return a Keras tensor, but returned {describe(end)}.")
        return
    if tuple(end.shape) != (None, _UNITS):
        yield wrong(
            f"For a tensor of the shape (batch, {_UNITS}) the result has the shape {tuple(end.shape)}; input and "
            "output of a block have the same shape.",
            "Give both Dense layers x.shape[-1] units.",
        )
        return
    block = keras.Model(start, end)
    dense = [layer for layer in block.layers if isinstance(layer, keras.layers.Dense)]
    rows = np.random.default_rng(0).normal(size=(5, _UNITS)).astype("float32")
    _silence(dense)
    silent = np.asarray(block(rows))
    if np.ptp(silent, axis=0).max() == 0:
        yield wrong(
            "With all weights at zero the block forgets its input: its answer is the same for every row.",
            "Where is the addition?",
        )
        return
    if not np.allclose(silent, rows, atol=1e-6):
        yield wrong(
            "With all weights at zero the output should be the input, but it is not: negative values are lost or "
            "changed on the way.",
            "The skip goes around both activations, and nothing stands behind the addition.",
        )
        return
    yield right("With all weights at zero the block passes its input on unchanged: the skip is clean.")
    if len(dense) != 2:
        yield wrong(f"The block should have two Dense layers, but has {len(dense)}.")
        return
    yield from _computes_the_block(block, dense, rows)


def _silence(layers: list[Any]) -> None:
    for layer in layers:
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])


def _computes_the_block(block: Any, dense: list[Any], rows: np.ndarray) -> Iterator[Finding]:
    """Compare with the formula, for weights drawn at random."""
    rng = np.random.default_rng(1)
    first, second = (
        [rng.normal(size=w.shape).astype("float32") for w in layer.get_weights()] for layer in dense
    )
    for layer, weights in zip(dense, (first, second), strict=True):
        layer.set_weights(weights)

    def through(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
        return np.maximum(x, 0) @ weights[0] + (weights[1] if len(weights) > 1 else 0)

    if np.allclose(block(rows), rows + through(through(rows, first), second), atol=1e-3):
        yield right("ReLU, Dense, ReLU, Dense, and the addition.")
    else:
        yield wrong(
            "The block adds something else than Dense(ReLU(Dense(ReLU(x)))).",
            "A ReLU stands before each of the two Dense layers, and each Dense layer has no activation.",
        )


@exercise(
    "4.2-b", "A network that deserves its name", hint="Compare model.summary() with that of the listing."
)
def residual_network(answer: Any) -> Iterator[Finding]:
    """A residual network with convolutions for images of 32 by 32 pixels: ten raw scores, three skips or more."""
    import keras

    if not isinstance(answer, keras.Model):
        yield wrong(f"The answer is a Keras model, but you gave {describe(answer)}.")
        return
    if not answer.built or tuple(answer.input_shape) != (None, 32, 32, 3):
        yield wrong("The model should take images of the shape (32, 32, 3).", "Look at model.input_shape.")
        return
    if tuple(answer.output_shape) != (None, 10):
        yield wrong(
            f"The model should give ten scores per image, but its output has the shape {tuple(answer.output_shape)}.",
            "Average over the places before the scores: keras.layers.GlobalAveragePooling2D().",
        )
        return
    yield right("Ten numbers per image.")
    last = getattr(answer.layers[-1], "activation", None)
    if getattr(last, "__name__", "linear") == "softmax" or isinstance(
        answer.layers[-1], keras.layers.Softmax
    ):
        yield wrong(
            "The last layer has a softmax; the task asks for raw scores.", "Leave out the last activation."
        )
        return
    if not any(isinstance(layer, keras.layers.Conv2D) for layer in answer.layers):
        yield wrong("There is no convolution in the model.", "keras.layers.Conv2D(..., padding='same')")
        return
    # `x + change` makes an operation named Add, too, which is no layer. A bias or `x + 1` adds no second tensor.
    steps = getattr(answer, "operations", answer.layers)
    additions = [
        step.input for step in steps if type(step).__name__ == "Add" and isinstance(step.input, list)
    ]
    skips = len(additions)
    if any(terms[0] is terms[1] for terms in additions):
        yield wrong(
            "The model adds something to itself, which only doubles it.",
            "A skip adds the input of a block to the output of its layers.",
        )
        return
    convolutions = sum(isinstance(step, keras.layers.Conv2D) for step in steps)
    if skips == 0:
        yield wrong(
            "The model does not add anything to anything, so it is as plain as the listing.",
            "End each block with keras.layers.Add()([x, change]).",
        )
    elif skips < _BLOCKS:
        yield wrong(f"There should be at least {_BLOCKS} residual blocks, but there are {skips} additions.")
    elif convolutions < _BLOCKS:
        yield wrong(
            f"{_BLOCKS} blocks with convolutions need at least {_BLOCKS} convolutions, but there are {convolutions}."
        )
    else:
        yield right(f"{skips} skip connections.")
