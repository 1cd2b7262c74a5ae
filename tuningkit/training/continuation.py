"""Going on with some of the members of a trainer, exactly where they were.

Successive halving drops members early. Those that stay keep their weights, the state of their optimiser and the
batch order they would have had: their later epochs are those of a training that was never cut.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that the next epoch of some members depends on, and their record so far.

    Attributes:
        theta: Trainable numbers, shape (members, parameters).
        moving: Moving averages, shape (members, numbers).
        optimizer: The optimiser's variables; moments have a row per member, counts of steps are single numbers.
        epoch: Epochs done.
        measures: Measures of all epochs, shape (epochs, members, measures).
        rates: Learning rates, shape (epochs, members).
        diverged_at: Epoch, from 1, in which a member diverged; 0 if it did not. Shape (members,).
        plateau: Per member what its plateau rule remembers (None without a rule), and by how much it has cut the
            rate so far.
        seconds: Their share of the time the trainer had spent.
    """

    theta: np.ndarray
    moving: np.ndarray
    optimizer: list[np.ndarray]
    epoch: int
    measures: np.ndarray
    rates: np.ndarray
    diverged_at: np.ndarray
    plateau: tuple[list[Any], np.ndarray]
    seconds: float


def take_snapshot(trainer: Trainer, members: Sequence[int] | None = None) -> Snapshot:
    """Write down where members are, between two epochs.

    Args:
        trainer: The trainer.
        members: Which ones, from 0; None for all.

    Raises:
        ValueError: If the trainer is in the middle of an epoch.

    Example:
        >>> snapshot = take_snapshot(trainer, [0, 5])
        >>> go_on(trainer_of_two, snapshot)
        >>> trainer_of_two.train(epochs=30)
    """
    if trainer.partial:
        raise ValueError(
            f"Members can be taken over between two epochs. This trainer is in epoch {trainer.epoch + 1}: "
            "train it to the end of the epoch first."
        )
    places = list(range(trainer.members)) if members is None else list(members)
    engine, record, schedules = trainer.engine, trainer._record, trainer._schedules
    shape = (-1, trainer.members)
    return Snapshot(
        theta=engine.theta.numpy()[places],
        moving=engine._moving.numpy()[places],
        optimizer=[
            _of_members(variable.numpy(), trainer.members, places) for variable in engine._optimizer_state
        ],
        epoch=trainer.epoch,
        measures=np.array(record._measures).reshape(*shape, len(record._names))[:, places],
        rates=np.array(record._rates).reshape(shape)[:, places],
        diverged_at=record.diverged_at[places],
        plateau=([copy.deepcopy(schedules._rules[place]) for place in places], schedules._reduced[places]),
        seconds=trainer.seconds * len(places) / trainer.members,
    )


def go_on(trainer: Trainer, snapshot: Snapshot) -> None:
    """Put a trainer where the snapshot was taken.

    Args:
        trainer: One of the same network, data, optimiser and batch size, with as many members as the snapshot, the
            same seeds, and their hyperparameters set.
        snapshot: From :func:`take_snapshot`.

    Raises:
        ValueError: If members or network differ.
    """
    engine, record, schedules = trainer.engine, trainer._record, trainer._schedules
    theirs, ours = snapshot.theta.shape, tuple(engine.theta.shape)
    if theirs != ours:
        raise ValueError(
            f"The snapshot has {theirs[0]} members of {theirs[1]} numbers each. Received: a trainer that has "
            f"{ours[0]} of {ours[1]}"
        )
    engine.theta.assign(snapshot.theta)
    engine._moving.assign(snapshot.moving)
    for variable, value in zip(engine._optimizer_state, snapshot.optimizer, strict=True):
        variable.assign(value)
    record._measures, record._rates = list(snapshot.measures.copy()), list(snapshot.rates.copy())
    record.diverged_at = snapshot.diverged_at.copy()
    rules, reduced = snapshot.plateau
    schedules._rules, schedules._reduced = [copy.deepcopy(rule) for rule in rules], reduced.copy()
    trainer.epoch, trainer._step, trainer.seconds = snapshot.epoch, 0, snapshot.seconds


def _of_members(value: np.ndarray, members: int, places: list[int]) -> np.ndarray:
    return value[places] if value.ndim == 2 and len(value) == members else value
