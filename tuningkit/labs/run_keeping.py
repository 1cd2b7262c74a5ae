"""The runs of a TuningLab: the one under way as others may see it, and those before it."""

from __future__ import annotations

from dataclasses import replace

from tuningkit.labs.records import Record, take_record, without_old_weights
from tuningkit.labs.trainer_session import TrainerSession
from tuningkit.training.diagnosis import SHORTEST


class RunKeeping(TrainerSession):
    """A session that keeps its runs."""

    def _no_runs_yet(self) -> None:
        self._records: list[Record] = []
        # The run under way as the worker saw it last: other threads must not look into a trainer that moves.
        self._present: Record | None = None
        self._number = 1

    # From any thread

    @property
    def records(self) -> list[Record]:
        """All runs, oldest first; the last one may still be training."""
        with self._lock:
            return [*self._records, self._present] if self._present is not None else list(self._records)

    def pin(self, number: int) -> None:
        """Keep a run in the picture, or no longer."""

        def turned(record: Record) -> Record:
            return replace(record, pinned=not record.pinned) if record.number == number else record

        with self._lock:
            self._records = [turned(record) for record in self._records]
            if self._present is not None:
                self._present = turned(self._present)
        self.worker.wake()

    def clear(self) -> None:
        """Forget earlier runs, except pinned ones."""
        with self._lock:
            self._records = [record for record in self._records if record.pinned]
        self.worker.wake()

    # In the worker's thread

    def _note_present(self, *, weights: bool) -> None:
        """Put the run under way where other threads can see it."""
        if self.trainer is None:
            return
        record = take_record(self.trainer, self._number, weights=weights)
        if record is not None:
            record = self._described(record)
        with self._lock:
            pinned = self._present is not None and self._present.pinned
            self._present = replace(record, pinned=pinned) if record is not None else None

    def _described(self, record: Record) -> Record:
        """The record with what a subclass knows about the run."""
        return record

    def _archive(self) -> None:
        """Keep the run under way, if it is long enough to say anything.

        A slider on its way passes many values; what it trained for one or two epochs is a glimpse, not a run.
        """
        self._note_present(weights=True)
        with self._lock:
            present, self._present = self._present, None
            if present is not None and (present.run.epochs >= SHORTEST or present.run.diverged_at):
                self._records = without_old_weights([*self._records, present])
                self._number += 1
