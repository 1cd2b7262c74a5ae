"""What every training lab shares on the screen and in Python: one box, its door, its end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

import anywidget
import ipywidgets

from tuningkit.labs import memory_notice, static_picture
from tuningkit.labs.base_session import Session
from tuningkit.labs.registry import register
from tuningkit.labs.static import static_text


class LabStyle(anywidget.AnyWidget):
    """An unseen part of a lab: the look of its input widgets, and its hold on plain key presses."""

    _esm = static_text("lab.js")
    _css = static_text("lab.css")


class Lab(ipywidgets.VBox):
    """A lab that trains in the background. A subclass gives it parts, a session and a figure.

    Args:
        session: What trains.
        parts: What is seen, from top to bottom.
    """

    def __init__(self, session: Session, parts: Sequence[ipywidgets.Widget]) -> None:
        self.session = session
        self._finished: list[Callable[[Any], None]] = []
        super().__init__(
            [*memory_notice.above_lab(), *parts, LabStyle()], layout=ipywidgets.Layout(width="100%")
        )
        self.add_class("tk-lab")
        register(self)

    def pause(self) -> Self:
        """Stop after the step under way. Nothing is lost: :meth:`train` goes on."""
        self.session.pause()
        return self

    def wait(self, timeout: float | None = None) -> Self:
        """Return when the training asked for is done.

        Args:
            timeout: Seconds to wait at most. None waits as long as it takes.

        Raises:
            TimeoutError: If it takes longer than ``timeout``.
            Exception: What went wrong while training, if anything did.
        """
        done = self.session.worker.wait(timeout)
        self.session.raise_error()
        if not done:
            raise TimeoutError(f"The lab is still training after {timeout} s. lab.pause() stops it.")
        return self

    def on_run_finished(self, callback: Callable[[Any], None]) -> None:
        """Call ``callback`` with the result, in the lab's own thread, whenever training ends or is paused."""
        self._finished.append(callback)

    def close(self) -> None:
        """Stop training, take the lab off the screen, and free what it holds. Finished runs stay."""
        # Without a session an error ended the constructor. At Python's end ipywidgets closes what is left, and there
        # is nothing to free any more, and no way to import what that takes.
        if not hasattr(self, "session") or sys.is_finalizing():
            return
        self.session.close()
        if self.comm is not None:
            close_all(self)

    def _ended(self, snapshot: Any) -> bool:
        """Whether this snapshot is the end of a stretch of training."""
        return snapshot.final and self.session.trained and snapshot.status in ("finished", "paused")

    def _tell(self, result: Any) -> None:
        for callback in list(self._finished):
            # A mistake in a callback is not a mistake in the training: said aloud, and training goes on.
            try:
                callback(result)
            except Exception as error:
                threading.excepthook(
                    threading.ExceptHookArgs(
                        (type(error), error, error.__traceback__, threading.current_thread())
                    )
                )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        live = super()._repr_mimebundle_(**kwargs)
        return static_picture.mime_bundle(live, self.figure(), repr(self))


def close_all(widget: ipywidgets.Widget) -> None:
    """Close a widget and every widget it is made of; ipywidgets keeps what is not closed for ever."""
    parts = []
    for name in widget.keys:
        value = getattr(widget, name, None)
        parts += [
            part
            for part in (value if isinstance(value, (list, tuple)) else [value])
            if isinstance(part, ipywidgets.Widget)
        ]
    ipywidgets.VBox.close(widget) if isinstance(widget, Lab) else widget.close()
    for part in parts:
        if part.comm is not None:
            close_all(part)
