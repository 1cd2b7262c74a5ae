"""Breast tumours: harmless or not? Two classes of unequal size."""

from dataclasses import replace

from tuningkit.datasets.dataset import Dataset


def load_breast_cancer(*, seed: int = 0) -> Dataset:
    """Tell malignant from benign breast tumours by 30 measurements of cell nuclei.

    569 patients (212 malignant, 357 benign), split into 341 training, 114 validation and 114 test rows; each
    column is standardised by the training part's mean and standard deviation.

    Args:
        seed: Seed of the stratified split.

    Returns:
        The dataset; `x_train` has the shape (341, 30).

    Raises:
        TypeError: If seed is not a whole number.
        ValueError: If seed is negative.

    Example:
        >>> load_breast_cancer().class_names
        ('malignant', 'benign')

    Reference:
        W. Wolberg, O. Mangasarian, N. Street and W. Street (1993), Breast Cancer Wisconsin (Diagnostic),
        UCI Machine Learning Repository, https://doi.org/10.24432/C5DW2B
    """
    from sklearn.datasets import load_breast_cancer as load

    bunch = load()
    names = tuple(str(name) for name in bunch.target_names)
    return replace(
        Dataset.from_arrays(bunch.data, bunch.target, seed=seed, class_names=names, name="breast cancer"),
        feature_names=tuple(str(name) for name in bunch.feature_names),
        source="W. Wolberg, O. Mangasarian, N. Street and W. Street (1993), UCI Machine Learning Repository, "
        "https://doi.org/10.24432/C5DW2B",
        licence="CC BY 4.0",
        description="569 breast tumours; 30 measurements of cell nuclei under the microscope, standardised.",
    )
