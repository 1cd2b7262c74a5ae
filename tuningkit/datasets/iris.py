"""Iris flowers: the smallest real data set that everyone knows."""

from dataclasses import replace

from tuningkit.datasets.dataset import Dataset


def load_iris(*, seed: int = 0) -> Dataset:
    """Three species of iris, told apart by four lengths in centimetres.

    150 flowers, split into 90 training, 30 validation and 30 test rows; each column is standardised by the
    training part's mean and standard deviation.

    Args:
        seed: Seed of the stratified split.

    Returns:
        The dataset; `x_train` has the shape (90, 4).

    Raises:
        TypeError: If seed is not a whole number.
        ValueError: If seed is negative.

    Example:
        >>> load_iris().class_names
        ('setosa', 'versicolor', 'virginica')

    Reference:
        R. A. Fisher (1936), Iris, UCI Machine Learning Repository, https://doi.org/10.24432/C56C76
    """
    from sklearn.datasets import load_iris as load

    bunch = load()
    names = tuple(str(name) for name in bunch.target_names)
    return replace(
        Dataset.from_arrays(bunch.data, bunch.target, seed=seed, class_names=names, name="iris"),
        feature_names=tuple(bunch.feature_names),
        source="R. A. Fisher (1936), UCI Machine Learning Repository, https://doi.org/10.24432/C56C76",
        licence="CC BY 4.0",
        description="150 iris flowers of three species; four lengths of sepal and petal, standardised.",
    )
