"""A point that lies on a heat map: a place where a search has looked, or will."""

from __future__ import annotations

from dataclasses import dataclass

SHAPES = ("square", "circle", "diamond", "triangle", "cross")


@dataclass(frozen=True)
class MapPoint:
    """A marker on a map.

    Args:
        u: Place along the columns, from 0 (left edge) to 1 (right edge).
        v: Place along the rows, from 0 (lower edge) to 1 (upper edge).
        name: What it belongs to, for the legend.
        shape: "square", "circle", "diamond", "triangle" or "cross".
        palette: Colour 0 to 5 of the colour-blind-safe palette.
        words: What to say of it when its cell is read.
        text: A number inside the marker; empty for none.
        times: How many points lie on this place; shown where there is more than one.
        next: Whether it is only planned: drawn as an outline.
        faint: Whether it stands back.
        small: Whether it is drawn small, without its number.
        latest: Whether it came last: drawn with a bright rim.
        rug: Whether its two values are marked at the edges of the map.

    Raises:
        ValueError: If the place lies outside the map or the shape is unknown.

    Example:
        >>> MapPoint(0.5, 0.25, "random", "circle", 1, words="random 3", text="3").text
        '3'
    """

    u: float
    v: float
    name: str
    shape: str
    palette: int
    words: str = ""
    text: str = ""
    times: int = 1
    next: bool = False
    faint: bool = False
    small: bool = False
    latest: bool = False
    rug: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.u <= 1 and 0 <= self.v <= 1):
            raise ValueError(f"A point must lie on the map, 0 to 1; received u={self.u!r}, v={self.v!r}.")
        if self.shape not in SHAPES:
            raise ValueError(f"shape must be one of {SHAPES}; received {self.shape!r}.")
