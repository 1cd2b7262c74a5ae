"""A SweepLab's sweep on the workers of a Dask cluster: the same pictures, from epochs as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.sweep_session import SweepSession, SweepSnapshot

if TYPE_CHECKING:
    from tuningkit.training.cluster_progress import ClusterProgress
    from tuningkit.training.results import Sweep


class ClusterSweepSession(SweepSession):
    """One sweep, trained by other machines and watched in the lab's own thread.

    Workers keep no state between two jobs. So a sweep that was paused, or is to go on beyond its end, is trained
    from its beginning again; it comes to the same values. What had arrived before stays until then.

    Args:
        client: A client of Dask, checked.
        *arguments: As of :class:`tuningkit.labs.sweep_session.SweepSession`.
        **keywords: Likewise.
    """

    def __init__(self, client: Any, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._client = client
        self._progress: ClusterProgress | None = None
        self._result: Sweep | None = None

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs (None: to the planned end, or as much again)."""
        with self._lock:
            done = self._done()
            if epochs is not None:
                self.goal = done + epochs
            else:
                self.goal = self._planned if done < self._planned else done + self._planned
            self._playing = True
        self.worker.wake()

    def snapshot(self, *, final: bool = False) -> SweepSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        progress = self._progress
        if progress is None or not progress.history:
            self.latest = SweepSnapshot(self._status, {}, self.goal, None, self._error, final)
            return self.latest
        history, done = progress.history, progress.epochs_done
        mean, left = float(done.mean()), None
        if self._status == "training":
            left = progress.seconds / mean * max(0.0, self.goal - mean)
        self.latest = SweepSnapshot(
            self._status,
            {name: curves.reshape(*self.shape, -1) for name, curves in history.items()},
            self.goal,
            left,
            self._error,
            final,
            mean,
            progress.seconds,
            _diverged_at(history["val_loss"], done),
            done.reshape(self.shape),
        )
        return self.latest

    @property
    def sweep(self) -> Sweep | None:
        """The members that arrived, as a record; None before that."""
        return self._result

    # In the worker's thread

    def _take_turn(self) -> None:
        # Nothing is trained in this process, so other labs need not wait.
        with self._lock:
            self._error = self._exception = None
        self._obey()
        while not self.worker.stopped and self._due():
            self._status = "training"
            self._publish(at_once=True)
            self._advance()
            self.trained = True
            self._obey()

    def _has_work(self) -> bool:
        with self._lock:
            return self._reset or (self._playing and self._due())

    def _obey(self) -> bool:
        with self._lock:
            reset, self._reset = self._reset, False
        if reset:
            self._progress = self._result = None
        return reset

    def _due(self) -> bool:
        with self._lock:
            if self._playing and self._done() >= self.goal:
                self._playing = False
            return self._playing

    def _advance(self) -> None:
        from tuningkit.training.grid_sweep import sweep

        several = len(self.seeds) > 1
        grid = {**self.grid, "seed": self.seeds} if several else self.grid
        seed = {} if several else {"seed": self.seeds[0]}
        goal = self.goal
        try:
            self._result = sweep(
                self._model, self._data, grid, epochs=goal, progress=False, on_epoch=self._arrived,
                client=self._client, **seed, **self._arguments, **self._fixed,
            )  # fmt: skip
        except KeyboardInterrupt:
            self._result = None  # paused before anything was complete
        result = self._result
        if result is not None and result.note and not result.note.startswith("Interrupted"):
            with self._lock:
                self._error = (result.note, "")
        if self._done() < goal:
            # Paused, or the connection is gone. What arrived stays, and no new attempt is made unasked.
            with self._lock:
                self._playing = False

    def _arrived(self, progress: ClusterProgress) -> None:
        self._progress = progress
        self._publish()
        with self._lock:
            going = self._playing and not self._reset
        if not going or self.worker.stopped:
            raise KeyboardInterrupt

    def _done(self) -> int:
        """Epochs of the sweep as a whole, if every member has arrived."""
        result = self._result
        if result is None or len(result.configurations) < len(self.configurations):
            return 0
        return result.history["val_loss"].shape[1]

    def _resting(self) -> str:
        if self._progress is None:
            return "idle"
        return "finished" if self._done() >= self.goal else "paused"

    def _free(self) -> None:
        self._client = None


def _diverged_at(loss: np.ndarray, done: np.ndarray) -> np.ndarray:
    """Per member the first epoch, from 1, that arrived without a finite loss; 0 if there is none.

    Example:
        >>> _diverged_at(np.array([[1.0, np.nan], [1.0, np.nan]]), np.array([2, 1]))
        array([2, 0])
    """
    gone = ~np.isfinite(loss) & (np.arange(loss.shape[1]) < done[:, None])
    return np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, 0)
