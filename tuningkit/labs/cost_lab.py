"""``tk.CostLab``: what a search over a full grid costs, with the seconds of an epoch measured on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.cost_session import CostSession
from tuningkit.labs.cost_settings import RANGES, CostSettings, check
from tuningkit.labs.cost_view import CostView, cost_figure, sentence
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.own_settings import Setting

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset

_LABELS = {
    "hyperparameters": "hyperparameters",
    "values": "values of each",
    "seeds": "seeds of each",
}
_MEASURED = ("as measured here", None)
_SECONDS = ((0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (60.0, "1 min"), (600.0, "10 min"), (3600.0, "1 h"))


class CostLab(Lab):
    r"""A calculator for the cost of tuning: runs times epochs times seconds.

    A full grid tries every value of one hyperparameter with every value of all others, so its cost grows as a
    power of their number:

    .. math:: T = k^d \cdot r \cdot e \cdot s

    with ``k`` values of each of ``d`` hyperparameters, ``r`` seeds of each setting, ``e`` epochs of a training and
    ``s`` seconds of an epoch. The last is measured: five epochs are timed after one that builds the graph, and
    their median counts. It is the time of :func:`tuningkit.train`; ``model.fit`` takes longer on small networks.

    Args:
        model: A built Keras model. It is copied, never changed. None: no network is timed, ``seconds`` is needed.
        data: A :class:`tuningkit.Dataset`.
        hyperparameters: How many are tuned, 1 to 8.
        values: Values tried of each, 2 to 20.
        seeds: Trainings of each setting, 1 to 20.
        epochs: Epochs of a training.
        seconds: Seconds of an epoch. None: as measured.
        batch_size: Rows per step while it is timed.

    Raises:
        ValueError: If a value is out of range, or neither a model nor seconds are given.
        TypeError: If a value is of the wrong type.

    Example:
        >>> lab = tk.CostLab(seconds=30, hyperparameters=3, values=5, epochs=20)
        >>> lab.runs, lab.total_seconds
        (125, 75000.0)

    Reference:
        J. Bergstra, Y. Bengio (2012), Random search for hyper-parameter optimization, JMLR 13, section 1.
        https://jmlr.org/papers/v13/bergstra12a.html
    """

    hyperparameters = Setting("How many hyperparameters are tuned.")
    values = Setting("Values tried of each hyperparameter.")
    seeds = Setting("Trainings of each setting.")
    epochs = Setting("Epochs of a training.")
    seconds = Setting("Seconds of an epoch as chosen; None: as measured.")

    def __init__(
        self,
        model: keras.Model | None = None,
        data: Dataset | None = None,
        *,
        hyperparameters: int = 2,
        values: int = 5,
        seeds: int = 1,
        epochs: int = 20,
        seconds: float | None = None,
        batch_size: int = 32,
    ) -> None:
        if (model is None) != (data is None):
            raise ValueError(
                "CostLab times a model on data: give both, or neither and seconds=30, for example."
            )
        if model is None and seconds is None:
            raise ValueError("Without a model there is nothing to time. Give seconds=30, for example.")
        if model is not None:
            from tuningkit.training.data_check import check_data
            from tuningkit.training.surgery import check_model

            check_model(model)
            check_data(model, data)
        given = {
            "hyperparameters": hyperparameters,
            "values": values,
            "seeds": seeds,
            "epochs": epochs,
            "seconds": seconds,
        }
        settings = CostSettings(**{name: check(name, value) for name, value in given.items()})
        self._view = CostView()
        self._controls = self._make_controls(settings, timed=model is not None)
        session = CostSession(model, data, settings, check_setting("batch_size", batch_size), self._view.draw)
        super().__init__(session, self._arrange(timed=model is not None))
        # No thread is at work yet.
        self._view.draw(session.snapshot(final=True))

    def _make_controls(self, settings: CostSettings, *, timed: bool) -> dict[str, parts.Control]:
        controls: dict[str, parts.Control] = {}
        for name, label in _LABELS.items():
            low, high = RANGES[name]
            slider = ipywidgets.IntSlider(
                value=getattr(settings, name), min=low, max=high, description=label, continuous_update=True
            )
            controls[name] = parts.Control(name, slider, self._moved)
        controls["epochs"] = parts.Number("epochs", settings.epochs, self._moved)
        options = [_MEASURED] if timed else []
        options += [(label, seconds) for seconds, label in _SECONDS]
        controls["seconds"] = parts.Choice(
            "seconds", "seconds per epoch", options, settings.seconds, self._moved
        )
        return controls

    def _arrange(self, *, timed: bool) -> list[ipywidgets.Widget]:
        rows = [parts.columns([control.widget for control in self._controls.values()], 260)]
        if timed:
            action = parts.button("Measure", "Time an epoch on this machine", self.measure, primary=True)
            rows.append(parts.button_row([action]))
        return [*rows, self._view.status, self._view.chart, self._view.sum]

    def _moved(self, name: str, value: Any) -> None:
        self.session.set(name, value)

    # From Python

    def get(self, name: str) -> Any:
        """The value a setting stands at; ``lab.get("values")`` is ``lab.values``."""
        return getattr(self.session.settings, name)

    def set(self, name: str, value: Any) -> CostLab:
        """Move a setting; ``lab.set("values", 10)`` is ``lab.values = 10``.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong type.
        """
        self.session.check_open()
        value = check(name, value)
        if name == "seconds" and value is None and not self.session.can_measure:
            raise ValueError("This lab has no model to time, so seconds must be a number, such as 30.")
        self._controls[name].show(value)
        self.session.set(name, value)
        return self

    def measure(self) -> CostLab:
        """Time an epoch in the background; the call returns at once, ``lab.measure().wait()`` when it is done.

        Raises:
            RuntimeError: If the lab is closed.
            ValueError: If the lab has no model.
        """
        self.session.check_open()
        if not self.session.can_measure:
            raise ValueError("This lab has no model to time. Make it with tk.CostLab(model, data).")
        self.session.measure()
        return self

    @property
    def measured(self) -> float | None:
        """Seconds of an epoch on this machine, or None before they were measured."""
        return self.session.measured

    @property
    def runs(self) -> int:
        """Trainings of the whole grid."""
        return self.session.settings.runs

    @property
    def total_seconds(self) -> float | None:
        """Seconds that the whole grid takes, or None while those of an epoch are not known."""
        seconds = self._seconds
        return None if seconds is None else self.session.settings.all_epochs * seconds

    @property
    def _seconds(self) -> float | None:
        settings = self.session.settings
        return self.measured if settings.seconds is None else settings.seconds

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return cost_figure(self.session.settings, self._seconds)

    def __repr__(self) -> str:
        return f"CostLab. {sentence(self.session.settings, self._seconds)}"
