"""A network as a picture: every unit with the map of what it answers over the plane, every weight as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import anywidget
import numpy as np
import traitlets

from tuningkit.labs.boundary import check_extent
from tuningkit.labs.static import pack_frame, static_text

#: Outputs up to this size keep one scale, so that a weak unit looks pale; beyond it the map shows the shape.
_LEAST_SCALE = 1.0
_STEPS = 127


@dataclass(frozen=True)
class LayerPicture:
    """One column of the picture.

    Attributes:
        title: Name of the column, such as "layer 1".
        words: A second line below it, such as "8 tanh"; may be empty.
        units: Names of its units, from top to bottom.
        maps: What each unit answers over the plane, shape (units, side, side); rows are rising y, columns rising x.
        kernel: Weights from the column before, shape (units before, units); None for the inputs.
        bias: Shape (units,); None for the inputs.

    Raises:
        ValueError: If shapes do not fit each other.
    """

    title: str
    words: str
    units: tuple[str, ...]
    maps: np.ndarray
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.units)
        if self.maps.ndim != 3 or self.maps.shape[0] != count or self.maps.shape[1] != self.maps.shape[2]:
            raise ValueError(f"maps must have the shape ({count}, side, side), but got {self.maps.shape}.")
        if (self.kernel is None) != (self.bias is None):
            raise ValueError("kernel and bias belong together: give both, or neither for the inputs.")
        if self.kernel is not None and (self.kernel.shape[1:] != (count,) or np.shape(self.bias) != (count,)):
            raise ValueError(
                f"kernel must have the shape (units before, {count}) and bias ({count},), "
                f"but got {self.kernel.shape} and {np.shape(self.bias)}."
            )


class NetworkPicture(anywidget.AnyWidget):
    """A network drawn from left to right: inputs, hidden layers, output.

    Each unit is a small square that shows what it answers at every place of the plane: blue below zero, the page's
    colour at zero, orange above. A line's thickness is the size of a weight, its colour and dashes are the sign. The
    mouse or the arrow keys pick a unit: its map is shown large, with its weights in figures.

    One thread at a time may call `draw`.

    Example:
        >>> picture = NetworkPicture()
        >>> picture.draw([inputs, hidden, output], extent=(-6, 6, -6, 6), sentence="2 inputs, 1 hidden layer")
    """

    _esm = static_text("common.js", "network_view.js")
    _css = static_text("theme.css", "network_view.css")

    _frame = traitlets.Bytes().tag(sync=True)
    _points = traitlets.Bytes().tag(sync=True)

    def set_points(self, x: np.ndarray, height: np.ndarray) -> None:
        """Show these points on the large map.

        Args:
            x: Shape (points, 2).
            height: From -1 to 1, shape (points,): the first class is -1, the second 1, an amount lies between. NaN
                draws a point without a colour.

        Raises:
            ValueError: If the shapes do not fit.
        """
        x, height = np.asarray(x), np.asarray(height)
        if x.ndim != 2 or x.shape[1] != 2 or height.shape != x.shape[:1]:
            raise ValueError(
                f"x must have the shape (points, 2) and height (points,), but got {x.shape} and {height.shape}."
            )
        self._points = pack_frame({"count": len(x)}, [x, height])

    def draw(
        self,
        layers: Sequence[LayerPicture],
        *,
        extent: tuple[float, float, float, float],
        sentence: str = "",
        discrete: bool = False,
    ) -> None:
        """Show a network in place of the earlier one.

        Args:
            layers: From the inputs to the output, two or more.
            extent: `(xmin, xmax, ymin, ymax)` of the maps.
            sentence: What the picture shows, in words; printed above it and read out.
            discrete: Whether the maps show the sign alone.

        Raises:
            ValueError: If the layers do not fit each other.
        """
        layers = list(layers)
        if len(layers) < 2 or layers[0].kernel is not None:
            raise ValueError("A network is drawn from its inputs, which have no kernel, to its output.")
        side = layers[0].maps.shape[1]
        for before, layer in pairwise(layers):
            if layer.kernel is None or layer.kernel.shape[0] != len(before.units):
                raise ValueError(
                    f"The kernel of {layer.title!r} must have {len(before.units)} rows, one per unit before it."
                )
            if layer.maps.shape[1] != side:
                raise ValueError("All maps must have the same number of places a side.")
        shades, scales = quantised(np.concatenate([layer.maps for layer in layers]))
        header = {
            "columns": [
                {"title": layer.title, "words": layer.words, "units": list(layer.units)} for layer in layers
            ],
            "side": side,
            "extent": check_extent(extent),
            "scales": [round(float(scale), 6) for scale in scales],
            "sentence": sentence,
            "discrete": bool(discrete),
        }
        numbers = [array for layer in layers[1:] for array in (layer.kernel, layer.bias)]
        self._frame = pack_frame(header, numbers) + shades.tobytes()


def quantised(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps as one byte per place: 128 is zero, 1 and 255 are the ends of the scale, 0 is no number.

    Args:
        maps: Shape (units, side, side).

    Returns:
        The bytes in the same shape, and each unit's scale, shape (units,): its largest size, at least 1.

    Example:
        >>> shades, scales = quantised(np.array([[[0.0, 4.0], [-2.0, np.nan]]]))
        >>> shades.tolist(), scales.tolist()
        ([[[128, 255], [64, 0]]], [4.0])
    """
    maps = np.asarray(maps, dtype=float)
    known = np.isfinite(maps)
    sizes = np.where(known, np.abs(maps), 0.0)
    scales = np.maximum(sizes.max(axis=(1, 2)), _LEAST_SCALE)
    shares = np.where(known, maps, 0.0) / scales[:, None, None]
    return np.where(known, np.rint(_STEPS * shares) + 128, 0).astype(np.uint8), scales
