"""What travels to another machine: Keras's own serialisation, plain arrays, and no code of the learner's.

A parcel is a dictionary of texts, numbers and arrays. A model is its architecture as JSON and its weights.
Optimisers, losses, metrics and schedules are Keras's configurations, read in its safe mode. So a parcel cannot bring
code.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import keras

from tuningkit.training.random_state import random_numbers_undisturbed
from tuningkit.training.schedule_rates import ReduceLROnPlateau
from tuningkit.training.uncompiled import layers_only

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_PLATEAU = ("monitor", "factor", "patience", "mode", "min_delta", "cooldown", "min_lr")


def pack_job(
    model: keras.Model, data: Dataset, shared: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that all members have in common, ready to travel.

    Args:
        model: The network.
        data: The data.
        shared: As for :func:`tuningkit.training.grid_sweep.group_trainer`.
        settings: ``loss``, ``metrics`` and ``shuffle``.

    Raises:
        ValueError: If something is a function of the learner's own, which no other machine knows.
    """
    with layers_only(model):
        architecture = _as_json("The model", model)
    loss = settings.get("loss")
    if loss is None and getattr(model, "compiled", False) and not isinstance(model.loss, (list, dict)):
        # The copy is not compiled: what the model was compiled with travels by the side of it.
        loss = model.loss
    metrics = settings.get("metrics")
    return {
        "model": architecture,
        "weights": model.get_weights(),
        "own_optimizer": pack(getattr(model, "optimizer", None), "The optimizer"),
        "data": {field.name: getattr(data, field.name) for field in fields(data)},
        "shared": {name: _pack_shared(name, value) for name, value in shared.items()},
        "shuffle": settings.get("shuffle", True),
        "loss": pack(loss, "The loss"),
        "metrics": None if metrics is None else [pack(one, "A metric") for one in metrics],
    }


def unpack_job(parcel: Mapping[str, Any]) -> tuple[keras.Model, Any, dict[str, Any], dict[str, Any]]:
    """Model, data, shared hyperparameters and settings, as they were packed.

    Raises:
        RuntimeError: If this machine does not know a layer of the model.
    """
    from tuningkit.datasets import Dataset

    try:
        model = keras.saving.deserialize_keras_object(json.loads(parcel["model"]), safe_mode=True)
    except (TypeError, ValueError) as error:
        raise RuntimeError(
            "A worker could not build the model. A layer of your own must be in a module that every worker imports, "
            f"with keras.saving.register_keras_serializable(). Keras says: {error}"
        ) from error
    model.set_weights(parcel["weights"])
    own = unpack(parcel["own_optimizer"])
    if own is not None:
        # The learner's model was compiled with it; a trainer reads its learning rate off it.
        model.optimizer = own
    shared = {name: _unpack_shared(name, value) for name, value in parcel["shared"].items()}
    metrics = parcel["metrics"]
    settings = {
        "shuffle": parcel["shuffle"],
        "loss": unpack(parcel["loss"]),
        "metrics": None if metrics is None else [unpack(one) for one in metrics],
    }
    return model, Dataset(**parcel["data"]), shared, settings


def pack(value: Any, what: str) -> Any:
    """A name, a number or None as it is; an object of Keras as its configuration in JSON.

    Raises:
        ValueError: If it is a function of the learner's own.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, ReduceLROnPlateau):
        return {"plateau": {name: getattr(value, name) for name in _PLATEAU}}
    return {"keras": _as_json(what, value)}


def unpack(value: Any) -> Any:
    """What :func:`pack` packed."""
    if not isinstance(value, dict):
        return value
    if "plateau" in value:
        return ReduceLROnPlateau(**value["plateau"])
    return keras.saving.deserialize_keras_object(json.loads(value["keras"]), safe_mode=True)


def _pack_shared(name: str, value: Any) -> Any:
    if name == "schedules":
        return {label: pack(one, f"The schedule {label!r}") for label, one in value.items()}
    return pack(value, name)


def _unpack_shared(name: str, value: Any) -> Any:
    if name == "schedules":
        return {label: unpack(one) for label, one in value.items()}
    return unpack(value)


def _as_json(what: str, value: Any) -> str:
    try:
        with warnings.catch_warnings():
            # Of a lambda Keras warns that it is unsafe; here it is refused.
            warnings.filterwarnings("ignore", "The object being serialized includes a `lambda`", UserWarning)
            text = json.dumps(keras.saving.serialize_keras_object(value))
        # Read back here, where it can be mended: functions of the learner's own have no description that can be read.
        with random_numbers_undisturbed():
            keras.saving.deserialize_keras_object(json.loads(text), safe_mode=True)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"{what} cannot travel to other machines. What is sent is Keras's own description, never code. Use "
            "Keras's own classes and names, or register yours with keras.saving.register_keras_serializable() in a "
            f"module that every worker imports. Keras says: {error}"
        ) from error
    return text
