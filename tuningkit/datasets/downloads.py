"""Data that is downloaded when a learner asks for it by name: what is said when that fails."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def downloading(name: str, *, megabytes: int, instead: str) -> Iterator[None]:
    """Turn what goes wrong while Keras downloads a file into words that help.

    Args:
        name: Of the data.
        megabytes: Size of the download.
        instead: What works without the internet.

    Raises:
        ConnectionError: If a file is not on this computer and cannot be downloaded.
        ValueError: If a downloaded file is not the one expected.

    Example:
        >>> with downloading("Fashion-MNIST", megabytes=30, instead="tk.datasets.load_digits()"):
        ...     pass
    """
    try:
        yield
    except Exception as error:
        # Keras raises a bare Exception for a failed download, and a ValueError for a wrong checksum.
        words = str(error)
        offline = "URL fetch failure" in words or isinstance(error, OSError)
        if offline:
            raise ConnectionError(
                f"{name} is not on this computer yet and could not be downloaded ({words}). It needs the internet "
                f"once, for {megabytes} MB; Keras then keeps it in its folder (KERAS_HOME, else ~/.keras). "
                f"Without the internet, use {instead}, which is part of tuningkit."
            ) from error
        if isinstance(error, ValueError) and "corrupted" in words:
            raise ValueError(
                f"The file downloaded for {name} is not the one expected: its checksum differs, so it was not "
                f"opened. Run the cell again to download it once more. Keras says: {words} "
                f"Meanwhile, use {instead}, which is part of tuningkit."
            ) from error
        raise
