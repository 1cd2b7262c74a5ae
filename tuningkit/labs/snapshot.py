"""The state of a TuningLab at one moment: what passes from the training thread to the picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tuningkit.labs.records import Record


@dataclass
class Snapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: One of "idle", "building", "waiting", "training", "paused", "finished", "failed".
        record: The run under way; None before the first epoch.
        earlier: Runs before it.
        epochs_planned: Where the run under way will stop.
        number: Number of the run under way.
        position: Epochs trained so far, with the fraction of the one under way.
        partial: Training measures of a long epoch so far, each of shape (repeats,).
        seconds_left: Estimate, or None.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    record: Record | None
    earlier: list[Record]
    epochs_planned: int
    number: int = 1
    position: float = 0.0
    partial: dict[str, np.ndarray] = field(default_factory=dict)
    seconds_left: float | None = None
    error: tuple[str, str] | None = None
    final: bool = False
