"""Which loss and which metrics a model and its data ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_PROBABILITY_ACTIVATIONS = {"softmax", "sigmoid"}


@dataclass(frozen=True)
class Head:
    """What is minimised and what is measured.

    Attributes:
        loss: Mean loss of a batch, ``loss(y_true, y_pred) -> scalar``.
        loss_name: Its name for axes and tables, such as "cross-entropy".
        metrics: Per-sample measures by name; each ``fn(y_true, y_pred) -> (batch,)``.
        encode: Turns the data set's labels into what the loss expects.
        keras_loss: The Keras loss object itself, for ``model.compile``.
    """

    loss: Callable[[Any, Any], Any]
    loss_name: str
    metrics: dict[str, Callable[[Any, Any], Any]]
    encode: Callable[[np.ndarray], np.ndarray]
    keras_loss: Any


def choose_head(
    model: keras.Model,
    data: Dataset,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
) -> Head:
    """Choose loss and metrics, and check that the model's output fits the data.

    Args:
        model: A built model with one output.
        data: The data it will learn.
        loss: A Keras loss, its name, or None: the loss the model was compiled with, else cross-entropy for
            classes and mean squared error for numbers. Whether the output layer gives probabilities (softmax,
            sigmoid) or raw scores (logits) is read off the model.
        metrics: Names or functions; None means accuracy for classes and mean absolute error for numbers.

    Raises:
        ValueError: If the output does not fit the data, or a metric keeps a state of its own.
    """
    width = model.output_shape[-1]
    if loss is None and getattr(model, "compiled", False):
        compiled = model.loss
        loss = compiled if isinstance(compiled, (str, keras.losses.Loss)) or callable(compiled) else None
    if data.task == "regression":
        return _regression(model, data, width, loss, metrics)
    return _classification(model, data, width, loss, metrics)


def _regression(model, data, width, loss, metrics) -> Head:
    targets = 1 if data.y_train.ndim == 1 else data.y_train.shape[1]
    if width != targets:
        raise ValueError(
            f"The model's output has {width} numbers per row, but the data has {targets} to predict. "
            f"End the model with keras.layers.Dense({targets})."
        )
    chosen = keras.losses.get(loss or "mean_squared_error")
    if metrics is None:
        metrics = ["mean_absolute_error"]
    return Head(
        loss=_mean(chosen),
        loss_name=_readable(chosen),
        metrics={_name(metric): _sample_metric(metric, chosen) for metric in metrics},
        encode=lambda y: np.asarray(y, "float32").reshape(len(y), targets),
        keras_loss=chosen,
    )


def _classification(model, data, width, loss, metrics) -> Head:
    classes = data.n_classes
    from_logits = not ends_in_probabilities(model)
    if len(model.output_shape) != 2:
        raise ValueError(
            f"The model's output has shape {model.output_shape}; for {classes} classes it must be (rows, {classes}). "
            f"Flatten or pool before the last layer, and end with keras.layers.Dense({classes})."
        )
    if width == 1 and classes > 2:
        raise ValueError(
            f"The model ends in one unit, but the data has {classes} classes. "
            f"End it with keras.layers.Dense({classes})."
        )
    if width != 1 and width < classes:
        raise ValueError(
            f"The model's output has {width} units, but the data has {classes} classes. "
            f"End it with keras.layers.Dense({classes})."
        )
    binary = width == 1
    if loss is None:
        loss = (
            keras.losses.BinaryCrossentropy(from_logits=from_logits)
            if binary
            else keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
        )
    chosen = keras.losses.get(loss)
    if isinstance(loss, str) and from_logits and "crossentropy" in loss.lower():
        # A loss given by name cannot say whether it expects logits; the model's last layer can.
        chosen = _by_name_with_logits(chosen)
    one_hot = _wants_one_hot(chosen)
    if one_hot and binary:
        raise ValueError(
            "categorical_crossentropy needs one output unit per class; this model ends in one unit."
        )

    def encode(y: np.ndarray) -> np.ndarray:
        if one_hot:
            return np.eye(width, dtype="float32")[y]
        return np.asarray(y, "float32").reshape(-1, 1) if binary else np.asarray(y, "int32")

    if metrics is None:
        metrics = ["accuracy"]
    measured: dict[str, Callable] = {}
    for metric in metrics:
        if metric in ("accuracy", "acc"):
            measured["accuracy"] = _accuracy(binary, one_hot, from_logits)
        else:
            measured[_name(metric)] = _sample_metric(metric, chosen)
    return Head(_mean(chosen), _readable(chosen), measured, encode, chosen)


def ends_in_probabilities(model: keras.Model) -> bool:
    """Whether the model's last layer turns scores into probabilities (softmax or sigmoid)."""
    layer = model
    while isinstance(layer, keras.Model) and layer.layers:
        # Of a functional model, the layer that makes the output; not always the last one in the list.
        history = getattr(layer.outputs[0], "_keras_history", None) if layer.outputs else None
        layer = (
            history.operation
            if history is not None and not isinstance(layer, keras.Sequential)
            else layer.layers[-1]
        )
    if isinstance(layer, keras.layers.Softmax):
        return True
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "") in _PROBABILITY_ACTIVATIONS


