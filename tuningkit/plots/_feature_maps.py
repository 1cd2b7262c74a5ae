"""Filters, and what they make of an image: a column per filter."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots._checks import as_floats
from tuningkit.plots._style import new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_FILTERS = 64
_PER_LINE = 8


def feature_maps(
    image: Any, filters: Any, after_convolution: Any, after_pooling: Any = None, *, title: str | None = None
) -> "Figure":
    """Draw an image, and below each other every filter, its map after convolution and its map after pooling.

    Image and maps are ink on paper: 0 is white, the largest value black; all maps share one scale. Filters share a
    scale from blue (the most negative weight) through white (0) to orange; a dash marks a negative weight.

    Args:
        image: Shape (height, width), or (height, width, 1).
        filters: Shape (kernel height, kernel width, filters).
        after_convolution: Shape (rows, columns, filters), 0 or more, as after ReLU.
        after_pooling: Shape (rows, columns, filters), or None.
        title: What the figure shows.

    Returns:
        The figure.

    Raises:
        TypeError: If something is not made of numbers.
        ValueError: If a shape does not fit, there is no filter, or there are more than 64.

    Example:
        >>> import numpy as np
        >>> figure = feature_maps(np.eye(8), np.ones((3, 3, 4)), np.ones((6, 6, 4)), np.ones((3, 3, 4)))
        >>> len(figure.axes)  # the image, 3 rows of 4, and two scales
        15
    """
    picture = as_floats(image, "image", "(height, width)", "(height, width, 1)")
    if picture.ndim == 3:
        if picture.shape[2] != 1:
            raise ValueError(f"image must have one channel, but its shape is {picture.shape}.")
        picture = picture[..., 0]
    kernels = as_floats(filters, "filters", "(kernel height, kernel width, filters)")
    count = kernels.shape[2]
    if not 1 <= count <= MOST_FILTERS:
        raise ValueError(f"filters must hold 1 to {MOST_FILTERS} filters, but its shape is {kernels.shape}.")
    maps = _maps(after_convolution, "after_convolution", count)
    pooled = None if after_pooling is None else _maps(after_pooling, "after_pooling", count)
    reach, top = _reach(kernels), _reach(maps)
    signed = {"cmap": _signed_colours(), "vmin": -reach, "vmax": reach}
    ink = {"cmap": "gray_r", "vmin": 0, "vmax": top}
    kinds = [("filter", kernels, signed), ("after\nconvolution", maps, ink)]
    if pooled is not None:
        kinds.append(("after\npooling", pooled, ink))

    wide = min(count, _PER_LINE)
    lines = -(-count // wide)
    figure = new_figure(2.4 + 0.95 * wide, max(2.2, 0.82 * len(kinds) * lines + 0.5) + (0.5 if title else 0))
    left, right = figure.subfigures(1, 2, width_ratios=(1.9, 0.5 + 0.95 * wide))
    _draw_image(new_axes(left)[0, 0], picture)
    axes = new_axes(right, lines * len(kinds), wide)
    shown: dict[str, Any] = {}
    for place, ax in np.ndenumerate(axes):
        line, kind = divmod(place[0], len(kinds))
        number = line * wide + place[1]
        name, pictures, style = kinds[kind]
        if number >= count:
            ax.remove()
            continue
        shown[name] = ax.imshow(pictures[..., number], interpolation="nearest", **style)
        ax.set(xticks=[], yticks=[])
        if kind == 0:
            _mark_negative(ax, pictures[..., number])
            ax.set_title(f"{number + 1}", fontsize="small", pad=2)
        if place[1] == 0:
            ax.set_ylabel(name, fontsize="small", rotation=0, ha="right", va="center")
    for name, words in (("filter", "weight"), ("after\nconvolution", "map")):
        bar = right.colorbar(shown[name], ax=axes.ravel().tolist(), shrink=0.9, aspect=30, pad=0.01)
        bar.set_label(words, fontsize="small")
        bar.ax.tick_params(labelsize="x-small")
    if title is not None:
        figure.suptitle(title, fontsize="medium")
    return figure


def _maps(values: Any, what: str, count: int) -> np.ndarray:
    array = as_floats(values, what, "(rows, columns, filters)")
    if array.shape[2] != count:
        raise ValueError(
            f"{what} must hold one map for each of the {count} filters, but its shape is {array.shape}."
        )
    return array


def _reach(values: np.ndarray) -> float:
    """Largest distance from 0; 1 where there is none, so that a scale has two ends."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def _signed_colours() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    from tuningkit.plots._style import PALETTE

    return LinearSegmentedColormap.from_list("signed", [PALETTE[0], "white", PALETTE[1]])


def _mark_negative(ax: "Axes", kernel: np.ndarray) -> None:
    """A dash on every negative weight, so that colour is not the only sign of it."""
    rows, columns = np.nonzero(kernel < 0)
    size = 24 / max(3, *kernel.shape)
    ax.plot(columns, rows, "_", color="black", markersize=size, markeredgewidth=0.8)


def _draw_image(ax: "Axes", picture: np.ndarray) -> None:
    ax.imshow(picture, cmap="gray_r", vmin=0, vmax=_reach(picture), interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.set_title("image", fontsize="small", pad=3)
