"""Wines from three vineyards' grape varieties, told apart by chemistry."""

from dataclasses import replace

from tuningkit.datasets.dataset import Dataset


def load_wine(*, seed: int = 0) -> Dataset:
    """Three grape varieties of one Italian region, told apart by 13 chemical measurements.

    178 wines, split into 106 training, 36 validation and 36 test rows; each column is standardised by the
    training part's mean and standard deviation.

    Args:
        seed: Seed of the stratified split.

    Returns:
        The dataset; `x_train` has the shape (106, 13).

    Raises:
        TypeError: If seed is not a whole number.
        ValueError: If seed is negative.

    Example:
        >>> load_wine().n_classes
        3

    Reference:
        S. Aeberhard and M. Forina (1992), Wine, UCI Machine Learning Repository,
        https://doi.org/10.24432/C5PC7J
    """
    from sklearn.datasets import load_wine as load

    bunch = load()
    names = ("variety 1", "variety 2", "variety 3")
    return replace(
        Dataset.from_arrays(bunch.data, bunch.target, seed=seed, class_names=names, name="wine"),
        feature_names=tuple(bunch.feature_names),
        source="S. Aeberhard and M. Forina (1992), UCI Machine Learning Repository, "
        "https://doi.org/10.24432/C5PC7J",
        licence="CC BY 4.0",
        description="178 wines of three grape varieties; 13 chemical measurements, standardised.",
    )
