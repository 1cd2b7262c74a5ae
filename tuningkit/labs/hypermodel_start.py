"""How a lab on a hypermodel begins: everything that can be wrong is said before anything is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningkit.labs.lab_settings import HYPER
from tuningkit.labs.own_settings import OwnSettings, own_settings
from tuningkit.search.hypermodel import Hypermodel
from tuningkit.search.hypermodel_values import is_fixed
from tuningkit.search.liveness import Liveness
from tuningkit.training.lock import training_turn

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.search.blueprint import Blueprint

#: Settings of an ordinary lab that a hypermodel's own hyperparameters replace.
_OF_THE_MODEL = ("learning_rate", "optimizer", "dropout", "l1", "l2")


@dataclass(frozen=True)
class Start:
    """What a lab on a hypermodel begins with.

    Attributes:
        hypermodel: The hypermodel.
        first: The model at the starting values, with its blueprint.
        own: What that model itself asks for.
        settings: Starting values: the lab's own, and those of the hyperparameters.
        metrics: What is measured.
        left_out: Names of metrics the model is compiled with that a lab cannot measure.
        beside: Names of the settings beside the hyperparameters.
    """

    hypermodel: Hypermodel
    first: tuple[keras.Model, Blueprint]
    own: OwnSettings
    settings: dict[str, Any]
    metrics: Sequence[Any] | None
    left_out: Sequence[str]
    beside: tuple[str, ...]

    def check_beside(self, name: str) -> None:
        """Raise ValueError if this is no setting of the lab beside the hyperparameters."""
        if name in self.beside:
            return
        has = ", ".join([*self.hypermodel.names, *self.beside])
        decides = f" The hypermodel {self.hypermodel.name} decides it." if name in _OF_THE_MODEL else ""
        raise ValueError(f"There is nothing called {name!r} to set here.{decides} There is: {has}.")


def start(
    build: Any,
    data: Dataset,
    hyperparameters: Any,
    given: Mapping[str, Any],
    loss: str | Callable | None,
    metrics: Sequence[str | Callable] | None,
) -> Start:
    """Check everything, and build the first model.

    Args:
        build: The hypermodel.
        data: The data.
        hyperparameters: Starting values by name, or a ``keras_tuner.HyperParameters``, or None.
        given: The lab's own settings; None where nothing was given.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.

    Raises:
        TypeError: If hypermodel or data are of another kind.
        ValueError: If the hypermodel cannot build a model that can be trained live, or a value is not possible.
    """
    from tuningkit.training.compiled_metrics import compiled_metrics
    from tuningkit.training.data_check import check_data
    from tuningkit.training.fallback import why_not_vectorised

    def check(model: keras.Model) -> None:
        reason = why_not_vectorised(model, data, metrics, given.get("optimizer"))
        if reason is not None:
            raise ValueError(f"{reason} Sliders cannot be attached to such a model; tk.train can train it.")
        check_data(model, data)

    hypermodel = Hypermodel(build, check=check, own_loss=loss is None)
    wanted = {} if hyperparameters is None else dict(named_values(hyperparameters))
    # Taken if it is free, so that no other job begins meanwhile; the cell does not wait for one that trains.
    with training_turn(cancelled=lambda: True):
        values, first = _first(hypermodel, wanted)
    model = first[0]
    left_out: Sequence[str] = ()
    if metrics is None:
        metrics, left_out = compiled_metrics(model, data, loss)
    own = own_settings(model, data, loss, metrics, given.get("optimizer"))
    beside = ("batch_size", "epochs", "seed", "repeats", "mode")
    if not own.compiled:
        beside = ("optimizer", "learning_rate", *beside)
    asked = {name: value for name, value in given.items() if value is not None}
    result = Start(hypermodel, first, own, {}, metrics, left_out, beside)
    for name in asked:
        result.check_beside(name)
    # The optimiser is always there: None is the one that the model is compiled with.
    settings = own.start_with({name: given.get(name) for name in ("optimizer", *beside)})
    settings |= {HYPER + name: value for name, value in {**hypermodel.defaults(), **values}.items()
                 if not is_fixed(hypermodel.definition(name, values))}  # fmt: skip
    result.settings.update(settings)
    return result


def _first(
    hypermodel: Hypermodel, wanted: dict[str, Any]
) -> tuple[dict[str, Any], tuple[keras.Model, Blueprint]]:
    """The starting values, checked, and the model there."""
    values: dict[str, Any] = {}
    # What the hypermodel prints is seen once, as if the learner had called it.
    first = hypermodel.build_with_blueprint(values, quiet=False)
    movable = [name for name in hypermodel.names if not is_fixed(hypermodel.definition(name, {}))]
    if not movable:
        raise ValueError(
            f"{hypermodel.name} declares no hyperparameter that could be moved. Ask for one with hp.Int, hp.Float, "
            "hp.Choice or hp.Boolean, or pass the model itself instead of the function."
        )
    while wanted:
        known = [name for name in wanted if name in hypermodel.names] or _found(hypermodel, wanted, values)
        for name in known:
            values[name] = hypermodel.check(name, wanted.pop(name), values)
        first = hypermodel.build_with_blueprint(values)
    return values, first


def _found(hypermodel: Hypermodel, wanted: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Hyperparameters that only come to light at other values of the others."""
    for _ in Liveness(hypermodel).explore(values):
        found = [name for name in wanted if name in hypermodel.names]
        if found:
            return found
    hypermodel.check(next(iter(wanted)), None, values)  # Raises: there is no such hyperparameter.
    return []


def named_values(hyperparameters: Any) -> Mapping[str, Any]:
    """Values by name, of a dictionary or of a ``keras_tuner.HyperParameters``.

    Raises:
        TypeError: If it is something else.
    """
    if type(hyperparameters).__module__.startswith("keras_tuner"):
        return hyperparameters.values
    if not isinstance(hyperparameters, Mapping):
        raise TypeError(
            'hyperparameters must be a dictionary such as {"units": 64}, or a keras_tuner.HyperParameters. '
            f"Received: {type(hyperparameters).__name__}"
        )
    return hyperparameters
