"""The input widgets of a GateLab. They hold values; they compute nothing."""

from __future__ import annotations

from typing import Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs import gate_lab_settings as choices
from tuningkit.labs.gate_lab_settings import EXITS, HIGHWAY, SQUEEZE, GateSettings

#: The kinds of network that a control belongs to; the others belong to all.
_BELONGS = {
    "ratio": (SQUEEZE,),
    "depth": (HIGHWAY,),
    "gate_bias": (HIGHWAY,),
    "layer": (HIGHWAY,),
    "units": (HIGHWAY, EXITS),
    "exits": (EXITS,),
    "layers_between": (EXITS,),
    "threshold": (EXITS,),
}
#: What the lists of sizes offer; any other possible value can be set from Python.
_LISTS = {
    "ratio": choices.RATIOS,
    "gate_bias": choices.BIASES,
    "exits": choices.EXIT_COUNTS,
    "layers_between": choices.LAYERS_BETWEEN,
    "units": choices.UNITS,
}
_SLIDERS = ("image", "threshold", "layer", "depth", "learning_rate")


class ThresholdSlider(parts.Listed):
    """A slider over confidences, finer near 1, with a last stop that lets no image leave early.

    Args:
        value: The value at first.
        on_move: Called with name and value when the learner moves it.
    """

    def __init__(self, value: float, on_move: parts.Moved) -> None:
        widget = ipywidgets.SelectionSlider(
            options=self._listed(value), value=value, description="confidence threshold", continuous_update=True,
            tooltip="An image leaves at the first exit whose largest probability is at least this",
        )  # fmt: skip
        super().__init__("threshold", widget, on_move)

    def _listed(self, value: Any) -> list[tuple[str, Any]]:
        return [(choices.threshold_words(one), one) for one in sorted({*choices.THRESHOLDS, value})]


class GateControls:
    """All controls of a lab; those of another kind of network are hidden.

    Args:
        start: Where they stand at first.
        kinds: The kinds of network that the data allows.
        images: Validation rows that can be looked at.
        noun: What a row is called, "image" or "row".
        on_move: Called with name and value when the learner moves one.
    """

    def __init__(
        self, start: GateSettings, kinds: tuple[str, ...], images: int, noun: str, on_move: parts.Moved
    ) -> None:
        self._all: dict[str, parts.Control] = {
            "image": _whole("image", f"validation {noun}", start.image, 0, max(1, images - 1), on_move),
            "threshold": ThresholdSlider(start.threshold, on_move),
            "layer": _whole("layer", "gate layer", start.layer, 1, start.depth - 2, on_move),
            "depth": _whole("depth", "depth", start.depth, choices.DEPTHS[0], choices.DEPTHS[-1], on_move),
            "learning_rate": parts.Slider(
                "learning_rate", start.learning_rate, has_own=False, on_move=on_move
            ),
        }
        for name, label, options in (
            ("kind", "adaptive units", [(choices.WORDS[kind], kind) for kind in kinds]),
            *((name, choices.LABELS.get(name, name), _numbers(values)) for name, values in _LISTS.items()),
        ):
            self._all[name] = parts.Choice(name, label, options, getattr(start, name), on_move)
        for name in ("epochs", "seed"):
            self._all[name] = parts.Number(name, getattr(start, name), on_move)
        self.hide_others(start.kind)

    def __getitem__(self, name: str) -> parts.Control:
        return self._all[name]

    def rows(self) -> list[ipywidgets.Widget]:
        """The controls in columns: what is chosen, sliders, sizes."""
        rest = [control.widget for name, control in self._all.items() if name not in _SLIDERS]
        return [
            parts.columns([self._all[name].widget for name in _SLIDERS], 220),
            parts.columns(rest, 112),
        ]

    def show(self, settings: GateSettings) -> None:
        """Put all controls where the settings are, in silence."""
        # First the range, then the value within it.
        self._all["layer"].widget.max = settings.depth - 2
        for name, control in self._all.items():
            value = getattr(settings, name)
            if control.value != value:
                control.show(value)
        self.hide_others(settings.kind)

    def hide_others(self, kind: str) -> None:
        """Take the controls off the screen that do not belong to this kind of network."""
        for name, kinds in _BELONGS.items():
            self._all[name].widget.layout.display = None if kind in kinds else "none"


def _whole(name: str, label: str, value: int, low: int, high: int, on_move: parts.Moved) -> parts.Control:
    widget = ipywidgets.IntSlider(value, low, high, description=label, continuous_update=True)
    return parts.Control(name, widget, on_move)


def _numbers(values: tuple[float, ...]) -> list[tuple[str, float]]:
    return [(f"{value:g}", value) for value in values]
