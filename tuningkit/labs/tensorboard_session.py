"""What a TensorBoardLab does, without widgets: start and stop the server in the lab's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tuningkit.labs.base_session import Session
from tuningkit.tools.tensorboard_server import TensorBoardServer


@dataclass(frozen=True)
class BoardSnapshot:
    """The server at one moment.

    Attributes:
        status: "starting", "running", "stopped" or "failed".
        port: Where it listens, or None.
        pid: Its process, or None.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    port: int | None
    pid: int | None
    error: tuple[str, str] | None
    final: bool


class TensorBoardSession(Session):
    """One server, wanted or not.

    Args:
        directory: The folder it shows.
        on_update: Called in the worker's thread with a snapshot.
    """

    def __init__(self, directory: Path, on_update: Callable[[BoardSnapshot], None]) -> None:
        super().__init__(on_update, name="tuningkit-tensorboard")
        self.server = TensorBoardServer(directory)
        self._status = "stopped"

    def start(self) -> None:
        """Ask for the server."""
        with self._lock:
            self._playing = True
        self.worker.wake()

    def close(self) -> None:
        """End the server and the thread."""
        # First the server: the thread may be waiting for its answer.
        self.server.close()
        super().close()

    def snapshot(self, *, final: bool = False) -> BoardSnapshot:
        """The present state."""
        return BoardSnapshot(self._status, self.server.port, self.server.pid, self._error, final)

    def _work(self) -> None:
        # Nothing is trained here, so this session does not wait for its turn.
        with self._lock:
            wanted, self._error, self._exception = self._playing, None, None
        if wanted and not self.server.running:
            self._say("starting")
            try:
                self.server.start()
            except RuntimeError:
                if self.worker.stopped:
                    return
                raise
        elif not wanted:
            self.server.stop()
        self._say("running" if self.server.running else "stopped")

    def _free(self) -> None:
        self.server.close()
