"""``tk.TuningLab(build_model, data)``: a lab on any KerasTuner hypermodel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_lab import Lab
from tuningkit.labs.extra_views import wanted_views
from tuningkit.labs.hypermodel_controls import HypermodelInputs, column
from tuningkit.labs.hypermodel_session import LAB_NAMES, HypermodelSession, run_name, values_of
from tuningkit.labs.hypermodel_start import named_values, start
from tuningkit.labs.lab_settings import HYPER, NEW_RUN
from tuningkit.labs.main_loop import on_main_loop
from tuningkit.labs.own_settings import check_controls
from tuningkit.labs.records import Record
from tuningkit.labs.tuning_inputs import CHOICES
from tuningkit.labs.tuning_lab import TuningLab
from tuningkit.labs.tuning_view import TuningView
from tuningkit.training.run import more_is_better

if TYPE_CHECKING:
    import keras
    import keras_tuner

    from tuningkit.datasets import Dataset


class HypermodelLab(TuningLab):
    """What ``tk.TuningLab`` makes of a KerasTuner hypermodel.

    Each hyperparameter has a control, which says what a move does. "live": models that differ in it differ in
    nothing but dropout rates, L1/L2 strengths, a constant learning rate or momenta, so the graph that trains takes
    the new numbers. "rebuilds": a new network is built, at once. This is found by building models and comparing
    their configurations, and found again at every move, so that what trains is always the very model that
    ``build_model`` builds at these values.

    The loss, the metrics and the optimiser are those the model is compiled with; a ``HyperModel``'s own ``fit`` is
    not used. Of a model that is not compiled the learning rate and the optimiser stay the lab's own settings.

    Args:
        model: A function that takes ``hp`` and returns a Keras model, or a ``keras_tuner.HyperModel`` object.
        data: A :class:`tuningkit.Dataset`.
        hyperparameters: Starting values by name, or a ``keras_tuner.HyperParameters``. What is left out stands at
            its default.
        controls: Names of the controls to show: hyperparameters, "batch_size", "epochs", "seed", "repeats",
            "mode", "buttons", "table". None shows all.
        learning_rate: As for :class:`TuningLab`, if the model is not compiled.
        optimizer: As for :class:`TuningLab`, if the model is not compiled.
        batch_size: As for :class:`TuningLab`.
        epochs: As for :class:`TuningLab`.
        seed: As for :class:`TuningLab`.
        repeats: As for :class:`TuningLab`.
        mode: As for :class:`TuningLab`.
        weights: As for :class:`TuningLab`.
        loss: None: the one the model is compiled with, else what the data asks for.
        metrics: None: those the model is compiled with, else what the data asks for. One that needs all rows of an
            epoch together, such as the area under a curve, is not measured, and the lab says so.
        **refused: Settings of an ordinary lab that a hypermodel decides by itself.

    Raises:
        TypeError: If the hypermodel is a class, or a function that does not take ``hp``.
        ValueError: If it fails at its starting values, returns something else than a Keras model, declares no
            hyperparameters, or builds a model that cannot be trained live.

    Example:
        >>> lab = tk.TuningLab(build_model, digits, hyperparameters={"units": 64})
        >>> lab.set("dropout", 0.3).train().wait()
        >>> lab.hyperparameters
        {'units': 64, 'dropout': 0.3, 'rate': 0.001}
        >>> model = lab.model()                  # what build_model builds at these values
        >>> hp = lab.best_hyperparameters()      # a keras_tuner.HyperParameters
    """

    def __init__(
        self,
        model: Callable[[Any], keras.Model] | keras_tuner.HyperModel,
        data: Dataset,
        *,
        hyperparameters: Mapping[str, Any] | keras_tuner.HyperParameters | None = None,
        controls: Sequence[str] | None = None,
        learning_rate: float | None = None,
        optimizer: str | None = None,
        batch_size: int = 32,
        epochs: int = 60,
        seed: int = 0,
        repeats: int = 1,
        mode: str = NEW_RUN,
        weights: bool = False,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
        **refused: Any,
    ) -> None:
        given = {
            "learning_rate": learning_rate, "optimizer": optimizer, "batch_size": batch_size, "epochs": epochs,
            "seed": seed, "repeats": repeats, "mode": mode,
        }  # fmt: skip
        begin = start(model, data, hyperparameters, {**given, **refused}, loss, metrics)
        hypermodel, own, settings = begin.hypermodel, begin.own, begin.settings
        known = [name for name in hypermodel.names if HYPER + name in settings]
        choices = [name for name in (*CHOICES, "learning_rate") if name in begin.beside]
        shown = check_controls(controls, [*known, *choices, "buttons", "table"], ())
        self._own = own
        self._view = TuningView(
            own.loss_name,
            own.metric,
            settings["epochs"],
            wanted_views(data, from_logits=own.from_logits, weights=weights),
            [column(run_name(name), hypermodel.definitions(name)) for name in known],
        )
        self._inputs = HypermodelInputs(
            settings,
            own,
            shown,
            self._moved,
            hypermodel,
            beside=begin.beside,
            late=controls is None,
            left_out=begin.left_out,
        )
        session = HypermodelSession(
            hypermodel,
            begin.first,
            data,
            settings,
            {"loss": loss, "metrics": begin.metrics},
            self._update,
            self._learned,
            weights=weights,
        )
        Lab.__init__(self, session, self._arrange(session, shown))
        self._begin = begin
        self._view.table.observe(lambda _: session.refresh(), "selected_id")
        session.refresh()

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        super()._moved(name, value)
        if name.startswith(HYPER):
            self._refresh()

    def _learned(self) -> None:
        """The worker knows more about the hyperparameters."""
        on_main_loop(self._refresh)

    def _refresh(self) -> None:
        if not self.session.worker.stopped:
            self._inputs.refresh(dict(self.session.settings), self.session.liveness)

    # From Python

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters in use and their values; assign a dictionary to move several."""
        hypermodel, values = self._begin.hypermodel, values_of(dict(self.session.settings))
        return {
            name: value
            for name, value in hypermodel.active(values).items()
            if not hypermodel.why_not(name, values)
        }

    @hyperparameters.setter
    def hyperparameters(self, values: Mapping[str, Any]) -> None:
        for name, value in named_values(values).items():
            self.set(name, value)

    def get(self, name: str) -> Any:
        """The value of a hyperparameter or of one of the lab's settings; of two of one name the lab's own."""
        return self.session.settings.get(self._key(name))

    def set(self, name: str, value: Any) -> HypermodelLab:
        """Move a hyperparameter or one of the lab's settings.

        Args:
            name: Its name; "hp.epochs" for a hyperparameter that is called as one of the lab's own settings.
            value: The new value.

        Returns:
            The lab, so that ``lab.set("units", 64).train()`` reads well.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong type.
        """
        key = self._key(name)
        if not key.startswith(HYPER):
            self._begin.check_beside(key)
            return super().set(key, value)
        settings = dict(self.session.settings)
        value = self._begin.hypermodel.check(key.removeprefix(HYPER), value, values_of(settings))
        self.session.check_open()
        self.session.set(key, value)
        self._inputs.show(key, value)
        self._refresh()
        return self

    def _key(self, name: str) -> str:
        hypermodel = self._begin.hypermodel
        own = name.removeprefix(HYPER)
        if name in LAB_NAMES or (name in self._begin.beside and name not in hypermodel.names):
            return name
        if own not in hypermodel.names and not self.session.worker.stopped:
            # Hyperparameters inside an "if" come to light when models are built.
            self.session.worker.wait(60)
        return HYPER + own if own in hypermodel.names else name

    def __getattr__(self, name: str) -> Any:
        begin = self.__dict__.get("_begin")
        if begin is not None and name in begin.hypermodel.names:
            return self.get(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        begin = self.__dict__.get("_begin")
        if begin is not None and not hasattr(type(self), name) and name in begin.hypermodel.names:
            self.set(name, value)
        else:
            super().__setattr__(name, value)

    def model(self, number: int | None = None) -> keras.Model:
        """The model that the hypermodel builds, to take home.

        Args:
            number: A run's number in the table: the model with that run's hyperparameters and trained weights.
                None: at the present values, not trained.

        Raises:
            ValueError: If there is no such run, or its weights were let go because memory is short.
        """
        hypermodel = self._begin.hypermodel
        if number is None:
            return hypermodel.build(values_of(dict(self.session.settings)), quiet=False)[0]
        record = next((one for one in self.session.records if one.number == number), None)
        if record is None or not record.run.weights:
            raise ValueError(f"There is no run {number!r} with its weights. Pin a run to keep its weights.")
        model, _ = hypermodel.build(self._values_of_run(record))
        model.set_weights(record.run.weights)
        return model

    def best_hyperparameters(self, metric: str = "val_loss") -> keras_tuner.HyperParameters:
        """The hyperparameters of the best run, as KerasTuner's own object.

        Args:
            metric: Name of a curve, such as "val_loss" or "val_accuracy".

        Raises:
            ValueError: If there is no run yet, or no run has such a number.
        """
        sign = -1 if more_is_better(metric) else 1
        scored = [(sign * one.run.best(metric)[1], one) for one in self.session.records]
        scored = [(score, one) for score, one in scored if score == score]
        if not scored:
            raise ValueError(f"No run has a number for {metric!r} yet. Train one first: lab.train().wait()")
        best = min(scored, key=lambda pair: pair[0])[1]
        return self._begin.hypermodel.hyperparameters(self._values_of_run(best))

    def _values_of_run(self, record: Record) -> dict[str, Any]:
        values = record.run.hyperparameters
        names = self._begin.hypermodel.names
        return {name: values[run_name(name)] for name in names if run_name(name) in values}
