"""Fashion-MNIST: photographs of clothes, downloaded when asked for."""

import numpy as np

from tuningkit.datasets.checks import require_count
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.downloads import downloading

CLASS_NAMES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
#: MD5 sums as published at https://github.com/zalandoresearch/fashion-mnist. Keras itself checks none.
CHECKSUMS = {
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
}
VALIDATION_SHARE = 1 / 6


def load_fashion_mnist(*, images: bool = False, seed: int = 0) -> Dataset:
    """70,000 photographs of clothes, 28 by 28 pixels: 50,000 training, 10,000 validation and 10,000 test rows.

    The first call downloads 30 MB through `keras.datasets` and compares checksums; Keras keeps the files for later
    calls. The test rows are those of the authors; validation rows are drawn from their 60,000 training rows. Pixels
    (0 to 255) are divided by 255. All rows take 220 MB of memory: `.subset(5000)` keeps fewer training rows.

    Args:
        images: Whether to return images of shape (28, 28, 1), for convolution, in place of 784 columns.
        seed: Seed of the stratified split between training and validation.

    Returns:
        The dataset; `x_train` has the shape (50000, 784), or (50000, 28, 28, 1) with `images=True`.

    Raises:
        ConnectionError: If the files are not on this computer and there is no internet. `load_digits` needs none.
        TypeError: If seed is not a whole number.
        ValueError: If seed is negative, or a downloaded file has another checksum.

    Example:
        >>> fashion = load_fashion_mnist(images=True).subset(5000)  # doctest: +SKIP
        >>> fashion.input_shape  # doctest: +SKIP
        (28, 28, 1)

    Reference:
        H. Xiao, K. Rasul, R. Vollgraf (2017), https://arxiv.org/abs/1708.07747
    """
    from sklearn.model_selection import train_test_split

    seed = require_count(seed, "seed", least=0)
    (x, y), (x_test, y_test) = _downloaded()
    train, validation = train_test_split(
        np.arange(len(y)), test_size=VALIDATION_SHARE, random_state=seed, stratify=y
    )
    shape = (-1, 28, 28, 1) if images else (-1, 784)

    def scaled(pixels: np.ndarray) -> np.ndarray:
        return pixels.reshape(shape).astype(np.float32) / 255

    return Dataset(
        name="Fashion-MNIST",
        x_train=scaled(x[train]),
        y_train=y[train],
        x_validation=scaled(x[validation]),
        y_validation=y[validation],
        x_test=scaled(x_test),
        y_test=y_test,
        class_names=CLASS_NAMES,
        source="H. Xiao, K. Rasul and R. Vollgraf (2017), https://github.com/zalandoresearch/fashion-mnist",
        licence="MIT, copyright 2017 Zalando SE",
        description="70,000 photographs of clothes in ten classes, 28 by 28 pixels; 0 is background.",
    )


def _downloaded() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Pixels and labels of training and test, from Keras's folder or from the internet."""
    import keras

    with downloading("Fashion-MNIST", megabytes=30, instead="tk.datasets.load_digits()"):
        # Keras opens whatever lies in its folder. Fetched and compared first, it finds the right files there.
        for name, checksum in CHECKSUMS.items():
            keras.utils.get_file(
                name,
                ORIGIN + name,
                cache_subdir="datasets/fashion-mnist",
                file_hash=checksum,
                hash_algorithm="md5",
            )
        return keras.datasets.fashion_mnist.load_data()
