"""Read the targets y that a learner passes to `Dataset.from_arrays`: classes or amounts?"""

from typing import Any

import numpy as np

from tuningkit.datasets.checks import as_float32, as_plain_array, require_finite, require_numbers

# Whole-numbered floats with at most this many different values are read as classes.
FEW_VALUES = 20
# Above it float64 no longer tells each whole number from the next.
_LARGEST_LABEL = 2.0**53
TASKS = ("classification", "regression")


def read_targets(
    y: Any, *, task: str | None = None, class_names: tuple[str, ...] = ()
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn y into class numbers or regression targets.

    Args:
        y: Labels or amounts, one entry per example; a DataFrame, list, tensor or array.
        task: `"classification"`, `"regression"`, or None to decide by the rules of `Dataset.from_arrays`.
        class_names: The learner's names for the classes, in the order of the sorted labels; may be empty.

    Returns:
        For classification int32 labels 0..C-1 of shape (rows,) and C class names; for regression float32
        targets of shape (rows,) or (rows, targets) and no names.

    Raises:
        TypeError: If y is of a kind that cannot be read.
        ValueError: If y is empty, has gaps, has one class only, or contradicts `task` or `class_names`.
    """
    if task not in (None, *TASKS):
        raise ValueError(f'task must be "classification", "regression" or None, but it is {task!r}.')
    labels = _read_array(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim > 2:
        raise ValueError(f"y has the shape {labels.shape}; it needs one entry (or one row) per example.")
    is_text = labels.dtype.kind == "U"
    if task == "regression" or (task is None and not is_text and _looks_like_amounts(labels)):
        return _read_amounts(labels, class_names, is_text=is_text), ()
    if labels.ndim == 2:
        labels = _read_one_hot(labels)
        if not class_names and hasattr(y, "columns"):
            class_names = tuple(str(name) for name in y.columns)
        return _name_classes(labels, np.arange(int(labels.max()) + 1), class_names)
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        first = labels[labels != np.floor(labels)][0]
        raise ValueError(
            f"Class labels must be whole numbers or texts, but y contains {first:g}. "
            'If y holds amounts, pass task="regression".'
        )
    if labels.dtype.kind == "f" and np.abs(labels).max() > _LARGEST_LABEL:
        raise ValueError(
            f"y has class labels up to {np.abs(labels).max():.3g}. As floats they are exact only up to "
            f'{_LARGEST_LABEL:.3g}: pass them as texts, or task="regression" if they are amounts.'
        )
    values, encoded = np.unique(labels, return_inverse=True)
    if len(values) < 2:
        raise ValueError(
            f"y has one class only: every label is {values[0]!s}. There is nothing to tell apart; "
            "pass rows of at least two classes."
        )
    if is_text and class_names:
        return _order_as_named(labels, values, class_names)
    return _name_classes(encoded, values, class_names)


def _read_array(y: Any) -> np.ndarray:
    """A numeric or text array without gaps."""
    if hasattr(y, "isna"):
        _refuse_missing(np.asarray(y.isna()))
    if isinstance(y, list | tuple) and any(isinstance(label, str) for label in y):
        # NumPy would silently turn [1, "cat"] and [nan, "cat"] into texts.
        y = np.array(y, dtype=object)
    array = as_plain_array(y, "y")
    if array.size == 0:
        raise ValueError(f"y is empty: its shape is {array.shape}. Pass one label per row of x.")
    if array.dtype.kind in "OT":
        array = array.astype(object)
        _refuse_missing(np.frompyfunc(_is_missing, 1, 1)(array).astype(bool))
        others = [label for label in array.ravel() if not isinstance(label, str)]
        if not others:
            return array.astype(str)
        if len(others) < array.size:
            raise TypeError(f"y mixes texts with {type(others[0]).__name__} values such as {others[0]!r}.")
    if array.dtype.kind == "S":
        return _read_bytes(array)
    if array.dtype.kind == "U":
        return array
    require_numbers(array, "y")
    require_finite(array, "y")
    return array


def _read_bytes(array: np.ndarray) -> np.ndarray:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"y contains bytes that are no UTF-8 text, for example {error.object!r}. Decode them first, for "
            'instance with numpy.char.decode(y, "latin-1").'
        ) from None


def _is_missing(label: Any) -> bool:
    # pandas.NA and pandas.NaT by their names: pandas itself is not asked for.
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(label, float | np.floating) and bool(np.isnan(label))


def _refuse_missing(missing: np.ndarray) -> None:
    if missing.any():
        count, first = int(missing.sum()), int(np.argwhere(missing)[0][0])
        noun = "value" if count == 1 else "values"
        raise ValueError(f"y has {count} missing {noun}, the first at row {first}. Drop those rows first.")


def _looks_like_amounts(y: np.ndarray) -> bool:
    """The rules that `Dataset.from_arrays` documents, for y that is not text."""
    if y.ndim == 2:
        if _is_one_hot(y):
            return False
        rows_sum_to_one = bool(np.allclose(y.sum(axis=1), 1) and y.min() >= 0)
        if rows_sum_to_one or y.dtype.kind != "f":
            what = "shares that sum to one" if rows_sum_to_one else "whole numbers"
            raise ValueError(
                f"y has the shape {y.shape} and its rows are {what}, but not one-hot (a single 1, else 0). "
                'For one label per row pass the class itself; to predict the numbers pass task="regression".'
            )
        return True
    if y.dtype.kind != "f":
        return False
    return bool((y != np.floor(y)).any()) or len(np.unique(y)) > FEW_VALUES


def _is_one_hot(y: np.ndarray) -> bool:
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _read_one_hot(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "U" or not _is_one_hot(y):
        raise ValueError(
            f"y has the shape {y.shape}, but its rows are not one-hot (a single 1, else 0). "
            "Pass one label per row."
        )
    empty = np.flatnonzero(~y.astype(bool).any(axis=0))
    if len(empty):
        raise ValueError(f"Column {empty[0]} of the one-hot y is never 1: that class has no rows. Drop it.")
    return y.argmax(axis=1)


def _read_amounts(y: np.ndarray, class_names: tuple[str, ...], *, is_text: bool) -> np.ndarray:
    if is_text:
        raise TypeError(f"y holds texts such as {str(y.ravel()[0])!r}; regression needs numbers.")
    if class_names:
        raise ValueError(
            "class_names was given, but y holds amounts (regression). "
            'Leave class_names out, or pass task="classification".'
        )
    return as_float32(y, "y")


def _name_classes(
    encoded: np.ndarray, values: np.ndarray, class_names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    if values.dtype.kind == "f":
        values = values.astype(np.int64)
    found = tuple(str(value) for value in values)
    if class_names and len(class_names) != len(found):
        raise ValueError(
            f"class_names has {len(class_names)} names, but y has {len(found)} classes: "
            f"{', '.join(found[:10])}{' ...' if len(found) > 10 else ''}."
        )
    return encoded.astype(np.int32), class_names or found


def _order_as_named(
    labels: np.ndarray, values: np.ndarray, class_names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """For texts, class_names sets the order; it cannot rename, or a slip would swap two classes unseen."""
    if sorted(class_names) != sorted(values.tolist()):
        raise ValueError(
            f"class_names must hold the same texts as y ({', '.join(map(repr, values[:10].tolist()))}), "
            f"in the order you want, but it is {class_names!r}."
        )
    number = {name: index for index, name in enumerate(class_names)}
    return np.array([number[label] for label in labels.tolist()], dtype=np.int32), class_names
