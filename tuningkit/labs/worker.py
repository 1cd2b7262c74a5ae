"""One daemon thread per lab, asleep while there is nothing to do."""

from __future__ import annotations

import atexit
import threading
import time
import traceback
import weakref
from collections.abc import Callable

_ALIVE: weakref.WeakSet[Worker] = weakref.WeakSet()


class Worker:
    """Runs a lab's job in a thread of its own whenever it is woken.

    Args:
        job: Called in the thread each time there may be work. It returns when there is none left, and should
            ask :attr:`stopped` at least every 100 ms.
        on_error: Called in the thread with the exception and its traceback as text. The worker lives on.
        name: Name of the thread.

    Example:
        >>> worker = Worker(job, on_error)
        >>> worker.wake()
        >>> worker.wait()
    """

    def __init__(
        self, job: Callable[[], None], on_error: Callable[[BaseException, str], None], *, name: str
    ) -> None:
        self._job, self._on_error, self._name = job, on_error, name
        self._condition = threading.Condition()
        self._woken = False
        self._working = False
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def stopped(self) -> bool:
        """Whether the lab was closed; a job that sees this returns at once."""
        return self._stopped

    def wake(self) -> None:
        """Say that there may be work. Starts the thread the first time."""
        with self._condition:
            if self._stopped:
                return
            self._woken = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
                _ALIVE.add(self)
                self._thread.start()
            self._condition.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Return once there is nothing left to do.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes. An interrupt of the cell ends
                the wait, not the work.

        Returns:
            Whether the work is done; False after ``timeout``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._condition:
            while (self._woken or self._working) and not self._stopped:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                # Woken now and then, so that an interrupt is noticed on every platform.
                self._condition.wait(0.5 if left is None else min(left, 0.5))
        return True

    def stop(self, timeout: float = 2.0) -> bool:
        """End the thread.

        Args:
            timeout: Seconds to wait for it at most. A thread that takes longer ends by itself later.

        Returns:
            Whether it has ended, or never began.
        """
        with self._condition:
            self._stopped = True
            self._condition.notify_all()
        thread = self._thread
        if thread is None:
            return True
        if thread is not threading.current_thread():
            thread.join(timeout)
        return not thread.is_alive()

    def _report(self, error: BaseException) -> None:
        """Nothing above the thread's own frame could show an error: the lab does, or else the kernel's log."""
        try:
            self._on_error(error, traceback.format_exc())
        except Exception as second:
            threading.excepthook(
                threading.ExceptHookArgs((type(second), second, second.__traceback__, self._thread))
            )

    def _serve(self) -> None:
        while True:
            with self._condition:
                while not self._woken and not self._stopped:
                    self._condition.wait()
                if self._stopped:
                    return
                self._woken, self._working = False, True
            try:
                self._job()
            except BaseException as error:
                self._report(error)
            finally:
                with self._condition:
                    self._working = False
                    self._condition.notify_all()


# A daemon thread inside TensorFlow while the interpreter is taken down can crash the process.
@atexit.register
def _stop_all() -> None:
    workers = list(_ALIVE)
    # First told, then waited for: ten labs end in the time of the slowest.
    for wait in (0.0, 2.0):
        for worker in workers:
            worker.stop(wait)
