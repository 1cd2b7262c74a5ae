"""The controls of an OptimizerLab: the surface, the optimisers, and the sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.optimizers.path_settings import OWNERS, PATH_OPTIMIZERS
from tuningkit.optimizers.surfaces import SURFACES, Surface
from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

_KERAS = "\x00as in Keras"
#: Where Keras has a value of its own that differs from optimiser to optimiser, or that most leave alone.
_HAS_OWN = ("rho", "beta_1", "beta_2", "weight_decay")
_FINE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_STOPS: dict[str, list[float]] = {
    "learning_rate": [float(f"{step:g}e{power}") for power in range(-4, 1) for step in _FINE]
    + [10.0, 30.0, 100.0],
    "noise": [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0],
    "condition": [1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0, 200.0, 500.0, 1000.0],
    "steps": [10, 20, 30, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000],
}
#: What a slider shows where nothing is set.
_WITHOUT = {"condition": 1.0, "momentum": 0.9}
_LABELS = {"noise": "gradient noise", "condition": "condition number", "steps": "steps"}
#: The sliders, in reading order.
SLIDERS = (
    "learning_rate",
    "momentum",
    "rho",
    "beta_1",
    "beta_2",
    "weight_decay",
    "noise",
    "condition",
    "steps",
)


class PathSlider(parts.Control):
    """A slider over listed stops that can also hold any other value set from Python.

    Args:
        name: One of ``SLIDERS``.
        value: Its value at first; None for Keras's own.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(self, name: str, value: float | None, on_move: parts.Moved) -> None:
        label = _LABELS.get(name) or HYPERPARAMETERS[name].label
        widget = ipywidgets.SelectionSlider(
            options=_options(name, value),
            value=_shown(name, value),
            description=label,
            continuous_update=True,
            tooltip=label,
        )
        super().__init__(name, widget, lambda _, value: on_move(name, None if value == _KERAS else value))

    def _put(self, value: float | None) -> None:
        shown = _shown(self.name, value)
        if shown in [known for _, known in self.widget.options]:
            self.widget.value = shown
            return
        with self.widget.hold_sync():
            self.widget.options = _options(self.name, value)
            self.widget.value = shown


class OptimizerInputs:
    """The controls of an OptimizerLab.

    Args:
        settings: Starting values by name.
        on_move: Called with name and value when the learner moves a control.
    """

    def __init__(self, settings: dict[str, Any], on_move: parts.Moved) -> None:
        self._on_move, self._quiet = on_move, False
        self._known = list(SURFACES.values())
        self._surface = parts.Choice(
            "surface", "surface", self._surfaces(settings["surface"]), settings["surface"].name, self._chosen
        )
        self.sliders = {name: PathSlider(name, settings[name], on_move) for name in SLIDERS}
        self._seed = parts.Number("seed", settings["seed"], on_move)
        self._boxes = {
            name: ipywidgets.Checkbox(
                value=name in settings["optimizers"],
                description=label,
                indent=False,
                tooltip=f"Show the path of {label}",
                layout=ipywidgets.Layout(width="auto"),
            )
            for name, label in PATH_OPTIMIZERS.items()
        }
        for box in self._boxes.values():
            box.observe(self._ticked, "value")
        self._own_rates = ipywidgets.Checkbox(
            value=settings["own_rates"],
            description="each at its own best learning rate",
            indent=False,
            tooltip="For each optimiser the rate, of 25, with the lowest loss at the end of its path",
            layout=ipywidgets.Layout(width="auto"),
        )
        self._own_rates.observe(lambda change: self._told("own_rates", change["new"]), "value")
        self.fit(settings)

    def show(self, name: str, value: Any) -> None:
        """Put a control at a value without reporting a move."""
        self._quiet = True
        try:
            if name == "optimizers":
                for key, box in self._boxes.items():
                    box.value = key in value
            elif name == "own_rates":
                self._own_rates.value = value
            elif name == "surface":
                self._surface.widget.options = self._surfaces(value)
                self._surface.show(value.name)
            elif name == "seed":
                self._seed.show(value)
            elif name in self.sliders:
                self.sliders[name].show(value)
        finally:
            self._quiet = False

    def fit(self, settings: dict[str, Any]) -> None:
        """Grey out the sliders that would do nothing, and say why."""
        for name, owners in OWNERS.items():
            used = set(owners) & set(settings["optimizers"])
            whose = ", ".join(PATH_OPTIMIZERS[owner] for owner in owners)
            self.sliders[name].enable("" if used else f"Only for: {whose}")
        ravine = settings["surface"].condition is not None
        self.sliders["condition"].enable("" if ravine else "Only for the ravines")
        own = settings["own_rates"]
        self.sliders["learning_rate"].enable("Each optimiser has a rate of its own" if own else "")

    def rows(self, actions: Sequence[ipywidgets.Button]) -> list[ipywidgets.Widget]:
        """The controls, laid out."""
        boxes = ipywidgets.HBox(
            [*self._boxes.values()],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="0 16px", margin="2px 4px"),
        )
        boxes.add_class("tk-compare")
        below = ipywidgets.HBox(
            [self._own_rates, *actions],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 12px", margin="2px 4px"),
        )
        chosen = parts.columns([self._surface.widget, self._seed.widget], 200)
        return [chosen, boxes, parts.columns([s.widget for s in self.sliders.values()], 230), below]

    def _surfaces(self, current: Surface) -> list[tuple[str, str]]:
        if all(current is not known for known in self._known):
            # Another own surface takes the place of the one before.
            self._known = [*SURFACES.values(), current]
        return [(surface.title, surface.name) for surface in self._known]

    def _chosen(self, _: str, name: str) -> None:
        surface = next(known for known in reversed(self._known) if known.name == name)
        self._told("surface", surface)

    def _ticked(self, _: Any) -> None:
        self._told("optimizers", tuple(name for name, box in self._boxes.items() if box.value))

    def _told(self, name: str, value: Any) -> None:
        if not self._quiet:
            self._on_move(name, value)


def _shown(name: str, value: float | None) -> Any:
    """What a slider stands at."""
    if value is None:
        return _KERAS if name in _HAS_OWN else _WITHOUT[name]
    return value


def _options(name: str, value: float | None) -> list[tuple[str, Any]]:
    known = _STOPS.get(name) or parts.stops(name)
    numbers = sorted({*known, *([] if value is None else [value])})
    own = [("as in Keras", _KERAS)] if name in _HAS_OWN else []
    return own + [(format_value(number), number) for number in numbers]
