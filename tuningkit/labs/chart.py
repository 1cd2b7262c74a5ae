"""The live chart: curves over epochs that change while a network trains.

Python hands over one snapshot after another; the browser draws the latest one. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import numpy as np
import traitlets

from .chart_parts import Curve, Marker, Panel
from .static import pack_frame, static_text

__all__ = ["Curve", "CurveChart", "Marker", "Panel"]


class CurveChart(anywidget.AnyWidget):
    """Panels of live curves, with a read-out for mouse and keyboard.

    The chart is written by one thread and only shown by the browser, which sends nothing back. A reloaded
    page shows the latest snapshot, because it is the widget's state. Draw at most 30 snapshots per second.

    Args:
        panels: The pairs of axes, side by side where there is room.
        height: Height of each pair of axes in pixels, at least 120.
        description: What the chart shows, in a sentence, for those who cannot see it.
        stacked: Whether the pairs of axes always stand below each other, their horizontal axes in line.

    Raises:
        ValueError: No panel, two panels with the same name, or too little height.

    Example:
        >>> chart = CurveChart([Panel("loss", "Loss", "cross-entropy", y_log_toggle=True)])
        >>> chart.draw([Curve("loss", "training", x=[1, 2], y=[0.9, 0.5], role="train")], x_max=10)
    """

    _esm = static_text("common.js", "chart_parts.js", "chart.js")
    _css = static_text("theme.css", "chart.css")

    _panels = traitlets.List().tag(sync=True)
    _height = traitlets.Int(260).tag(sync=True)
    _description = traitlets.Unicode().tag(sync=True)
    _stacked = traitlets.Bool(False).tag(sync=True)
    # One value for numbers and their meaning: the browser never sees the one without the other.
    _frame = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, panels: Sequence[Panel], *, height: int = 260, description: str = "", stacked: bool = False
    ) -> None:
        names = [panel.name for panel in panels]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"A chart needs panels with different names; received {names}.")
        if height < 120:
            raise ValueError(f"height must be at least 120 pixels; received {height}.")
        self._names = {name: index for index, name in enumerate(names)}
        self._sequence = 0
        super().__init__(
            _panels=[_panel_layout(panel) for panel in panels],
            _height=int(height),
            _description=description or " and ".join(panel.title for panel in panels),
            _stacked=bool(stacked),
        )

    def draw(
        self,
        curves: Sequence[Curve],
        *,
        markers: Sequence[Marker] = (),
        sentence: str = "",
        x_max: float | None = None,
    ) -> None:
        """Replace the whole picture.

        Args:
            curves: Everything to be seen, in the order of the legend.
            markers: Vertical lines and highlighted points.
            sentence: The state in words; a screen reader speaks it when it changes, at most every four
                seconds.
            x_max: Right end of the horizontal axes labelled like the first panel's, so that they stand still
                while a run grows, for example the epochs planned. Curves that go further stretch them.

        Raises:
            ValueError: A curve or marker names a panel that the chart lacks, or `x_max` is not finite.
        """
        if x_max is not None and not np.isfinite(x_max):
            raise ValueError(f"x_max must be a finite number or None; received {x_max!r}.")
        numbers = _Numbers()
        self._sequence += 1
        header = {
            "seq": self._sequence,
            "sentence": sentence,
            "xMax": None if x_max is None else float(x_max),
            "curves": [self._curve_layout(curve, numbers) for curve in curves],
            "markers": [self._marker_layout(marker) for marker in markers],
        }
        self._frame = pack_frame(header, numbers.arrays)

    def __repr__(self) -> str:
        return f"CurveChart({self._description!r})"

    def _panel_index(self, name: str) -> int:
        if name not in self._names:
            raise ValueError(
                f"There is no panel {name!r}; the chart has {', '.join(map(repr, self._names))}."
            )
        return self._names[name]

    def _curve_layout(self, curve: Curve, numbers: _Numbers) -> dict[str, Any]:
        return {
            "panel": self._panel_index(curve.panel),
            "label": curve.label,
            "role": curve.role,
            "kind": curve.kind,
            "ghost": bool(curve.ghost),
            "emphasis": bool(curve.emphasis),
            "shade": None if curve.shade is None else float(curve.shade),
            "palette": curve.palette,
            "dash": curve.dash,
            "n": len(curve.y),
            "x": numbers.add(curve.x),
            "y": numbers.add(curve.y),
            "low": None if curve.low is None else numbers.add(curve.low),
            "high": None if curve.high is None else numbers.add(curve.high),
        }

    def _marker_layout(self, marker: Marker) -> dict[str, Any]:
        return {
            "panel": None if marker.panel is None else self._panel_index(marker.panel),
            "x": float(marker.x),
            "y": None if marker.y is None else float(marker.y),
            "label": marker.label,
            "before": bool(marker.before),
        }


class _Numbers:
    """Collects arrays for one frame; equal ones, such as the epochs of all curves, travel once."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self._offsets: dict[bytes, int] = {}
        self._count = 0

    def add(self, values: np.ndarray) -> int:
        """Where `values` begin among all numbers of the frame."""
        key = values.tobytes()
        if key not in self._offsets:
            self._offsets[key] = self._count
            self.arrays.append(values)
            self._count += len(values)
        return self._offsets[key]


def _panel_layout(panel: Panel) -> dict[str, Any]:
    return {
        "name": panel.name,
        "title": panel.title,
        "yLabel": panel.y_label,
        "xLabel": panel.x_label,
        "yLog": panel.y_log,
        "xLog": panel.x_log,
        "toggle": panel.y_log_toggle,
        "yRange": panel.y_range,
    }
