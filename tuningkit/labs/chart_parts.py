"""What a live chart is made of: panels, curves and markers, checked where they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

Role = Literal["train", "validation", "other"]
Kind = Literal["line", "bars", "points"]

PALETTE_SIZE = 6
DASHES = 5


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Args:
        name: How curves refer to it; unique within a chart.
        title: Shown above it.
        y_label: Quantity and unit of the vertical axis.
        x_label: Quantity and unit of the horizontal axis. Panels with the same one share the cross-hair.
        y_log: Whether the vertical axis starts logarithmic. Zero and negative values are drawn at its
            lower end.
        x_log: Whether the horizontal axis is logarithmic. Zero gets a place of its own at the left.
        y_log_toggle: Whether a button switches the vertical axis between linear and logarithmic.
        y_range: Fixed (low, high) of the vertical axis; None takes it from the curves.

    Raises:
        ValueError: An empty name, or a range that is not low < high.

    Example:
        >>> Panel("accuracy", "Accuracy", "share correct", y_range=(0, 1)).x_label
        'epoch'
    """

    name: str
    title: str
    y_label: str
    x_label: str = "epoch"
    y_log: bool = False
    x_log: bool = False
    y_log_toggle: bool = False
    y_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("A panel needs a name, for example Panel('loss', 'Loss', 'loss'); received ''.")
        if self.y_range is not None:
            low, high = (float(value) for value in self.y_range)
            if not (np.isfinite([low, high]).all() and low < high):
                raise ValueError(f"y_range must be (low, high) with low < high; received {self.y_range!r}.")
            object.__setattr__(self, "y_range", (low, high))


@dataclass(frozen=True, eq=False)
class Curve:
    """One line, row of bars or set of points.

    Args:
        panel: Name of the panel it belongs to.
        label: Name in the legend and the read-out. Curves of one panel with the same label and role share
            one legend entry.
        x: Shape (n,), finite; lines want it ascending. For bars either the left edges, shape (n,), the last
            bar then being as wide as the median one, or all edges, shape (n + 1,).
        y: Shape (n,). NaN leaves a gap; so does infinity.
        role: Training curves are solid, validation curves dashed.
        kind: "line", "bars" (a histogram) or "points".
        ghost: An earlier run: faint, thin, behind, without a legend entry of its own and without a read-out.
        low: Lower end of a band around the line, shape (n,), for example the least of several seeds.
        high: Upper end of the band, shape (n,).
        shade: Place on an ordered colour scale, 0 to 1, for the members of a sweep; None takes a colour by
            role.
        emphasis: Thicker and in front: the member that the slider points at.
        palette: Colour 0 to 5 of the colour-blind-safe palette, to give the curves of one run one colour;
            None takes a colour by role.
        dash: Pattern 0 (solid) to 4 of the line, for curves that role does not tell apart; None: by role.

    Raises:
        ValueError: Shapes that do not fit each other, an unknown role or kind, or a number out of its range.

    Example:
        >>> Curve("loss", "training", x=[1, 2, 3], y=[0.9, 0.5, 0.4], role="train").y.shape
        (3,)
    """

    panel: str
    label: str
    x: np.ndarray
    y: np.ndarray
    role: Role = "other"
    kind: Kind = "line"
    ghost: bool = False
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    shade: float | None = None
    emphasis: bool = False
    palette: int | None = None
    dash: int | None = None

    def __post_init__(self) -> None:
        where = f"curve {self.label!r}"
        if self.role not in get_args(Role):
            raise ValueError(f"{where}: role must be one of {get_args(Role)}; received {self.role!r}.")
        if self.kind not in get_args(Kind):
            raise ValueError(f"{where}: kind must be one of {get_args(Kind)}; received {self.kind!r}.")
        y = _vector(self.y, where, "y")
        x = _vector(self.x, where, "x")
        sizes = (len(y), len(y) + 1) if self.kind == "bars" and len(y) else (len(y),)
        if len(x) not in sizes:
            wanted = " or ".join(str(size) for size in sizes)
            raise ValueError(f"{where}: x must have as many values as y ({wanted}); received {len(x)}.")
        if not np.isfinite(x).all():
            raise ValueError(f"{where}: x must be finite; put gaps into y as NaN.")
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "x", _edges(x, len(y)) if self.kind == "bars" else x)
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{where}: a band needs both low and high; received only one of them.")
        for name in ("low", "high"):
            if getattr(self, name) is not None:
                bound = _vector(getattr(self, name), where, name)
                if bound.shape != y.shape:
                    raise ValueError(
                        f"{where}: {name} must have {len(y)} values like y; received {len(bound)}."
                    )
                object.__setattr__(self, name, bound)
        if self.shade is not None and not 0 <= self.shade <= 1:
            raise ValueError(f"{where}: shade must lie between 0 and 1; received {self.shade!r}.")
        if self.palette is not None and self.palette not in range(PALETTE_SIZE):
            raise ValueError(f"{where}: palette must be 0 to {PALETTE_SIZE - 1}; received {self.palette!r}.")
        if self.dash is not None and self.dash not in range(DASHES):
            raise ValueError(f"{where}: dash must be 0 to {DASHES - 1}; received {self.dash!r}.")


@dataclass(frozen=True)
class Marker:
    """A labelled vertical line where a hyperparameter changed, or, with `y`, a highlighted point.

    Args:
        panel: Name of the panel; None puts it into every panel whose horizontal axis is labelled like
            the first panel's.
        x: Where, in the units of the horizontal axis.
        label: Its text, for example "L2 1e-4 → 1e-2".
        y: None draws a vertical line; a number draws a ring around the point (x, y).
        before: Whether a point's label stands left of it, where there is room: for curves that climb.

    Raises:
        ValueError: A place that is not finite.

    Example:
        >>> Marker("loss", 14, "best epoch", y=0.21).label
        'best epoch'
    """

    panel: str | None
    x: float
    label: str
    y: float | None = None
    before: bool = False

    def __post_init__(self) -> None:
        if not np.isfinite(self.x) or (self.y is not None and not np.isfinite(self.y)):
            raise ValueError(f"Marker {self.label!r} needs a finite place; received x={self.x}, y={self.y}.")


def _vector(values: Any, where: str, name: str) -> np.ndarray:
    # A copy: the worker goes on filling the array that it handed over.
    # Beyond float32 is as good as infinite for a picture.
    with np.errstate(over="ignore"):
        vector = np.array(values, dtype=np.float32)
    if vector.ndim != 1:
        raise ValueError(f"{where}: {name} must be one-dimensional; received shape {vector.shape}.")
    return vector


def _edges(x: np.ndarray, bars: int) -> np.ndarray:
    if bars == 0:
        return np.zeros(1, np.float32)
    if len(x) == bars + 1:
        return x
    width = float(np.median(np.diff(x))) if bars > 1 else 1.0
    return np.append(x, np.float32(x[-1] + width))
