"""``tk.TuningLab``: sliders on a real Keras network, and its curves while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs import settings_string, static_picture
from tuningkit.labs.extra_views import wanted_views
from tuningkit.labs.own_settings import Setting, check_controls, own_settings
from tuningkit.labs.registry import register
from tuningkit.labs.session import MID_RUN, NEW_RUN, Record, Snapshot, TuningSession, check_setting
from tuningkit.labs.tuning_view import TuningView
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run

SLIDERS = ("learning_rate", "dropout", "l1", "l2")
#: Everything a teacher can show or hide, in the order of the screen.
CONTROLS = (
    *SLIDERS,
    "momentum",
    "optimizer",
    "batch_size",
    "epochs",
    "seed",
    "repeats",
    "mode",
    "buttons",
    "table",
)
_HIDDEN_UNLESS_ASKED = ("momentum",)


class TuningLab(ipywidgets.VBox):
    """Move a slider and watch the training curves of your own Keras network answer.

    In mode "new run" a move begins again from the same initial weights, and the old run stays behind as a faint
    ghost. In mode "mid-run" training goes on with the new value, and a marker says where it changed. Batch size,
    optimiser and repeats rebuild the network's graph, at once and on their own.

    Everything on the screen also works from Python, with or without a screen: ``lab.learning_rate = 0.01``,
    ``lab.train(epochs=20)``, ``lab.wait()``, ``lab.runs``, ``lab.figure()``.

    Args:
        model: A built Keras model with one input and one output, compiled or not. It is copied, never changed.
        data: A :class:`tuningkit.Dataset`.
        learning_rate: Starting value of the slider. None: what the model was compiled with, else 1e-3.
        dropout: Starting value. None: as in the model.
        l1: Starting value. None: as in the model.
        l2: Starting value. None: as in the model.
        optimizer: Name of the optimiser. None: as the model was compiled, else "adam".
        batch_size: Rows per step.
        epochs: Length of a run.
        seed: Number that determines initial weights, batch order and dropout.
        repeats: 1, 5 or 10: train that many seeds at once and show their spread as a band.
        mode: "new run" or "mid-run".
        controls: Names of the controls to show, of ``CONTROLS``; None shows all but "momentum".
        weights: Whether to show the histogram of the weights.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a value is out of range, a name unknown, or model and data do not fit together.

    Example:
        >>> lab = tk.TuningLab(model, tk.datasets.load_digits(), epochs=30)
        >>> lab.l2 = 1e-3
        >>> lab.train(); lab.wait()
        >>> lab.runs[-1].best("val_loss")
        (30, 0.13)
    """

    learning_rate = Setting("Step size, greater than 0.")
    dropout = Setting("Rate of all dropout layers, in [0, 1); None: as in the model.")
    l1 = Setting("L1 strength of all kernels, at least 0; None: as in the model.")
    l2 = Setting("L2 strength of all kernels, at least 0; None: as in the model.")
    momentum = Setting("Momentum, in [0, 1), of the optimisers that have it.")
    beta_1 = Setting("Decay of the first moment, in [0, 1), of the optimisers that have it.")
    beta_2 = Setting("Decay of the second moment, in [0, 1), of the optimisers that have it.")
    rho = Setting("Decay of the squared gradients, in [0, 1), of the optimisers that have it.")
    weight_decay = Setting("Decoupled weight decay, at least 0, of AdamW.")
    optimizer = Setting("Name of the optimiser.")
    batch_size = Setting("Rows per step.")
    epochs = Setting("Planned length of a run, in epochs.")
    seed = Setting("Number that determines initial weights, batch order and dropout.")
    repeats = Setting("How many seeds are trained at once: 1, 5 or 10.")
    mode = Setting('What a move means: "new run" or "mid-run".')

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        *,
        learning_rate: float | None = None,
        dropout: float | None = None,
        l1: float | None = None,
        l2: float | None = None,
        optimizer: str | None = None,
        batch_size: int = 32,
        epochs: int = 60,
        seed: int = 0,
        repeats: int = 1,
        mode: str = NEW_RUN,
        controls: Sequence[str] | None = None,
        weights: bool = False,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
    ) -> None:
        own = own_settings(model, data, loss, metrics)
        given = {
            "learning_rate": learning_rate, "dropout": dropout, "l1": l1, "l2": l2, "optimizer": optimizer,
            "batch_size": batch_size, "epochs": epochs, "seed": seed, "repeats": repeats, "mode": mode,
        }  # fmt: skip
        settings = {
            name: own.values.get(name) if value is None else check_setting(name, value)
            for name, value in given.items()
        }
        own.refuse(settings)
        self._shown = check_controls(controls, CONTROLS, _HIDDEN_UNLESS_ASKED)
        self._own = own
        self.session = TuningSession(
            model, data, settings, {"loss": loss, "metrics": metrics}, on_update=self._update
        )
        views = wanted_views(data, from_logits=own.from_logits, weights=weights)
        self._view = TuningView(own.loss_name, own.metric, epochs, views)
        self._view.table.observe(lambda _: self.session.refresh(), "selected_id")
        self._finished: list[Callable[[Run], None]] = []
        self._last_status = "idle"
        self._inputs = self._make_inputs(settings)
        super().__init__(self._arrange(), layout=ipywidgets.Layout(width="100%"))
        self.add_class("tk-lab")
        register(self)

    # The learner's door

    def _make_inputs(self, settings: dict[str, Any]) -> dict[str, Any]:
        from tuningkit.training.optimizer_choices import OPTIMIZERS

        inputs: dict[str, Any] = {}
        for name in SLIDERS:
            inputs[name] = parts.SliderControl(
                name, settings[name], has_own=self._own.differing[name], on_move=self._moved
            )
            if self._own.nothing_for[name]:
                inputs[name].disable(self._own.nothing_for[name])
        inputs["momentum"] = parts.SliderControl("momentum", 0.9, has_own=False, on_move=self._moved)
        moved = self._moved
        inputs["optimizer"] = parts.dropdown(
            "optimizer", "optimizer", list(OPTIMIZERS), settings["optimizer"], moved
        )
        inputs["batch_size"] = parts.dropdown(
            "batch_size", "batch size", list(parts.BATCH_SIZES), settings["batch_size"], moved
        )
        inputs["epochs"] = parts.number_entry("epochs", "epochs", settings["epochs"], moved)
        inputs["seed"] = parts.number_entry("seed", "seed", settings["seed"], moved)
        repeats = [("1 seed", 1), ("5 seeds", 5), ("10 seeds", 10)]
        inputs["repeats"] = parts.dropdown("repeats", "repeats", repeats, settings["repeats"], moved)
        modes = [("new run", NEW_RUN), ("mid-run", MID_RUN)]
        inputs["mode"] = parts.dropdown("mode", "on a move", modes, settings["mode"], moved)
        return inputs

    def _arrange(self) -> list[ipywidgets.Widget]:
        session = self.session
        buttons = ipywidgets.HBox(
            [
                parts.button("Train", "Train to the end of the run", session.train, primary=True),
                parts.button("Pause", "Stop after this step; nothing is lost", session.pause),
                parts.button("Step one epoch", "Train exactly one epoch", lambda: session.train(1)),
                parts.button("Restart", "Back to the initial weights", session.restart),
                parts.button("Pin run", "Keep this run in the picture, or no longer", self.pin),
                parts.button("Clear", "Forget all earlier runs that are not pinned", session.clear),
            ],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px"),
        )
        sliders = [self._inputs[name].widget for name in (*SLIDERS, "momentum") if name in self._shown]
        choices = [
            self._inputs[name]
            for name in ("optimizer", "batch_size", "epochs", "seed", "repeats", "mode")
            if name in self._shown
        ]
        grid = {"grid_gap": "2px 16px", "width": "100%"}
        rows: list[ipywidgets.Widget] = []
        if sliders:
            columns = "repeat(auto-fit, minmax(250px, 1fr))"
            rows.append(
                ipywidgets.GridBox(sliders, layout=ipywidgets.Layout(grid_template_columns=columns, **grid))
            )
        if choices:
            columns = "repeat(auto-fit, minmax(230px, 1fr))"
            rows.append(
                ipywidgets.GridBox(choices, layout=ipywidgets.Layout(grid_template_columns=columns, **grid))
            )
        if "buttons" in self._shown:
            rows.append(buttons)
        rows += [self._view.status, self._view.chart]
        rows += [view.widget for view in self._view.extra]
        rows.append(self._view.diagnosis)
        if "table" in self._shown:
            rows.append(self._view.table)
        return rows

    def _moved(self, name: str, value: Any) -> None:
        """A control was moved by the learner."""
        self.session.set(name, value, start=name not in ("epochs", "mode"))

    # The worker's door

    def _update(self, snapshot: Snapshot) -> None:
        self._view.draw(snapshot, self.session)
        finished = snapshot.final and snapshot.status in ("finished", "paused")
        if finished and snapshot.record is not None and self._last_status == "training":
            for callback in self._finished:
                callback(snapshot.record.run)
        self._last_status = snapshot.status

    # From Python

    def move(self, name: str, value: Any) -> None:
        """Set one of the lab's settings, already checked, and show it on its control."""
        self._own.refuse({**self.session.settings, name: value})
        control = self._inputs.get(name)
        self.session.set(name, value)
        if isinstance(control, parts.SliderControl):
            control.show(value)
        elif control is not None:
            # The session has the value already, so that the control's own report changes nothing.
            if value not in parts.values_of(control):
                control.options = [*control.options, value]
            control.value = value

    def train(self, epochs: int | None = None) -> TuningLab:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs. None: to the planned end of the run. If a setting was changed since,
                in mode "new run" a new run begins.

        Returns:
            The lab, so that ``lab.train(20).wait()`` reads well.
        """
        if epochs is not None:
            table.check_value("epochs", epochs)
        self.session.train(epochs)
        return self

    def pause(self) -> TuningLab:
        """Stop after the step under way. Nothing is lost: :meth:`train` goes on."""
        self.session.pause()
        return self

    def restart(self) -> TuningLab:
        """Go back to the initial weights; a lab that is training goes on from there."""
        self.session.restart()
        return self

    def wait(self, timeout: float | None = None) -> TuningLab:
        """Return when the training asked for is done.

        Args:
            timeout: Seconds to wait at most. None waits as long as it takes.

        Raises:
            TimeoutError: If it takes longer than ``timeout``.
            Exception: What went wrong while training, if anything did.
        """
        done = self.session.worker.wait(timeout)
        self.session.raise_error()
        if not done:
            raise TimeoutError(f"The lab is still training after {timeout} s. lab.pause() stops it.")
        return self

    def pin(self, number: int | None = None) -> TuningLab:
        """Keep a run in the picture whatever comes after, or no longer.

        Args:
            number: The run's number in the table. None: the run picked there, else the latest one.
        """
        if number is None:
            records = self.session.records
            picked = self._view.table.selected_id
            number = picked if picked is not None else (records[-1].number if records else 0)
        self.session.pin(number)
        return self

    def clear(self) -> TuningLab:
        """Forget all earlier runs that are not pinned."""
        self.session.clear()
        return self

    def on_run_finished(self, callback: Callable[[Run], None]) -> None:
        """Call ``callback(run)``, in the lab's own thread, whenever a run ends or is paused."""
        self._finished.append(callback)

    @property
    def runs(self) -> list[Run]:
        """All runs, oldest first; with repeats, each is the mean over its seeds."""
        return [record.run for record in self.session.records]

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        from tuningkit import plots

        records = self.session.records
        if not records:
            return static_picture.empty_figure("No run yet. Press Train, or call lab.train().")
        last = records[-1]
        return plots.learning_curves(
            self._drawn(last),
            ghosts=[self._drawn(record) for record in records[-6:-1]],
            markers=[
                (change.epoch, settings_string.describe_change(change.name, change.old, change.new))
                for change in last.run.changes
            ],
            title=f"Run {last.number}: {last.run.diagnosis.kind}",
        )

    def _drawn(self, record: Record) -> dict[str, Any]:
        names = ("loss", self._own.metric)
        return {key: record.members[key] for name in names for key in (name, f"val_{name}")}

    def link(self) -> str:
        """All settings in one line; ``TuningLab.from_settings`` makes the same lab of it.

        Example:
            >>> lab.link()
            'batch_size=32&dropout=0.3&epochs=60&l1=0.0&l2=0.0001&learning_rate=0.001&mode=new+run&...'
        """
        return settings_string.to_string(self.session.settings)

    @classmethod
    def from_settings(cls, model: keras.Model, data: Dataset, settings: str, **arguments: Any) -> TuningLab:
        """Make a lab from what :meth:`link` wrote.

        Args:
            model: The model.
            data: The data.
            settings: A line such as ``"l2=0.0001&seed=3"``.
            **arguments: Further arguments of the class.

        Raises:
            ValueError: If the line holds an unknown name or an impossible value.
        """
        values = settings_string.from_string(settings)
        extra = {name: values.pop(name) for name in list(values) if name in table.OPTIMIZER_HYPERPARAMETERS}
        lab = cls(model, data, **{**values, **arguments})
        for name, value in extra.items():
            setattr(lab, name, value)
        return lab

    def close(self) -> None:
        """Stop training and free what the lab holds."""
        self.session.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        live = super()._repr_mimebundle_(**kwargs)
        return static_picture.mime_bundle(live, self.figure(), repr(self))

    def __repr__(self) -> str:
        records = self.session.records
        words = f"{len(records)} run{'s' if len(records) != 1 else ''}" if records else "no run yet"
        return f"TuningLab on {self._own.data_name}, {words}. Settings: {self.link()}"
