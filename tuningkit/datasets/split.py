"""Split rows into training, validation and test parts."""

from collections.abc import Iterable

import numpy as np

from tuningkit.datasets.checks import require_count, require_fraction

_LARGEST_SEED = 2**32 - 1


def split_rows(
    y: np.ndarray,
    *,
    validation: float,
    test: float,
    seed: int,
    class_names: tuple[str, ...] = (),
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw which rows belong to which part.

    With classes the draw is stratified: every part has nearly the same share of each class. Sizes are rounded
    to the nearest whole row.

    Args:
        y: Labels 0..C-1 of shape (rows,) if `class_names` is given, else targets of shape (rows, ...).
        validation: Share of the rows for validation, above 0 and below 1.
        test: Share of the rows for the test part, above 0 and below 1.
        seed: Seed of the draw; the same seed gives the same split.
        class_names: One name per class; empty for regression.

    Returns:
        Row numbers of the training, validation and test part. No row is in two parts.

    Raises:
        TypeError: If a share or the seed is not a number.
        ValueError: If a share is out of range or there are too few rows.
    """
    from sklearn.model_selection import train_test_split

    validation = require_fraction(validation, "validation")
    test = require_fraction(test, "test")
    seed = require_count(seed, "seed", least=0)
    if seed > _LARGEST_SEED:
        raise ValueError(f"seed must be at most {_LARGEST_SEED}, but it is {seed}.")
    if validation + test >= 1 - 1e-9:
        raise ValueError(
            f"validation={validation:g} and test={test:g} leave no rows for training: "
            "together they must stay below 1."
        )
    rows = len(y)
    n_validation, n_test = round(validation * rows), round(test * rows)
    n_train = rows - n_validation - n_test
    shares = f"validation={validation:g} and test={test:g}"
    if min(n_train, n_validation, n_test) < max(1, len(class_names)):
        need = f"one row of each of the {len(class_names)} classes" if class_names else "one row"
        raise ValueError(
            f"{rows} rows are too few: with {shares} they would be split into {n_train} training, "
            f"{n_validation} validation and {n_test} test rows, and each part needs at least {need}."
        )
    if class_names:
        _require_enough_of_each(y, min(validation, test, 1 - validation - test), shares, class_names)
    labels = y if class_names else None
    rest, test_rows = train_test_split(np.arange(rows), test_size=n_test, random_state=seed, stratify=labels)
    labels = y[rest] if class_names else None
    train_rows, validation_rows = train_test_split(
        rest, test_size=n_validation, random_state=seed, stratify=labels
    )
    return train_rows, validation_rows, test_rows


def named_parts(x: Iterable[np.ndarray], y: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """The six arrays of a dataset by the names of its fields.

    Args:
        x: Inputs of the training, validation and test part.
        y: Their targets.

    Example:
        >>> list(named_parts(([1, 2], [3], [4]), ([0, 1], [1], [0])))
        ['x_train', 'y_train', 'x_validation', 'y_validation', 'x_test', 'y_test']
    """
    parts = zip(("train", "validation", "test"), x, y, strict=True)
    return {
        f"{field}_{part}": array
        for part, inputs, targets in parts
        for field, array in (("x", inputs), ("y", targets))
    }


def _require_enough_of_each(
    y: np.ndarray, smallest_share: float, shares: str, class_names: tuple[str, ...]
) -> None:
    """Every class must be able to send a row into every part."""
    counts = np.bincount(y, minlength=len(class_names))
    # Rounded first: 1 / 0.2 must count as 5 although 1 - 0.4 - 0.4 is a little less than 0.2.
    need = max(3, int(np.ceil(round(1 / smallest_share, 6))))
    rare = int(counts.argmin())
    if counts[rare] >= need:
        return
    advice = "Collect more rows, merge rare classes, or use smaller shares."
    if len(class_names) > 20:
        advice = 'If y holds amounts rather than classes, pass task="regression". ' + advice
    raise ValueError(
        f"Class {class_names[rare]!r} has too few rows: {counts[rare]}. With {shares} each class needs "
        f"at least {need}, so that every part gets one. {advice}"
    )
