"""A control for each hyperparameter of a hypermodel."""

from __future__ import annotations

import html
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.lab_settings import HYPER
from tuningkit.labs.own_settings import OwnSettings
from tuningkit.labs.runs_table import Column
from tuningkit.labs.tuning_inputs import TuningInputs
from tuningkit.search.hypermodel import Hypermodel
from tuningkit.search.hypermodel_values import admits, is_fixed, kind_of, stops
from tuningkit.search.liveness import LIVE, MIXED, NOTHING, REBUILDS, UNKNOWN, Liveness
from tuningkit.training.hyperparameters import format_value

#: Behind a name: what a move does, in a word. And in a sentence.
_WORDS = {
    LIVE: ("live", "A move acts on the network that trains; nothing is built anew."),
    REBUILDS: ("rebuilds", "A move builds a new network, at once."),
    MIXED: (
        "live or rebuilds",
        "Some moves act on the network that trains; others build a new one, at once.",
    ),
    NOTHING: ("changes nothing", "No value that was tried changes anything in the model."),
    UNKNOWN: ("", "What a move does is found out by building the model at several values."),
}


class StopSlider(parts.Listed):
    """A slider over given stops that can also hold any value set from Python.

    Args:
        name: The setting.
        label: Its name on the screen.
        listed: The stops, ascending.
        value: The value at first.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(
        self, name: str, label: str, listed: Sequence[float], value: float, on_move: parts.Moved
    ) -> None:
        self._stops = list(listed)
        widget = ipywidgets.SelectionSlider(
            options=self._listed(value), value=value, description=label, continuous_update=True
        )
        super().__init__(name, widget, on_move)

    def _listed(self, value: Any) -> list[tuple[str, Any]]:
        return [(format_value(number), number) for number in sorted({*self._stops, value})]


def make_control(name: str, definition: Any, value: Any, on_move: parts.Moved) -> parts.Control:
    """The control that fits a hyperparameter: a slider over numbers in order, else a dropdown.

    Args:
        name: The setting.
        definition: KerasTuner's own object.
        value: The value at first.
        on_move: Called with name and value when the learner moves the control.
    """
    kind = kind_of(definition)
    if kind in ("Int", "Float") or (kind == "Choice" and definition.ordered):
        return StopSlider(name, definition.name, stops(definition), value, on_move)
    choices = (False, True) if kind == "Boolean" else definition.values
    options = [(format_value(choice), choice) for choice in choices]
    return parts.Choice(name, definition.name, options, value, on_move)


def column(name: str, definitions: Sequence[Any]) -> Column:
    """The column of a hyperparameter in the table of runs.

    Args:
        name: Its name in a run's record.
        definitions: KerasTuner's own objects of that name.
    """
    kinds = {_column_kind(one) for one in definitions}
    mixed = "text" if "text" in kinds else "number"
    return Column(name, name, kinds.pop() if len(kinds) == 1 else mixed)


def _column_kind(definition: Any) -> str:
    kind = kind_of(definition)
    if kind == "Int":
        return "integer"
    a_number = kind == "Float" or (kind == "Choice" and not isinstance(definition.values[0], str))
    return "number" if a_number else "text"


class HypermodelInputs(TuningInputs):
    """The controls of a lab on a hypermodel.

    Args:
        settings: Starting values by name.
        own: What the first model itself asks for.
        shown: Names of the controls to show; of hyperparameters, their own names.
        on_move: Called with name and value when the learner moves a control.
        hypermodel: The hypermodel.
        late: Whether hyperparameters that come to light later get a control, too.
        beside: Names of the controls that the lab has beside the hyperparameters.
        left_out: Names of the model's metrics that the lab cannot measure; it says so.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        own: OwnSettings,
        shown: list[str],
        on_move: parts.Moved,
        hypermodel: Hypermodel,
        *,
        beside: Sequence[str],
        late: bool,
        left_out: Sequence[str] = (),
    ) -> None:
        self._left_out = left_out
        self._hypermodel, self._on_move, self._late = hypermodel, on_move, late
        self._grid, self._words = parts.columns([], 200), parts.words()
        # Of one name there may be several hyperparameters, each under its own condition.
        self._definitions: dict[str, Any] = {}
        self._refreshing = threading.Lock()
        # A hyperparameter may be called "learning_rate" or "optimizer", as a control of the lab's own would be.
        self._wanted = shown
        super().__init__(settings, own, [name for name in shown if name in (*beside, "buttons")], on_move)

    def refresh(self, settings: Mapping[str, Any], liveness: Liveness | None = None) -> None:
        """Show what is known by now: new controls, what a move does, and what is not in use and why.

        Args:
            settings: The lab's present settings.
            liveness: What is known about which of them are live.
        """
        values = {name: settings[HYPER + name] for name in self._hypermodel.names if HYPER + name in settings}
        unused, fixed = [], []
        with self._refreshing:
            for name in self._hypermodel.names:
                definition = self._hypermodel.definition(name, self._hypermodel.active(values))
                if is_fixed(definition):
                    fixed.append(f"{name} = {definition.value}")
                    continue
                if name not in values or not (name in self._wanted or self._late):
                    continue
                # Of one name there may be another range by now; there it begins at its default.
                value = values[name] if admits(definition, values[name]) else definition.default
                control = self._fitting(definition, value)
                if control.value != value:
                    control.show(value)
                reason = self._hypermodel.why_not(name, values)
                word, sentence = _WORDS[liveness.kinds.get(name, UNKNOWN) if liveness else UNKNOWN]
                if reason:
                    unused.append(f"{name} ({reason})")
                    word, sentence = "not in use", f"Not in use: {reason}."
                control.enable(reason)
                control.widget.description = f"{name} · {word}" if word else name
                control.widget.tooltip = f"{name}: {sentence}"
            self._words.value = said = _sentences(unused, fixed, self._left_out)
            if said:
                # From now on there is room for it, so that nothing below moves when it comes and goes.
                self._words.layout.min_height = "26px"

    def _fitting(self, definition: Any, value: Any) -> parts.Control:
        """The control of a hyperparameter; a new one, in the same place, if its range is another by now."""
        name = HYPER + definition.name
        old = self._controls.get(name)
        looks = (kind_of(definition), {**definition.get_config(), "conditions": None})
        if old is not None and self._definitions[name] == looks:
            return old
        self._definitions[name] = looks
        control = self._controls[name] = make_control(name, definition, value, self._on_move)
        if old is None:
            self._grid.children = (*self._grid.children, control.widget)
        else:
            self._grid.children = [
                control.widget if widget is old.widget else widget for widget in self._grid.children
            ]
            old.widget.close()
        return control

    def _make_sliders(self, settings: dict[str, Any], on_move: parts.Moved) -> None:
        self.refresh(settings)
        if "learning_rate" in self._shown:
            slider = parts.Slider("learning_rate", settings["learning_rate"], has_own=False, on_move=on_move)
            self._controls["learning_rate"] = slider
            self._grid.children = (*self._grid.children, slider.widget)

    def _slider_rows(self) -> list[ipywidgets.Widget]:
        return [self._grid, self._words]


def _sentences(unused: Sequence[str], fixed: Sequence[str], left_out: Sequence[str]) -> str:
    said = []
    if unused:
        said.append(f"Not in use now: {', '.join(unused)}.")
    if fixed:
        said.append(f"Fixed by the hypermodel: {', '.join(fixed)}.")
    if left_out:
        said.append(
            f"Not measured here: {', '.join(left_out)}. The lab measures row by row, and leaves out metrics that "
            "need all rows of an epoch together or that Keras cannot read back. model.evaluate gives them."
        )
    return html.escape(" ".join(said))
