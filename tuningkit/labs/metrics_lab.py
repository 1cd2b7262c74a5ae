"""``tk.MetricsLab``: move a threshold, and see every score of a classifier move with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.metrics_session import RANGES, MetricsSession, MetricsSettings, check
from tuningkit.labs.metrics_view import MetricsView, metrics_figure, sentence
from tuningkit.labs.own_settings import Setting
from tuningkit.training.threshold_metrics import check_scores, curves_of, scores_of_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LABELS = {
    "threshold": ("threshold", 0.01, ".2f"),
    "false_alarm": ("cost of a false alarm", 1.0, ".0f"),
    "miss": ("cost of a miss", 1.0, ".0f"),
}


class MetricsLab(Lab):
    r"""A threshold on the scores of a classifier: confusion matrix, scores, curves and costs move together.

    A row counts as positive if its score reaches the threshold. With TP rows found, FP false alarms, FN misses:

    .. math:: P = \frac{TP}{TP + FP}, \quad R = \frac{TP}{TP + FN}, \quad F_1 = \frac{2 P R}{P + R}

    The cost of the mistakes is ``FP * false_alarm + FN * miss``, told per 100 rows.

    Args:
        y_true: 0 or 1 for each row, or a Keras model.
        scores: Probability of 1 for each row, 0 to 1; with a model, a :class:`tuningkit.Dataset`.
        positive: With a model: the class that counts as positive, all others being negative.
        split: With a model: the rows that are judged, "train", "validation" or "test".
        run: With a model: a :class:`tuningkit.Run` of it whose final weights are used. None: the model's own.
        threshold: Where to begin, 0 to 1.
        false_alarm: Cost of a false alarm, 0 to 100.
        miss: Cost of a miss, 0 to 100, in the same unit.
        names: What negative and positive rows are called.

    Raises:
        ValueError: If truth and scores do not fit, only one class is there, or a value is out of range.
        TypeError: If a value is of the wrong type.

    Example:
        >>> lab = tk.MetricsLab([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], threshold=0.3)
        >>> lab.metrics()["recall"]
        1.0

    Reference:
        C. Elkan (2001), The foundations of cost-sensitive learning, IJCAI.
        https://cseweb.ucsd.edu/~elkan/rescale.pdf
    """

    threshold = Setting("Score from which on a row counts as positive.")
    false_alarm = Setting("Cost of a false alarm.")
    miss = Setting("Cost of a miss.")

    def __init__(
        self,
        y_true: Any,
        scores: Any,
        *,
        positive: int = 1,
        split: str = "validation",
        run: Any = None,
        threshold: float = 0.5,
        false_alarm: float = 1,
        miss: float = 1,
        names: tuple[str, str] = ("negative", "positive"),
    ) -> None:
        if len(names) != 2 or isinstance(names, str):
            raise ValueError(f'names must be two words, such as ("healthy", "ill"). Received: {names!r}')
        given = {"threshold": threshold, "false_alarm": false_alarm, "miss": miss}
        settings = MetricsSettings(**{name: check(name, value) for name, value in given.items()})
        if hasattr(y_true, "predict"):
            y_true, scores = scores_of_model(y_true, scores, positive=positive, split=split, run=run)
        checked = check_scores(y_true, scores)
        self._names = (str(names[0]), str(names[1]))
        self._view = MetricsView(self._names)
        self._controls = {name: self._slider(name, getattr(settings, name)) for name in RANGES}
        session = MetricsSession(checked, curves_of(checked), settings, self._view.draw)
        cheapest = parts.button(
            "Go to cheapest", "Put the threshold where the mistakes cost least", self.go_to_cheapest
        )
        super().__init__(
            session,
            [
                parts.columns([control.widget for control in self._controls.values()], 260),
                parts.button_row([cheapest]),
                self._view.status,
                self._view.matrix,
                self._view.now,
                self._view.all,
            ],
        )
        # No thread is at work yet.
        self._view.draw(session.snapshot(final=True))

    def _slider(self, name: str, value: float) -> parts.Control:
        label, step, form = _LABELS[name]
        low, high = RANGES[name]
        slider = ipywidgets.FloatSlider(
            value=value, min=low, max=high, step=step, description=label, readout_format=form,
            continuous_update=True,
        )  # fmt: skip
        return parts.Control(name, slider, self._moved)

    def _moved(self, name: str, value: Any) -> None:
        # The browser's slider rounds what it is given to its stops, and sends that back as if it had been moved.
        if abs(value - self.get(name)) < 0.5 * _LABELS[name][1]:
            return
        self.session.set(name, float(value))

    # From Python

    def get(self, name: str) -> float:
        """The value a setting stands at; ``lab.get("miss")`` is ``lab.miss``."""
        return getattr(self.session.settings, name)

    def set(self, name: str, value: float) -> MetricsLab:
        """Move a setting; ``lab.set("threshold", 0.3)`` is ``lab.threshold = 0.3``.

        Raises:
            ValueError: If the name is unknown or the value out of range.
            TypeError: If the value is no number.
            RuntimeError: If the lab is closed.
        """
        self.session.check_open()
        value = check(name, value)
        self._controls[name].show(value)
        self.session.set(name, value)
        return self

    def go_to_cheapest(self) -> MetricsLab:
        """Put the threshold where the mistakes in these rows cost least."""
        return self.set("threshold", self.best_threshold)

    @property
    def best_threshold(self) -> float:
        """The threshold at which the mistakes in these rows cost least, for the present costs."""
        return self.session.best()

    def metrics(self) -> dict[str, float]:
        """Everything at the present threshold, with what does not depend on it, by name.

        Returns:
            The confusion matrix in rows, the scores as shares of 1, ``cost`` per 100 rows, ``roc_auc``,
            ``average_precision`` and the ``brier`` score.
        """
        curves = self.session.curves
        return {
            **asdict(self.session.numbers()),
            "roc_auc": curves.roc_auc,
            "average_precision": curves.average_precision,
            "brier": curves.brier,
        }

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return metrics_figure(self.session.snapshot(), self._names)

    def __repr__(self) -> str:
        return f"MetricsLab. {sentence(self.session.snapshot())}"
