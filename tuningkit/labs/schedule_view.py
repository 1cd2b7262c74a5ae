"""From a ScheduleLab's snapshot to what is seen: rate above, loss below, words. Written by one thread only."""

from __future__ import annotations

import html
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.schedule_kinds import KINDS, in_keras, preview
from tuningkit.labs.schedule_snapshot import ScheduleRecord, ScheduleSnapshot
from tuningkit.labs.sentences import state_html
from tuningkit.training.hyperparameters import format_value

if TYPE_CHECKING:
    from tuningkit.training.run import Run

#: Earlier runs in the picture.
GHOSTS = 5
#: Seconds between two rewrites of the status, and of the other words, while a run goes on.
_STATUS, _TEXTS = 0.1, 0.5
#: Previews kept, so that what stands still is not worked out again.
_REMEMBERED = 200


class ScheduleView:
    """The parts of a ScheduleLab that only show.

    Args:
        loss_name: Name of the data loss, for the axis.
    """

    def __init__(self, loss_name: str) -> None:
        self.chart = CurveChart(
            [
                Panel("rate", "Learning rate", "learning rate", y_log_toggle=True),
                Panel("loss", "Loss", loss_name, y_log=True, y_log_toggle=True),
            ],
            height=205,
            stacked=True,
            description="Learning rate above and loss below, against the epoch.",
        )
        self.status, self.schedule, self.diagnosis = words(), words(), words()
        self._previews: dict[Any, tuple[np.ndarray, np.ndarray]] = {}
        self._said = (0.0, "")
        self._told = (0.0, ("", 0))

    def draw(self, snapshot: ScheduleSnapshot) -> None:
        """Show a snapshot. Words follow at the end of a run and twice a second; curves always."""
        self.chart.draw(
            [*self._ghosts(snapshot), *self._rates(snapshot), *self._losses(snapshot)],
            markers=self._now(snapshot),
            sentence=sentence(snapshot),
            x_max=max(snapshot.settings["epochs"], snapshot.goal, snapshot.epochs),
        )
        now = time.monotonic()
        if snapshot.final or now - self._said[0] > _STATUS or snapshot.status != self._said[1]:
            self._said = (now, snapshot.status)
            self.status.value = status_html(snapshot)
        code = schedule_html(snapshot)
        if code != self.schedule.value:
            self.schedule.value = code
        key = (snapshot.front, snapshot.number)
        if snapshot.final or now - self._told[0] > _TEXTS or key != self._told[1]:
            self._told = (now, key)
            self.diagnosis.value = diagnosis_html(snapshot)

    def preview(
        self, kind: str, settings: dict[str, Any], steps_per_epoch: int, rates: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rate against epoch: what a schedule will do; of a plateau rule what it has done so far.

        Args:
            kind: The schedule.
            settings: The lab's settings.
            steps_per_epoch: Steps of one epoch.
            rates: The rates of the epochs that were trained, shape (epochs,).
        """
        key = (kind, steps_per_epoch, *(settings[name] for name in (*KINDS[kind].parameters, "epochs")))
        found = self._previews.get(key)
        if found is None:
            if len(self._previews) > _REMEMBERED:
                self._previews.clear()
            found = self._previews[key] = preview(kind, settings, steps_per_epoch)
        x, y = found
        if kind != "plateau" or rates is None or not len(rates):
            return x, y
        edges = np.repeat(np.arange(len(rates) + 1.0), 2)[1:-1]
        return np.append(edges, max(settings["epochs"], len(rates))), np.append(
            np.repeat(rates, 2), rates[-1]
        )

    def _present(self, kind: str, snapshot: ScheduleSnapshot) -> tuple[np.ndarray, np.ndarray]:
        rates = None
        if snapshot.epochs:
            rates = snapshot.history["learning_rate"][snapshot.kinds.index(kind)]
        return self.preview(kind, snapshot.settings, snapshot.steps_per_epoch, rates)

    def _rates(self, snapshot: ScheduleSnapshot) -> list[Curve]:
        return [
            Curve(
                "rate", kind, *self._present(kind, snapshot),
                palette=KINDS[kind].palette, dash=KINDS[kind].dash, emphasis=kind == snapshot.front,
            )
            for kind in snapshot.kinds
        ]  # fmt: skip

    def _losses(self, snapshot: ScheduleSnapshot) -> list[Curve]:
        if not snapshot.epochs:
            return []
        x = np.arange(1, snapshot.epochs + 1)
        loss, validation = snapshot.history["loss"], snapshot.history["val_loss"]
        if len(snapshot.kinds) == 1:
            return [
                Curve("loss", "training", x, loss[0], "train", emphasis=True),
                Curve("loss", "validation", x, validation[0], "validation", emphasis=True),
            ]
        return [
            Curve(
                "loss", f"{kind}, validation", x, validation[place],
                palette=KINDS[kind].palette, dash=KINDS[kind].dash, emphasis=kind == snapshot.front,
            )
            for place, kind in enumerate(snapshot.kinds)
        ]  # fmt: skip

    def _ghosts(self, snapshot: ScheduleSnapshot) -> list[Curve]:
        curves = []
        for record in snapshot.earlier[-GHOSTS:]:
            kind = shown_kind(record, snapshot)
            run = record.runs[kind]
            x, label = np.arange(1, run.epochs + 1), f"run {record.number}"
            rate = self.preview(kind, record.settings, snapshot.steps_per_epoch, run.history["learning_rate"])
            curves += [
                Curve("rate", label, *rate, ghost=True),
                Curve("loss", label, x, run.history["val_loss"], "validation", ghost=True),
            ]
            if len(snapshot.kinds) == 1:
                curves.append(Curve("loss", label, x, run.history["loss"], "train", ghost=True))
        return curves

    def _now(self, snapshot: ScheduleSnapshot) -> list[Marker]:
        if snapshot.status not in ("training", "paused") or not snapshot.position > 0:
            return []
        x, y = self._present(snapshot.front, snapshot)
        rate = float(np.interp(snapshot.position, x, y))
        return [Marker("rate", snapshot.position, "now", y=rate)]


def shown_kind(record: ScheduleRecord, snapshot: ScheduleSnapshot) -> str:
    """The schedule that stands for a whole earlier training: beside others the one in front, else its own."""
    together = len(snapshot.kinds) > 1 and snapshot.front in record.runs
    return snapshot.front if together else record.front


def status_html(snapshot: ScheduleSnapshot) -> str:
    """The line above the chart."""
    text = f"run {snapshot.number} · epoch {int(snapshot.position)} of {snapshot.goal}"
    if snapshot.epochs and snapshot.diverged_at is not None:
        rates = snapshot.history["learning_rate"][snapshot.kinds.index(snapshot.front)]
        if np.isfinite(rates[-1]):
            text += f" · learning rate {format_value(float(f'{rates[-1]:.2g}'))}"
        gone = [kind for kind, epoch in zip(snapshot.kinds, snapshot.diverged_at, strict=True) if epoch]
        if gone:
            text += f" · diverged: {', '.join(gone)}"
    if snapshot.seconds_left and snapshot.seconds_left > 2:
        text += f" · about {snapshot.seconds_left:.0f} s left"
    return state_html(snapshot.status, text, snapshot.error, start="Press <b>Train</b>, or move a slider.")


def schedule_html(snapshot: ScheduleSnapshot) -> str:
    """The schedule in front, in words and as one writes it in Keras."""
    kind, steps = snapshot.front, snapshot.steps_per_epoch
    code = html.escape(in_keras(kind, snapshot.settings, steps))
    return (
        f"<div><b>{kind}.</b> {KINDS[kind].words} An epoch has {steps} steps; in Keras: "
        f"<code style='overflow-wrap:anywhere'>{code}</code></div>"
    )


def diagnosis_html(snapshot: ScheduleSnapshot) -> str:
    """What the curves show: of one schedule its diagnosis, of several their order."""
    runs = {kind: run for kind, run in snapshot.runs.items() if kind in snapshot.kinds}
    if not runs or not snapshot.epochs:
        return ""
    if len(snapshot.kinds) == 1:
        found = runs[snapshot.front].diagnosis
        since = f" since epoch {found.since_epoch}" if found.since_epoch is not None else ""
        return (
            f"<div><b>Run {snapshot.number}: {found.kind}{since}.</b> "
            f"{html.escape(found.evidence)} <i>{html.escape(found.advice)}</i></div>"
        )
    return f"<div><b>Run {snapshot.number}.</b> {html.escape(ranking(runs))}</div>"


def ranking(runs: dict[str, Run]) -> str:
    """The schedules in the order of their best validation loss, in a sentence."""
    alive = {kind: run.best("val_loss") for kind, run in runs.items() if not run.diverged_at}
    said = ", ".join(
        f"{kind} {value:.3g} (epoch {epoch})"
        for kind, (epoch, value) in sorted(alive.items(), key=lambda item: item[1][1])
    )
    gone = [f"{kind} in epoch {run.diverged_at}" for kind, run in runs.items() if run.diverged_at]
    words = f"Best validation loss, lowest first: {said}." if said else "No schedule came through."
    if gone:
        words += f" Diverged: {', '.join(gone)}. Try a smaller learning rate, or a warm-up."
    if len(alive) > 1:
        words += " One seed only: small differences may be chance. Try another seed."
    return words


def sentence(snapshot: ScheduleSnapshot) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return f"Training stopped: {snapshot.error[0]}"
    if not snapshot.epochs:
        return f"Schedule {snapshot.front}. No epoch is trained yet."
    place = snapshot.kinds.index(snapshot.front)
    if snapshot.diverged_at is not None and snapshot.diverged_at[place]:
        return (
            f"Run {snapshot.number}, {snapshot.status}: {snapshot.front} diverged in epoch "
            f"{snapshot.diverged_at[place]}."
        )
    latest = {name: curves[place, -1] for name, curves in snapshot.history.items()}
    said = (
        f"Run {snapshot.number}, {snapshot.status}, epoch {snapshot.epochs}: {snapshot.front}, learning rate "
        f"{latest['learning_rate']:.2g}, training loss {latest['loss']:.3g}, validation loss "
        f"{latest['val_loss']:.3g}"
    )
    others = len(snapshot.kinds) - 1
    if others:
        best = int(np.nanargmin(np.nan_to_num(snapshot.history["val_loss"][:, -1], nan=np.inf)))
        said += f"; lowest of {others + 1} now: {snapshot.kinds[best]}"
    return said + "."
