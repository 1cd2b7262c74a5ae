"""Checks at the door of every drawing function."""

from typing import Any

import numpy as np


def as_floats(values: Any, what: str, *shapes: str) -> np.ndarray:
    """Read numbers and check how many axes they have.

    Args:
        values: Anything NumPy can read as numbers.
        what: The argument's name, for messages.
        *shapes: The allowed shapes in words, such as `"(epochs,)"` or `"(members, epochs)"`.

    Returns:
        A float64 array.

    Raises:
        TypeError: If values are not real numbers.
        ValueError: If the number of axes fits none of the shapes.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} is not a regular array: its rows have different lengths.") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must hold numbers, but it holds {array.dtype} such as {_first(array)}.")
    allowed = {_axes(shape) for shape in shapes}
    if array.ndim not in allowed:
        raise ValueError(f"{what} must have the shape {' or '.join(shapes)}, but it has {array.shape}.")
    return array.astype(np.float64)


def as_classes(values: Any, what: str, shape: str) -> np.ndarray:
    """Read class numbers.

    Args:
        values: Anything NumPy can read as whole numbers from 0.
        what: The argument's name, for messages.
        shape: The right shape in words.

    Returns:
        An int64 array.

    Raises:
        TypeError: If values are not numbers.
        ValueError: If the shape does not fit or a value is no class number.
    """
    array = as_floats(values, what, shape)
    if array.size and (not np.isfinite(array).all() or (array != np.floor(array)).any() or array.min() < 0):
        raise ValueError(
            f"{what} must hold class numbers 0, 1, 2, ..., but other values are among them. "
            "If these are probabilities, pass their argmax over the last axis."
        )
    return array.astype(np.int64)


def require_length(values: Any, expected: int, what: str, reason: str) -> None:
    """Check that a list has one entry for each of something else.

    Args:
        values: A list or an array.
        expected: The right length.
        what: The argument's name, for messages.
        reason: Where the right length comes from, such as `"one per member"`.

    Raises:
        ValueError: If the length differs.
    """
    if len(values) != expected:
        raise ValueError(f"{what} must have {expected} entries ({reason}), but it has {len(values)}.")


def require_choice(value: Any, choices: tuple[Any, ...], what: str) -> None:
    """Check an argument that takes one of a few values.

    Args:
        value: What was received.
        choices: The allowed values.
        what: The argument's name, for messages.

    Raises:
        ValueError: If value is none of the choices.
    """
    if value not in choices:
        raise ValueError(f"{what} must be {' or '.join(map(repr, choices))}, but it is {value!r}.")


def _axes(shape: str) -> int:
    """`"(members, epochs)"` has two axes."""
    return len([axis for axis in shape.strip("()").split(",") if axis.strip()])


def _first(array: np.ndarray) -> str:
    return repr(array.ravel()[0]) if array.size else "nothing"
