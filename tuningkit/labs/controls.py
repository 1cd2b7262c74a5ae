"""Input widgets made from the table of hyperparameters. They hold values; they compute nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np

from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

#: Stops per power of ten: 1, 2, 5.
_STEPS = (1.0, 2.0, 5.0)
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
_DESCRIPTION = {"description_width": "86px"}


class SliderControl:
    """A slider over listed stops that can also hold any value set from Python.

    A logarithmic slider of ipywidgets has no zero, and a linear one cannot span six orders of magnitude. This
    one has a stop for zero, for "as in the model" where the model's layers differ, and for every value set.

    Args:
        name: A hyperparameter of the table.
        value: The value at first; None where the model's own layers differ.
        has_own: Whether the model's own, differing values are one of the stops.
        on_move: Called with the new value when the learner moves the slider.
    """

    def __init__(
        self, name: str, value: float | None, *, has_own: bool, on_move: Callable[[str, Any], None]
    ) -> None:
        self.name = name
        self._entry = HYPERPARAMETERS[name]
        self._on_move = on_move
        self._stops = stops(name)
        self._has_own = has_own
        self._quiet = False
        options = self._options(value)
        self.widget = ipywidgets.SelectionSlider(
            options=options,
            value=value,
            description=self._entry.label,
            continuous_update=True,
            tooltip=f"{self._entry.label}: {self._entry.rule}",
            style=_DESCRIPTION,
            layout=ipywidgets.Layout(width="auto", min_width="240px"),
        )
        self.widget.observe(self._moved, "value")

    @property
    def value(self) -> float | None:
        """The value the slider stands at."""
        return self.widget.value

    def show(self, value: float | None) -> None:
        """Put the slider at ``value`` without reporting a move; a value between the stops gets a stop."""
        self._quiet = True
        try:
            if value not in [stop for _, stop in self.widget.options]:
                with self.widget.hold_sync():
                    self.widget.options = self._options(value)
                    self.widget.value = value
            else:
                self.widget.value = value
        finally:
            self._quiet = False

    def disable(self, reason: str) -> None:
        """Grey the slider out and say why."""
        self.widget.disabled = True
        self.widget.tooltip = reason

    def _options(self, value: float | None) -> list[tuple[str, float | None]]:
        numbers = sorted({*self._stops, *([] if value is None else [value])})
        own = [("as in the model", None)] if self._has_own or value is None else []
        return own + [(format_value(number), number) for number in numbers]

    def _moved(self, change: dict[str, Any]) -> None:
        if not self._quiet:
            self._on_move(self.name, change["new"])


def stops(name: str) -> list[float]:
    """The values a slider stops at.

    Args:
        name: A hyperparameter of the table.

    Returns:
        Ascending values; logarithmic ones in steps of 1, 2, 5, with a zero where zero is allowed.

    Example:
        >>> stops("l2")[:4]
        [0.0, 1e-07, 2e-07, 5e-07]
    """
    entry = HYPERPARAMETERS[name]
    low, high = entry.slider
    if not entry.log:
        count = 19 if name == "dropout" else 20
        values = [round(float(v), 3) for v in np.linspace(low, high, count + 1)]
        return [*values[:-1], high] if name == "dropout" else sorted({*values, 0.9, 0.99, 0.999})
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # Written out and read back, so that a stop is 1e-4 and not 0.00010000000000000002.
    values = [float(f"{step:g}e{exponent}") for exponent in exponents for step in _STEPS]
    values = [value for value in values if low <= value <= high]
    return values if entry.open_low else [0.0, *values]


def dropdown(name: str, label: str, options: list, value: Any, on_move: Callable[[str, Any], None]):
    """A dropdown that reports its moves; a value that is not among the options is added."""
    if value not in [option[1] if isinstance(option, tuple) else option for option in options]:
        options = [*options, value]
    widget = ipywidgets.Dropdown(
        options=options,
        value=value,
        description=label,
        style=_DESCRIPTION,
        layout=ipywidgets.Layout(width="auto", min_width="220px"),
    )
    widget.observe(lambda change: on_move(name, change["new"]), "value")
    return widget


def values_of(widget: ipywidgets.Widget) -> list:
    """The values a dropdown offers; of any other widget, its present value and whatever it takes."""
    options = getattr(widget, "options", None)
    if options is None:
        return _Anything()
    return [option[1] if isinstance(option, tuple) else option for option in options]


class _Anything(list):
    """Contains everything."""

    def __contains__(self, value: object) -> bool:
        return True


def number_entry(name: str, label: str, value: int, on_move: Callable[[str, Any], None]):
    """A whole-number entry that reports its moves, with the range of the hyperparameter."""
    low, high = HYPERPARAMETERS[name].slider
    widget = ipywidgets.BoundedIntText(
        value=value,
        min=int(low),
        max=int(max(high, value)),
        description=label,
        style=_DESCRIPTION,
        layout=ipywidgets.Layout(width="auto", min_width="200px"),
    )
    widget.observe(lambda change: on_move(name, change["new"]), "value")
    return widget


def button(label: str, tooltip: str, action: Callable[[], None], *, primary: bool = False):
    """A button with words on it."""
    widget = ipywidgets.Button(
        description=label,
        tooltip=tooltip,
        button_style="primary" if primary else "",
        layout=ipywidgets.Layout(width="auto"),
    )
    widget.on_click(lambda _: action())
    return widget
