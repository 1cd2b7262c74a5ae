"""What must hold between the fields of a Dataset. `dataset` is the Dataset being built."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.datasets.checks import as_float32, as_int32, as_plain_array, require_finite, require_numbers

if TYPE_CHECKING:
    from tuningkit.datasets.dataset import Dataset

PARTS = ("train", "validation", "test")


def read_only_arrays(dataset: "Dataset") -> dict[str, np.ndarray]:
    """Check the six arrays one by one and make read-only float32 or int32 copies.

    Args:
        dataset: Its array fields hold whatever the caller passed.

    Returns:
        Arrays by field name. The three x share one type, and so do the three y: int32 if all are whole
        numbers, else float32. Targets given as True/False are classes 0 and 1.

    Raises:
        TypeError: If one is not made of numbers.
        ValueError: If one is empty, or has NaN, infinity or a number that is too large.
    """
    arrays = {}
    for axis in "xy":
        given = {
            f"{axis}_{part}": _checked(getattr(dataset, f"{axis}_{part}"), f"{axis}_{part}") for part in PARTS
        }
        whole = all(array.dtype.kind in ("iu" if axis == "x" else "iub") for array in given.values())
        for field, array in given.items():
            arrays[field] = _frozen(array, np.int32 if whole else np.float32, field)
    return arrays


def check_shapes(dataset: "Dataset") -> None:
    """Rows of x and y must pair up, and the three parts must look alike.

    Args:
        dataset: Its arrays are already checked one by one.

    Raises:
        ValueError: If shapes do not fit.
    """
    for part in PARTS:
        x, y = getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}")
        if x.ndim < 2:
            raise ValueError(
                f"x_{part} has the shape {x.shape}; it needs at least two axes: (rows, columns)."
            )
        if len(x) != len(y):
            raise ValueError(f"x_{part} has {len(x)} rows, but y_{part} has {len(y)}.")
        for axis, array in (("x", x), ("y", y)):
            expected = getattr(dataset, f"{axis}_train").shape[1:]
            if array.shape[1:] != expected:
                raise ValueError(
                    f"{axis}_{part} has rows of the shape {array.shape[1:]}, but {axis}_train has {expected}."
                )
    if dataset.y_train.ndim > (1 if dataset.task == "classification" else 2):
        raise ValueError(
            f"y_train has the shape {dataset.y_train.shape}. Pass one whole number per row for classes, "
            "or floats of shape (rows,) or (rows, targets) for regression."
        )


def check_names(dataset: "Dataset") -> None:
    """Names must fit columns and labels.

    Args:
        dataset: Its shapes are already checked and its class names filled in.

    Raises:
        ValueError: If names are too many, too few or not different, or a label has no class.
    """
    columns = dataset.input_shape[0] if len(dataset.input_shape) == 1 else 0
    if dataset.feature_names and len(dataset.feature_names) != columns:
        raise ValueError(
            f"feature_names has {len(dataset.feature_names)} names, but x_train has the shape "
            f"{dataset.x_train.shape}: give one name per column of a table, or none."
        )
    names = dataset.class_names
    if dataset.task == "regression":
        if names:
            raise ValueError("class_names was given, but y_train holds floats: amounts have no classes.")
        return
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(
            f"There must be at least two classes with different names, but class_names is {names!r}."
        )
    for part in PARTS:
        y = getattr(dataset, f"y_{part}")
        if y.min() < 0 or y.max() >= len(names):
            raise ValueError(
                f"y_{part} has labels from {y.min()} to {y.max()}, but {len(names)} classes are numbered "
                f"0 to {len(names) - 1}. Dataset.from_arrays renumbers labels for you."
            )


def _checked(values: Any, field: str) -> np.ndarray:
    array = as_plain_array(values, field)
    if array.size == 0:
        raise ValueError(f"{field} is empty: its shape is {array.shape}. Every part needs at least one row.")
    require_numbers(array, field)
    require_finite(array, field)
    return array


def _frozen(array: np.ndarray, dtype: type, field: str) -> np.ndarray:
    """A read-only array of the right type; the caller's own array is never touched."""
    if array.flags.writeable or not array.flags.owndata or array.dtype != dtype:
        array = (as_int32 if dtype is np.int32 else as_float32)(array, field)
        array.flags.writeable = False
    return array
