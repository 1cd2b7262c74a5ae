"""From a session's snapshot to what is seen: chart, sentence, diagnosis, table. Written by one thread only."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets
import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.runs_table import Column, RunsTable
from tuningkit.labs.session import Record, Snapshot, TuningSession
from tuningkit.labs.settings_string import describe_change
from tuningkit.training.run import more_is_better

#: Ghosts in the picture: the most recent runs, and all pinned ones.
GHOSTS = 5


class TuningView:
    """The parts of a TuningLab that only show.

    Args:
        loss_name: Name of the data loss, for the axis.
        metric: Name of the second panel's metric, such as "accuracy".
        epochs: Epochs planned, for an axis that stands still.
        extra: Further views with ``draw(snapshot, chosen, session)`` and a ``widget``, such as the decision boundary.
    """

    def __init__(self, loss_name: str, metric: str, epochs: int, extra: list[Any]) -> None:
        self.metric = metric
        self.extra = extra
        label = metric.replace("_", " ")
        share = metric == "accuracy"
        self.chart = CurveChart(
            [
                Panel("loss", "Loss", loss_name, y_log_toggle=True),
                Panel(
                    metric,
                    label.capitalize(),
                    f"{label} (share correct)" if share else label,
                    y_range=(0, 1) if share else None,
                ),
            ],
            height=270,
            description="Training and validation curves of the run under way, with earlier runs behind them.",
        )
        self.status = ipywidgets.HTML()
        self.diagnosis = ipywidgets.HTML()
        self.table = RunsTable(columns(metric), max_height=240, file_name="tuningkit_runs.csv")
        self._shown_diagnosis = 0
        self.chart.draw([], x_max=epochs)
        self.status.value = status_html(Snapshot("idle", None, [], epochs))

    def draw(self, snapshot: Snapshot, session: TuningSession) -> None:
        """Show a snapshot. Texts follow at the end of a run and every few epochs; curves always."""
        chosen = self._chosen(snapshot)
        ghosts = [record for record in snapshot.earlier if chosen is None or record.number != chosen.number]
        if chosen is not None and snapshot.record is not None and chosen.number != snapshot.record.number:
            ghosts.append(snapshot.record)
        pinned = [record for record in ghosts if record.pinned]
        recent = [record for record in ghosts if not record.pinned][-GHOSTS:]
        curves = [curve for record in recent for curve in self._ghost(record)]
        for place, record in enumerate(pinned):
            curves += self._pinned(record, 2 + place % 4)
        markers: list[Marker] = []
        if chosen is not None:
            curves += self._present(chosen)
            markers = [
                Marker(None, change.epoch, describe_change(change.name, change.old, change.new))
                for change in chosen.run.changes
            ]
        longest = max([snapshot.epochs_planned, *(len(c.x) for c in curves)])
        self.chart.draw(curves, markers=markers, sentence=sentence(snapshot, self.metric), x_max=longest)
        self.status.value = status_html(snapshot)
        for view in self.extra:
            view.draw(snapshot, chosen, session)
        epoch = snapshot.record.run.epochs if snapshot.record else 0
        if snapshot.final or epoch - self._shown_diagnosis >= 5 or epoch < self._shown_diagnosis:
            self._shown_diagnosis = epoch
            self.diagnosis.value = diagnosis_html(chosen)
            records = [*snapshot.earlier, *([snapshot.record] if snapshot.record else [])]
            self.table.show([row(record, self.metric) for record in reversed(records)])

    def _chosen(self, snapshot: Snapshot) -> Record | None:
        """The run in front: the one picked in the table, else the one under way."""
        picked = self.table.selected_id
        for record in snapshot.earlier:
            if record.number == picked:
                return record
        return snapshot.record

    def _present(self, record: Record) -> list[Curve]:
        curves = []
        for panel in ("loss", self.metric):
            for name, label, role in (
                (panel, "training", "train"),
                (f"val_{panel}", "validation", "validation"),
            ):
                low, high = band(record.members[name])
                curves.append(
                    Curve(panel, label, _epochs(record), record.run.history[name], role, low=low, high=high,
                          emphasis=True)
                )  # fmt: skip
        return curves

    def _ghost(self, record: Record) -> list[Curve]:
        return [
            Curve(panel, f"run {record.number}", _epochs(record), record.run.history[f"val_{panel}"], "validation",
                  ghost=True)
            for panel in ("loss", self.metric)
        ]  # fmt: skip

    def _pinned(self, record: Record, palette: int) -> list[Curve]:
        label = f"run {record.number}, validation"
        return [
            Curve(panel, label, _epochs(record), record.run.history[f"val_{panel}"], "validation",
                  palette=palette)
            for panel in ("loss", self.metric)
        ]  # fmt: skip


def _epochs(record: Record) -> np.ndarray:
    return np.arange(1, record.run.epochs + 1)


def band(members: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Lowest and highest value over the seeds, shape (epochs,) each; None for a single one."""
    if len(members) == 1:
        return None, None
    low = np.where(np.isfinite(members), members, np.inf).min(axis=0)
    high = np.where(np.isfinite(members), members, -np.inf).max(axis=0)
    return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)


