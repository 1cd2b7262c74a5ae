"""Runs as a TuningLab keeps them: with their number, their seeds' curves, and whether they are pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer

#: Bytes of trained weights that a lab keeps of earlier runs; their curves are always kept.
WEIGHTS_KEPT = 32 * 2**20


@dataclass(frozen=True)
class Record:
    """A run as the lab keeps it.

    Attributes:
        number: Counted from 1 in the order in which they were begun.
        run: The run; with repeats, the mean over the seeds.
        members: Curves of every seed, each of shape (repeats, epochs).
        pinned: Whether the learner wants to keep it in the picture.
    """

    number: int
    run: Run
    members: dict[str, np.ndarray]
    pinned: bool = False


def take_record(trainer: Trainer, number: int, *, weights: bool) -> Record | None:
    """What ``trainer`` has done so far; None before its first epoch.

    Args:
        trainer: The trainer. Only the thread that trains may ask.
        number: The run's number.
        weights: Whether to copy the weights too.
    """
    if trainer.epoch == 0:
        return None
    members = trainer.history
    run = trainer.run(0, weights=weights)
    if trainer.members > 1:
        history = {name: _mean(curves) for name, curves in members.items()}
        values = {**run.hyperparameters, "repeats": trainer.members}
        # One seed that diverged is worth knowing; the mean goes on with the others.
        gone = int(trainer.diverged_at.max()) if trainer.diverged else None
        lost = int((trainer.diverged_at > 0).sum())
        note = f"{lost} of {trainer.members} seeds diverged" if lost else ""
        run = replace(run, history=history, hyperparameters=values, diverged_at=gone, note=note)
    return Record(number, run, members)


def seeds_of(settings: dict[str, Any]) -> int | list[int]:
    """Seeds of a run: the chosen one, or with repeats that one and those after it."""
    seed, repeats = settings["seed"], settings["repeats"]
    return seed if repeats == 1 else [seed + i for i in range(repeats)]


def without_old_weights(records: Sequence[Record], limit: int = WEIGHTS_KEPT) -> list[Record]:
    """The records, without the weights of the oldest that are not pinned once all of them take too much.

    Args:
        records: Oldest first.
        limit: Bytes.
    """
    kept, held = [], 0
    for record in reversed(records):
        held += sum(array.nbytes for array in record.run.weights)
        if held > limit and not record.pinned and record.run.weights:
            record = replace(record, run=replace(record.run, weights=[]))
        kept.append(record)
    return kept[::-1]


def _mean(curves: np.ndarray) -> np.ndarray:
    """Mean over the members that have a number; NaN where none has."""
    known = np.isfinite(curves)
    total = np.where(known, curves, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def band(members: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Lowest and highest value over the seeds, shape (epochs,) each; None for a single one."""
    if len(members) == 1:
        return None, None
    low = np.where(np.isfinite(members), members, np.inf).min(axis=0)
    high = np.where(np.isfinite(members), members, -np.inf).max(axis=0)
    return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)
