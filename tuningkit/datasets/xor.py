"""Exclusive or: the four quarters of a square, where opposite quarters belong together."""

import numpy as np

from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset

#: Width of the empty cross between the quarters, on each side of an axis.
_GAP = 0.06


def make_xor(n: int = 500, *, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Points of a square; the class says whether both coordinates have the same sign.

        class = 0 if x1 * x2 > 0 else 1

    No straight line parts the classes; the product x1 * x2 alone would. 60 % of the points are for training,
    20 % for validation and 20 % for test. Both coordinates are standardised by the training part's mean and
    standard deviation.

    Args:
        n: Number of points in all, at least 20; shared evenly between the quarters.
        noise: Standard deviation of the noise added to each coordinate after the class is settled and before
            scaling; the square reaches from -1 to 1.
        seed: Seed of the points and of the split.

    Returns:
        The dataset; `x_train` has the shape (0.6 n, 2).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_xor(200).class_names
        ('same sign', 'opposite signs')

    Reference:
        M. Minsky and S. Papert (1969), Perceptrons, MIT Press.
    """
    n, noise, seed = check_points(n, noise, seed)
    rng = np.random.default_rng(seed)
    quarter = np.arange(n) % 4
    signs = np.column_stack([np.where(quarter < 2, 1, -1), np.where(quarter % 2 == 0, 1, -1)])
    x = signs * rng.uniform(_GAP, 1, size=(n, 2))
    y = (signs[:, 0] != signs[:, 1]).astype(int)
    x += rng.normal(scale=noise, size=x.shape)
    return points_dataset(
        x,
        y,
        seed=seed,
        class_names=("same sign", "opposite signs"),
        name="exclusive or",
        description=f"{n:,} points in the quarters of a square, noise {noise:g}, standardised.",
    )
