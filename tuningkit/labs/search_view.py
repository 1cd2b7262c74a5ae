"""From a search's snapshot to what is seen: the map, the race, the surrogate's maps, the reasons."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.heat_map import HeatMap, colour_range
from tuningkit.labs.search_points import LOOKS_OF, coming_point, map_points
from tuningkit.labs.search_sentences import closing_html, label, sentence, status_html, table_html
from tuningkit.labs.search_snapshot import RaceSettings, SearchSnapshot, best_line
from tuningkit.search.race import METHOD_LABELS
from tuningkit.training.hyperparameters import format_value

_SPENT = "epochs of training spent"


class SearchView:
    """The parts of a SearchLab that only show.

    Args:
        values: The values of the two hyperparameters, x first.
        objective: What is searched on, such as "val_loss".
        front: The method in front.

    Attributes:
        front: The method whose numbers, reasons and values are in front.
        show_landscape: Whether all cells are shown, or only those that were looked at.
    """

    def __init__(self, values: dict[str, tuple[float, ...]], *, objective: str, front: str) -> None:
        self.front, self.show_landscape = front, False
        x, y = values
        measure = objective.replace("val_", "validation ").replace("_", " ")
        self._labels = tuple([format_value(v) for v in values[name]] for name in (x, y))
        self._shape = tuple(len(listed) for listed in values.values())
        self.map = HeatMap(label(x), label(y), measure, height=380)
        log = "loss" in objective or "error" in objective
        self.chart = CurveChart(
            [
                Panel(
                    "race", "Best so far, this race", f"best {measure}", _SPENT, y_log=log, y_log_toggle=True
                ),
                Panel(
                    "seeds",
                    "Median of many seeds",
                    f"best {measure}",
                    _SPENT,
                    y_log=log,
                    y_log_toggle=True,
                ),
            ],
            height=210,
            description=f"Best {measure} found against {_SPENT}, a line for each method.",
        )
        names = {
            "mean": f"predicted {measure}",
            "deviation": "standard deviation",
            "acquisition": "acquisition",
        }
        self.maps = {
            name: HeatMap(label(x), label(y), text, height=230, compact=True) for name, text in names.items()
        }
        self.surrogate = ipywidgets.GridBox(
            list(self.maps.values()),
            layout=ipywidgets.Layout(
                grid_template_columns="repeat(auto-fit, minmax(240px, 1fr))", width="auto", display="none"
            ),
        )
        self.status, self.table, self.closing = words(), words(), words()
        self.draw(SearchSnapshot("idle", RaceSettings((front,))))

    def draw(self, snapshot: SearchSnapshot) -> None:
        """Show a snapshot."""
        self.status.value = status_html(snapshot)
        self._draw_map(snapshot)
        self._draw_chart(snapshot)
        self._draw_surrogate(snapshot)
        self.table.value = table_html(snapshot)
        if snapshot.final:
            self.closing.value = closing_html(snapshot)

    def _draw_map(self, snapshot: SearchSnapshot) -> None:
        scape = snapshot.landscape
        if scape is None:
            return
        scores = scape.scores()
        seen = np.zeros(self._shape, bool)
        for name in snapshot.settings.methods:
            for look in snapshot.looks.get(name, ()):
                seen[look.cell] = True
        shown = np.full(self._shape, True) if self.show_landscape else seen
        best = None
        if self.show_landscape and np.isfinite(scores).any():
            best = scape.best[::-1]
        what = (
            "the whole landscape"
            if self.show_landscape
            else "only what was looked at; the methods see no more"
        )
        self.map.draw(
            scores.T,
            x_values=self._labels[0],
            y_values=self._labels[1],
            best=best,
            lower_is_better=scape.direction == "min",
            value_range=colour_range(scores, scape.direction == "min"),
            hidden=~shown.T,
            points=map_points(snapshot, self.front),
            sentence=f"In front: {METHOD_LABELS[self.front]}. Shown: {what}.",
        )

    def _draw_chart(self, snapshot: SearchSnapshot) -> None:
        curves = []
        for name in snapshot.settings.methods:
            _, palette, _ = LOOKS_OF[name]
            style = {"palette": palette, "dash": palette, "emphasis": name == self.front}
            text = METHOD_LABELS[name]
            if snapshot.race is not None and snapshot.looks.get(name):
                spent, best = best_line(snapshot, name)
                curves.append(Curve("race", text, spent, best, **style))
            if snapshot.spread is not None and name in snapshot.spread.best:
                low, high = snapshot.spread.quartiles(name)
                band = {"low": low, "high": high}
                curves.append(
                    Curve(
                        "seeds", text, snapshot.spread.epochs, snapshot.spread.median(name), **band, **style
                    )
                )
        said = sentence(snapshot, self.front)
        self.chart.draw(curves, sentence=said, x_max=snapshot.budget or None)

    def _draw_surrogate(self, snapshot: SearchSnapshot) -> None:
        proposal = snapshot.coming.get("bayesian")
        looks = snapshot.looks.get("bayesian", ())
        if proposal is None and looks and "bayesian" in snapshot.coming:
            # The budget is spent: what it believed before its last look stays.
            proposal = looks[-1].proposal
        maps = None if proposal is None else proposal.maps
        shown = "none" if maps is None else "grid"
        if self.surrogate.layout.display != shown:
            self.surrogate.layout.display = shown
        if maps is None:
            return
        lower = snapshot.landscape.direction == "min"
        points = [coming_point("bayesian", proposal)]
        name = METHOD_LABELS["bayesian"]
        mine = [point for point in map_points(snapshot, "bayesian") if point.name == name and not point.next]
        small = [replace(p, small=True, text="", times=1, rug=False, latest=False) for p in mine]
        say = {
            "mean": ("What it predicts", maps.mean, lower),
            "deviation": ("How unsure it is (standard deviation)", maps.deviation, False),
            "acquisition": (f"Where to look: {maps.acquisition_name}", maps.acquisition, maps.least_is_next),
        }
        for name, (words_above, values, low_is_bright) in say.items():
            self.maps[name].draw(
                values.T,
                x_values=self._labels[0],
                y_values=self._labels[1],
                lower_is_better=low_is_bright,
                points=[*small, *points],
                sentence=words_above,
            )
