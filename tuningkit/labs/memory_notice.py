"""A calm sentence above a lab while memory is short, for learners who leave lessons open."""

from __future__ import annotations

import ipywidgets
import psutil

from tuningkit import limits
from tuningkit.labs import controls

#: Bytes that the largest lesson adds to its kernel after TensorFlow is loaded, with room to spare.
ENOUGH = 400 * 10**6


def words() -> str:
    """What to do about memory.

    Returns:
        A sentence where less is free than a lesson may still need, else an empty text.
    """
    free = limits.free_memory()
    if free >= ENOUGH:
        return ""
    limited = limits.memory_limit()
    whole = min(psutil.virtual_memory().total, limited.limit if limited else 2**63)
    return (
        f"<b>Memory is short:</b> {free / 1e9:.1f} of {whole / 1e9:.1f} GB are free. Every lesson that you have "
        "opened keeps its memory, even when its tab is closed. In those that you have finished choose "
        "<b>File → Close and Shut Down Notebook</b>; closed ones are listed at the left, under <b>Running Terminals "
        "and Kernels</b>. Where no room is left, the system ends a kernel, and what it has trained is lost."
    )


def above_lab() -> list[ipywidgets.HTML]:
    """The sentence as a widget; nothing while there is enough."""
    said = words()
    if not said:
        return []
    line = controls.words()
    line.add_class("tk-memory")
    line.value = f'<p role="status">{said}</p>'
    return [line]
