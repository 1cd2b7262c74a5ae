"""A slanted plane: the regression that one weight per input solves."""

import numpy as np

from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset


def make_plane(n: int = 500, *, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Points of a square with the height of a plane over them, to be predicted from both coordinates.

        y = (x1 + x2) / 2 + noise,   x1 and x2 uniform from -1 to 1

    60 % of the points are for training, 20 % for validation and 20 % for test. Both coordinates are
    standardised by the training part's mean and standard deviation; the heights stay as they are.

    Args:
        n: Number of points in all, at least 20.
        noise: Standard deviation of the noise added to the heights, which reach from -1 to 1.
        seed: Seed of the points and of the split.

    Returns:
        The dataset, a regression; `x_train` has the shape (0.6 n, 2), `y_train` (0.6 n,).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_plane(200).task
        'regression'
    """
    n, noise, seed = check_points(n, noise, seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n, 2))
    y = x.mean(axis=1) + rng.normal(scale=noise, size=n)
    return points_dataset(
        x,
        y,
        seed=seed,
        task="regression",
        name="plane",
        description=f"The heights of a plane at {n:,} points, noise {noise:g}; inputs standardised.",
    )
