"""``tk.TuningLab``: sliders on a real Keras network, and its curves while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import settings_string
from tuningkit.labs.extra_views import wanted_views
from tuningkit.labs.lab_settings import HYPER, MID_RUN, NEW_RUN, check_setting
from tuningkit.labs.own_settings import Setting, check_controls, own_settings
from tuningkit.labs.runs_lab import RunsLab
from tuningkit.labs.session import TuningSession
from tuningkit.labs.snapshot import Snapshot
from tuningkit.labs.tuning_inputs import CONTROLS, HIDDEN_AT_FIRST, TuningInputs
from tuningkit.labs.tuning_view import TuningView
from tuningkit.search.hypermodel import is_hypermodel
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

__all__ = ["CONTROLS", "MID_RUN", "NEW_RUN", "TuningLab"]


class TuningLab(RunsLab):
    """Move a slider and watch the training curves of your own Keras network answer.

    In mode "new run" a move begins again from the same initial weights, and the old run stays behind as a faint
    ghost. In mode "mid-run" training goes on with the new value, and a marker says where it changed. Batch size,
    optimiser and repeats rebuild the network's graph, at once and on their own.

    In place of a model you may pass a KerasTuner hypermodel: a function ``build_model(hp)``, or a
    ``keras_tuner.HyperModel`` object. Each of its hyperparameters gets a control, in place of the sliders for
    learning rate, dropout, L1 and L2. Models built at several values are compared: what reaches nothing but
    dropout rates, L1/L2 strengths, the learning rate or momenta is live; the rest builds a new network, at once.
    :class:`tuningkit.labs.hypermodel_lab.HypermodelLab` says what such a lab has beside this.

    Everything on the screen also works from Python, with or without a screen: ``lab.learning_rate = 0.01``,
    ``lab.train(epochs=20)``, ``lab.wait()``, ``lab.runs``, ``lab.figure()``.

    Args:
        model: A built Keras model with one input and one output, compiled or not. It is copied, never changed. Or a
            KerasTuner hypermodel.
        data: A :class:`tuningkit.Dataset`.
        learning_rate: Starting value of the slider. None: what the model was compiled with, else 1e-3.
        dropout: Starting value. None: as in the model.
        l1: Starting value. None: as in the model.
        l2: Starting value. None: as in the model.
        optimizer: Name of the optimiser. None: the very one the model was compiled with, else "adam".
        batch_size: Rows per step.
        epochs: Length of a run.
        seed: Number that determines initial weights, batch order and dropout.
        repeats: 1, 5 or 10: train that many seeds at once and show their spread as a band.
        mode: "new run" or "mid-run".
        controls: Names of the controls to show, of ``CONTROLS``; None shows all but those of single
            optimisers: "momentum", "rho", "beta_1", "beta_2", "weight_decay".
        weights: Whether to show the histogram of the weights.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        hyperparameters: Starting values of a hypermodel's own hyperparameters, by name.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a value is out of range, a name unknown, or model and data do not fit together.

    Example:
        >>> lab = tk.TuningLab(model, tk.datasets.load_digits(), epochs=30)
        >>> lab.l2 = 1e-3
        >>> lab.train(); lab.wait()
        >>> lab.runs[-1].best("val_loss")
        (30, 0.13)

        >>> def build_model(hp):
        ...     layers = [keras.Input((64,)), keras.layers.Dense(hp.Int("units", 8, 128, step=8), "relu")]
        ...     layers += [keras.layers.Dropout(hp.Float("dropout", 0, 0.9)), keras.layers.Dense(10)]
        ...     model = keras.Sequential(layers)
        ...     model.compile(keras.optimizers.Adam(hp.Float("rate", 1e-4, 0.1, sampling="log")))
        ...     return model
        >>> lab = tk.TuningLab(build_model, tk.datasets.load_digits())
        >>> lab.set("units", 64).train().wait()
        >>> lab.best_hyperparameters().values
        {'units': 64, 'dropout': 0.0, 'rate': 0.0001}
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

    def __new__(cls, model: Any = None, *arguments: Any, **keywords: Any) -> TuningLab:
        """A lab for a model, or for a hypermodel."""
        if cls is TuningLab and is_hypermodel(model):
            from tuningkit.labs.hypermodel_lab import HypermodelLab

            cls = HypermodelLab
        return super().__new__(cls, model, *arguments, **keywords)

    def __init__(
        self,
        model: keras.Model | Callable[[Any], keras.Model],
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
        hyperparameters: Mapping[str, Any] | None = None,
    ) -> None:
        if hyperparameters:
            raise ValueError(
                "hyperparameters are for a hypermodel, a function build_model(hp). "
                f"Received: {type(model).__name__} with hyperparameters={dict(hyperparameters)!r}"
            )
        own = own_settings(model, data, loss, metrics, optimizer)
        given = {
            "learning_rate": learning_rate, "dropout": dropout, "l1": l1, "l2": l2, "optimizer": optimizer,
            "batch_size": batch_size, "epochs": epochs, "seed": seed, "repeats": repeats, "mode": mode,
        }  # fmt: skip
        settings = own.start_with(given)
        shown = check_controls(controls, CONTROLS, HIDDEN_AT_FIRST)
        views = wanted_views(data, from_logits=own.from_logits, weights=weights)
        self._own = own
        self._view = TuningView(own.loss_name, own.metric, settings["epochs"], views)
        self._inputs = TuningInputs(settings, own, shown, self._moved)
        session = TuningSession(
            model, data, settings, {"loss": loss, "metrics": metrics}, on_update=self._update, weights=weights
        )
        super().__init__(session, self._arrange(session, shown))
        self._view.table.observe(lambda _: session.refresh(), "selected_id")

    def _arrange(self, session: TuningSession, shown: list[str]) -> list[ipywidgets.Widget]:
        view = self._view
        actions = [
            ("Train", "Train to the end of the run", self.train),
            ("Pause", "Stop after this step; nothing is lost", session.pause),
            ("Step one epoch", "Train exactly one epoch", lambda: self.train(1)),
            ("Restart", "Back to the initial weights", self.restart),
            ("Pin run", "Keep the run in front in the picture, or no longer", self.pin),
            ("Clear", "Forget all earlier runs that are not pinned", session.clear),
        ]
        rows = [*self._inputs.rows(actions), view.status, view.pictures(), view.diagnosis]
        return [*rows, view.table] if "table" in shown else rows

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        """A control was moved by the learner."""
        self._look_at_present()
        if name == "optimizer":
            self._drop_what_does_not_fit(value)
        self.session.set(name, value, start=name not in ("epochs", "mode"))

    def _drop_what_does_not_fit(self, optimizer: str | None) -> None:
        for name in table.OPTIMIZER_HYPERPARAMETERS:
            if self.session.settings.get(name) is not None and self._own.why_not(name, optimizer):
                self.session.set(name, None)
                self._inputs.show(name, None)
        self._inputs.fit_optimizer(optimizer)

    # The worker's door

    def _update(self, snapshot: Snapshot) -> None:
        self._view.draw(snapshot, self.session)
        if self._ended(snapshot) and snapshot.record is not None:
            self._tell(snapshot.record.run)

    # From Python

    def get(self, name: str) -> Any:
        """The value a setting stands at; ``lab.get("l2")`` is ``lab.l2``."""
        return self.session.settings.get(name)

    def set(self, name: str, value: Any) -> TuningLab:
        """Move a setting; ``lab.set("l2", 0.01)`` is ``lab.l2 = 0.01``.

        Returns:
            The lab, so that ``lab.set("l2", 0.01).train()`` reads well.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong type.
        """
        self.move(name, check_setting(name, value))
        return self

    def move(self, name: str, value: Any) -> None:
        """Set one of the lab's settings, already checked, and show it on its control."""
        self.session.check_open()
        if name == "optimizer":
            # Without a compiled model, "as compiled" means what the lab starts with.
            value = self._own.values["optimizer"] if value is None else value
        self._own.refuse(name, value, self.session.settings["optimizer"])
        if name == "optimizer":
            self._drop_what_does_not_fit(value)
        self.session.set(name, value)
        self._inputs.show(name, value)

    def link(self) -> str:
        """All settings in one line; ``TuningLab.from_settings`` makes the same lab of it.

        Same model, same data and same line give the same run, bit for bit. Where the present run was changed
        midway, the line holds the values it began with and each change with the epoch it was made at; training
        makes the same changes at the same steps again.

        Example:
            >>> lab.link()
            'batch_size=32&dropout=0.3&epochs=60&l1=0.0&l2=0.0001&learning_rate=0.001&mode=new+run&...'
        """
        return settings_string.to_string(*self.session.story())

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
        changes = values.pop("changes", [])
        own = {name: values.pop(name) for name in list(values) if name.startswith(HYPER)}
        if own:
            given = arguments.pop("hyperparameters", None) or {}
            arguments["hyperparameters"] = {
                name.removeprefix(HYPER): value for name, value in own.items()
            } | given
        extra = {name: values.pop(name) for name in table.OPTIMIZER_HYPERPARAMETERS if name in values}
        lab = cls(model, data, **{**values, **arguments})
        for name, value in extra.items():
            setattr(lab, name, value)
        lab.session.plan(changes)
        return lab

    @classmethod
    def playground(cls, data: str | Dataset = "circles", **settings: Any) -> TuningLab:
        """A lab on points in a plane, whose network is chosen and watched in the lab: :class:`PlaygroundLab`.

        Args:
            data: "circles", "spirals" or another name, or a data set of your own with two inputs.
            **settings: Settings by name, such as ``hidden=(8, 8)``.

        Example:
            >>> tk.TuningLab.playground("spirals", hidden=(8, 8), features=["x1", "x2", "sin(x1)"])
        """
        from tuningkit.labs.playground_lab import PlaygroundLab

        return PlaygroundLab(data, **settings)

    def __repr__(self) -> str:
        records = self.session.records
        words = f"{len(records)} run{'s' if len(records) != 1 else ''}" if records else "no run yet"
        return f"TuningLab on {self._own.data_name}, {words}. Settings: {self.link()}"
