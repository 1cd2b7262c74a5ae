"""Where the values of a hyperparameter lie on an axis: linear, log, log with a real zero, or names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots._numbers import format_number
from tuningkit.plots._style import INK, LOG_FACTOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LABELS = 9


@dataclass(frozen=True)
class ValueScale:
    """Positions and tick labels for the values of one hyperparameter.

    Args:
        positions: Where each value is drawn, in data coordinates, shape (values,). On a log scale zero has a
            position of its own, left of the smallest positive value.
        labels: Each value as text.
        log: Whether the axis is logarithmic.
        ticks: Positions of the ticks, or None to leave them to Matplotlib.
        tick_labels: One text per tick.
        zero_at: Position of the value zero on a log scale, or None.
        break_at: Where the axis is broken between zero and the positive values, or None.
        named: Whether the values are names, which have no order.
    """

    positions: np.ndarray
    labels: tuple[str, ...]
    log: bool = False
    ticks: tuple[float, ...] | None = None
    tick_labels: tuple[str, ...] = ()
    zero_at: float | None = None
    break_at: float | None = None
    named: bool = False

    @property
    def coordinates(self) -> np.ndarray:
        """Positions for colours: logarithms on a log scale."""
        return np.log10(self.positions) if self.log else self.positions

    @property
    def tick_coordinates(self) -> np.ndarray:
        """Ticks for a colour bar: logarithms on a log scale."""
        ticks = np.asarray(self.ticks if self.ticks is not None else self.positions)
        return np.log10(ticks) if self.log else ticks

    @classmethod
    def of(cls, values: Sequence[Any] | np.ndarray, what: str = "values") -> "ValueScale":
        """Choose the scale that shows the values evenly.

        Evenly spaced values are drawn on a linear scale. Otherwise the scale is logarithmic if no value is
        negative and the positive ones are evenly spaced in their logarithm or spread over a factor of 100.
        Names, such as those of optimisers, stand side by side.

        Args:
            values: Numbers or names, shape (values,).
            what: The argument's name, for messages.

        Returns:
            The scale.

        Raises:
            TypeError: If values are neither numbers nor names.
            ValueError: If they are empty, nested or not finite.
        """
        array = np.asarray(values)
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"{what} must be a list of at least one value, but its shape is {array.shape}.")
        if array.dtype.kind in "UTO" and all(isinstance(value, str) for value in array):
            places = np.arange(len(array), dtype=float)
            names = tuple(map(str, array))
            return cls(places, names, ticks=tuple(places), tick_labels=names, named=True)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{what} must be numbers or names, but they are {array.dtype}.")
        numbers = array.astype(np.float64)
        if not np.isfinite(numbers).all():
            raise ValueError(f"{what} must be finite, but they contain {numbers[~np.isfinite(numbers)][0]}.")
        labels = tuple(format_number(value) for value in numbers)
        distinct = np.unique(numbers)
        if _is_log(distinct):
            return cls._log(numbers, labels, distinct)
        if len(distinct) > MOST_LABELS:
            return cls(numbers, labels)
        return cls(numbers, labels, ticks=tuple(distinct), tick_labels=tuple(map(format_number, distinct)))

    @classmethod
    def _log(cls, numbers: np.ndarray, labels: tuple[str, ...], distinct: np.ndarray) -> "ValueScale":
        positive = distinct[distinct > 0]
        exponents = np.log10(positive)
        ticks = _log_ticks(positive)
        tick_labels = [format_number(tick) for tick in ticks]
        if distinct[0] > 0:
            return cls(numbers, labels, log=True, ticks=tuple(ticks), tick_labels=tuple(tick_labels))
        # Far enough left to be seen as apart: one step, an eighth of the axis, and at least half a decade.
        gap = max(0.5, float(np.median(np.diff(exponents))), 0.125 * float(np.ptp(exponents)))
        zero_at = float(10 ** (exponents[0] - gap))
        return cls(
            np.where(numbers > 0, numbers, zero_at),
            labels,
            log=True,
            ticks=(zero_at, *ticks),
            tick_labels=("0", *tick_labels),
            zero_at=zero_at,
            break_at=float(10 ** (exponents[0] - gap / 2)),
        )

    def apply_to_x(self, ax: "Axes") -> None:
        """Set up the x axis: its scale, its ticks, and a break mark between zero and the positive values.

        Args:
            ax: Axes whose data is drawn at `positions`.
        """
        from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, NullFormatter, NullLocator

        if self.log:
            ax.set_xscale("log")
            ax.xaxis.set_minor_locator(NullLocator())
            ax.xaxis.set_minor_formatter(NullFormatter())
        if self.ticks is not None:
            ax.xaxis.set_major_locator(FixedLocator(self.ticks))
            ax.xaxis.set_major_formatter(FixedFormatter(self._labels_that_fit(ax)))
        else:
            ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
        if self.break_at is not None:
            _draw_break(ax, self.break_at)

    def _labels_that_fit(self, ax: "Axes") -> tuple[str, ...]:
        """Labels of the ticks; where logarithms stand too close, those of powers of ten, or those that have room."""
        if not self.log or len(self.ticks) < 2:
            return self.tick_labels
        exponents = np.log10(self.ticks)
        # In points, of which a digit takes about six. The margins beside the data take a tenth.
        room = 0.9 * 72 * ax.get_window_extent().width / ax.get_figure().dpi
        places = room * (exponents - exponents[0]) / np.ptp(exponents)
        sizes = np.array([6 * len(label) for label in self.tick_labels])
        if (np.diff(places) > (sizes[:-1] + sizes[1:]) / 2 + 4).all():
            return self.tick_labels
        kept = [
            tick == self.zero_at or abs(e - round(e)) < 1e-6
            for tick, e in zip(self.ticks, exponents, strict=True)
        ]
        if sum(kept) < 3:
            # From the left, each that has room beside the last one kept.
            end, kept = -np.inf, []
            for place, size in zip(places, sizes, strict=True):
                kept.append(place - size / 2 > end + 4)
                end = place + size / 2 if kept[-1] else end
        return tuple(label if keep else "" for label, keep in zip(self.tick_labels, kept, strict=True))


def _draw_break(ax: "Axes", x: float) -> None:
    """Two slanted strokes on the axis, with a gap between them."""
    from matplotlib.path import Path

    gap = [(-0.6, -1), (0.2, 1), (0.6, 1), (-0.2, -1)]
    strokes = Path([gap[0], gap[1], gap[3], gap[2]], [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO])
    for marker, face, edge in ((gap, ax.get_facecolor(), "none"), (strokes, "none", INK)):
        ax.plot(
            [x],
            [0],
            transform=ax.get_xaxis_transform(),
            linestyle="none",
            marker=marker,
            markersize=11,
            markerfacecolor=face,
            markeredgecolor=edge,
            clip_on=False,
            zorder=5,
            gid="axis break",
        )


def _is_log(distinct: np.ndarray) -> bool:
    positive = distinct[distinct > 0]
    if distinct[0] < 0 or len(positive) < 2:
        return False
    if len(distinct) > 2 and _even(distinct):
        return False
    evenly_in_logs = len(positive) > 2 and _even(np.log10(positive))
    return bool(evenly_in_logs or positive[-1] / positive[0] >= LOG_FACTOR)


def _even(numbers: np.ndarray) -> bool:
    steps = np.diff(numbers)
    return bool(np.allclose(steps, steps.mean(), rtol=0.02))


def _log_ticks(positive: np.ndarray) -> np.ndarray:
    """At most nine: all values if they are few, powers of ten over three decades or more, else every so many."""
    if len(positive) <= MOST_LABELS:
        return positive
    first, last = np.ceil(np.log10(positive[0]) - 1e-9), np.floor(np.log10(positive[-1]) + 1e-9)
    if last - first >= 2:
        every = int(np.ceil((last - first + 1) / MOST_LABELS))
        return 10.0 ** np.arange(last, first - 1, -every)[::-1]
    return positive[:: int(np.ceil(len(positive) / MOST_LABELS))]