def columns(metric: str) -> list[Column]:
    """Columns of the table of runs."""
    share = metric == "accuracy"
    return [
        Column("number", "run", "integer"),
        Column("learning_rate", "learning rate"),
        Column("dropout", "dropout"),
        Column("l1", "L1"),
        Column("l2", "L2"),
        Column("val_loss", "best val. loss", better="lower"),
        Column("at", "at epoch", "integer"),
        Column(
            "val_metric",
            f"best val. {metric.replace('_', ' ')}",
            format="percent" if share else "short",
            better="higher" if more_is_better(metric) else "lower",
        ),
        Column("gap", "gap"),
        Column("diagnosis", "diagnosis", "text"),
        Column("epochs", "epochs", "integer"),
        Column("optimizer", "optimizer", "text"),
        Column("batch_size", "batch", "integer"),
        Column("seed", "seed", "text"),
        Column("note", "note", "text"),
    ]


def row(record: Record, metric: str) -> dict[str, Any]:
    """One run as a row of the table."""
    run = record.run
    at, best = run.best("val_loss")
    values = run.hyperparameters
    seed = values["seed"]
    if len(record.members["loss"]) > 1:
        seed = f"{seed} to {seed + len(record.members['loss']) - 1}"
    changes = "; ".join(describe_change(c.name, c.old, c.new) for c in run.changes)
    return {
        "id": record.number,
        "number": record.number,
        **{
            name: values[name] for name in ("learning_rate", "dropout", "l1", "l2", "optimizer", "batch_size")
        },
        "seed": "as built" if seed is None else str(seed),
        "epochs": run.epochs,
        "val_loss": best,
        "at": at or None,
        "val_metric": run.best(f"val_{metric}")[1],
        "gap": run.gap,
        "diagnosis": run.diagnosis.kind,
        "note": ", ".join(part for part in ("pinned" if record.pinned else "", changes) if part),
    }


_STATES = {
    "building": "Building the network …",
    "waiting": "Waiting: another lab is training. This one begins when that one pauses or ends.",
    "training": "Training",
    "paused": "Paused",
    "finished": "Finished",
}


def status_html(snapshot: Snapshot) -> str:
    """The line above the chart."""
    run = snapshot.record.run if snapshot.record else None
    text = ""
    if run is not None:
        text = f"run {snapshot.record.number} · epoch {run.epochs} of {snapshot.epochs_planned}"
        if run.diverged_at:
            text += f" · diverged in epoch {run.diverged_at}"
        if snapshot.seconds_left and snapshot.seconds_left > 2:
            text += f" · about {snapshot.seconds_left:.0f} s left"
    return state_html(snapshot.status, text, snapshot.error, start="Press <b>Train</b>, or move a slider.")


def state_html(status: str, text: str, error: tuple[str, str] | None, *, start: str) -> str:
    """A lab's state in one line, or what went wrong with the traceback folded below.

    Args:
        status: A session's status.
        text: Where the training stands.
        error: The error in words, and its traceback.
        start: What to do when nothing has happened yet.
    """
    if error is not None:
        words, trace = error
        shown = (
            f"<div role='alert'><b>✗ {html.escape(words)}</b><br>Change a setting or press Train to try again."
            "<details><summary>Details for a bug report</summary><pre style='white-space:pre-wrap;"
            f"max-height:220px;overflow:auto'>{html.escape(trace)}</pre></details></div>"
        )
    elif status == "idle":
        shown = f"Ready. {start}"
    elif status in ("building", "waiting"):
        shown = _STATES[status]
    else:
        shown = f"<b>{_STATES[status]}</b> · {text}"
    return f"<div style='line-height:1.5'>{shown}</div>"


def sentence(snapshot: Snapshot, metric: str) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.record is None:
        return "No epoch is finished yet."
    run = snapshot.record.run
    if run.diverged_at:
        return f"Run {snapshot.record.number} diverged in epoch {run.diverged_at}."
    value = run.history[f"val_{metric}"][-1]
    shown = f"{100 * value:.1f} percent" if metric == "accuracy" else f"{value:.3g}"
    return (
        f"Run {snapshot.record.number}, {snapshot.status}, epoch {run.epochs}: "
        f"training loss {run.history['loss'][-1]:.3g}, validation loss {run.history['val_loss'][-1]:.3g}, "
        f"validation {metric.replace('_', ' ')} {shown}."
    )


def diagnosis_html(record: Record | None) -> str:
    """The diagnosis below the chart."""
    if record is None:
        return ""
    found = record.run.diagnosis
    since = f" since epoch {found.since_epoch}" if found.since_epoch is not None else ""
    return (
        f"<div style='line-height:1.5'><b>Run {record.number}: {found.kind}{since}.</b> "
        f"{html.escape(found.evidence)} <i>{html.escape(found.advice)}</i></div>"
    )
