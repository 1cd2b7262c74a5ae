"""What ``model.compile`` and ``model.fit`` need to know: loss, metrics and data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import keras
import tensorflow as tf

from tuningkit.training.baseline import baseline_loss
from tuningkit.training.data_check import check_data
from tuningkit.training.heads import choose_head, ends_in_probabilities


@dataclass(frozen=True)
class FitTask:
    """What ``compile`` and ``fit`` are called with.

    Attributes:
        loss: A Keras loss.
        loss_name: Its name for axes.
        metrics: Names or fresh metric objects.
        arguments: Data, and how it is taken, for ``fit``.
        data_name: Name of the data.
        baseline: Loss of always predicting the same, or None if unknown.
    """

    loss: Any
    loss_name: str
    metrics: list[Any]
    arguments: dict[str, Any]
    data_name: str
    baseline: float | None = None


def data_set_task(
    model: keras.Model, copy: keras.Model, data: Any, loss: Any, metrics: Any, batch_size: int, shuffle: bool
) -> FitTask:
    """The task of a :class:`tuningkit.Dataset`."""
    described = _described(model, copy, data)
    head = choose_head(described, data, loss, None)
    if metrics is None:
        metrics = list(head.metrics)
    binary_scores = (
        data.task == "classification"
        and described.output_shape[-1] == 1
        and not ends_in_probabilities(described)
    )
    if binary_scores:
        # Keras's own "accuracy" takes the output for a probability.
        metrics = [
            keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)
            if one in ("accuracy", "acc")
            else one
            for one in metrics
        ]
    arguments = {
        "x": data.x_train,
        "y": head.encode(data.y_train),
        "validation_data": (data.x_validation, head.encode(data.y_validation)),
        "batch_size": batch_size,
        "shuffle": shuffle,
    }
    baseline = baseline_loss(data, head.loss_name)
    return FitTask(head.keras_loss, head.loss_name, _copies(metrics), arguments, data.name, baseline)


def pipeline_task(model: keras.Model, data: Any, loss: Any, metrics: Any) -> FitTask:
    """The task of one pipeline, or of a pair (training, validation).

    Raises:
        ValueError: If no loss is named and the model was not compiled with one.
    """
    train, validation = (data, None) if isinstance(data, tf.data.Dataset) else data
    if loss is None and getattr(model, "compiled", False):
        loss = model.loss
    if loss is None:
        raise ValueError(
            "With a tf.data pipeline, say which loss to use: loss='sparse_categorical_crossentropy'."
        )
    name = getattr(loss, "name", None) or getattr(loss, "__name__", None) or str(loss)
    words = "cross-entropy" if "crossentropy" in name else name.replace("_", " ")
    # A pipeline shuffles by itself, and Keras warns of being asked to.
    arguments = {"x": train, "validation_data": validation, "shuffle": False}
    return FitTask(keras.losses.get(loss), words, _copies(metrics or []), arguments, "a tf.data pipeline")


def _copies(metrics: Sequence[Any]) -> list[Any]:
    # A metric object counts; the learner's own must not.
    return [
        type(one).from_config(one.get_config()) if isinstance(one, keras.metrics.Metric) else one
        for one in metrics
    ]


class DataLoss(keras.metrics.Mean):
    """The loss of the data alone, averaged over rows as Keras averages its own."""

    def __init__(self, loss: Callable) -> None:
        super().__init__(name="data_loss")
        self._loss = loss

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add one batch."""
        rows = tf.shape(y_pred)[0]
        if isinstance(self._loss, keras.losses.Loss):
            value = self._loss(y_true, y_pred, sample_weight)
        else:
            if len(y_true.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
                y_true = tf.expand_dims(y_true, -1)
            each = self._loss(y_true, y_pred)
            value = tf.reduce_mean(
                each if sample_weight is None else each * tf.cast(sample_weight, each.dtype)
            )
        super().update_state(value, sample_weight=rows)


def first_row(model: keras.Model, data: Any) -> Any:
    """One row of the training inputs.

    Raises:
        TypeError: If the data is neither a data set nor a pipeline.
        ValueError: If it does not fit the model, or a pipeline delivers something other than pairs.
    """
    if hasattr(data, "x_train"):
        if getattr(model, "inputs", None):
            check_data(model, data)
        return data.x_train[:1]
    if not is_pipeline(data):
        check_data(model, data)
    if not isinstance(data, tf.data.Dataset) and len(data) != 2:
        raise ValueError(
            "Pipelines are given as one tf.data.Dataset or as a pair (training, validation). "
            f"Received: {len(data)} of them."
        )
    element = next(iter(data if isinstance(data, tf.data.Dataset) else data[0]))
    if not isinstance(element, tuple) or len(element) < 2:
        raise ValueError("The pipeline must deliver pairs (inputs, targets), in batches.")
    return element[0][:1]


def is_pipeline(data: Any) -> bool:
    """Whether this is a ``tf.data.Dataset``, or several."""
    parts = data if isinstance(data, (tuple, list)) else [data]
    return bool(parts) and all(isinstance(part, tf.data.Dataset) for part in parts)


def _described(model: keras.Model, copy: keras.Model, data: Any) -> Any:
    """What :func:`choose_head` reads off a model; a subclassed one does not know its own output."""
    if getattr(model, "outputs", None):
        return model
    last = model.layers[-1] if model.layers else None
    softmax = keras.activations.softmax if isinstance(last, keras.layers.Softmax) else None
    return SimpleNamespace(
        output_shape=(None, *copy(data.x_train[:1]).shape[1:]),
        compiled=getattr(model, "compiled", False),
        loss=getattr(model, "loss", None),
        activation=softmax or getattr(last, "activation", None),
    )
