"""Read the inputs x that a learner passes to `Dataset.from_arrays`."""

from typing import Any

import numpy as np

from tuningkit.datasets.checks import (
    as_plain_array,
    require_finite,
    require_float32_range,
    require_numbers,
)


def read_inputs(x: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Check the inputs and find the names of their columns.

    Args:
        x: Array, nested list, tensor or pandas DataFrame with one row per example and at least two axes.

    Returns:
        The numeric array, and the column names of a DataFrame (empty for anything else).

    Raises:
        TypeError: If x holds text, objects, complex numbers or dates, or is sparse.
        ValueError: If x is empty, has one axis only, is ragged, or has NaN, infinity or values that are too
            large for float32.
    """
    is_frame = hasattr(x, "columns") and hasattr(x, "to_numpy")
    array, names = _read_frame(x) if is_frame else (as_plain_array(x, "x"), ())
    if array.size == 0:
        raise ValueError(f"x is empty: its shape is {array.shape}. Pass at least a few rows and one column.")
    if array.ndim == 1:
        advice = "x.to_frame()" if hasattr(x, "to_frame") else "numpy.reshape(x, (-1, 1))"
        raise ValueError(
            f"x has the shape {array.shape}, but needs one row per example and at least one column. "
            f"If each number is one example, pass {advice}."
        )
    require_numbers(array, "x")
    require_finite(array, "x", names)
    # Before scaling: squares of such numbers overflow even float64.
    require_float32_range(array, "x")
    return array, names


def _read_frame(frame: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Columns may mix integers, floats and True/False, but not text, categories or dates."""
    names = tuple(str(name) for name in frame.columns)
    kinds = [getattr(dtype, "kind", "O") for dtype in frame.dtypes]
    refused = [name for name, kind in zip(names, kinds, strict=True) if kind not in "biuf"]
    if refused:
        raise TypeError(
            f"x has columns that are not numbers: {', '.join(map(repr, refused[:5]))}"
            f"{' and more' if len(refused) > 5 else ''}. "
            "Drop them, or turn them into numbers with pandas.get_dummies."
        )
    # Of unsigned numbers the largest would come out of int64 as negative ones.
    whole = set(kinds) <= set("iu") and not frame.isna().to_numpy().any()
    if whole and ("u" not in kinds or frame.max().max() <= np.iinfo(np.int64).max):
        return frame.to_numpy(dtype=np.int64), names
    return frame.to_numpy(dtype=np.float64, na_value=np.nan), names
