"""Two rings, one inside the other."""

from tuningkit.datasets.checks import require_number
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset


def make_circles(n: int = 500, *, noise: float = 0.1, factor: float = 0.5, seed: int = 0) -> Dataset:
    """A ring inside a ring, one class each.

    60 % of the points are for training, 20 % for validation and 20 % for test. Both coordinates are
    standardised by the training part's mean and standard deviation.

    Args:
        n: Number of points in all, at least 20.
        noise: Standard deviation of the noise added to each coordinate before scaling; the outer ring has the
            radius 1.
        factor: Radius of the inner ring, from 0 to below 1.
        seed: Seed of the points and of the split.

    Returns:
        The dataset; `x_train` has the shape (0.6 n, 2).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_circles().class_names
        ('outer ring', 'inner ring')
    """
    from sklearn.datasets import make_circles as make

    n, noise, seed = check_points(n, noise, seed)
    factor = require_number(factor, "factor", least=0)
    if factor >= 1:
        raise ValueError(f"factor is the inner ring's radius and must be below 1, but it is {factor:g}.")
    x, y = make(n, noise=noise, factor=factor, random_state=seed)
    return points_dataset(
        x,
        y,
        seed=seed,
        class_names=("outer ring", "inner ring"),
        name="circles",
        source="computed by scikit-learn's make_circles",
        description=f"{n:,} points on two rings of radius 1 and {factor:g}, noise {noise:g}, standardised.",
    )
