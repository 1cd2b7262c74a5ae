"""A loss surface from above, with the paths that optimisers took and a start point to drag."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from tuningkit.labs.selection import Selection
from tuningkit.labs.static import pack_frame, static_text

SHAPES = ("circle", "square", "diamond", "triangle", "cross")
_LARGEST_GRID = 400


@dataclass(frozen=True)
class Track:
    """One path over the surface, as it is drawn.

    Attributes:
        name: Its name in the legend.
        points: Shape (steps + 1, 2); the first is the start.
        palette: Colour 0 to 5 of the colour-blind-safe palette.
        shape: Marker: "circle", "square", "diamond", "triangle" or "cross".
        dash: Pattern of the line, 0 (solid) to 4.
        left_at: The step at which it leaves the picture, or None.
        diverged: Whether it never comes back.
    """

    name: str
    points: np.ndarray
    palette: int
    shape: str
    dash: int = 0
    left_at: int | None = None
    diverged: bool = False


class SurfaceMap(anywidget.AnyWidget):
    """A square picture of a surface: shaded bands with level lines, minima as crosses, paths on top.

    The start is a ring that mouse and arrow keys move. Buttons below play the paths step by step; with reduced motion
    asked for they are stepped by hand.

    One thread at a time may call `set_ground` and `draw`, `draw` at most 30 times a second.

    Attributes:
        start: Where the learner put the start, (x, y). Observable; set from Python with `put_start`.

    Args:
        height: Largest height of the picture in pixels, 200 to 1200; it shrinks with the room it gets.

    Raises:
        ValueError: A height out of range.

    Example:
        >>> picture = SurfaceMap()
        >>> picture.set_ground(shades, (-2, 2, -2, 2), minima=[(0, 0)])
        >>> picture.draw([Track("SGD", points, 0, "circle")], start=(1.0, 1.0))
    """

    _esm = static_text("common.js", "map_parts.js", "surface.js")
    _css = static_text("theme.css", "surface.css")

    start = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True)
    _height = traitlets.Int(440).tag(sync=True)
    _ground = traitlets.Bytes().tag(sync=True)
    _frame = traitlets.Bytes().tag(sync=True)
    _selection = traitlets.Instance(Selection, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(self, *, height: int = 440) -> None:
        if not 200 <= height <= 1200:
            raise ValueError(f"height must be between 200 and 1200 pixels, but got {height!r}.")
        super().__init__(_height=int(height), _selection=Selection())
        self._selection.observe(self._moved_in_browser, "value")

    def set_ground(
        self,
        shades: np.ndarray,
        extent: tuple[float, float, float, float],
        *,
        minima: Sequence[tuple[float, float]] = (),
        title: str = "",
    ) -> None:
        """Show this surface.

        Args:
            shades: Shape (n, n), 2 to 400 a side, from 0 (lowest) to 1 (highest); ``shades[i, j]`` is at the i-th y
                and j-th x, both rising.
            extent: ``(xmin, xmax, ymin, ymax)``.
            minima: Places of the lowest loss.
            title: Name of the surface.

        Raises:
            ValueError: Shape, extent or shades do not fit.
        """
        shades = np.asarray(shades, float)
        side = shades.shape[0] if shades.ndim else 0
        if shades.shape != (side, side) or not 2 <= side <= _LARGEST_GRID:
            raise ValueError(
                f"shades must be a square grid (n, n) with n from 2 to {_LARGEST_GRID}, but got {shades.shape}."
            )
        if not (np.isfinite(shades).all() and shades.min() >= 0 and shades.max() <= 1):
            raise ValueError("shades must be finite and lie between 0 and 1.")
        ends = [float(value) for value in extent]
        if len(ends) != 4 or not (ends[0] < ends[1] and ends[2] < ends[3]):
            raise ValueError(f"extent must be (xmin, xmax, ymin, ymax), but got {extent!r}.")
        header = {
            "side": side,
            "extent": ends,
            "title": str(title),
            "minima": [[float(x), float(y)] for x, y in minima],
        }
        self._ground = pack_frame(header, [shades])

    def draw(self, tracks: Sequence[Track], *, start: tuple[float, float], sentence: str = "") -> None:
        """Show these paths, in place of the earlier ones.

        Args:
            tracks: In the order of the legend; all of the same length.
            start: Where they begin.
            sentence: What the picture shows, in words; read out.

        Raises:
            ValueError: A shape, colour or marker is unknown, or the lengths differ.
        """
        points = [_check_track(track) for track in tracks]
        lengths = {len(one) for one in points}
        if len(lengths) > 1:
            raise ValueError(f"All tracks must have the same length; received {sorted(lengths)}.")
        header = {
            "start": [float(start[0]), float(start[1])],
            "sentence": str(sentence),
            "count": lengths.pop() if lengths else 0,
            "tracks": [
                {
                    "name": track.name,
                    "palette": track.palette,
                    "shape": track.shape,
                    "dash": track.dash,
                    "leftAt": track.left_at,
                    "diverged": bool(track.diverged),
                }
                for track in tracks
            ],
        }
        self._frame = pack_frame(header, points)

    def close(self) -> None:
        """Remove the picture from the notebook and free what it holds."""
        if self._selection is not None:
            self._selection.close()
        super().close()

    def _moved_in_browser(self, change: Mapping[str, Any]) -> None:
        value = change["new"]
        # What a browser sends is checked like anything that comes through a door.
        if (
            isinstance(value, (list, tuple))
            and len(value) == 2
            and all(isinstance(v, (int, float)) for v in value)
            and all(math.isfinite(v) for v in value)
        ):
            self.start = (float(value[0]), float(value[1]))


def _check_track(track: Track) -> np.ndarray:
    points = np.asarray(track.points, float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"The track {track.name!r} must have the shape (steps + 1, 2); received {points.shape}."
        )
    if track.shape not in SHAPES:
        raise ValueError(f"shape must be one of {SHAPES}; received {track.shape!r}.")
    if track.palette not in range(6):
        raise ValueError(f"palette must be 0 to 5; received {track.palette!r}.")
    return points