def _mean(loss: Any) -> Callable:
    def mean_loss(y_true, y_pred):
        if getattr(loss, "reduction", None) != "sum_over_batch_size" or hasattr(y_pred, "_keras_mask"):
            return keras.ops.mean(loss(y_true, y_pred))
        # The same without Keras's care for masks and sample weights, which there are not: it would take more
        # operations than the loss itself.
        losses = loss.call(y_true, y_pred)
        return keras.ops.sum(losses) * (1.0 / keras.ops.cast(keras.ops.size(losses), losses.dtype))

    return mean_loss


def _by_name_with_logits(loss: Any) -> Any:
    classes = {
        "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
        "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
        "binary_crossentropy": keras.losses.BinaryCrossentropy,
    }
    found = classes.get(getattr(loss, "__name__", getattr(loss, "name", "")))
    return found(from_logits=True) if found else loss


def _wants_one_hot(loss: Any) -> bool:
    if isinstance(loss, (keras.losses.CategoricalCrossentropy, keras.losses.CategoricalFocalCrossentropy)):
        return True
    return getattr(loss, "__name__", "") in ("categorical_crossentropy", "categorical_focal_crossentropy")


def _accuracy(binary: bool, one_hot: bool, from_logits: bool) -> Callable:
    if binary:
        threshold = 0.0 if from_logits else 0.5
        return lambda y_true, y_pred: keras.ops.cast(
            keras.ops.equal(y_pred[:, 0] > threshold, y_true[:, 0] > 0.5), "float32"
        )

    # keras.metrics.sparse_categorical_accuracy gives the same numbers, but its argmax inspects sign bits, an
    # operation that vectorized_map can only run in a loop over the members.
    def accuracy(y_true, y_pred):
        truth = _class(y_true) if one_hot else tf.cast(y_true, tf.int32)
        return tf.cast(tf.equal(_class(y_pred), truth), tf.float32)

    return accuracy


def _class(scores: tf.Tensor) -> tf.Tensor:
    # With its usual 64 bits it takes twice as long.
    return tf.argmax(scores, axis=-1, output_type=tf.int32)


def _sample_metric(metric: str | Callable, loss: Any) -> Callable:
    if isinstance(metric, str):
        metric = keras.metrics.get(metric)
    if isinstance(metric, keras.metrics.MeanMetricWrapper):
        wrapped, arguments = metric._fn, metric._fn_kwargs
        return lambda y_true, y_pred: wrapped(y_true, y_pred, **arguments)
    if isinstance(metric, keras.metrics.Metric):
        raise StatefulMetricError(
            f"The metric {metric.name!r} collects a state over the whole epoch and cannot be computed row by row."
        )
    return metric


class StatefulMetricError(ValueError):
    """A metric that cannot be averaged row by row, such as the area under the ROC curve."""


def _name(metric: str | Callable) -> str:
    if isinstance(metric, str):
        return metric
    return getattr(metric, "name", None) or getattr(metric, "__name__", "metric")


def _readable(loss: Any) -> str:
    name = getattr(loss, "name", None) or getattr(loss, "__name__", "loss")
    return "cross-entropy" if "crossentropy" in name else name.replace("_", " ")
