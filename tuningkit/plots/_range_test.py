"""Loss against a rising learning rate."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length
from tuningkit.plots._numbers import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def range_test(
    rates: Any,
    losses: Any,
    *,
    smoothed: Any = None,
    interval: tuple[float, float] | None = None,
    suggestion: float | None = None,
    diverged_at: float | None = None,
    loss_name: str = "loss",
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw a learning-rate range test: points for single batches, a line for the smoothed loss.

    Args:
        rates: Learning rates, positive and rising, shape (steps,).
        losses: One per batch, shape (steps,); NaN draws nothing.
        smoothed: The smoothed loss, shape (steps,), or None.
        interval: Lowest and highest rate worth using, drawn as a band.
        suggestion: A rate to try first, drawn as a vertical line.
        diverged_at: The rate at which the loss had diverged, marked by a cross and a vertical line.
        loss_name: What the loss is, for the axis.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If rates or losses are not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> ax = range_test([1e-3, 1e-2, 1e-1], [2.0, 1.0, 5.0], interval=(1e-3, 1e-2), diverged_at=1e-1)
        >>> ax.get_xscale()
        'log'
    """
    rates, losses = as_floats(rates, "rates", "(steps,)"), as_floats(losses, "losses", "(steps,)")
    require_length(rates, len(losses), "rates", "one per loss")
    line = losses if smoothed is None else as_floats(smoothed, "smoothed", "(steps,)")
    require_length(line, len(losses), "smoothed", "one per loss")
    ax = style.axes_or_new(ax)
    if interval is not None:
        ends = " to ".join(format_number(float(f"{rate:.2g}")) for rate in interval)
        ax.axvspan(
            *interval,
            color=style.PALETTE[2],
            alpha=0.16,
            linewidth=0,
            label=f"worth using: {ends}",
            gid="interval",
        )
    ax.plot(
        rates,
        losses,
        linestyle="none",
        marker=".",
        markersize=4,
        color=style.GHOST,
        label="each batch",
        gid="batches",
    )
    if smoothed is not None:
        ax.plot(rates, line, color=style.TRAIN, linewidth=2, label="smoothed", gid="smoothed")
    if suggestion is not None:
        words = f"first try: {format_number(float(f'{suggestion:.2g}'))}"
        ax.axvline(
            suggestion, color=style.PALETTE[2], linestyle="--", linewidth=1.6, label=words, gid="suggestion"
        )
    if diverged_at is not None:
        words = f"diverged at {format_number(float(f'{diverged_at:.2g}'))}"
        ax.axvline(diverged_at, color=style.VALIDATION, linestyle=":", linewidth=1.8, gid="divergence")
        ax.plot(
            diverged_at, 0.97, transform=ax.get_xaxis_transform(), linestyle="none", marker="X", markersize=9,
            color=style.VALIDATION, label=words, gid="diverged",
        )  # fmt: skip
    _limit(ax, losses, line)
    style.log_axis(ax.xaxis)
    if len(rates):
        ax.set_xlim(rates[0], rates[-1])
    if title is None:
        title = "Where the loss falls" if interval is not None else "The loss falls at no rate"
        if interval is not None and diverged_at is not None:
            title += ", and where it diverges"
    style.dress(ax, x_label="learning rate, log scale", y_label=loss_name, title=title)
    ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _limit(ax: "Axes", losses: np.ndarray, line: np.ndarray) -> None:
    """Leave out of sight how far the loss leaps: what matters lies below twice its level before."""
    known = line[np.isfinite(line)]
    if not known.size:
        return
    top, low = max(known[0], np.median(known)), min(known.min(), losses[np.isfinite(losses)].min())
    room = 0.6 * (top - low) or abs(top) or 1.0
    ax.set_ylim(low - 0.08 * room, top + room)
