"""Handwritten digits, 8 by 8 pixels: the course's main data set."""

from dataclasses import replace

from tuningkit.datasets.dataset import Dataset

SHARE = 0.125


def load_digits(*, images: bool = False, seed: int = 0) -> Dataset:
    """1,797 handwritten digits of 8 by 8 pixels, split into 1,347 training, 225 validation and 225 test rows.

    Pixels (0 to 16 in the original) are brought to [0, 1] by the smallest and the largest pixel of the whole
    training part, one scale for all 64 positions: 0 is background, 1 is ink. Pixels at the edge that are
    always blank stay 0. Nothing is clipped, and nothing needs to be: the training part reaches both ends.

    Args:
        images: Whether to return images of shape (8, 8, 1), for convolution, in place of 64 columns.
        seed: Seed of the stratified split.

    Returns:
        The dataset; `x_train` has the shape (1347, 64), or (1347, 8, 8, 1) with `images=True`.

    Raises:
        TypeError: If seed is not a whole number.
        ValueError: If seed is negative.

    Example:
        >>> load_digits(images=True).input_shape
        (8, 8, 1)

    Reference:
        E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
        Repository, https://doi.org/10.24432/C50P49
    """
    from sklearn.datasets import load_digits as load

    bunch = load()
    data = replace(
        # Split and scaled as images, so that all pixels share one scale.
        Dataset.from_arrays(
            bunch.images[..., None], bunch.target, validation=SHARE, test=SHARE, seed=seed, name="digits"
        ),
        source="E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, "
        "https://doi.org/10.24432/C50P49",
        licence="CC BY 4.0",
        description="1,797 handwritten digits, 8 by 8 pixels; 0 is background, 1 is ink.",
    )
    if images:
        return data
    return replace(
        data,
        x_train=data.x_train.reshape(-1, 64),
        x_validation=data.x_validation.reshape(-1, 64),
        x_test=data.x_test.reshape(-1, 64),
    )
