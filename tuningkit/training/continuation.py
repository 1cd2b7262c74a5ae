"""Going on with some of the members of a trainer, exactly where they were.

Successive halving drops members early. Those that stay keep their weights, the state of their optimiser and the
batch order they would have had: their later epochs are those of a training that was never cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuningkit.training.epoch_record import EpochRecord
from tuningkit.training.member_schedules import PlateauMemory
from tuningkit.training.member_state import StateRows

if TYPE_CHECKING:
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that the next epoch of some members depends on, and their record so far.

    Hyperparameters and seeds are not in it: whoever goes on sets them.

    Attributes:
        state: Weights, moving averages and the optimiser's variables.
        plateau: What their plateau rules remember.
        record: What was measured of them; as long as the epochs done.
        seconds: Their share of the time the trainer had spent.
    """

    state: StateRows
    plateau: PlateauMemory
    record: EpochRecord
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
    places = range(trainer.members) if members is None else members
    return Snapshot(
        state=trainer.engine.state.take(places),
        plateau=trainer.settings.schedules.take(places),
        record=trainer.record.of(places),
        seconds=trainer.seconds * len(places) / trainer.members,
    )


def go_on(trainer: Trainer, snapshot: Snapshot) -> None:
    """Put a trainer where the snapshot was taken.

    Args:
        trainer: One of the same network, data, optimiser and batch size, with as many members as the snapshot, the
            same seeds, and their hyperparameters set.
        snapshot: From :func:`take_snapshot`; it can be gone on from again.

    Raises:
        ValueError: If members or network differ.
    """
    trainer.engine.state.put(snapshot.state)
    trainer.settings.schedules.put(snapshot.plateau)
    # A copy: the trainer writes on in it.
    trainer.continue_record(snapshot.record.of(range(trainer.members)), snapshot.seconds)
