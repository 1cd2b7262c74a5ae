"""Checks at the door: turn what a learner passes into a plain numeric array, or say what is wrong with it."""

import numbers
from typing import Any

import numpy as np

FLOAT32_MAX = float(np.finfo(np.float32).max)


def as_plain_array(values: Any, what: str) -> np.ndarray:
    """Convert lists, tensors, pandas objects and arrays to a NumPy array.

    Args:
        values: Anything NumPy can read.
        what: The name used in messages, such as `"x"`.

    Returns:
        The array; its numbers are not checked yet.

    Raises:
        ValueError: If the rows have different lengths or values are masked.
        TypeError: If it is sparse, or nothing that holds several values.
    """
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise TypeError(f"{what} is a sparse matrix. Pass {what}.toarray() instead.")
    # Structured arrays are refused for what they are; NumPy cannot count what is masked in them.
    if isinstance(values, np.ma.MaskedArray) and values.dtype.names is None and np.ma.is_masked(values):
        count = int(np.ma.count_masked(values))
        raise ValueError(f"{what} has {_values(count, 'masked')}. Fill them in or drop their rows first.")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{what} is not a regular table: its rows have different lengths. "
            "Give every example the same number of values, for instance by padding."
        ) from error
    if array.ndim == 0:
        raise TypeError(
            f"{what} must hold one entry per example, but it is a single {type(values).__name__}."
        )
    return array


def require_numbers(array: np.ndarray, what: str) -> None:
    """Refuse every array that is not made of real numbers or True/False.

    Args:
        array: Any array.
        what: The name used in messages.

    Raises:
        TypeError: For text, complex numbers, dates and object arrays, with the way to mend it.
    """
    kind = array.dtype.kind
    if kind in "biuf":
        return
    if kind in "UST":
        raise TypeError(
            f"{what} contains text, for example {str(array.ravel()[0])!r}. A network reads numbers: "
            "turn each text into numbers first, for instance with pandas.get_dummies."
        )
    if kind == "c":
        raise TypeError(
            f"{what} contains complex numbers ({array.dtype}). Pass real numbers, for instance abs({what})."
        )
    if kind == "O":
        kinds = sorted({type(value).__name__ for value in array.ravel()[:1000]})
        raise TypeError(
            f"{what} is an array of Python objects ({', '.join(kinds)}), not of numbers. "
            f"Convert it first, for instance with {what}.astype(float)."
        )
    raise TypeError(f"{what} has the type {array.dtype}. Convert it to numbers first.")


def require_finite(array: np.ndarray, what: str, columns: tuple[str, ...] = ()) -> None:
    """Refuse NaN and infinity; say how many there are and where the first one is.

    Args:
        array: A numeric array whose first axis counts the examples.
        what: The name used in messages.
        columns: Names of the columns of a two-dimensional array, if known.

    Raises:
        ValueError: If any value is NaN or infinite.
    """
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    parts = []
    missing, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    if missing:
        parts.append(_values(missing, "missing (NaN)"))
    if infinite:
        parts.append(_values(infinite, "infinite"))
    first = tuple(int(index) for index in np.argwhere(bad)[0])
    raise ValueError(
        f"{what} has {' and '.join(parts)}, the first at {_place(first, columns)}. "
        "Drop those rows or fill the gaps before training."
    )


def require_float32_range(array: np.ndarray, what: str) -> None:
    """Refuse numbers that would become infinite in float32.

    Args:
        array: A numeric array without NaN or infinity.
        what: The name used in messages.

    Raises:
        ValueError: If a value is too large for float32.
    """
    if array.dtype.kind != "f" or array.size == 0:
        return  # Not even the largest integer comes near the limit.
    largest = max(float(array.max()), -float(array.min()))
    if largest > FLOAT32_MAX:
        raise ValueError(
            f"{what} has values up to {largest:.3g}, but networks train in float32, "
            f"which ends at {FLOAT32_MAX:.3g}. Divide {what} by a suitable number first."
        )


def as_float32(array: np.ndarray, what: str) -> np.ndarray:
    """Convert finite numbers to float32, the type networks train in.

    Args:
        array: A numeric array without NaN or infinity.
        what: The name used in messages.

    Returns:
        A float32 array of the same shape.

    Raises:
        ValueError: If a value is too large for float32.
    """
    require_float32_range(array, what)
    return array.astype(np.float32, order="C")


def as_int32(array: np.ndarray, what: str) -> np.ndarray:
    """Convert whole numbers to int32.

    Args:
        array: An integer array.
        what: The name used in messages.

    Returns:
        An int32 array of the same shape.

    Raises:
        ValueError: If a value lies outside the range of int32.
    """
    limits = np.iinfo(np.int32)
    if array.size and (int(array.max()) > limits.max or int(array.min()) < limits.min):
        raise ValueError(
            f"{what} has whole numbers between {int(array.min())} and {int(array.max())}; "
            f"they must lie between {limits.min} and {limits.max}."
        )
    return array.astype(np.int32, order="C")


def as_network_input(array: np.ndarray, what: str) -> np.ndarray:
    """Convert numbers to the types a network reads, without scaling.

    Args:
        array: A numeric array without NaN or infinity.
        what: The name used in messages.

    Returns:
        Whole numbers (token ids, for example) as int32, everything else as float32.

    Raises:
        ValueError: If a number does not fit the type.
    """
    return as_int32(array, what) if array.dtype.kind in "iu" else as_float32(array, what)


def require_fraction(value: Any, what: str, *, ends: bool = False) -> float:
    """Check a share such as `validation=0.2`.

    Args:
        value: A number between 0 and 1.
        what: The argument's name.
        ends: Whether 0 and 1 themselves are allowed.

    Returns:
        The share as a float.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is outside the range.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be a number between 0 and 1, but it is {value!r}.")
    inside = 0 <= value <= 1 if ends else 0 < value < 1
    if not inside:
        rule = "from 0 to 1" if ends else "above 0 and below 1"
        raise ValueError(f"{what} is a share of the rows, {rule} (0.2 means 20 %), but it is {value!r}.")
    return float(value)


def require_count(value: Any, what: str, *, least: int) -> int:
    """Check a whole number such as `n=500` or `seed=0`.

    Args:
        value: A whole number.
        what: The argument's name.
        least: The smallest allowed value.

    Returns:
        The number as an int.

    Raises:
        TypeError: If it is not a whole number.
        ValueError: If it is below `least`.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{what} must be a whole number, but it is {value!r}.")
    if value < least:
        raise ValueError(f"{what} must be at least {least}, but it is {value}.")
    return int(value)


def require_number(value: Any, what: str, *, least: float) -> float:
    """Check a finite real number such as `noise=0.1`.

    Args:
        value: A number.
        what: The argument's name.
        least: The smallest allowed value.

    Returns:
        The number as a float.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is NaN, infinite or below `least`.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{what} must be a number, but it is {value!r}.")
    if not np.isfinite(value) or value < least:
        raise ValueError(f"{what} must be a finite number of at least {least:g}, but it is {value!r}.")
    return float(value)


def _values(count: int, kind: str) -> str:
    return f"{count} {kind} value" + ("" if count == 1 else "s")


def _place(index: tuple[int, ...], columns: tuple[str, ...]) -> str:
    """Say where an entry is: `row 3, column 'age'` (rows counted from 0, as NumPy does)."""
    if len(index) == 1:
        return f"row {index[0]}"
    if len(index) == 2:
        column = repr(columns[index[1]]) if columns else str(index[1])
        return f"row {index[0]}, column {column}"
    return f"position {index}"
