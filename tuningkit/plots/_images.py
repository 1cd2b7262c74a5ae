"""A sheet of small images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots._checks import as_floats, require_length
from tuningkit.plots._style import new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_IMAGES = 200


def images(x: Any, *, titles: Sequence[Any] = (), columns: int = 8, title: str | None = None) -> "Figure":
    """Draw images side by side; all of them share one scale from their smallest to their largest value.

    Grey images are drawn as ink on paper: the largest value is black.

    Args:
        x: Images of shape (images, height, width), (images, height, width, 1) or (images, height, width, 3) for
            colour; or flattened squares of shape (images, pixels), as `load_digits()` gives them.
        titles: One text per image, or empty.
        columns: Images in a row, 1 or more.
        title: What the figure shows.

    Returns:
        The figure.

    Raises:
        TypeError: If x is not made of numbers.
        ValueError: If the shape is none of these, there are no images or more than 200, or titles do not fit.

    Example:
        >>> figure = images(load_digits().x_train[:16], titles=range(16))
        >>> len(figure.axes)
        16
    """
    pictures = _as_pictures(x)
    if isinstance(columns, bool) or not isinstance(columns, int | np.integer) or columns < 1:
        raise ValueError(f"columns must be a whole number of at least 1, but it is {columns!r}.")
    if len(titles):
        require_length(titles, len(pictures), "titles", "one per image")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = new_figure(
        max(1.05 * columns, 2.4), (1.3 if len(titles) else 1.05) * rows + (0.4 if title else 0)
    )
    finite = pictures[np.isfinite(pictures)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    axes = new_axes(figure, rows, columns).ravel()
    for ax in axes[len(pictures) :]:
        ax.remove()
    for index, (picture, ax) in enumerate(zip(pictures, axes, strict=False)):
        if picture.ndim == 3:
            picture = (picture - low) / (high - low if high > low else 1)
        ax.imshow(picture, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        if len(titles):
            ax.set_title(str(titles[index]), fontsize="small", pad=3)
    if title is not None:
        figure.suptitle(title)
    return figure


def _as_pictures(x: Any) -> np.ndarray:
    """Grey images get the shape (images, height, width), colour images (images, height, width, 3)."""
    shapes = ("(images, pixels)", "(images, height, width)", "(images, height, width, channels)")
    array = as_floats(x, "x", *shapes)
    if array.size == 0 or len(array) > MOST_IMAGES:
        raise ValueError(
            f"x must hold 1 to {MOST_IMAGES} images, but its shape is {array.shape}. Pass x[:32]."
        )
    if array.ndim == 2:
        side = round(array.shape[1] ** 0.5)
        if side * side != array.shape[1]:
            raise ValueError(
                f"x has rows of {array.shape[1]} pixels, which is no square. "
                "Pass images of shape (images, height, width)."
            )
        return array.reshape(-1, side, side)
    if array.ndim == 4:
        if array.shape[3] not in (1, 3):
            raise ValueError(f"x must have 1 or 3 channels on its last axis, but its shape is {array.shape}.")
        return array[..., 0] if array.shape[3] == 1 else array
    return array
