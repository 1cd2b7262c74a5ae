"""The input widgets of a SearchLab. They hold values; they compute nothing."""

from __future__ import annotations

from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.search_points import LOOKS_OF
from tuningkit.labs.search_session import SPEEDS, SearchSession
from tuningkit.labs.search_view import SearchView
from tuningkit.search.bayesian_method import ACQUISITIONS, EXPLORATION
from tuningkit.search.race import METHOD_LABELS, check_steering
from tuningkit.search.race_spread import SEEDS
from tuningkit.training.hyperparameters import HYPERPARAMETERS

#: What the exploration slider offers.
_STOPS = {"ei": (0.0, 0.01, 0.03, 0.1, 0.3, 1.0), "lcb": (0.0, 0.5, 1.0, 2.0, 3.0, 5.0)}


class SearchControls:
    """Buttons, ticks and sliders, and where everything stands.

    Args:
        session: What they steer.
        view: What is shown.
    """

    def __init__(self, session: SearchSession, view: SearchView) -> None:
        self._session, self._view = session, view
        self._quiet = False
        settings = session.settings
        self.ticks = {
            name: _tick(f"{LOOKS_OF[name][2]} {METHOD_LABELS[name]}", name in settings.methods)
            for name in METHOD_LABELS
        }
        self.landscape = _tick("Show the landscape", False)
        self.irrelevant = _tick("Add an irrelevant hyperparameter", settings.irrelevant)
        self.front = ipywidgets.Dropdown(
            options=[(text, name) for name, text in METHOD_LABELS.items()],
            value=view.front,
            description="in front",
        )
        self.speed = ipywidgets.SelectionSlider(
            options=[(f"{speed:g} a second", speed) for speed in SPEEDS],
            value=session.speed,
            description="steps",
        )
        seeds = HYPERPARAMETERS["seed"]
        self.seed = ipywidgets.BoundedIntText(
            value=settings.seed, min=int(seeds.low), max=int(seeds.high), description="seed"
        )
        # These two steer the Bayesian method alone.
        self.acquisition = ipywidgets.Dropdown(
            options=[(text, name) for name, text in ACQUISITIONS.items()],
            value=settings.acquisition,
            description="acquisition",
        )
        # Each acquisition keeps its own exploration.
        self._explored = dict(EXPLORATION)
        if settings.exploration is not None:
            self._explored[settings.acquisition] = float(settings.exploration)
        self.exploration = ipywidgets.SelectionSlider(
            options=self._stops(),
            value=self._explored[settings.acquisition],
            description="exploration",
        )
        self._listen()

    def arrange(self) -> list[ipywidgets.Widget]:
        """All parts of the lab, from top to bottom."""
        session, view = self._session, self._view
        buttons = parts.button_row(
            [
                parts.button("Play", "Step after step to the end of the budget", session.play, primary=True),
                parts.button("Pause", "Stop after this step", session.pause),
                parts.button("Step", "Every method spends one more training's worth of epochs", session.step),
                parts.button("Reset", "Begin the race anew; the landscape stays", session.reset),
                parts.button(
                    f"Race {SEEDS} seeds",
                    f"The same race with {SEEDS} seeds, side by side",
                    session.race_seeds,
                ),
            ]
        )
        layout = ipywidgets.Layout(
            flex_flow="row wrap", grid_gap="2px 18px", margin="2px 4px", overflow="visible"
        )
        ticks = ipywidgets.HBox([*self.ticks.values(), self.landscape, self.irrelevant], layout=layout)
        inputs = [self.front, self.speed, self.seed, self.acquisition, self.exploration]
        for widget in inputs:
            widget.add_class("tk-control")
        wide = ipywidgets.Layout(
            grid_template_columns="repeat(auto-fit, minmax(min(430px, 100%), 1fr))",
            grid_gap="6px 12px",
            width="auto",
        )
        beside = ipywidgets.GridBox([view.map, view.chart], layout=wide)
        return [
            buttons,
            ticks,
            parts.columns(inputs, 190),
            view.status,
            beside,
            view.table,
            view.surrogate,
            view.closing,
        ]

    def show(self, changes: dict[str, Any]) -> None:
        """Put the controls at new values, checked by the caller, and tell the session once.

        Raises:
            ValueError: If an acquisition or exploration is not possible.
        """
        kind = changes.get("acquisition", self._session.settings.acquisition)
        explored = changes.get("exploration")
        check_steering(kind, explored)
        if explored is not None:
            self._explored[kind] = float(explored)
        self._quiet = True
        try:
            for name, tick in self.ticks.items():
                if "methods" in changes:
                    tick.value = name in changes["methods"]
            self.irrelevant.value = bool(changes.get("irrelevant", self.irrelevant.value))
            self.seed.value = int(changes.get("seed", self.seed.value))
            self.acquisition.value = kind
            self._put_exploration(kind)
        finally:
            self._quiet = False
        if "acquisition" in changes or explored is not None:
            changes = {**changes, "exploration": self._explored[kind]}
        self._session.choose(**changes)

    def show_view(self, *, show_landscape: bool | None, front: str | None) -> None:
        """Move what only the view needs."""
        if show_landscape is not None:
            self.landscape.value = bool(show_landscape)
        if front is not None:
            self.front.value = front

    # What the learner does

    def _listen(self) -> None:
        for tick in self.ticks.values():
            tick.observe(self._on_methods, "value")
        self.landscape.observe(self._on_landscape, "value")
        self.irrelevant.observe(lambda change: self._choose(irrelevant=change["new"]), "value")
        self.front.observe(self._on_front, "value")
        self.speed.observe(self._on_speed, "value")
        self.seed.observe(lambda change: self._choose(seed=int(change["new"])), "value")
        self.acquisition.observe(self._on_acquisition, "value")
        self.exploration.observe(self._on_exploration, "value")

    def _choose(self, **changes: Any) -> None:
        if not self._quiet:
            self._session.choose(**changes)

    def _on_methods(self, change: dict[str, Any]) -> None:
        self._choose(methods=tuple(name for name, tick in self.ticks.items() if tick.value))

    def _on_landscape(self, change: dict[str, Any]) -> None:
        self._view.show_landscape = bool(change["new"])
        # There is nothing to show before it is computed.
        if change["new"] and self._session.landscape is None:
            self._session.compute()
        self._session.refresh()

    def _on_front(self, change: dict[str, Any]) -> None:
        self._view.front = change["new"]
        self._session.refresh()

    def _on_speed(self, change: dict[str, Any]) -> None:
        self._session.speed = float(change["new"])

    def _on_acquisition(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        self._quiet = True
        try:
            self._put_exploration(change["new"])
        finally:
            self._quiet = False
        self._choose(acquisition=change["new"], exploration=self._explored[change["new"]])

    def _on_exploration(self, change: dict[str, Any]) -> None:
        if self._quiet or change["new"] is None:
            return
        self._explored[self.acquisition.value] = float(change["new"])
        self._choose(exploration=float(change["new"]))

    def _stops(self) -> list[tuple[str, float]]:
        kind = self.acquisition.value
        unit = "deviations"
        return [(f"{stop:g} {unit}", stop) for stop in sorted({*_STOPS[kind], self._explored[kind]})]

    def _put_exploration(self, kind: str) -> None:
        with self.exploration.hold_sync():
            # The dropdown already stands at this kind.
            self.exploration.options = self._stops()
            self.exploration.value = self._explored[kind]


def _tick(text: str, value: bool) -> ipywidgets.Checkbox:
    return ipywidgets.Checkbox(
        value=value, description=text, indent=False, layout=ipywidgets.Layout(width="auto", margin="0")
    )
