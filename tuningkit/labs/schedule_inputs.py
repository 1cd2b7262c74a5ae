"""The controls of a ScheduleLab: which schedule, its numbers, and what to compare it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.schedule_kinds import KINDS, PARAMETERS
from tuningkit.training.hyperparameters import format_value

_WHOLE_RUN = "whole run"


class ParameterSlider(parts.Control):
    """A slider over the stops of one of a schedule's numbers, which can also hold any other one.

    Args:
        name: A name of ``PARAMETERS``.
        value: Its value at first.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(self, name: str, value: float | None, on_move: parts.Moved) -> None:
        self._parameter = PARAMETERS[name]
        widget = ipywidgets.SelectionSlider(
            options=self._options(name, value),
            value=_WHOLE_RUN if value is None else value,
            description=self._parameter.label,
            continuous_update=True,
            tooltip=f"{self._parameter.label}: {self._parameter.rule}",
        )
        super().__init__(name, widget, lambda _, value: on_move(name, _number(value)))

    def _options(self, name: str, value: float | None) -> list[tuple[str, Any]]:
        numbers = sorted({*self._parameter.stops, value} - {None})
        whole = [("the whole run", _WHOLE_RUN)] if self._parameter.optional else []
        unit = " epochs" if name in ("decay_epochs", "halved_after") else ""
        return [(f"{format_value(number)}{unit}", number) for number in numbers] + whole

    def _put(self, value: float | None) -> None:
        shown = _WHOLE_RUN if value is None else value
        if shown not in [known for _, known in self.widget.options]:
            with self.widget.hold_sync():
                self.widget.options = self._options(self.name, value)
                self.widget.value = shown
        else:
            self.widget.value = shown

    def visible(self, wanted: bool) -> None:
        """Show or hide the slider."""
        display = None if wanted else "none"
        if self.widget.layout.display != display:
            self.widget.layout.display = display


class ScheduleInputs:
    """The controls of a ScheduleLab.

    Args:
        settings: Starting values by name.
        on_move: Called with name and value when the learner moves a control.
    """

    def __init__(self, settings: dict[str, Any], on_move: parts.Moved) -> None:
        self._on_move, self._quiet = on_move, False
        options = [(kind, kind) for kind in KINDS]
        self._controls: dict[str, parts.Control] = {
            "kind": parts.Choice("kind", "schedule", options, settings["kind"], on_move)
        }
        for name in PARAMETERS:
            self._controls[name] = ParameterSlider(name, settings[name], on_move)
        for name in ("epochs", "seed"):
            self._controls[name] = parts.Number(name, settings[name], on_move)
        self._boxes = {
            kind: ipywidgets.Checkbox(
                value=kind in settings["compare"],
                description=kind,
                indent=False,
                tooltip=KINDS[kind].words,
                layout=ipywidgets.Layout(width="auto"),
            )
            for kind in KINDS
        }
        for box in self._boxes.values():
            box.observe(self._ticked, "value")
        self.fit_kind(settings["kind"])

    def show(self, name: str, value: Any) -> None:
        """Put a control at a value without starting anything."""
        if name == "compare":
            self._quiet = True
            try:
                for kind, box in self._boxes.items():
                    box.value = kind in value
            finally:
                self._quiet = False
        elif name in self._controls:
            self._controls[name].show(value)
        if name == "kind":
            self.fit_kind(value)

    def fit_kind(self, kind: str) -> None:
        """Show the sliders of this kind of schedule, and no others."""
        for name in PARAMETERS:
            self._controls[name].visible(name in KINDS[kind].parameters)
        for name, box in self._boxes.items():
            # The schedule in front takes part anyway.
            box.disabled = name == kind

    def _ticked(self, _: Any) -> None:
        if not self._quiet:
            self._on_move("compare", tuple(kind for kind, box in self._boxes.items() if box.value))

    def rows(self, actions: list[tuple[str, str, Callable[[], Any]]]) -> list[ipywidgets.Widget]:
        """The controls, laid out; ``actions`` are (label, tooltip, what it does), the main one first."""
        chosen = parts.columns([self._controls[name].widget for name in ("kind", "epochs", "seed")], 150)
        sliders = parts.columns([self._controls[name].widget for name in PARAMETERS], 260)
        compare = ipywidgets.HBox(
            [ipywidgets.Label("compare with:"), *self._boxes.values()],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="0 14px", margin="2px 4px"),
        )
        compare.add_class("tk-compare")
        buttons = parts.button_row(
            [
                parts.button(label, tooltip, action, primary=place == 0)
                for place, (label, tooltip, action) in enumerate(actions)
            ]
        )
        return [chosen, sliders, compare, buttons]


def _number(value: Any) -> float | None:
    return None if value == _WHOLE_RUN else value
