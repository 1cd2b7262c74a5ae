"""``tk.train``: one network, trained to the end, as a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.training import hyperparameters as table
from tuningkit.training.lock import training_turn
from tuningkit.training.progress import progress_bar
from tuningkit.training.run import Run

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.schedule_rates import Schedule


def train(
    model: keras.Model,
    data: Dataset,
    *,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None,
    schedule: Schedule | None = None,
    dropout: float | None = None,
    l1: float | None = None,
    l2: float | None = None,
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    epochs: int = 30,
    seed: int | None = None,
    shuffle: bool = True,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
    progress: bool = True,
    **optimizer_settings: float,
) -> Run:
    """Train a copy of a Keras model and return the record of the run.

    Args:
        model: A built Keras model with one input and one output, compiled or not. It is never changed.
        data: A :class:`tuningkit.Dataset`. A ``tf.data.Dataset``, or a pair of them (training, validation), is
            trained with ``model.fit``.
        learning_rate: Step size, greater than 0, or a Keras schedule. None: what the model was compiled with,
            else 1e-3.
        schedule: How the learning rate changes: a Keras schedule such as
            ``keras.optimizers.schedules.CosineDecay(0.01, 1000)``, or a
            ``keras.callbacks.ReduceLROnPlateau(...)``, whose ``loss`` and ``val_loss`` include the penalty, as in
            Keras. A number is a constant rate. With a ``learning_rate`` as well, the schedule keeps its shape and
            goes by that rate.
        dropout: Rate for all dropout layers, in [0, 1). None: each layer's own.
        l1: L1 strength for all kernels, at least 0. None: each kernel's own.
        l2: L2 strength for all kernels, at least 0. None: each kernel's own.
        optimizer: A name such as "adam", "sgd", "momentum", "rmsprop", or a Keras optimiser. None: the one the
            model was compiled with, else "adam".
        batch_size: Rows per step.
        epochs: Passes over the training rows.
        seed: None starts from the weights the model has. A number draws new initial weights from each layer's
            own initializer. Batch order and dropout follow the number as well (None: 0).
        shuffle: False keeps the given row order in every epoch, for comparison with Keras.
        loss: A Keras loss or its name. None: cross-entropy for classes, mean squared error for numbers.
        metrics: Names or functions. None: accuracy for classes, mean absolute error for numbers.
        progress: Whether to show a bar if it takes more than two seconds.
        **optimizer_settings: ``momentum``, ``beta_1``, ``beta_2``, ``rho`` or ``weight_decay``, for optimisers
            that have them.

    Returns:
        The run. Interrupted with Ctrl-C, the run as far as it got.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a value is out of range, a name unknown, or model and data do not fit; the message says
            what was received and what would be right.

    Example:
        >>> run = tk.train(model, digits, learning_rate=1e-3, dropout=0.3, l2=1e-4, epochs=30, seed=0)
        >>> run.history["val_loss"].shape
        (30,)
    """
    from tuningkit.training.fallback import fit_instead, why_not_vectorised
    from tuningkit.training.trainer import Trainer

    epochs, batch_size = check_count("epochs", epochs), check_count("batch_size", batch_size)
    seed = table.check_value("seed", seed)
    for name in optimizer_settings:
        table.check_name(name, KEYWORDS)
    learning_rate, schedule = rate_and_schedule(learning_rate, schedule)
    values = table.check_all(
        {"learning_rate": learning_rate, "dropout": dropout, "l1": l1, "l2": l2, **optimizer_settings}
    )
    reason = why_not_vectorised(model, data, metrics, optimizer)
    check_optimizer_settings(model, optimizer, optimizer_settings)
    with training_turn():
        if reason is not None:
            return fit_instead(
                model, data, values, reason,
                optimizer=optimizer, batch_size=batch_size, epochs=epochs, seed=seed, shuffle=shuffle,
                loss=loss, metrics=metrics, progress=progress, schedule=schedule,
            )  # fmt: skip
        trainer = Trainer(
            model, data, optimizer=optimizer, batch_size=batch_size, seeds=seed,
            loss=loss, metrics=metrics, shuffle=shuffle,
        )  # fmt: skip
        if schedule is not None:
            trainer.set_schedule(schedule)
        for name, value in values.items():
            if value is not None:
                trainer.set(name, value)
        run_to_the_end(trainer, epochs, progress=progress)
    return trainer.run()


#: What can be said by keyword; a misspelt one is likely to be one of these.
KEYWORDS = (
    *table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS,
    "schedule", "optimizer", "batch_size", "epochs", "seed", "shuffle", "loss", "metrics", "progress",
)  # fmt: skip


def rate_and_schedule(learning_rate: Any, schedule: Any) -> tuple[Any, Schedule]:
    """A schedule given as the learning rate, as Keras takes it, put in its place; both checked.

    Raises:
        TypeError: If the schedule is none.
        ValueError: If two schedules are given.
    """
    from tuningkit.training.schedule_rates import LearningRateSchedule, check_schedule

    if not isinstance(learning_rate, LearningRateSchedule):
        return learning_rate, check_schedule(schedule)
    if schedule is not None:
        raise ValueError(
            "learning_rate is a schedule already, and schedule is given too. Give one of them. "
            f"Received: learning_rate={type(learning_rate).__name__}, schedule={schedule!r}"
        )
    return None, learning_rate


def check_count(name: str, value: Any) -> int:
    """Check a count that has no "as in the model": ``epochs`` or ``batch_size``.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is not a whole number of at least 1.
    """
    return table.HYPERPARAMETERS[name].check(value)


def check_optimizer_settings(
    model: keras.Model, optimizer: Any, settings: Mapping[str, float | None]
) -> None:
    """Check that an optimiser has the settings asked for, such as a momentum.

    Args:
        model: The model to be trained.
        optimizer: A name, a Keras optimiser, or None: the one the model was compiled with, else "adam".
        settings: Values by name; those that are None are not asked for.

    Raises:
        ValueError: If the optimiser is unknown or lacks one; the message says what it has.
        TypeError: If it is neither a name nor a Keras optimiser.
    """
    from tuningkit.training.optimizer_choices import OPTIMIZERS, optimizer_name

    if optimizer is None:
        optimizer = getattr(model, "optimizer", None) or "adam"
    name = optimizer_name(optimizer)
    live = OPTIMIZERS[name].live if name in OPTIMIZERS else ()
    for setting, value in settings.items():
        if value is not None and setting not in live:
            has = ", ".join(live) or "nothing beside the learning rate"
            others = [other for other, choice in OPTIMIZERS.items() if setting in choice.live]
            hint = f" {setting} belongs to: {', '.join(others)}." if others else ""
            raise ValueError(
                f"The optimizer {name!r} has no {setting} to set. It has: {has}.{hint} "
                f"Received: {setting}={value!r}"
            )


def run_to_the_end(trainer: Any, epochs: int, *, progress: bool, description: str = "Training") -> bool:
    """Train all epochs, with a progress bar if it takes more than two seconds.

    Returns:
        False if the learner interrupted; what was finished stays in the trainer.
    """
    with progress_bar(epochs, description, show=progress) as step:
        try:
            trainer.train(epochs, on_epoch=lambda _: step())
        except KeyboardInterrupt:
            if trainer.epoch == 0:
                raise
            return False
    return True
