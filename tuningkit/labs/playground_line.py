"""The line of settings below a playground: to be copied, or to be typed over."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets

from tuningkit.labs.controls import words


class SettingsLine:
    """A field that shows the settings and takes others; a damaged line is refused in words below it.

    Args:
        on_line: Called with a line that the learner typed; raises ValueError or TypeError to refuse it.
    """

    def __init__(self, on_line: Callable[[str], Any]) -> None:
        self._on_line, self._quiet = on_line, False
        self._field = ipywidgets.Text(
            description="settings",
            continuous_update=False,
            tooltip="All settings in one line: copy it to keep or to share them, paste one and press Enter",
            layout=ipywidgets.Layout(width="auto"),
        )
        self._refusal = words()
        self.widgets = [self._field, self._refusal]
        self._field.observe(self._typed, "value")

    def show(self, line: str) -> None:
        """Write a line without taking it over."""
        self._quiet = True
        try:
            self._field.value = line
            self._refusal.value = ""
        finally:
            self._quiet = False

    def _typed(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        try:
            self._on_line(change["new"])
        except (ValueError, TypeError) as error:
            self._refusal.value = f"<div role='alert'><b>✗ {html.escape(str(error))}</b></div>"
