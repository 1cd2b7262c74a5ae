"""How the gradients of batches scatter around the gradient of all rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def gradient_noise(
    batch_sizes: Any,
    deviations: Any,
    expected: Any = None,
    *,
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw the noise of a batch's gradient against the batch size, both logarithmic.

    Args:
        batch_sizes: Rows per batch, positive, shape (sizes,).
        deviations: Measured length of the noise, shape (sizes,).
        expected: What theory expects, shape (sizes,), or None.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If an argument is not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> ax = gradient_noise([8, 32, 128], [0.4, 0.2, 0.1])
        >>> ax.get_yscale()
        'log'
    """
    sizes = as_floats(batch_sizes, "batch_sizes", "(sizes,)")
    measured = as_floats(deviations, "deviations", "(sizes,)")
    require_length(measured, len(sizes), "deviations", "one per batch size")
    ax = style.axes_or_new(ax)
    # The plain law as a ruler: through the first point, falling by half for four times the rows.
    ax.plot(
        sizes, measured[0] * np.sqrt(sizes[0] / sizes), color=style.GHOST, linestyle=":", linewidth=1.6,
        label="1 / sqrt(batch size)", gid="law",
    )  # fmt: skip
    if expected is not None:
        line = as_floats(expected, "expected", "(sizes,)")
        require_length(line, len(sizes), "expected", "one per batch size")
        ax.plot(
            sizes, line, color=style.VALIDATION, linestyle=style.VALIDATION_LINE,
            label="expected, no row drawn twice", gid="expected",
        )  # fmt: skip
    ax.plot(
        sizes, measured, color=style.TRAIN, linestyle="none", marker="o", markersize=7, label="measured",
        gid="measured",
    )  # fmt: skip
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    ax.set_xticks(sizes, labels=[f"{size:g}" for size in sizes])
    ax.minorticks_off()
    style.dress(
        ax,
        x_label="batch size (rows), log scale",
        y_label="noise of the gradient, log scale",
        title="Four times the rows halve the noise" if title is None else title,
    )
    ax.legend(frameon=False)
    return ax


def gradient_clouds(
    clouds: Mapping[int, Any], *, ax: "Axes | None" = None, title: str | None = None
) -> "Axes":
    """Draw the gradients of many batches as points, one colour and marker per batch size.

    Args:
        clouds: Per batch size the places of the batches' gradients, shape (draws, 2), in lengths of the full
            gradient, which lies at (1, 0).
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If a cloud is not made of numbers.
        ValueError: If there is no cloud, or one has another shape.

    Example:
        >>> ax = gradient_clouds({8: [[1.2, 0.3], [0.7, -0.4]]})
        >>> ax.get_xlabel()
        'along the full gradient'
    """
    if not clouds:
        raise ValueError("clouds must hold the points of at least one batch size, but it is empty.")
    ax = style.axes_or_new(ax)
    for place, (size, points) in enumerate(sorted(clouds.items())):
        points = as_floats(points, f"clouds[{size}]", "(draws, 2)")
        if points.shape[1] != 2:
            raise ValueError(f"clouds[{size}] must have the shape (draws, 2), but has {points.shape}.")
        ax.plot(
            points[:, 0], points[:, 1], linestyle="none", marker=style.MARKERS[place % 4], markersize=4,
            alpha=0.65, color=style.PALETTE[place % 6], label=f"batches of {size}", gid=f"cloud {size}",
        )  # fmt: skip
    ax.annotate("", (1, 0), (0, 0), arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 2})
    ax.plot(1, 0, marker="*", markersize=13, color=style.INK, linestyle="none", label="all rows", gid="full")
    style.dress(
        ax,
        x_label="along the full gradient",
        y_label="across it, where rows scatter most",
        title="Larger batches agree with each other" if title is None else title,
    )
    ax.legend(framealpha=0.85, edgecolor="none", fontsize="small")
    return ax
