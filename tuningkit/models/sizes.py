"""Sizes checked at the door of every builder."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

#: Deeper than this takes minutes to build, and hundreds of megabytes, on a laptop.
DEEPEST = 200
WIDEST = 4096
MOST_OUTPUTS = 10_000


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """A whole number within a range.

    Args:
        name: The argument, for the message.
        value: What was received.
        low: Smallest value allowed.
        high: Largest value allowed.

    Returns:
        The value as an ``int``.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is out of range.

    Example:
        >>> whole_number("depth", 20, 2, 200)
        20
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, for example {low}. Received: {name}={value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low} and {high}. Received: {name}={value}")
    return int(value)


def input_shape(inputs: Any, *, images: bool | None = None) -> tuple[int, ...]:
    """The shape of one input row: ``(features,)`` or ``(height, width, channels)``.

    Args:
        inputs: A number of features, or a shape, such as ``data.input_shape``.
        images: True asks for an image, False for a row of features; None takes both.

    Raises:
        TypeError: If it is neither a whole number nor a sequence of them.
        ValueError: If it has another number of axes.

    Example:
        >>> input_shape(64)
        (64,)
    """
    if isinstance(inputs, Integral) and not isinstance(inputs, bool):
        inputs = (inputs,)
    if not isinstance(inputs, Sequence) or isinstance(inputs, str):
        raise TypeError(
            "inputs must be a number of features or a shape, for example 64 or (8, 8, 1). "
            f"Received: inputs={inputs!r}"
        )
    shape = tuple(whole_number("each size of inputs", size, 1, 10_000_000) for size in inputs)
    wanted = {None: (1, 3), True: (3,), False: (1,)}[images]
    if len(shape) not in wanted:
        forms = {1: "(features,), for example (64,)", 3: "(height, width, channels), for example (8, 8, 1)"}
        raise ValueError(f"inputs must be {' or '.join(forms[n] for n in wanted)}. Received: inputs={shape}")
    return shape


def share(name: str, value: Any) -> float:
    """A share in [0, 1), such as a dropout rate.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is out of range.

    Example:
        >>> share("dropout", 0.5)
        0.5
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number in [0, 1), for example 0.3. Received: {name}={value!r}")
    if not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), for example 0.3. Received: {name}={value}")
    return float(value)
