"""Scale inputs by statistics of the training part alone, so that nothing leaks from validation or test."""

import numpy as np

from tuningkit.datasets.checks import as_float32

PARTS = ("training", "validation", "test")


def scale_inputs(train: np.ndarray, validation: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, ...]:
    """Bring inputs to a range in which networks train well.

    A table (two axes) is standardised column by column:

        x' = (x - mean) / standard deviation

    A constant column becomes zero. Arrays with three or more axes (images, signals) share one scale, so that
    pixels keep their relation to each other: if the training part has no negative value, it is brought to
    [0, 1],

        x' = (x - smallest) / (largest - smallest),

    otherwise it is standardised as a whole. Validation and test values are not clipped: one that lies outside
    the training range stays outside.

    Args:
        train: Training inputs, shape (rows, ...), numeric and finite.
        validation: Validation inputs, shape (rows, ...).
        test: Test inputs, shape (rows, ...).

    Returns:
        The three parts in the same order and shapes, float32.

    Raises:
        ValueError: If a scaled value is too large for float32.
    """
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    one_scale = train.ndim > 2
    scaler = MinMaxScaler() if one_scale and train.min() >= 0 else StandardScaler()

    def columns(part: np.ndarray) -> np.ndarray:
        part = part.astype(np.float64)
        return part.reshape(-1, 1) if one_scale else part

    scaler.fit(columns(train))
    return tuple(
        as_float32(scaler.transform(columns(part)).reshape(part.shape), f"the scaled {name} part of x")
        for name, part in zip(PARTS, (train, validation, test), strict=True)
    )
