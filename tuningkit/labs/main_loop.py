"""Let the kernel's main loop do something that a worker's thread must not do itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def on_main_loop(action: Callable[[], None]) -> None:
    """Run ``action`` where the kernel answers the browser; without a kernel, here and now.

    Input widgets belong to that side: one that a training thread wrote to would get its next message late.

    Example:
        >>> on_main_loop(lambda: slider.enable("needs use_dropout = True"))
    """
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    loop = getattr(getattr(shell, "kernel", None), "io_loop", None)
    if loop is None or threading.current_thread() is threading.main_thread():
        action()
    else:
        loop.add_callback(action)
