"""From a FeatureLab's snapshot to what is seen: pictures, sizes and counts, curves, words, table."""

from __future__ import annotations

import time

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.feature_lab_pictures import FeaturePictures
from tuningkit.labs.feature_lab_plan import Plan
from tuningkit.labs.feature_lab_rows import columns, table_rows
from tuningkit.labs.feature_lab_session import Experiment, FeatureSnapshot
from tuningkit.labs.feature_lab_words import answer_words, image_words, plan_html, sentence, status_html
from tuningkit.labs.runs_table import RunsTable

_TEXTS = 0.5
#: Runs before the one in front whose curves stay faintly in sight.
_GHOSTS = 4


class FeatureView:
    """The parts of a FeatureLab that only show.

    Args:
        class_names: Names of the classes, in label order.
    """

    def __init__(self, class_names: tuple[str, ...]) -> None:
        self._names = class_names
        self.status, self.counts = words(), words()
        self.pictures = FeaturePictures()
        self.curves = CurveChart(
            [
                Panel("loss", "Loss", "cross-entropy", y_log_toggle=True),
                Panel("accuracy", "Accuracy", "share correct", y_range=(0, 1)),
            ],
            height=200,
            description="Training and validation curves of the network, earlier networks faintly behind.",
        )
        self.table = RunsTable(columns(), max_height=220, file_name="tuningkit_features.csv")
        self._told, self._plan = 0.0, None
        self.curves.draw([])
        self.widgets = [self.status, self.pictures, self.counts, self.curves, self.table]

    def draw(self, snapshot: FeatureSnapshot) -> None:
        """Show a snapshot; status and table follow twice a second."""
        shown = snapshot.shown
        self._draw_pictures(snapshot)
        self._show_plan(shown.plan)
        self.curves.draw(self._curves(snapshot), x_max=snapshot.planned, sentence=sentence(snapshot))
        now = time.monotonic()
        if snapshot.final or now - self._told > _TEXTS:
            self._told = now
            self.status.value = status_html(snapshot)
            self.table.show(table_rows([*snapshot.earlier, snapshot.present]))

    def _draw_pictures(self, snapshot: FeatureSnapshot) -> None:
        shown, maps = snapshot.shown, snapshot.maps
        caption = image_words(snapshot.image, self._names[maps.label]) if maps is not None else ""
        said = answer_words(maps, self._names, shown)
        self.pictures.draw(shown.plan, maps, pooling=shown.settings.pooling, caption=caption, sentence=said)

    def _show_plan(self, plan: Plan) -> None:
        if plan != self._plan:
            self._plan = plan
            self.counts.value = plan_html(plan)

    def _curves(self, snapshot: FeatureSnapshot) -> list[Curve]:
        others = [one for one in (*snapshot.earlier, snapshot.present) if one is not snapshot.shown]
        curves = [line for one in others[-_GHOSTS:] for line in _lines(one, ghost=True)]
        return [*curves, *_lines(snapshot.shown, ghost=False)]


def _lines(experiment: Experiment, *, ghost: bool) -> list[Curve]:
    history = experiment.run.history if experiment.run is not None else {}
    epochs = np.arange(1, experiment.epochs + 1)
    return [
        Curve(
            panel, f"run {experiment.number}, {word}" if ghost else word, epochs,
            history.get(name, np.zeros(0)), role, ghost=ghost,
        )
        for panel in ("loss", "accuracy")
        for name, role, word in ((panel, "train", "training"), (f"val_{panel}", "validation", "validation"))
    ]  # fmt: skip
