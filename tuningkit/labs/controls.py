"""Input widgets made from the table of hyperparameters. They hold values; they compute nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np

from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

#: Stops per power of ten: 1, 2, 5.
_STEPS = (1.0, 2.0, 5.0)
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
_MOST_EPOCHS = 1_000_000
#: What matters of a momentum is how far it is from 1.
_MOMENTA = (*(n / 10 for n in range(10)), 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999)

#: Stands for None among the options: to ipywidgets a selection of None means that nothing is selected.
_OWN = "\x00as in the model"

Moved = Callable[[str, Any], None]


class Control:
    """An input widget that reports what the learner does, and shows in silence what Python does.

    Args:
        name: The setting.
        widget: The widget, standing at its first value.
        on_move: Called with name and value when the learner moves the control.
    """

    def __init__(self, name: str, widget: ipywidgets.ValueWidget, on_move: Moved) -> None:
        self.name, self.widget, self._on_move = name, widget, on_move
        self._quiet = False
        widget.add_class("tk-control")
        widget.observe(self._moved, "value")

    @property
    def value(self) -> Any:
        """The value the control stands at."""
        return _from_widget(self.widget.value)

    def show(self, value: Any) -> None:
        """Put the control at ``value`` without reporting a move."""
        self._quiet = True
        try:
            self._put(value)
        finally:
            self._quiet = False

    def enable(self, reason: str = "") -> None:
        """Grey the control out and say why; without a reason, make it ready again."""
        self.widget.disabled = bool(reason)
        self.widget.tooltip = reason or self.widget.description

    def _put(self, value: Any) -> None:
        self.widget.value = value

    def _moved(self, change: dict[str, Any]) -> None:
        if not self._quiet:
            self._on_move(self.name, _from_widget(change["new"]))


class Listed(Control):
    """A control over listed values; a value that is not among them is added."""

    def _listed(self, value: Any) -> list[tuple[str, Any]]:
        raise NotImplementedError

    def _put(self, value: Any) -> None:
        value = _to_widget(value)
        if value in [known for _, known in self.widget.options]:
            self.widget.value = value
            return
        with self.widget.hold_sync():
            self.widget.options = self._listed(_from_widget(value))
            self.widget.value = value


class Slider(Listed):
    """A slider over listed stops that can also hold any value set from Python.

    A logarithmic slider of ipywidgets has no zero, and a linear one cannot span six orders of magnitude. This
    one has a stop for zero, for "as in the model" where that differs from every number, and for every value set.

    Args:
        name: A hyperparameter of the table.
        value: The value at first; None for "as in the model".
        has_own: Whether "as in the model" is one of the stops.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(self, name: str, value: float | None, *, has_own: bool, on_move: Moved) -> None:
        self._stops, self._has_own = stops(name), has_own
        entry = HYPERPARAMETERS[name]
        widget = ipywidgets.SelectionSlider(
            options=self._listed(value),
            value=_to_widget(value),
            description=entry.label,
            continuous_update=True,
            tooltip=f"{entry.label}: {entry.rule}",
        )
        super().__init__(name, widget, on_move)

    def _listed(self, value: Any) -> list[tuple[str, Any]]:
        numbers = sorted({*self._stops, *([] if value is None else [value])})
        own = [("as in the model", _OWN)] if self._has_own or value is None else []
        return own + [(format_value(number), number) for number in numbers]


class Choice(Listed):
    """A dropdown.

    Args:
        name: The setting.
        label: Its name on the screen.
        options: (words, value) each.
        value: The value at first.
        on_move: Called with name and value when the learner chooses.
    """

    def __init__(
        self, name: str, label: str, options: Sequence[tuple[str, Any]], value: Any, on_move: Moved
    ) -> None:
        self._options = [(words, _to_widget(value)) for words, value in options]
        widget = ipywidgets.Dropdown(options=self._listed(value), value=_to_widget(value), description=label)
        super().__init__(name, widget, on_move)

    def _listed(self, value: Any) -> list[tuple[str, Any]]:
        if _to_widget(value) in [known for _, known in self._options]:
            return self._options
        options = [*self._options, (format_value(value), value)]
        return sorted(options, key=lambda one: one[1]) if isinstance(value, int) else options


class Number(Control):
    """A whole-number entry with the range of the hyperparameter.

    Args:
        name: A hyperparameter of the table.
        value: The value at first.
        on_move: Called with name and value when the learner types one.
    """

    def __init__(self, name: str, value: int, on_move: Moved) -> None:
        entry = HYPERPARAMETERS[name]
        high = entry.high if math.isfinite(entry.high) else _MOST_EPOCHS
        widget = ipywidgets.BoundedIntText(
            value=value, min=int(entry.low), max=int(max(high, value)), description=entry.label
        )
        super().__init__(name, widget, on_move)

    def _put(self, value: int) -> None:
        self.widget.max = max(self.widget.max, value)
        self.widget.value = value


def _to_widget(value: Any) -> Any:
    return _OWN if value is None else value


def _from_widget(value: Any) -> Any:
    return None if isinstance(value, str) and value == _OWN else value


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
    if name == "dropout":
        return [*(round(float(v), 3) for v in np.linspace(low, high, 20)[:-1]), high]
    if not entry.log:
        return [value for value in _MOMENTA if value <= high]
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # Written out and read back, so that a stop is 1e-4 and not 0.00010000000000000002.
    values = [float(f"{step:g}e{exponent}") for exponent in exponents for step in _STEPS]
    values = [value for value in values if low <= value <= high]
    return values if entry.open_low else [0.0, *values]


def columns(widgets: Sequence[ipywidgets.Widget], least: int) -> ipywidgets.GridBox:
    """Widgets in columns of equal width, as many as fit.

    Args:
        widgets: In reading order.
        least: Smallest width of a column in pixels.
    """
    return ipywidgets.GridBox(
        list(widgets),
        layout=ipywidgets.Layout(
            grid_template_columns=f"repeat(auto-fit, minmax({least}px, 1fr))",
            grid_gap="4px 20px",
            width="auto",
            margin="2px 4px 4px",
        ),
    )


def button(
    label: str, tooltip: str, action: Callable[[], Any], *, primary: bool = False
) -> ipywidgets.Button:
    """A button with words on it."""
    widget = ipywidgets.Button(
        description=label,
        tooltip=tooltip,
        button_style="primary" if primary else "",
        layout=ipywidgets.Layout(width="auto"),
    )
    widget.on_click(lambda _: action())
    return widget


def button_row(buttons: Sequence[ipywidgets.Button]) -> ipywidgets.HBox:
    """Buttons side by side, wrapping where there is no room."""
    layout = ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px", margin="2px", overflow="visible")
    return ipywidgets.HBox(list(buttons), layout=layout)


def words() -> ipywidgets.HTML:
    """An empty line of words that a view writes to."""
    widget = ipywidgets.HTML()
    widget.add_class("tk-words")
    return widget
