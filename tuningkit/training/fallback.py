"""Training with ``model.fit`` where the vectorised trainer cannot help."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit.training.heads import StatefulMetricError, choose_head
from tuningkit.training.initial_weights import draw_initial_weights
from tuningkit.training.optimizer_choices import (
    OPTIMIZERS,
    optimizer_name,
    own_learning_rate,
    why_not_in_one_matrix,
)
from tuningkit.training.run import Run
from tuningkit.training.surgery import check_model, make_live


class FellBackToFit(UserWarning):
    """A model was trained with ``model.fit``, one at a time, because it cannot be vectorised."""


def why_not_vectorised(
    model: Any, data: Any, metrics: Any = None, optimizer: str | keras.Optimizer | None = None
) -> str | None:
    """A sentence that says why this training needs ``model.fit``, or None if the trainer can take it."""
    check_model(model)
    if isinstance(data, tf.data.Dataset) or (
        isinstance(data, (tuple, list)) and data and all(isinstance(part, tf.data.Dataset) for part in data)
    ):
        return "The data is a tf.data pipeline, which delivers batches of its own."
    if type(model).train_step is not keras.Model.train_step:
        return f"{type(model).__name__} has a training step of its own."
    if not isinstance(model, (keras.Sequential, keras.Model)) or not _copies_layer_by_layer(model):
        return f"{type(model).__name__} is a subclassed model, which cannot be copied layer by layer."
    stateful = [layer.name for layer in model._flatten_layers() if getattr(layer, "stateful", False)]
    if stateful:
        return f"The layer {stateful[0]!r} carries a state from batch to batch."
    reason = why_not_in_one_matrix(getattr(model, "optimizer", None) if optimizer is None else optimizer)
    if reason is not None:
        return reason
    if metrics is not None and hasattr(data, "x_train"):
        try:
            choose_head(model, data, None, metrics)
        except StatefulMetricError as error:
            return str(error)
    return None


def fit_instead(
    model: keras.Model,
    data: Any,
    values: Mapping[str, float | None],
    reason: str,
    *,
    optimizer: Any,
    batch_size: int,
    epochs: int,
    seed: int | None,
    shuffle: bool,
    loss: Any,
    metrics: Any,
) -> Run:
    """Train a copy with ``model.fit`` and return the same kind of record.

    Data loss and penalty are split by evaluating the penalty after each epoch.

    Raises:
        ValueError: If dropout, L1 or L2 is asked for and the model cannot be copied layer by layer.
    """
    note = f"Trained with model.fit, one network at a time. {reason}"
    warnings.warn(note, FellBackToFit, stacklevel=3)
    copy = _copy(model, values)
    if seed is not None:
        copy.set_weights(draw_initial_weights(model, seed))
    chosen = optimizer if optimizer is not None else getattr(model, "optimizer", None) or "adam"
    rate = values.get("learning_rate")
    if rate is None:
        rate = 1e-3 if isinstance(chosen, str) else own_learning_rate(chosen)
    extra = {
        name: value
        for name, value in values.items()
        if name not in ("learning_rate", "dropout", "l1", "l2") and value is not None
    }
    if isinstance(chosen, str):
        choice = OPTIMIZERS[optimizer_name(chosen)]
        built = choice.build(learning_rate=rate, **{**choice.arguments, **extra})
    else:
        config = chosen.get_config()
        if values.get("learning_rate") is not None:
            config["learning_rate"] = rate
        built = type(chosen).from_config({**config, **extra})
    is_pipeline = not hasattr(data, "x_train")
    if is_pipeline:
        train, validation = (data, None) if isinstance(data, tf.data.Dataset) else (data[0], data[1])
        loss = loss or (model.loss if getattr(model, "compiled", False) else None)
        if loss is None:
            raise ValueError(
                "With a tf.data pipeline, say which loss to use: loss='sparse_categorical_crossentropy'."
            )
        copy.compile(optimizer=built, loss=loss, metrics=list(metrics or []))
        arguments: dict[str, Any] = {"x": train, "validation_data": validation}
        loss_name = str(getattr(loss, "name", loss)).replace("_", " ")
        name = "a tf.data pipeline"
    else:
        head = choose_head(model, data, loss, None)
        copy.compile(optimizer=built, loss=head.keras_loss, metrics=list(metrics or head.metrics))
        arguments = {
            "x": data.x_train,
            "y": head.encode(data.y_train),
            "validation_data": (data.x_validation, head.encode(data.y_validation)),
            "batch_size": batch_size,
            "shuffle": shuffle,
        }
        loss_name, name = head.loss_name, data.name
    if seed is not None:
        tf.random.set_seed(seed)
    split = _PenaltyCallback()
    begin = time.perf_counter()
    record = copy.fit(**arguments, epochs=epochs, verbose=0, callbacks=[split]).history
    history = {key: np.asarray(curve, float) for key, curve in record.items()}
    penalty = np.asarray(split.penalties, float)
    history = {"loss": history.pop("loss") - penalty, "penalty": penalty, **history}
    if "val_loss" in history:
        history["val_loss"] = history["val_loss"] - penalty
        history["val_penalty"] = penalty.copy()
    ill = ~np.isfinite(history["loss"])
    return Run(
        history=history,
        hyperparameters={
            **values,
            "learning_rate": rate,
            "optimizer": optimizer_name(chosen),
            "batch_size": batch_size,
            "seed": seed,
        },
        weights=copy.get_weights(),
        loss_name=loss_name,
        model_name=model.name,
        data_name=name,
        diverged_at=int(np.argmax(ill)) + 1 if ill.any() else None,
        seconds=time.perf_counter() - begin,
        note=note,
    )


class _PenaltyCallback(keras.callbacks.Callback):
    """Notes the L1/L2 penalty at the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.penalties: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        terms = [
            weight.regularizer(weight)
            for weight in self.model.trainable_variables
            if weight.regularizer is not None
        ]
        self.penalties.append(float(sum(float(term) for term in terms)))


def _copy(model: keras.Model, values: Mapping[str, float | None]) -> keras.Model:
    wanted = {name: values[name] for name in ("dropout", "l1", "l2") if values.get(name) is not None}
    if _copies_layer_by_layer(model):
        live = make_live(model)
        for layer in live.dropouts:
            if "dropout" in wanted:
                layer.rate.assign(wanted["dropout"])
        for penalty in live.regularizers:
            if "l1" in wanted:
                penalty.l1.assign(wanted["l1"])
            if "l2" in wanted:
                penalty.l2.assign(wanted["l2"])
        return live.model
    if wanted:
        raise ValueError(
            f"{type(model).__name__} cannot be copied layer by layer, so {', '.join(wanted)} cannot be set from "
            "outside. Set it inside the model, or write the model with keras.Sequential or the functional API."
        )
    copy = type(model).from_config(model.get_config())
    copy.build(getattr(model, "_build_shapes_dict", None) and next(iter(model._build_shapes_dict.values())))
    copy.set_weights(model.get_weights())
    return copy


def _copies_layer_by_layer(model: keras.Model) -> bool:
    if isinstance(model, keras.Sequential):
        return type(model) is keras.Sequential
    return type(model).__name__ == "Functional" or (type(model) is keras.Model)
