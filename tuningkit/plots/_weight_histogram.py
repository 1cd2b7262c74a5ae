"""How the weights of a network are spread, and how many of them are nearly zero."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats
from tuningkit.plots._numbers import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def weight_histogram(
    weights: Any,
    *,
    bins: int = 60,
    near_zero: float = 1e-3,
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Count the weights of a layer or a network by size.

    The share of weights with |weight| <= near_zero is written into the figure: L1 raises it, L2 hardly does. The
    count has a log scale, or the peak at zero would hide everything else.

    Args:
        weights: An array of any shape, or a list of arrays such as `model.get_weights()`.
        bins: Number of bars, 1 or more; an even number is raised by one, so that one bar is centred on zero.
        near_zero: Weights at most this far from zero count as nearly zero, above 0.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes; the bars are in `ax.patches`.

    Raises:
        TypeError: If weights are not numbers.
        ValueError: If there are no finite weights, or bins or near_zero is out of range.

    Example:
        >>> ax = weight_histogram([0.0, 0.0, 0.5, -0.5])
        >>> ax.texts[0].get_text().splitlines()
        ['2 of 4 weights (50.0 %)', 'lie within ±0.001 of zero']
    """
    flat = _flatten(weights)
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise ValueError(f"bins must be a whole number of at least 1, but it is {bins!r}.")
    if not 0 < near_zero < float("inf"):
        raise ValueError(f"near_zero must be a number above 0, but it is {near_zero!r}.")
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        raise ValueError(f"There are no finite weights to count: weights has {flat.size} values.")
    ax = style.axes_or_new(ax)
    reach = max(float(abs(finite).max()), 10 * near_zero)
    bins += bins % 2 == 0
    ax.hist(finite, bins=np.linspace(-reach, reach, bins + 1), color=style.TRAIN, log=True, gid="bars")
    ax.axvspan(-near_zero, near_zero, color=style.VALIDATION, alpha=0.35, linewidth=0.8, gid="near zero")
    ax.text(
        0.02,
        0.97,
        _sentence(flat, finite, near_zero),
        transform=ax.transAxes,
        ha="left",
        va="top",
        fontsize="small",
        gid="share",
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none"},
        color=style.INK,
    )
    style.log_axis(ax.yaxis)
    # Room above the bars for the sentence.
    ax.set_ylim(0.7, ax.get_ylim()[1] * 6)
    style.dress(ax, x_label="weight", y_label="number of weights, log scale", title=title)
    return ax


def _flatten(weights: Any) -> np.ndarray:
    """Lists of arrays with different shapes, as Keras gives them, become one long row."""
    arrays = weights if isinstance(weights, list | tuple) else [weights]
    rows = []
    for array in arrays:
        array = np.asarray(array)
        rows.append(as_floats(array.reshape(-1), "weights", "(weights,)"))
    return np.concatenate(rows) if rows else np.empty(0)


def _sentence(flat: np.ndarray, finite: np.ndarray, near_zero: float) -> str:
    small = int((abs(finite) <= near_zero).sum())
    share = f"{small:,} of {finite.size:,} weights ({100 * small / finite.size:.1f} %)"
    text = f"{share}\nlie within ±{format_number(near_zero)} of zero"
    lost = flat.size - finite.size
    return text + (f"\n{lost:,} more are not finite" if lost else "")
