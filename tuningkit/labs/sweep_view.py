"""From a sweep's snapshot to what is seen: the fan of curves, the score against the value, the map."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.heat_map import HeatMap
from tuningkit.labs.sentences import state_html
from tuningkit.labs.sweep_session import SweepSnapshot
from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

#: What counts as a run's score, in words.
SCORES = {"best": "best validation loss", "last": "validation loss at the end"}
#: Seconds between two rewrites of the words while a sweep goes on.
_WORDS = 0.2


class SweepView:
    """The parts of a SweepLab that only show.

    Args:
        grid: One or two hyperparameters with their values.
        loss_name: Name of the data loss, for the axis.
        metric: Name of the second panel's metric.
        epochs: Epochs planned.
        at: Which epoch's validation loss counts, "best" or "last".
    """

    def __init__(
        self, grid: dict[str, Sequence[float]], *, loss_name: str, metric: str, epochs: int, at: str
    ) -> None:
        self._grid, self.at = grid, at
        score = SCORES[at]
        self._names = list(grid)
        self._sizes = tuple(len(values) for values in grid.values())
        self.selected = 0
        self.epoch: int | None = None
        share = metric == "accuracy"
        word = metric.replace("_", " ")
        panels = [
            Panel("loss", "Loss, every value", loss_name, y_log_toggle=True),
            Panel(
                metric,
                f"{word.capitalize()}, every value",
                f"{word} (share correct)" if share else word,
                y_range=(0, 1) if share else None,
            ),
        ]
        self.panels = ["loss"] if metric == "loss" else ["loss", metric]
        self.fan = CurveChart(
            panels[: len(self.panels)],
            height=250,
            description="Validation curves of all values of the sweep, the chosen one in front.",
        )
        self._said = (0.0, "")
        self.status = words()
        self.words = words()
        self.score, self.map = None, None
        if len(grid) == 1:
            name = self._names[0]
            self.score = CurveChart(
                [
                    Panel("score", f"{score.capitalize()} against {label(name)}", loss_name,
                          x_label=label(name), x_log=HYPERPARAMETERS[name].log, y_log_toggle=True)
                ],
                height=200,
                description=f"{score.capitalize()} against {label(name)}.",
            )  # fmt: skip
            self.score.draw([])
        else:
            self.map = HeatMap(label(self._names[1]), label(self._names[0]), score, height=300)
        self.fan.draw([], x_max=epochs)
        self.status.value = state_html(
            "idle", "", None, start="Press <b>Train</b> to train all values at once."
        )

    def draw(self, snapshot: SweepSnapshot) -> None:
        """Show a snapshot. Words follow at the end and a few times a second; curves always."""
        now = time.monotonic()
        speak = snapshot.final or snapshot.status != self._said[1] or now - self._said[0] > _WORDS
        if speak:
            self._said = (now, snapshot.status)
            self._say(snapshot)
        if not snapshot.epochs:
            self.fan.draw([], x_max=snapshot.epochs_planned)
            if self.score is not None:
                self.score.draw([])
            self.words.value = ""
            return
        scores = self.scores(snapshot)
        best = None if np.isnan(scores).all() else int(np.nanargmin(scores))
        self._draw_fan(snapshot)
        if self.score is not None:
            self._draw_score(snapshot, scores, best)
        else:
            self._draw_map(snapshot)
        if speak:
            self.words.value = self._in_words(snapshot, scores, best)

    def _say(self, snapshot: SweepSnapshot) -> None:
        text = f"epoch {snapshot.epochs} of {snapshot.epochs_planned}"
        if snapshot.status == "training" and (share := snapshot.position % 1):
            text += f", {100 * share:.0f} % of the next"
        text += f" · {int(np.prod(self._sizes))} values at once"
        if snapshot.seconds_left and snapshot.seconds_left > 2:
            text += f" · about {snapshot.seconds_left:.0f} s left"
        self.status.value = state_html(
            snapshot.status, text, snapshot.error, start="Press <b>Train</b> to train all values at once."
        )

    def scores(self, snapshot: SweepSnapshot, epoch: int | None = None) -> np.ndarray:
        """Score of each value up to ``epoch``, mean over the seeds, shape (values,)."""
        return self.seed_scores(snapshot, epoch).mean(axis=-1).ravel()

    def seed_scores(self, snapshot: SweepSnapshot, epoch: int | None = None) -> np.ndarray:
        """Score of each value and seed up to ``epoch``, shape (*grid shape, seeds); NaN where it diverged."""
        curves = snapshot.history["val_loss"][..., : epoch or None]
        last = _last(curves, snapshot.epochs_done)
        if self.at == "last":
            return np.where(np.isfinite(last), last, np.nan)
        least = np.where(np.isfinite(curves), curves, np.inf).min(axis=-1)
        # A value that diverged has no score, however good it once was.
        return np.where(np.isfinite(last), least, np.nan)

    def _curves(self, snapshot: SweepSnapshot, name: str) -> np.ndarray:
        """Mean over the seeds, shape (values, epochs)."""
        mean = snapshot.history[name].mean(axis=-2)
        return mean.reshape(-1, mean.shape[-1])

    def _draw_fan(self, snapshot: SweepSnapshot) -> None:
        epochs = np.arange(1, snapshot.epochs + 1)
        count = int(np.prod(self._sizes))
        curves = []
        for panel in self.panels:
            validation = self._curves(snapshot, f"val_{panel}")
            curves += [
                Curve(panel, self._first(member), epochs, validation[member], "validation",
                      shade=self._shade(member))
                for member in range(count)
                if member != self.selected
            ]  # fmt: skip
            training = self._curves(snapshot, panel)[self.selected]
            curves.append(Curve(panel, "training, chosen", epochs, training, "train", emphasis=True))
            curves.append(
                Curve(
                    panel,
                    "validation, chosen",
                    epochs,
                    validation[self.selected],
                    "validation",
                    emphasis=True,
                )
            )
        markers = [Marker(None, self.epoch, f"epoch {self.epoch}")] if self.epoch else []
        self.fan.draw(
            curves, markers=markers, sentence=self._sentence(snapshot), x_max=snapshot.epochs_planned
        )

    def _first(self, member: int) -> str:
        """A member's value of the first hyperparameter, in words; the legend names the ends."""
        place = np.unravel_index(member, self._sizes)[0]
        return f"{label(self._names[0])} {format_value(self._grid[self._names[0]][place])}"

    def _shade(self, member: int) -> float:
        """A member's place in the range of the first hyperparameter, from 0 to 1."""
        return float(np.unravel_index(member, self._sizes)[0]) / max(1, self._sizes[0] - 1)

    def _draw_score(self, snapshot: SweepSnapshot, scores: np.ndarray, best: int | None) -> None:
        values = np.asarray(self._grid[self._names[0]], float)
        seeds = self.seed_scores(snapshot)
        several = seeds.shape[-1] > 1
        curves = [
            Curve("score", "mean over seeds" if several else SCORES[self.at], values, scores, "validation",
                  low=seeds.min(axis=-1) if several else None, high=seeds.max(axis=-1) if several else None),
            Curve("score", "value", values, scores, kind="points"),
        ]  # fmt: skip
        markers = []
        if best is not None:
            # The best point lies in a valley: the words go where its wall is lower.
            left, right = (
                scores[place] if 0 <= place < len(scores) else np.inf for place in (best - 1, best + 1)
            )
            markers.append(Marker("score", float(values[best]), f"best: {format_value(values[best])}",
                                  y=float(scores[best]), before=bool(left < right)))  # fmt: skip
        if self.selected != best and np.isfinite(scores[self.selected]):
            markers.append(
                Marker("score", float(values[self.selected]), "chosen", y=float(scores[self.selected]))
            )
        self.score.draw(curves, markers=markers)

    def _draw_map(self, snapshot: SweepSnapshot) -> None:
        at = self.scores(snapshot, self.epoch).reshape(self._sizes)
        best = None
        if not np.isnan(at).all():
            best = tuple(int(i) for i in np.unravel_index(np.nanargmin(at), at.shape))
        rows, columns = self._grid[self._names[0]], self._grid[self._names[1]]
        when = self.epoch or snapshot.epochs
        self.map.draw(
            at,
            x_values=[format_value(v) for v in columns],
            y_values=[format_value(v) for v in rows],
            best=best,
            sentence=f"{SCORES[self.at].capitalize()}, up to epoch {when}.",
        )

    def describe(self, member: int) -> str:
        """A member's values in words: "L2 1e-4, learning rate 0.01"."""
        places = np.unravel_index(member, self._sizes)
        return ", ".join(
            f"{label(name)} {format_value(self._grid[name][place])}"
            for name, place in zip(self._names, places, strict=True)
        )

    def _sentence(self, snapshot: SweepSnapshot) -> str:
        value = _last(snapshot.history["val_loss"], snapshot.epochs_done).mean(axis=-1).ravel()[self.selected]
        shown = f"validation loss {value:.3g}"
        if not np.isfinite(value):
            shown = "diverged" if self._begun(snapshot)[self.selected] else "nothing has arrived yet"
        return f"{snapshot.status}, epoch {snapshot.epochs}; {self.describe(self.selected)}: {shown}."

    def _in_words(self, snapshot: SweepSnapshot, scores: np.ndarray, best: int | None) -> str:
        begun = self._begun(snapshot)
        if best is None:
            return (
                "<div><b>Every value diverged.</b> Try smaller learning rates.</div>" if begun.all() else ""
            )
        text = f"<b>Best: {self.describe(best)}</b>, {SCORES[self.at]} {scores[best]:.4g}."
        lost = int((np.isnan(scores) & begun).sum())
        if lost:
            text += f" {lost} of {len(scores)} values diverged."
        edges = self.on_edge(best)
        if edges and snapshot.status == "finished":
            text += f" The best value lies at the edge of {' and '.join(edges)}: widen the range to be sure."
        seeds = snapshot.history["val_loss"].shape[-2]
        if seeds > 1:
            spread = np.ptp(self.seed_scores(snapshot).reshape(-1, seeds)[best])
            near = int((scores <= scores[best] + spread).sum())
            text += (
                f" The {seeds} seeds of the best value differ by {spread:.2g}: "
                f"{near} of {len(scores)} values lie within that of the best."
            )
        return f"<div>{text}</div>"

    def _begun(self, snapshot: SweepSnapshot) -> np.ndarray:
        """Whether anything has arrived of each value, shape (values,)."""
        if snapshot.epochs_done is None:
            return np.ones(int(np.prod(self._sizes)), bool)
        return snapshot.epochs_done.min(axis=-1).ravel() > 0

    def on_edge(self, member: int) -> list[str]:
        """Hyperparameters of which ``member`` holds the first or the last value; zero is an end in itself."""
        places = np.unravel_index(member, self._sizes)
        return [
            label(name)
            for name, place in zip(self._names, places, strict=True)
            if len(self._grid[name]) > 2
            and place in (0, len(self._grid[name]) - 1)
            and self._grid[name][place] != 0
        ]


def _last(curves: np.ndarray, epochs_done: np.ndarray | None) -> np.ndarray:
    """The value in the last epoch that has arrived of each curve."""
    if epochs_done is None:
        return curves[..., -1]
    place = np.clip(epochs_done, 1, curves.shape[-1]) - 1
    return np.take_along_axis(curves, place[..., None], axis=-1)[..., 0]


def label(name: str) -> str:
    """A hyperparameter's name in words."""
    return HYPERPARAMETERS[name].label
