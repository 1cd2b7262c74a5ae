"""Everything of a TuningLab that can be moved: which controls there are, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.lab_settings import MID_RUN, NEW_RUN, REPEATS
from tuningkit.labs.own_settings import OwnSettings
from tuningkit.training.hyperparameters import OPTIMIZER_HYPERPARAMETERS

SLIDERS = ("learning_rate", "dropout", "l1", "l2")
CHOICES = ("optimizer", "batch_size", "epochs", "seed", "repeats", "mode")
#: Everything a teacher can show or hide, in the order of the screen.
CONTROLS = (*SLIDERS, *OPTIMIZER_HYPERPARAMETERS, *CHOICES, "buttons", "table")
#: Shown only if asked for by name.
HIDDEN_AT_FIRST = OPTIMIZER_HYPERPARAMETERS


class TuningInputs:
    """The controls of a TuningLab.

    Args:
        settings: Starting values by name.
        own: What the model itself asks for.
        shown: Names of the controls to show.
        on_move: Called with name and value when the learner moves a control.
    """

    def __init__(
        self, settings: dict[str, Any], own: OwnSettings, shown: list[str], on_move: parts.Moved
    ) -> None:
        self._own, self._shown = own, shown
        self._controls: dict[str, parts.Control] = {}
        self._make_sliders(settings, on_move)
        self._make_choices(settings, on_move)
        self.fit_optimizer(settings["optimizer"])

    def _make_sliders(self, settings: dict[str, Any], on_move: parts.Moved) -> None:
        own = self._own
        for name in SLIDERS:
            differs = own.differing[name]
            slider = parts.Slider(name, settings[name], has_own=differs, on_move=on_move)
            if own.nothing_for[name]:
                slider.enable(own.nothing_for[name])
            self._controls[name] = slider
        for name in OPTIMIZER_HYPERPARAMETERS:
            if name in self._shown:
                self._controls[name] = parts.Slider(name, None, has_own=True, on_move=on_move)

    def _make_choices(self, settings: dict[str, Any], on_move: parts.Moved) -> None:
        for name, label, options in (
            ("optimizer", "optimizer", self._own.optimizer_options()),
            ("batch_size", "batch size", [(str(size), size) for size in parts.BATCH_SIZES]),
            ("repeats", "repeats", [(f"{n} seed{'s' if n > 1 else ''}", n) for n in REPEATS]),
            ("mode", "a move starts", [("a new run", NEW_RUN), ("a change mid-run", MID_RUN)]),
        ):
            self._controls[name] = parts.Choice(name, label, options, settings[name], on_move)
        for name in ("epochs", "seed"):
            self._controls[name] = parts.Number(name, settings[name], on_move)

    def show(self, name: str, value: Any) -> None:
        """Put a control at a value without starting anything; a setting without a control is fine."""
        if name in self._controls:
            self._controls[name].show(value)

    def fit_optimizer(self, optimizer: str | None) -> None:
        """Grey out the sliders of what this optimiser does not have."""
        for name in OPTIMIZER_HYPERPARAMETERS:
            if name in self._controls:
                self._controls[name].enable(self._own.why_not(name, optimizer))

    def rows(self, actions: list[tuple[str, str, Callable[[], Any]]]) -> list[ipywidgets.Widget]:
        """The controls, laid out; ``actions`` are (label, tooltip, what it does), the main one first."""
        rows = self._slider_rows()
        choices = [self._controls[name].widget for name in CHOICES if name in self._shown]
        if choices:
            rows.append(parts.columns(choices, 125))
        if "buttons" in self._shown:
            rows.append(
                parts.button_row(
                    [
                        parts.button(label, tooltip, action, primary=place == 0)
                        for place, (label, tooltip, action) in enumerate(actions)
                    ]
                )
            )
        return rows

    def _slider_rows(self) -> list[ipywidgets.Widget]:
        names = [name for name in (*SLIDERS, *OPTIMIZER_HYPERPARAMETERS) if name in self._shown]
        return [parts.columns([self._controls[name].widget for name in names], 200)] if names else []
