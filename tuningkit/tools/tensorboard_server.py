"""TensorBoard's real server: started on a free port of this machine, and never left behind."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from urllib.parse import urlsplit

_CHILD = Path(__file__).with_name("tensorboard_child.py")
#: Seconds that a start may take; on a busy machine it needs ten.
_PATIENCE = 120.0
_ALIVE: weakref.WeakSet[TensorBoardServer] = weakref.WeakSet()


class TensorBoardServer:
    """One TensorBoard for one folder. Only this machine reaches it: it listens on 127.0.0.1.

    It ends with :meth:`stop`, when Python ends, and when Python is killed.

    Args:
        directory: The folder with the event files; runs that are added later are found.
        refresh: Seconds between two looks at the folder.

    Example:
        >>> server = TensorBoardServer("logs").start()
        >>> server.address
        'http://127.0.0.1:43121/'
        >>> server.stop()
    """

    def __init__(self, directory: str | Path, *, refresh: float = 2.0) -> None:
        self.directory, self.refresh = Path(directory), refresh
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._port: int | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether it can be asked for pages."""
        return self._port is not None and self._process is not None and self._process.poll() is None

    @property
    def port(self) -> int | None:
        """The port, or None while it is not running."""
        return self._port if self.running else None

    @property
    def pid(self) -> int | None:
        """Number of the process, or None while it is not running."""
        return self._process.pid if self.running else None

    @property
    def address(self) -> str | None:
        """Where a browser on this machine finds it, or None while it is not running."""
        return f"http://127.0.0.1:{self._port}/" if self.running else None

    def start(self) -> TensorBoardServer:
        """Start it, and return when it answers. One that runs already is left alone.

        Raises:
            RuntimeError: If it does not start; with TensorBoard's own words.
        """
        if self.running:
            return self
        command = [
            sys.executable,
            "-P",
            str(_CHILD),
            f"--logdir={self.directory}",
            "--host=127.0.0.1",
            "--port=0",
        ]
        # The data server of its own that TensorBoard may start beside it would be one more process to look after.
        command += [f"--reload_interval={self.refresh:g}", "--load_fast=false"]
        with tempfile.TemporaryFile() as words:
            with self._lock:
                if self._closed:
                    raise RuntimeError("This TensorBoard was stopped for good.")
                # A session of its own: the interrupt of a cell goes to all processes of the kernel's.
                self._process = process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=words,
                    text=True,
                    start_new_session=True,
                )
                _ALIVE.add(self)
            watch = threading.Timer(_PATIENCE, process.kill)
            watch.daemon = True
            watch.start()
            line = process.stdout.readline()
            watch.cancel()
            if not line:
                self.stop()
                words.seek(0)
                said = words.read().decode(errors="replace").strip().splitlines()
                raise RuntimeError(f"TensorBoard did not start: {said[-1] if said else 'it was stopped'}")
        self._port = urlsplit(json.loads(line)["address"]).port
        return self

    def stop(self) -> None:
        """End it, and return when its process is gone."""
        with self._lock:
            process, self._process, self._port = self._process, None, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            pipe.close()

    def close(self) -> None:
        """End it for good: :meth:`start` then refuses."""
        with self._lock:
            self._closed = True
        self.stop()


@atexit.register
def _stop_all() -> None:
    for server in list(_ALIVE):
        server.close()
