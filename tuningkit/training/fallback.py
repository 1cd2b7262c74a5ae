"""Training with ``model.fit`` where the vectorised trainer cannot help."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from copy import copy as copy_object
from typing import Any

import keras
import numpy as np

from tuningkit.training.fit_task import DataLoss, data_set_task, first_row, is_pipeline, pipeline_task
from tuningkit.training.heads import StatefulMetricError, choose_head
from tuningkit.training.hyperparameters import NOTHING_TO_ACT_ON, OPTIMIZER_HYPERPARAMETERS
from tuningkit.training.initial_weights import draw_initial_weights
from tuningkit.training.live import LiveL1L2
from tuningkit.training.optimizer_choices import (
    OPTIMIZERS,
    choose_optimizer,
    optimizer_name,
    own_schedule,
    why_not_in_one_matrix,
)
from tuningkit.training.progress import progress_bar
from tuningkit.training.random_state import random_numbers_undisturbed, tensorflow_numbers_undisturbed
from tuningkit.training.run import Run
from tuningkit.training.schedule_rates import (
    LearningRateSchedule,
    ReduceLROnPlateau,
    ScaledSchedule,
    Schedule,
    describe_schedule,
    nominal_rate,
)
from tuningkit.training.surgery import LiveModel, check_model, copies_layer_by_layer, make_live


class FellBackToFit(UserWarning):
    """A model was trained with ``model.fit``, one at a time, because it cannot be vectorised."""


def why_not_vectorised(
    model: Any, data: Any, metrics: Any = None, optimizer: str | keras.Optimizer | None = None
) -> str | None:
    """A sentence that says why this training needs ``model.fit``, or None if the trainer can take it."""
    check_model(model)
    if is_pipeline(data):
        return "The data is a tf.data pipeline, which delivers batches of its own."
    if type(model).train_step is not keras.Model.train_step:
        return f"{type(model).__name__} has a training step of its own."
    if not isinstance(model, (keras.Sequential, keras.Model)) or not copies_layer_by_layer(model):
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
    progress: bool = False,
    schedule: Schedule = None,
) -> Run:
    """Train a copy with ``model.fit`` and return the same kind of record.

    Keras adds the penalty to its losses. The data loss is measured beside it, as a metric, over the same batches
    with the same weights; ``penalty`` is the difference, so that ``loss + penalty`` is Keras's own ``loss``. A
    training step that does not report compiled metrics leaves its loss unsplit; the run's note then says so.

    Raises:
        TypeError: If the data is neither a data set nor a pipeline.
        ValueError: If a hyperparameter is asked for that the model has nothing for, or the model cannot be copied.
    """
    first = first_row(model, data)
    copy = _copy(model, values, seed or 0, first)
    if seed is not None:
        copy.set_weights(draw_initial_weights(model, seed))
    chosen, own_rate = choose_optimizer(model, optimizer)
    if schedule is None:
        schedule = own_schedule(chosen)
    rate, built = _optimizer(chosen, own_rate, values, schedule)
    if hasattr(data, "x_train"):
        task = data_set_task(model, copy, data, loss, metrics, batch_size, shuffle)
    else:
        task = pipeline_task(model, data, loss, metrics)
    data_loss = DataLoss(task.loss)
    copy.compile(optimizer=built, loss=task.loss, metrics=task.metrics, weighted_metrics=[data_loss])
    note = f"Trained with model.fit, one network at a time. {reason}"
    warnings.warn(note, FellBackToFit, stacklevel=3)
    begin = time.perf_counter()
    with tensorflow_numbers_undisturbed(seed or 0):
        record = _fit(copy, task.arguments, epochs, progress, _rate_callbacks(schedule))
    history, split = _history(record, penalised=_has_penalty(copy))
    if not split:
        note += " Its training step does not report the data loss, so loss includes the penalty."
    bad = ~np.isfinite([curve for name, curve in history.items() if name.endswith(("loss", "penalty"))]).all(
        0
    )
    diverged_at = int(np.argmax(bad)) + 1 if bad.any() else None
    if diverged_at is not None:
        for curve in history.values():
            curve[diverged_at - 1 :] = np.nan
    return Run(
        history=history,
        hyperparameters={
            **values,
            "learning_rate": rate,
            **({} if schedule is None else {"schedule": describe_schedule(schedule)}),
            "optimizer": optimizer_name(chosen),
            "batch_size": batch_size,
            "seed": seed,
        },
        weights=copy.get_weights(),
        loss_name=task.loss_name,
        model_name=model.name,
        data_name=task.data_name,
        baseline=task.baseline,
        diverged_at=diverged_at,
        seconds=time.perf_counter() - begin,
        note=note,
    )


def _fit(
    copy: keras.Model, arguments: dict[str, Any], epochs: int, progress: bool, callbacks: list[Any]
) -> dict[str, list[float]]:
    with progress_bar(epochs, "Training", show=progress) as step:
        count = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: step())
        try:
            return copy.fit(**arguments, epochs=epochs, verbose=0, callbacks=[*callbacks, count]).history
        except KeyboardInterrupt:
            if not getattr(copy.history, "history", None):
                raise
            return copy.history.history


def _has_penalty(model: keras.Model) -> bool:
    regularized = [v.regularizer for v in model.trainable_variables if v.regularizer is not None]
    # Beside the weights', activities can be penalised, and layers can add losses of their own.
    if len(model.losses) > len(regularized):
        return True
    # A live penalty of strength 0 is none, and should not show as rounding noise.
    return not all(isinstance(one, LiveL1L2) and not any(one.get_config().values()) for one in regularized)


def _history(record: Mapping[str, Sequence[float]], *, penalised: bool) -> tuple[dict[str, np.ndarray], bool]:
    """Curves by name, and whether the penalty could be told from the loss."""
    epochs = min(len(curve) for curve in record.values())
    curves = {name: np.asarray(curve[:epochs], float) for name, curve in record.items()}
    history, split = {}, True
    for prefix in ("", "val_"):
        total, alone = curves.pop(f"{prefix}loss", None), curves.pop(f"{prefix}data_loss", None)
        if total is None:
            continue
        if penalised and alone is None:
            split = False
        history[f"{prefix}loss"] = alone if penalised and alone is not None else total
        with np.errstate(invalid="ignore"):
            history[f"{prefix}penalty"] = total - history[f"{prefix}loss"]
        names = [name for name in curves if name.startswith("val_") == bool(prefix)]
        history.update({name: curves.pop(name) for name in names})
    if "learning_rate" in history:
        history["learning_rate"] = history.pop("learning_rate")
    return history, split


class _RateOnRecord(keras.callbacks.Callback):
    """Notes the learning rate of each epoch's last step, as ReduceLROnPlateau does."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        optimizer = self.model.optimizer
        last = keras.ops.convert_to_numpy(optimizer.iterations) - 1
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(own_schedule(optimizer)(int(last))))


