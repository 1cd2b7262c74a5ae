"""Whether a lab that builds its own network can use what it is given as data."""

from __future__ import annotations

from typing import Any


def check_dataset(data: Any, wanted: str) -> None:
    """Raise if what was given as ``data`` is no data set.

    Args:
        data: What was given.
        wanted: What would be right, after "data must be a tuningkit.Dataset", with an example.

    Raises:
        TypeError: If it is none.
    """
    from tuningkit.datasets import Dataset

    if not isinstance(data, Dataset):
        raise TypeError(f"data must be a tuningkit.Dataset{wanted}. Received: {type(data).__name__}")


def check_rows_or_images(data: Any, lab: str) -> None:
    """Raise if a row of a data set is neither a row of features nor an image.

    Args:
        data: A data set.
        lab: Name of the lab, for the message.

    Raises:
        ValueError: If the rows have another shape.
    """
    if len(data.input_shape) not in (1, 3):
        raise ValueError(
            f"A {lab} takes rows of features or images (height, width, channels). Received rows of the shape "
            f"{data.input_shape}."
        )
