"""The rows of a GateLab: fitted to each kind of network, and as pictures."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.gate_lab_settings import KINDS, SQUEEZE
from tuningkit.labs.structure_data import check_dataset, check_rows_or_images

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: Validation rows that are looked at: more would not fit into the pace of a live picture.
MOST_ROWS = 2000


def checked(data: Any) -> Dataset:
    """The data, or why a GateLab cannot use it.

    Raises:
        TypeError: If it is no Dataset.
        ValueError: If it has no classes, or its rows have another shape.
    """
    check_dataset(data, ", for example tk.datasets.load_digits(images=True)")
    if data.task != "classification":
        raise ValueError(
            "A GateLab needs classes, for example tk.datasets.load_digits(images=True). "
            f"Received: {data.name!r}, a regression task."
        )
    check_rows_or_images(data, "GateLab")
    return data


def possible_kinds(data: Dataset) -> tuple[str, ...]:
    """The kinds of network that this data allows."""
    return KINDS if len(data.input_shape) == 3 else tuple(kind for kind in KINDS if kind != SQUEEZE)


def check_kind(kind: str, data: Dataset) -> None:
    """Raise if the data does not allow this kind of network.

    Raises:
        ValueError: If it does not; the message says what would.
    """
    if kind not in possible_kinds(data):
        raise ValueError(
            f"kind={kind!r} needs images, for example tk.datasets.load_digits(images=True); "
            f"{data.name!r} has rows of the shape {data.input_shape}. 'highway' and 'early_exit' take them."
        )


def fitted(data: Dataset, kind: str) -> Dataset:
    """The data as this kind of network takes it: images for squeeze and excitation, flat rows for the others."""
    if kind == SQUEEZE or len(data.input_shape) == 1:
        return data
    parts = {name: getattr(data, name) for name in ("x_train", "x_validation", "x_test")}
    return replace(data, **{name: x.reshape(len(x), -1) for name, x in parts.items()})


def shown_rows(data: Dataset) -> np.ndarray:
    """Which validation rows are looked at: all, or evenly spread ones of very many."""
    count = len(data.x_validation)
    return np.unique(np.linspace(0, count - 1, min(count, MOST_ROWS)).round().astype(int))


def as_picture(row: np.ndarray) -> np.ndarray:
    """One row as a grey or coloured picture: images as they are, flattened squares as squares, others as a strip.

    Args:
        row: Shape (height, width, channels) or (features,).

    Returns:
        Shape (height, width), or (height, width, 3) for colours.
    """
    if row.ndim == 3:
        return row if row.shape[2] == 3 else row.mean(axis=2)
    side = round(len(row) ** 0.5)
    return row.reshape(side, side) if side * side == len(row) and side >= 4 else row[None, :]


@dataclass(frozen=True)
class Naming:
    """What rows and classes are called.

    Attributes:
        classes: Names of the classes.
        row: "image", or "row" where a row is no picture.

    Example:
        >>> Naming.of(tk.datasets.load_iris()).row
        'row'
    """

    classes: tuple[str, ...]
    row: str

    @classmethod
    def of(cls, data: Dataset) -> Naming:
        """The names that fit the data."""
        flat = len(data.input_shape) == 1 and as_picture(data.x_validation[0]).shape[0] == 1
        return cls(tuple(data.class_names), "row" if flat else "image")


def few_values(data: Dataset, row: np.ndarray) -> str:
    """The features of a row in words, if there are few: a strip of shades says little about them."""
    if row.ndim != 1 or len(row) > 8:
        return ""
    names = data.feature_names or [f"feature {number}" for number in range(1, len(row) + 1)]
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(names, row, strict=True))


def picture_svg(row: np.ndarray, low: float, high: float, words: str, *, size: int = 104) -> str:
    """One row as ink on paper, in either theme.

    Args:
        row: As for :func:`as_picture`.
        low: Value that is drawn white.
        high: Value that is drawn black.
        words: What a screen reader says.
        size: Height of the picture in pixels; a strip is lower.
    """
    picture = as_picture(np.asarray(row, dtype=float))
    span = high - low if high > low else 1.0
    shares = np.clip((picture - low) / span, 0, 1)
    if shares.ndim == 2:
        shares = np.repeat(1 - shares[..., None], 3, axis=2)
    rows, columns = shares.shape[:2]
    unit = size / max(rows, 4)
    width = min(unit * columns, 3 * size)
    cells = []
    for (i, j), blank in np.ndenumerate((shares > 0.998).all(axis=2)):
        if not blank:
            red, green, blue = (round(255 * part) for part in shares[i, j])
            cells.append(f'<rect x="{j}" y="{i}" width="1" height="1" fill="rgb({red},{green},{blue})"/>')
    return (
        f'<svg role="img" aria-label="{html.escape(words)}" viewBox="0 0 {columns} {rows}" '
        f'width="{width:.0f}" height="{unit * rows:.0f}" preserveAspectRatio="none" shape-rendering="crispEdges" '
        f'style="background:#fff;border:1px solid #8a9099;flex:none">{"".join(cells)}</svg>'
    )
