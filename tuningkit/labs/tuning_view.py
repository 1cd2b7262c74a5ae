"""From a session's snapshot to what is seen: chart, sentence, diagnosis, table. Written by one thread only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.records import Record, band
from tuningkit.labs.run_rows import OWN_COLUMNS, columns, row
from tuningkit.labs.runs_table import Column, RunsTable
from tuningkit.labs.sentences import diagnosis_html, sentence, status_html
from tuningkit.labs.session import TuningSession
from tuningkit.labs.settings_string import describe_change
from tuningkit.labs.snapshot import Snapshot

#: Ghosts in the picture: the most recent runs, and all pinned ones.
GHOSTS = 5
#: Seconds between two rewrites of the status, and of the other words and the table, while a run goes on.
_STATUS, _TEXTS = 0.1, 0.5
#: Seconds by which words and table follow the first curve of a new run.
_AFTER_MOVE = 0.08


class TuningView:
    """The parts of a TuningLab that only show.

    Args:
        loss_name: Name of the data loss, for the axis.
        metric: Name of the second panel's metric, such as "accuracy".
        epochs: Epochs planned, for an axis that stands still.
        extra: Further views with ``draw(snapshot, chosen, session)`` and a ``widget``, such as the decision
            boundary.
        hyperparameters: Columns of the table of runs for what is tuned.
    """

    def __init__(
        self,
        loss_name: str,
        metric: str,
        epochs: int,
        extra: list[Any],
        hyperparameters: Sequence[Column] = OWN_COLUMNS,
    ) -> None:
        self.metric, self._hyperparameters = metric, hyperparameters
        self.extra = extra
        label = metric.replace("_", " ")
        share = metric == "accuracy"
        self.panels = ["loss"] if metric == "loss" else ["loss", metric]
        panels = [
            Panel("loss", "Loss", loss_name, y_log_toggle=True),
            Panel(
                metric,
                label.capitalize(),
                f"{label} (share correct)" if share else label,
                y_range=(0, 1) if share else None,
            ),
        ]
        self.chart = CurveChart(
            panels[: len(self.panels)],
            height=270,
            description="Training and validation curves of the run under way, with earlier runs behind them.",
        )
        self.status = words()
        self.diagnosis = words()
        self.table = RunsTable(
            columns(metric, hyperparameters), max_height=240, file_name="tuningkit_runs.csv"
        )
        self._written: tuple[float, int, int] = (0.0, 0, 0)
        self._said = (0.0, "")
        self.chart.draw([], x_max=epochs, sentence="No epoch is trained yet.")
        self.status.value = status_html(Snapshot("idle", None, [], epochs), None)

    def pictures(self) -> ipywidgets.Widget:
        """The chart and the further views: side by side where there is room, else below each other."""
        if not self.extra:
            return self.chart
        for widget, flex in [(self.chart, "2 1 540px"), *((view.widget, "1 1 290px") for view in self.extra)]:
            widget.layout.flex, widget.layout.width, widget.layout.min_width = flex, "auto", "0"
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start", width="100%")
        return ipywidgets.HBox([self.chart, *(view.widget for view in self.extra)], layout=layout)

    def draw(self, snapshot: Snapshot, session: TuningSession) -> None:
        """Show a snapshot. Words follow at the end of a run and twice a second; curves always."""
        chosen = self._chosen(snapshot)
        self._draw_curves(snapshot, chosen)
        for view in self.extra:
            view.draw(snapshot, chosen, session)
        now = time.monotonic()
        if snapshot.final or now - self._said[0] > _STATUS or snapshot.status != self._said[1]:
            self._said = (now, snapshot.status)
            self.status.value = status_html(snapshot, chosen)
        at, number, epoch = self._written
        run_epoch = snapshot.record.run.epochs if snapshot.record else 0
        if snapshot.number != number:
            # The curves answer a move first; a table that the browser lays out anew would keep them waiting.
            at = now - _TEXTS + _AFTER_MOVE
            self._written = (at, snapshot.number, -1)
            epoch = -1
        new = run_epoch != epoch
        if snapshot.final or (new and now - at > _TEXTS):
            self._written = (now, snapshot.number, run_epoch)
            self.diagnosis.value = diagnosis_html(chosen)
            records = [*snapshot.earlier, *([snapshot.record] if snapshot.record else [])]
            self.table.show([row(record, self.metric, self._hyperparameters) for record in reversed(records)])

    def _chosen(self, snapshot: Snapshot) -> Record | None:
        """The run in front: the one picked in the table, else the one under way."""
        picked = self.table.selected_id
        for record in snapshot.earlier:
            if record.number == picked:
                return record
        return snapshot.record

    def _draw_curves(self, snapshot: Snapshot, chosen: Record | None) -> None:
        number = snapshot.number if chosen is None else chosen.number
        ghosts = [record for record in snapshot.earlier if record.number != number]
        if snapshot.record is not None and snapshot.record.number != number:
            ghosts.append(snapshot.record)
        pinned = [record for record in ghosts if record.pinned]
        recent = [record for record in ghosts if not record.pinned][-GHOSTS:]
        curves = [curve for record in recent for curve in self._ghost(record)]
        for place, record in enumerate(pinned):
            curves += self._pinned(record, 2 + place % 4, 1 + place % 4)
        markers: list[Marker] = []
        if chosen is None or chosen is snapshot.record:
            curves += self._present(chosen, snapshot)
        else:
            curves += self._present(chosen, None)
        if chosen is not None:
            markers = [
                Marker(None, change.epoch, describe_change(change.name, change.old, change.new))
                for change in chosen.run.changes
            ]
        longest = max([snapshot.epochs_planned, *(len(c.x) for c in curves)])
        self.chart.draw(
            curves, markers=markers, sentence=sentence(snapshot, chosen, self.metric), x_max=longest
        )

    def _present(self, record: Record | None, growing: Snapshot | None) -> list[Curve]:
        """Curves of the run in front; of a long epoch under way the training curve's end as it stands."""
        partial = growing.partial if growing is not None else {}
        seeds = 1
        if record is not None or partial:
            seeds = len(record.members["loss"] if record is not None else partial["loss"])
        elif growing is None or growing.status != "training":
            return []
        several = f", mean of {seeds} seeds" if seeds > 1 else ""
        curves = []
        for panel in self.panels:
            for name, label, role in (
                (panel, "training", "train"),
                (f"val_{panel}", "validation", "validation"),
            ):
                x, y, members = np.zeros(0), np.zeros(0), np.zeros((seeds, 0))
                if record is not None:
                    x, y, members = epochs_of(record), record.run.history[name], record.members[name]
                if name in partial:
                    x, y = np.append(x, growing.position), np.append(y, np.mean(partial[name]))
                    members = np.column_stack([members, partial[name]])
                low, high = band(members)
                curves.append(Curve(panel, label + several, x, y, role, low=low, high=high, emphasis=True))
        return curves

    def _ghost(self, record: Record) -> list[Curve]:
        return [
            Curve(panel, f"run {record.number}", epochs_of(record), record.run.history[f"val_{panel}"],
                  "validation", ghost=True)
            for panel in self.panels
        ]  # fmt: skip

    def _pinned(self, record: Record, palette: int, dash: int) -> list[Curve]:
        label = f"run {record.number}, validation"
        return [
            Curve(panel, label, epochs_of(record), record.run.history[f"val_{panel}"], "validation",
                  palette=palette, dash=dash)
            for panel in self.panels
        ]  # fmt: skip


def epochs_of(record: Record) -> np.ndarray:
    """Epoch numbers of a run, from 1, shape (epochs,)."""
    return np.arange(1, record.run.epochs + 1)
