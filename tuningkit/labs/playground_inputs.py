"""Everything of a PlaygroundLab that can be moved: which controls there are, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs import tuning_inputs
from tuningkit.labs.own_settings import OwnSettings
from tuningkit.labs.playground_settings import (
    ACTIVATIONS,
    DATA_SETS,
    FEATURES,
    MOST_LAYERS,
    MOST_UNITS,
    OWN_DATA,
    OWN_DEFAULTS,
    SCHEDULES,
)

#: Everything a teacher can show or hide.
CONTROLS = (*OWN_DEFAULTS, *tuning_inputs.CONTROLS, "settings")
_BATCH_SIZES = (1, 2, 5, 10, 20, 30, 50, 100, 250)
_NOISE = tuple(round(0.05 * step, 2) for step in range(11))
_SHARES = tuple(round(0.1 * step, 1) for step in range(1, 10))
#: Units of a layer that is added.
_NEW_LAYER = 4
#: Greyed out for a learner's own data, which is taken as it is.
_OF_MADE_DATA = ("noise", "train_share", "data_seed")


class ShareSlider(parts.Listed):
    """A slider over shares, written in percent, that can also hold any other one.

    Args:
        name: The setting.
        label: Its name on the screen.
        stops: The shares it stops at.
        value: Its value at first.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(
        self, name: str, label: str, stops: Sequence[float], value: float, on_move: parts.Moved
    ) -> None:
        self._stops = stops
        widget = ipywidgets.SelectionSlider(
            options=self._listed(value), value=value, description=label, continuous_update=True, tooltip=label
        )
        super().__init__(name, widget, on_move)

    def _listed(self, value: float) -> list[tuple[str, float]]:
        return [(f"{100 * share:.3g} %", share) for share in sorted({*self._stops, value})]


class Tick(parts.Control):
    """A box to tick."""

    def __init__(self, name: str, label: str, value: bool, on_move: parts.Moved) -> None:
        box = ipywidgets.Checkbox(
            value=value, description=label, indent=False, layout=ipywidgets.Layout(width="auto")
        )
        super().__init__(name, box, on_move)


class FeatureBoxes:
    """One box to tick for each input; the last one that is ticked cannot be cleared."""

    def __init__(self, value: tuple[str, ...], on_move: parts.Moved) -> None:
        self._on_move = on_move
        self._boxes = {
            name: Tick(name, label, name in value, self._ticked) for name, label in FEATURES.items()
        }
        self.widget = ipywidgets.HBox(
            [ipywidgets.Label("inputs:"), *(box.widget for box in self._boxes.values())],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="0 14px", margin="2px 4px"),
        )
        self._hold_last()

    def show(self, value: tuple[str, ...]) -> None:
        """Tick these boxes without reporting a move."""
        for name, box in self._boxes.items():
            box.show(name in value)
        self._hold_last()

    def _chosen(self) -> tuple[str, ...]:
        return tuple(name for name, box in self._boxes.items() if box.value)

    def _hold_last(self) -> None:
        chosen = self._chosen()
        for name, box in self._boxes.items():
            box.widget.disabled = chosen == (name,)

    def _ticked(self, _: str, __: Any) -> None:
        self._hold_last()
        self._on_move("features", self._chosen())


class LayerChoices:
    """How many hidden layers, and how many units each."""

    def __init__(self, value: tuple[int, ...], on_move: parts.Moved) -> None:
        self._value, self._on_move = value, on_move
        numbers = [(str(count), count) for count in range(MOST_LAYERS + 1)]
        self.count = parts.Choice("layers", "hidden layers", numbers, len(value), self._counted)
        units = [(str(count), count) for count in range(1, MOST_UNITS + 1)]
        self._units = [
            parts.Choice(str(place), f"layer {place + 1} units", units, _NEW_LAYER, self._resized)
            for place in range(MOST_LAYERS)
        ]
        self.widgets = [self.count.widget, *(choice.widget for choice in self._units)]
        self.show(value)

    def show(self, value: tuple[int, ...]) -> None:
        """Put all choices at these layers without reporting a move."""
        self._value = tuple(value)
        self.count.show(len(value))
        for place, choice in enumerate(self._units):
            used = place < len(value)
            if used:
                choice.show(value[place])
            display = None if used else "none"
            if choice.widget.layout.display != display:
                choice.widget.layout.display = display

    def _counted(self, _: str, count: int) -> None:
        added = (_NEW_LAYER,) * max(0, count - len(self._value))
        self._tell((*self._value[:count], *added))

    def _resized(self, place: str, units: int) -> None:
        layers = list(self._value)
        layers[int(place)] = units
        self._tell(tuple(layers))

    def _tell(self, value: tuple[int, ...]) -> None:
        self.show(value)
        self._on_move("hidden", value)


