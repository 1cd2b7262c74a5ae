"""What a built model is, as far as training goes: a structure, and the numbers that can move while it trains."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from tuningkit.search.frozen import digest, freeze, of_a_library, own_code
from tuningkit.training.optimizer_choices import OPTIMIZERS, optimizer_name
from tuningkit.training.surgery import make_live

#: The numbers that a trainer holds once per layer.
PER_LAYER = ("dropout", "l1", "l2")
_PENALTY, _DROPOUT = "tuningkit>LiveL1L2", "tuningkit>LiveDropout"
#: Configuration in which a layer is named; names are no part of a structure.
_REFERENCES = ("keras_history", "input_layers", "output_layers")


@dataclass(frozen=True)
class Blueprint:
    """A model as the live trainer sees it. Two models of one structure differ only in numbers that can move.

    Attributes:
        values: The hyperparameters the model was built with, by name; only those it uses.
        structure: All of its configuration but those numbers, as nested tuples.
        dropout: Rate of each dropout layer.
        l1: L1 strength of each kernel.
        l2: L2 strength of each kernel.
        learning_rate: The compiled optimiser's constant rate; None if it has a schedule or there is no optimiser.
        optimizer: Momenta and the like that can move, by name.
    """

    values: Mapping[str, Any]
    structure: Any = field(repr=False)
    dropout: tuple[float, ...] = ()
    l1: tuple[float, ...] = ()
    l2: tuple[float, ...] = ()
    learning_rate: float | None = None
    optimizer: Mapping[str, float] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple:
        """All the numbers that can move."""
        moments = tuple(sorted(self.optimizer.items()))
        return (self.dropout, self.l1, self.l2, self.learning_rate, moments)

    def apply_to(self, trainer: Any) -> None:
        """Give a trainer of this structure these numbers, without rebuilding or retracing anything.

        Args:
            trainer: A :class:`tuningkit.training.Trainer`.
        """
        for name in PER_LAYER:
            # First "as in the model", which is what the record says; then each layer its own number.
            trainer.set(name, None)
            numbers = np.asarray(getattr(self, name), "float32")
            getattr(trainer.engine.state, name).assign(np.tile(numbers, (trainer.members, 1)))
        if self.learning_rate is not None:
            trainer.set("learning_rate", self.learning_rate)
        for name, value in self.optimizer.items():
            trainer.set(name, value)


def blueprint(model: keras.Model, values: Mapping[str, Any], *, own_loss: bool = True) -> Blueprint:
    """Read a blueprint off a model.

    The places that can move are those that :func:`tuningkit.training.surgery.make_live` makes live. Everything
    else that reaches the training is structure: the layers with their configuration and the functions in it, the
    optimiser's settings, the loss, and the weights that training does not draw anew.

    Args:
        model: A built model, compiled or not.
        values: The hyperparameters it was built with.
        own_loss: Whether the compiled loss is the one that is trained with.

    Raises:
        TypeError: If the model cannot be copied layer by layer.
        ValueError: If it is not built yet, or its layers cannot be copied.
    """
    live = make_live(model)
    config = _Config().freeze(live.model.get_config())
    code = [_code(layer) for layer in model._flatten_layers(include_self=False)]
    # Frozen layers and adapted statistics keep the values the model brings along.
    kept = digest([keras.ops.convert_to_numpy(weight) for weight in model.non_trainable_weights])
    optimizer, rate, moments = _optimizer(getattr(model, "optimizer", None))
    loss = _loss(getattr(model, "loss", None)) if own_loss else None
    structure = (config, code, kept, optimizer, loss)
    return Blueprint(
        dict(values), structure, live.own_dropout, live.own_l1, live.own_l2, rate, moments
    )  # fmt: skip


class _Config:
    """Freezes a model's configuration with layers numbered instead of named, and without the numbers that move."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def freeze(self, value: Any, *, named: bool = True) -> Any:
        """``named`` says whether a "name" at this level is one of a layer, not of a data type."""
        if isinstance(value, Mapping):
            registered = value.get("registered_name")
            if registered == _PENALTY:
                return ("penalty",)
            if registered == _DROPOUT:
                moving = {key: one for key, one in value["config"].items() if key not in ("rate", "seed")}
                value = {**value, "config": moving}
            policy = str(value.get("class_name", "")).endswith("Policy")
            entries = sorted(value.items(), key=lambda entry: str(entry[0]))
            return ("map", *((str(key), self._entry(key, one, named, policy)) for key, one in entries))
        if isinstance(value, (list, tuple)):
            return ("list", *(self.freeze(one) for one in value))
        return freeze(value)

    def _entry(self, key: str, value: Any, named: bool, policy: bool) -> Any:
        if key == "name" and named and isinstance(value, str):
            return self._number(value)
        if key in _REFERENCES:
            return self._reference(value)
        return self.freeze(value, named=not policy)

    def _reference(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            if value and isinstance(value[0], str):
                return (self._number(value[0]), *(freeze(one) for one in value[1:]))
            return tuple(self._reference(one) for one in value)
        return freeze(value)

    def _number(self, name: str) -> tuple[str, int]:
        return ("layer", self._numbers.setdefault(name, len(self._numbers)))


def _code(layer: keras.layers.Layer) -> dict[str, Any]:
    """The code a layer brings along, its own and that of its activation and the like.

    A configuration knows functions and classes by name alone, and a name inside ``build_model`` may stand for
    another one every time.
    """
    found: dict[str, Any] = {"class": own_code(type(layer))}
    for key in layer.get_config():
        value = getattr(layer, key, None)
        if isinstance(value, types.FunctionType):
            found[key] = freeze(value)
        elif not of_a_library(type(value)):
            found[key] = own_code(type(value))
    return found


def _loss(loss: Any) -> Any:
    """A loss with all it holds: the configuration of some of Keras's own leaves their numbers out."""
    if not isinstance(loss, keras.losses.Loss):
        return freeze(loss)
    parts = {**vars(loss), "config": {**loss.get_config(), "name": None}, "name": None}
    return (own_code(type(loss)), freeze(parts))


def _optimizer(optimizer: keras.Optimizer | None) -> tuple[Any, float | None, dict[str, float]]:
    """An optimiser's structure, its constant learning rate, and the further numbers that can move."""
    if optimizer is None:
        return None, None, {}
    name = optimizer_name(optimizer)
    config = {key: value for key, value in optimizer.get_config().items() if key != "name"}
    moments = {}
    choice = OPTIMIZERS.get(name)
    for key in choice.live if choice is not None else ():
        if isinstance(config.get(key), (int, float)):
            moments[key] = float(config[key])
            config[key] = "moves"
    rate = None
    if isinstance(config.get("learning_rate"), (int, float, np.floating)):
        # The shortest number that is the same in single precision: 0.001, not 0.0010000000474974513.
        rate = float(str(np.float32(config["learning_rate"])))
        config["learning_rate"] = "moves"
    return (name, own_code(type(optimizer)), freeze(config)), rate, moments
