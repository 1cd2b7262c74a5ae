"""Hills and hollows: a regression that needs units in the right places."""

import numpy as np

from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset

_CENTRES = np.array([(x1, x2) for x2 in (0.4, -0.4) for x1 in (-0.66, 0.0, 0.66)])
_SIGNS = np.array([1, -1, 1, -1, 1, -1])
_WIDTH = 0.2


def make_bumps(n: int = 500, *, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Points of a square with the height of six bell-shaped bumps over them, hills and hollows in turn.

        y = sum over k of s_k exp(-|x - c_k|^2 / (2 * 0.2^2)) + noise,   s_k = +1 or -1,

    with the centres c_k in two rows of three, and x1 and x2 uniform from -1 to 1. 60 % of the points are for
    training, 20 % for validation and 20 % for test. Both coordinates are standardised by the training part's
    mean and standard deviation; the heights stay as they are.

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
        >>> make_bumps(200).y_train.shape
        (120,)
    """
    n, noise, seed = check_points(n, noise, seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(n, 2))
    squares = ((x[:, None] - _CENTRES) ** 2).sum(axis=-1)
    y = (_SIGNS * np.exp(-squares / (2 * _WIDTH**2))).sum(axis=-1) + rng.normal(scale=noise, size=n)
    return points_dataset(
        x,
        y,
        seed=seed,
        task="regression",
        name="bumps",
        description=f"The heights of six hills and hollows at {n:,} points, noise {noise:g}; inputs standardised.",
    )
