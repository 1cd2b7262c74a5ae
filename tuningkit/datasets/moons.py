"""Two interleaved half moons: the smallest problem that a straight line cannot solve."""

from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset


def make_moons(n: int = 500, *, noise: float = 0.2, seed: int = 0) -> Dataset:
    """Two half moons in the plane, one class each.

    60 % of the points are for training, 20 % for validation and 20 % for test. Both coordinates are
    standardised by the training part's mean and standard deviation.

    Args:
        n: Number of points in all, at least 20.
        noise: Standard deviation of the noise added to each coordinate before scaling; a moon has the
            radius 1.
        seed: Seed of the points and of the split.

    Returns:
        The dataset; `x_train` has the shape (0.6 n, 2).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_moons(200, noise=0.1).x_train.shape
        (120, 2)
    """
    from sklearn.datasets import make_moons as make

    n, noise, seed = check_points(n, noise, seed)
    x, y = make(n, noise=noise, random_state=seed)
    return points_dataset(
        x,
        y,
        seed=seed,
        class_names=("upper moon", "lower moon"),
        name="moons",
        source="computed by scikit-learn's make_moons",
        description=f"{n:,} points on two half moons, noise {noise:g}, standardised.",
    )
