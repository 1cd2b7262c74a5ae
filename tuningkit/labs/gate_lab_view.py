"""From a GateLab's snapshot to what is seen: the image, its gates, the curves, words."""

from __future__ import annotations

import html
import time
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.gate_lab_charts import LAST_THRESHOLD, charts, picture
from tuningkit.labs.gate_lab_data import Naming, few_values, picture_svg, shown_rows
from tuningkit.labs.gate_lab_session import Experiment, GateSnapshot, Look
from tuningkit.labs.gate_lab_settings import GateSettings
from tuningkit.labs.gate_lab_words import (
    BUILDING,
    answer,
    cost_words,
    findings,
    place,
    result,
    sentence,
    status_html,
    taken,
)

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: Seconds between two texts while training; a move is answered at once.
_TEXTS = 0.5


class GateView:
    """The parts of a GateLab that only show.

    Args:
        data: The data; its validation images are looked at.
        settings: Where the controls stand at first.
    """

    def __init__(self, data: Dataset, settings: GateSettings) -> None:
        self.naming = Naming.of(data)
        self._data = data
        self._images = data.x_validation[shown_rows(data)]
        self._scale = float(data.x_train.min()), float(data.x_train.max())
        self.status, self.image, self.words = words(), words(), words()
        self.charts = charts(settings.filters, self.naming.row)
        self.curves = CurveChart(
            [
                Panel("loss", "Loss", "cross-entropy", y_log_toggle=True),
                Panel("accuracy", "Accuracy", "share correct", y_range=(0, 1)),
            ],
            height=210,
            description="Training and validation curves of the network.",
        )
        self._told, self._seen = 0.0, None
        for chart in (*self.charts.values(), self.curves):
            chart.draw([])
        self.show(settings.kind)
        self.widgets = [self.status, self.image, *self.charts.values(), self.words, self.curves]

    def show(self, kind: str) -> None:
        """Choose whose chart is on the screen."""
        for name, chart in self.charts.items():
            chart.layout.display = None if name == kind else "none"

    def draw(self, snapshot: GateSnapshot) -> None:
        """Show a snapshot; words follow twice a second, or at once after a move."""
        experiment, settings, look = snapshot.present, snapshot.settings, snapshot.present.look
        if look is not None:
            curves, markers = picture(experiment.settings.kind, look, settings, self.naming.row)
            self.charts[experiment.settings.kind].draw(
                curves,
                markers=markers,
                x_max=LAST_THRESHOLD if look.costs is not None else None,
                sentence=findings(experiment, settings, self.naming),
            )
        self.curves.draw(
            _learned(experiment), x_max=settings.epochs, sentence=sentence(snapshot, self.naming)
        )
        now = time.monotonic()
        if snapshot.final or settings.looks != self._seen or now - self._told > _TEXTS:
            self._told, self._seen = now, settings.looks
            self.status.value = status_html(snapshot)
            self.image.value = self.image_html(look, settings)
            self.words.value = _words_html(experiment, settings, self.naming)

    def image_html(self, look: Look | None, settings: GateSettings) -> str:
        """The image in front, its class, and what the network says of it."""
        if look is None:
            return f"<div>{BUILDING}</div>"
        image = place(look, settings)
        label = f"Validation {self.naming.row} {image}, class {self.naming.classes[look.labels[image]]}"
        drawn = picture_svg(self._images[image], *self._scale, label)
        right = look.reading.predicted[taken(look, settings) - 1, image] == look.labels[image]
        values = few_values(self._data, self._images[image])
        verdict = "✓ right" if right else "✗ wrong"
        return (
            "<div style='display:flex;flex-wrap:wrap;gap:14px;align-items:center'>"
            f"{drawn}<div style='flex:1 1 240px'><b>{html.escape(label)}</b>"
            f"{html.escape(values and f': {values}')}<br>"
            f"{html.escape(answer(look, settings, self.naming))}<br>{verdict}</div></div>"
        )


def _words_html(experiment: Experiment, settings: GateSettings, naming: Naming) -> str:
    said = f"<div>{html.escape(findings(experiment, settings, naming))}"
    if experiment.epochs:
        said += f" {html.escape(result(experiment, naming).capitalize())}."
    if experiment.look is not None and experiment.look.costs is not None:
        said += (
            "<div style='margin-top:4px'><b>How the computation is counted.</b> "
            f"{html.escape(cost_words(experiment.look, settings, naming))}</div>"
        )
    return f"{said}</div>"


def _learned(experiment: Experiment) -> list[Curve]:
    curves = []
    for panel in ("loss", "accuracy"):
        for name, role, word in ((panel, "train", "training"), (f"val_{panel}", "validation", "validation")):
            values = experiment.history.get(name, np.zeros(0))
            curves.append(Curve(panel, word, np.arange(1, len(values) + 1), values, role))
    return curves