class PlaygroundInputs(tuning_inputs.TuningInputs):
    """The controls of a PlaygroundLab.

    Args:
        settings: Starting values by name.
        own: What the network itself asks for.
        shown: Names of the controls to show.
        on_move: Called with name and value when the learner moves a control.
        own_data: Name of the learner's own data set; empty if there is none.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        own: OwnSettings,
        shown: list[str],
        on_move: parts.Moved,
        own_data: str = "",
    ) -> None:
        super().__init__(settings, own, shown, on_move)
        sets = [(label, name) for name, (label, _) in DATA_SETS.items()]
        if own_data:
            sets.insert(0, (own_data, OWN_DATA))
        made: dict[str, Any] = {}
        for name, label, options in (
            ("data", "data set", sets),
            ("batch_size", "batch size", [(str(size), size) for size in _BATCH_SIZES]),
            ("activation", "activation", [(name, name) for name in ACTIVATIONS]),
            ("schedule", "rate schedule", [(name, name) for name in SCHEDULES]),
        ):
            made[name] = parts.Choice(name, label, options, settings[name], on_move)
        made["noise"] = ShareSlider("noise", "noise", _NOISE, settings["noise"], on_move)
        made["train_share"] = ShareSlider(
            "train_share", "training points", _SHARES, settings["train_share"], on_move
        )
        made["features"] = FeatureBoxes(settings["features"], on_move)
        made["hidden"] = LayerChoices(settings["hidden"], on_move)
        made["show_validation"] = Tick(
            "show_validation", "show validation points", settings["show_validation"], on_move
        )
        made["discretize"] = Tick("discretize", "discretise output", settings["discretize"], on_move)
        self._controls["batch_size"].widget.close()
        self._controls |= made
        self.fit(settings)

    def fit(self, settings: dict[str, Any]) -> None:
        """Grey out what has nothing to act on."""
        own = settings["data"] == OWN_DATA
        for name in ("noise", "train_share"):
            self._controls[name].enable("Your own data is taken as it is." if own else "")
        empty = not settings["hidden"]
        self._controls["dropout"].enable("Without a hidden layer there is nothing to drop." if empty else "")

    def rows(self, actions: list[tuple[str, str, Callable[[], Any]]]) -> list[ipywidgets.Widget]:
        """The controls, laid out; ``actions`` are (label, tooltip, what it does), the main one first."""
        shown = self._shown

        def columns(names: Sequence[str], least: int) -> list[ipywidgets.Widget]:
            widgets = [self._controls[name].widget for name in names if name in shown]
            return [parts.columns(widgets, least)] if widgets else []

        rows = columns(("data", "noise", "train_share", "batch_size"), 150)
        if "features" in shown:
            rows.append(self._controls["features"].widget)
        layers = self._controls["hidden"].widgets if "hidden" in shown else []
        layers = [*layers, *([self._controls["activation"].widget] if "activation" in shown else [])]
        rows += [parts.columns(layers, 105)] if layers else []
        rows += self._slider_rows()
        rows += columns(("optimizer", "schedule", "epochs", "seed", "repeats", "mode"), 125)
        last: list[ipywidgets.Widget] = []
        if "buttons" in shown:
            last += [
                parts.button(label, tooltip, action, primary=place == 0)
                for place, (label, tooltip, action) in enumerate(actions)
            ]
        last += [self._controls[name].widget for name in ("show_validation", "discretize") if name in shown]
        return [*rows, *([parts.button_row(last)] if last else [])]
