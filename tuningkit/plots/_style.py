"""Colours, fonts and axes that all figures share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.plots._numbers import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe-Ito hues, darkened until each has a contrast of 3:1 on white; the live charts use the same six. Four more
# follow for data with many classes, which are always told apart by marker shape as well.
# Reference: M. Okabe and K. Ito (2008), Color Universal Design, https://jfly.uni-koeln.de/color/
PALETTE = (
    "#0b5fa5",
    "#c4520a",
    "#0f7f66",
    "#6e1352",
    "#574b1a",
    "#2390b5",
    "#3a3f45",
    "#c0679a",
    "#7a5230",
    "#7d8a2e",
)
TRAIN, VALIDATION = PALETTE[:2]
GHOST = "#8a9099"
INK = "#212529"
TRAIN_LINE, VALIDATION_LINE = "-", (0, (4, 2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

# A range of this factor or more is drawn on a log scale.
LOG_FACTOR = 100


def new_figure(width: float = 6.4, height: float = 4.0) -> "Figure":
    """An empty figure of our own, known to no pyplot.

    Args:
        width: Inches.
        height: Inches.

    Returns:
        A figure with the Agg canvas that keeps labels from overlapping.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from tuningkit.plots._picture import PictureFigure

    figure = PictureFigure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def new_axes(figure: "Figure", rows: int = 1, columns: int = 1) -> np.ndarray:
    """A grid of axes in one of our figures.

    Args:
        figure: From `new_figure`.
        rows: Number of rows.
        columns: Number of columns.

    Returns:
        Axes, shape (rows, columns).
    """
    from tuningkit.plots._picture import PictureAxes

    return figure.subplots(rows, columns, squeeze=False, subplot_kw={"axes_class": PictureAxes})


def axes_or_new(ax: "Axes | None", *, width: float = 6.4, height: float = 4.0) -> "Axes":
    """The caller's axes, or new ones in a new figure.

    Args:
        ax: Axes to draw on, or None.
        width: Inches of a new figure.
        height: Inches of a new figure.

    Returns:
        The axes.

    Raises:
        TypeError: If ax is not Matplotlib axes.
    """
    if ax is None:
        return new_axes(new_figure(width, height))[0, 0]
    if not hasattr(ax, "get_xlim"):
        raise TypeError(f"ax must be Matplotlib axes or None, but it is {type(ax).__name__}.")
    return ax


def dress(ax: "Axes", *, x_label: str, y_label: str, title: str | None, grid: bool = True) -> None:
    """Labels, title, and a quiet frame.

    Args:
        ax: The axes.
        x_label: With its unit, if it has one.
        y_label: With its unit, if it has one.
        title: What the figure shows; None leaves the present title.
        grid: Whether to draw faint grid lines.
    """
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    if title is not None:
        ax.set_title(title)
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(visible=True, color=GHOST, alpha=0.25, linewidth=0.6)
        ax.set_axisbelow(True)


def y_label(ax: "Axes", name: str) -> str:
    """The name of what the y axis measures, with a word about a log scale."""
    return f"{name}, log scale" if ax.get_yscale() == "log" else name


def mark_best(ax: "Axes", x: float, y: float, *, label: str, colour: str) -> None:
    """A star on the best point, before everything else.

    Args:
        ax: The axes.
        x: Its place.
        y: Its height.
        label: For the legend.
        colour: One that stands out from the points around it.
    """
    ax.plot(
        x,
        y,
        linestyle="none",
        marker="*",
        markersize=17,
        color=colour,
        markeredgecolor="white",
        label=label,
        gid="best",
        zorder=4,
    )


def wants_log(values: np.ndarray) -> bool:
    """Whether numbers are best drawn on a log scale: all positive and spread over a factor of 100 or more.

    Args:
        values: Any shape; values that are not finite are left out.

    Returns:
        True for a log scale.
    """
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0 and finite.max() / finite.min() >= LOG_FACTOR)


def log_axis(axis: "Axis") -> None:
    """Make a log axis with plain labels such as `0.01` and `1e-4`.

    Args:
        axis: `ax.xaxis` or `ax.yaxis`.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
    low, high = sorted(axis.get_view_interval())
    if low > 0 and high / low < 30:
        # Fewer than two powers of ten would be labelled: label 2 and 5 as well.
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_formatter(NullFormatter())


def epoch_axis(ax: "Axes") -> None:
    """Label whole epochs only.

    Args:
        ax: Axes with epochs on the x axis.
    """
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True))


def ink_on(colour: Sequence[float]) -> str:
    """The colour of text that is readable on a coloured ground.

    Args:
        colour: Red, green, blue from 0 to 1; more entries are ignored.

    Returns:
        White or nearly black, whichever has more contrast.
    """
    # Relative luminance; 0.18 is where white and black text have the same contrast.
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INK if luminance > 0.18 else "white"


def ordered_colours() -> "Colormap":
    """Perceptually even colours from light green (small) to dark violet (large), all visible on white.

    Returns:
        Viridis reversed, without its brightest part.
    """
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["viridis"](np.linspace(0.85, 0.0, 256)), name="ordered")
