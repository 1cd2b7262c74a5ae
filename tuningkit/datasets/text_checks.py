"""What must hold for data made of texts. `dataset` is the Dataset asked, or being built."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.datasets.vocabulary import PADDING

if TYPE_CHECKING:
    from tuningkit.datasets.dataset import Dataset


def check_vocabulary(dataset: "Dataset") -> None:
    """Every id must have an entry, and every entry its id.

    Args:
        dataset: Its arrays are already checked.

    Raises:
        ValueError: If there is a vocabulary that x does not fit.
    """
    entries = dataset.vocabulary
    if not entries:
        return
    if entries[0] != PADDING or len(entries) < 3 or len(set(entries)) < len(entries):
        raise ValueError(
            "vocabulary must hold different texts: an empty one for padding, one for unknown entries, then the "
            f"characters or words. It begins with {entries[:4]!r} and has {len(entries)} entries."
        )
    x = dataset.x_train
    if x.dtype.kind != "i" or x.ndim != 2:
        raise ValueError(
            f"With a vocabulary, x is rows of whole numbers, but x_train has the shape {x.shape} and type {x.dtype}."
        )
    for part in ("train", "validation", "test"):
        ids = getattr(dataset, f"x_{part}")
        if ids.min() < 0 or ids.max() >= len(entries):
            raise ValueError(
                f"x_{part} has ids from {ids.min()} to {ids.max()}, but the vocabulary's are 0 to {len(entries) - 1}."
            )


def check_ids(dataset: "Dataset", ids: Any) -> np.ndarray:
    """One row of ids that the vocabulary knows.

    Raises:
        ValueError: If there is no vocabulary, or ids are something else.
    """
    _require_texts(dataset)
    row = np.asarray(ids)
    if row.ndim != 1 or row.dtype.kind not in "iu":
        raise ValueError(
            f"ids must be one row of whole numbers, such as x_test[0]. Received: shape {row.shape}, type {row.dtype}."
        )
    if row.size and (row.min() < 0 or row.max() >= len(dataset.vocabulary)):
        raise ValueError(
            f"The ids of {dataset.name!r} are 0 to {len(dataset.vocabulary) - 1}, but the row has {row.min()} "
            f"to {row.max()}."
        )
    return row


def check_texts(dataset: "Dataset", texts: Any) -> Sequence[str]:
    """A list of texts for a vocabulary.

    Raises:
        TypeError: If it is no list of texts.
        ValueError: If there is no vocabulary.
    """
    _require_texts(dataset)
    if isinstance(texts, str):
        raise TypeError(f"texts must be a list of texts: write [{texts!r}].")
    texts = list(texts)
    others = [text for text in texts if not isinstance(text, str)]
    if others:
        raise TypeError(f"texts must be a list of texts, but it has {others[0]!r}.")
    return texts


def _require_texts(dataset: "Dataset") -> None:
    if not dataset.vocabulary:
        raise ValueError(f"{dataset.name!r} has no texts: its inputs are numbers from the start.")
