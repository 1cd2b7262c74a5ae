"""A key for everything that a landscape depends on."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset


def settings_key(model: keras.Model, data: Dataset, settings: Mapping[str, Any]) -> str | None:
    """A key for everything that training depends on; None if a setting is a function of the learner's own.

    The names of model and layers do not matter: Keras numbers them anew each time. Weights that are drawn from
    the seed do not matter either; those that are kept (an adapted layer, a frozen one) do.

    Args:
        model: The model.
        data: The data.
        settings: All other settings, plain values.

    Example:
        >>> len(settings_key(model, digits, {"epochs": 18}))
        64
    """
    from importlib.metadata import version

    import keras
    import tensorflow as tf

    try:
        description = {
            "versions": [version("tuningkit"), keras.__version__, tf.__version__, np.__version__],
            "model": _without_names(model),
            "optimizer": _optimizer_of(model),
            "settings": dict(settings),
            "dtype": keras.config.floatx(),
        }
        text = json.dumps(description, sort_keys=True, default=_as_plain)
    except TypeError:
        return None
    found = hashlib.sha256(text.encode())
    kept = [weight for weight in model.weights if not weight.trainable]
    for array in (*(weight.numpy() for weight in kept), *_arrays(data)):
        array = np.ascontiguousarray(array)
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    for layer_class in sorted({type(layer) for layer in _layers(model)}, key=lambda one: one.__qualname__):
        if not layer_class.__module__.startswith("keras"):
            # A layer of the learner's own: its configuration does not tell what it computes.
            found.update(_source(layer_class).encode())
    return found.hexdigest()


def _arrays(data: Dataset) -> list[np.ndarray]:
    return [np.asarray(part) for part in (data.x_train, data.y_train, data.x_validation, data.y_validation)]


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    found: list[keras.layers.Layer] = []
    for layer in model.layers:
        found += [layer, *(_layers(layer) if hasattr(layer, "layers") else [])]
    return found


def _without_names(model: keras.Model) -> Any:
    config = json.loads(model.to_json())
    names: dict[str, str] = {}
    _collect_names(config, names)
    return _renamed(config, names)


def _collect_names(value: Any, names: dict[str, str]) -> None:
    """Number the names of all layers in the order in which they appear."""
    if isinstance(value, dict):
        config = value.get("config")
        if "class_name" in value and isinstance(config, dict) and isinstance(config.get("name"), str):
            names.setdefault(config["name"], f"layer {len(names)}")
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            _collect_names(part, names)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items() if key != "compile_config"}
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _optimizer_of(model: keras.Model) -> Any:
    import keras

    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return None
    described = keras.optimizers.serialize(optimizer)
    described["config"].pop("name", None)
    return [
        described,
        str(getattr(model, "loss", None)) if isinstance(model.loss, str) else _named(model.loss),
    ]


def _named(loss: Any) -> Any:
    import keras

    return None if loss is None else keras.losses.serialize(loss)


def _as_plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    # A function or an object has no value that could be compared with another kernel's.
    raise TypeError(f"{type(value).__name__} has no plain value")


def _source(layer_class: type) -> str:
    try:
        return inspect.getsource(layer_class)
    except (OSError, TypeError):
        return f"{layer_class.__module__}.{layer_class.__qualname__}"
