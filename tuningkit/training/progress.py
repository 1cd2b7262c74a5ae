"""A progress bar that comes only if it is needed, and leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds a job may take without a bar: until then a learner does not wonder.
DELAY = 2.0


@contextmanager
def progress_bar(
    total: int, description: str, *, unit: str = "epoch", show: bool = True
) -> Iterator[Callable]:
    """Show a bar with the time left once a job has taken two seconds, and take it away when it ends.

    In a notebook the bar is a widget. A widget that was shown stays in the saved notebook, and an exported
    page would have an empty place for it; the output is therefore replaced by an empty one.

    Args:
        total: Number of steps of the job, such as epochs.
        description: What is being done.
        unit: What one step is.
        show: False for no bar at all.

    Yields:
        A function to call after every step, or after several with their number.

    Example:
        >>> with progress_bar(10, "Training") as step:
        ...     for epoch in range(10):
        ...         step()
    """
    bar = _Bar(total, description, unit) if show else None
    try:
        yield bar.step if bar is not None else lambda count=1: None
    finally:
        if bar is not None:
            bar.close()


class _Bar:
    """Counts steps from the beginning; draws from ``DELAY`` seconds on."""

    def __init__(self, total: int, description: str, unit: str) -> None:
        self._settings = {"total": total, "desc": description, "unit": unit, "leave": False}
        self._begin = time.time()
        self._done = 0
        self._bar: Any = None
        self._output: Any = None

    def step(self, count: int = 1) -> None:
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.time() - self._begin >= DELAY and self._done < self._settings["total"]:
            self._show()

    def _show(self) -> None:
        if in_notebook():
            from IPython.display import display
            from tqdm.notebook import tqdm

            self._bar = tqdm(**self._settings, display=False)
            self._catch_up()
            self._output = display(self._bar.container, display_id=True)
        else:
            from tqdm.std import tqdm

            # The delay keeps it from drawing itself before it has caught up.
            self._bar = tqdm(**self._settings, delay=1e-9)
            self._catch_up()

    def _catch_up(self) -> None:
        # As if it had been there from the beginning, so that speed and time left are those of the whole job.
        self._bar.start_t = self._begin
        self._bar.n = self._bar.last_print_n = self._done
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is None:
            return
        self._bar.close()
        if self._output is not None:
            # A job that was interrupted leaves tqdm's red bar standing: it goes, too.
            self._bar.container.close()
            self._output.update({"text/plain": ""}, raw=True)


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, where a bar is a widget."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
