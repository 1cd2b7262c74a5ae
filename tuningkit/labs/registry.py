"""Which lab came from which cell, so that re-running a cell replaces its labs instead of adding more."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from typing import Protocol

from tuningkit.training.freed_memory import give_back


class Closable(Protocol):
    """Anything that can be closed."""

    def close(self) -> None:
        """End it."""


_LOCK = threading.Lock()
_LABS: dict[str, list[tuple[str, weakref.ref]]] = {}


def register(lab: Closable) -> None:
    """Note the cell that makes ``lab``, and close the labs that an earlier run of the same cell made.

    Two labs made in one run of a cell live side by side. Outside a notebook, or where the front end does not
    say which cell is running, nothing is closed.
    """
    cell, execution = running_cell()
    if cell is None:
        return
    with _LOCK:
        entries = _LABS.get(cell, [])
        stale = [ref for run, ref in entries if run != execution]
        _LABS[cell] = [entry for entry in entries if entry[0] == execution] + [(execution, weakref.ref(lab))]
    for ref in stale:
        old = ref()
        if old is not None:
            old.close()
    if stale:
        # A compiled graph is a ring of objects that Python looks for only now and then: cells that are run again
        # and again would pile up 8 MB each until it does.
        gc.collect()
        give_back()


def running_cell() -> tuple[str | None, str]:
    """Identity of the cell that is running and of this run of it; (None, "") where that is unknown."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    parent = getattr(shell, "parent_header", None) or {}
    if callable(getattr(shell, "get_parent", None)):
        parent = shell.get_parent() or parent
    cell = (parent.get("metadata") or {}).get("cellId")
    execution = (parent.get("header") or {}).get("msg_id", "")
    return cell, execution