def _rate_callbacks(schedule: Schedule) -> list[keras.callbacks.Callback]:
    if isinstance(schedule, ReduceLROnPlateau):
        return [copy_object(schedule)]
    return [_RateOnRecord()] if isinstance(schedule, LearningRateSchedule) else []


def _optimizer(
    chosen: str | keras.Optimizer, own_rate: float, values: Mapping[str, float | None], schedule: Schedule
) -> tuple[float, keras.Optimizer]:
    """The learning rate in force, and a fresh optimiser that has it."""
    settings = {
        name: value
        for name, value in values.items()
        if name in OPTIMIZER_HYPERPARAMETERS and value is not None
    }
    nominal = nominal_rate(schedule)
    if nominal is None:
        nominal = own_rate
    asked = values.get("learning_rate")
    rate = nominal if asked is None else asked
    in_force: Any = rate
    if isinstance(schedule, LearningRateSchedule):
        in_force = schedule if asked is None else ScaledSchedule(schedule, rate / nominal)
    if isinstance(chosen, str):
        choice = OPTIMIZERS[optimizer_name(chosen)]
        return rate, choice.build(learning_rate=in_force, **{**choice.arguments, **settings})
    return rate, type(chosen).from_config({**chosen.get_config(), **settings, "learning_rate": in_force})


def _copy(model: keras.Model, values: Mapping[str, float | None], seed: int, first: Any) -> keras.Model:
    """A copy with the values asked for; its noise follows the seed, as Keras draws it from Python's generator."""
    wanted = {name: values[name] for name in ("dropout", "l1", "l2") if values.get(name) is not None}
    with random_numbers_undisturbed(seed):
        if copies_layer_by_layer(model):
            live = make_live(model)
            _move(live, wanted)
            return live.model
        if wanted:
            raise ValueError(
                f"{type(model).__name__} cannot be copied layer by layer, so {', '.join(wanted)} cannot be set "
                "from outside. Set it inside the model, or write the model with keras.Sequential or the "
                "functional API."
            )
        try:
            copy = type(model).from_config(model.get_config())
        except (NotImplementedError, TypeError, ValueError) as error:
            raise ValueError(
                f"{type(model).__name__} cannot be copied, and your own model is never changed. Give it a "
                "get_config() that returns what its __init__ takes."
            ) from error
        copy(first)
        copy.set_weights(model.get_weights())
        return copy


def _move(live: LiveModel, wanted: Mapping[str, float]) -> None:
    for name, value in wanted.items():
        holders = live.dropouts if name == "dropout" else live.regularizers
        if not holders and value:
            raise ValueError(NOTHING_TO_ACT_ON[name])
        for holder in holders:
            (holder.rate if name == "dropout" else getattr(holder, name)).assign(value)
