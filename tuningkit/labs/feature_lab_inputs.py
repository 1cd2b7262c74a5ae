"""The controls of a FeatureLab: the network's structure, and the image that is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from tuningkit.labs import controls as parts
from tuningkit.labs import feature_lab_settings as choices

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.labs.feature_lab_settings import FeatureSettings

#: Farthest stop of each slider; a larger value may be set from Python.
_REACH = {"kernel_size": 11, "filters": 16, "stride": 4, "pool_size": 4}
_TIPS = {
    "kernel_size": "Height and width of each filter in pixels",
    "filters": "Number of filters, and so of feature maps",
    "stride": "Pixels from one place of the window to the next",
    "pool_size": "Height and width of the pooling window",
}
_LABELS = {"kernel_size": "kernel size", "pool_size": "pool size"}
_ANY = -1


class WholeSlider(parts.Control):
    """A slider over whole numbers that stretches for a value set from Python."""

    def _put(self, value: int) -> None:
        self.widget.max = max(self.widget.max, value)
        self.widget.value = value


class StructureInputs:
    """The controls of the network.

    Args:
        start: Where they stand at first.
        longest: Longer side of an image in pixels.
        on_move: Called with name and value when the learner moves one.
    """

    def __init__(self, start: FeatureSettings, longest: int, on_move: parts.Moved) -> None:
        self.controls: dict[str, parts.Control] = {}
        for name, reach in _REACH.items():
            # One more than the image: that this does not fit is worth seeing.
            high = min(reach, longest + 1) if name == "kernel_size" else reach
            value = getattr(start, name)
            slider = ipywidgets.IntSlider(
                value, 2 if name == "pool_size" else 1, max(high, value), description=_LABELS.get(name, name),
                continuous_update=True, tooltip=_TIPS[name],
            )  # fmt: skip
            self.controls[name] = WholeSlider(name, slider, on_move)
        self.controls["learning_rate"] = parts.Slider(
            "learning_rate", start.learning_rate, has_own=False, on_move=on_move
        )
        for name, options in (("padding", choices.PADDINGS), ("pooling", choices.POOLINGS)):
            listed = [(choices.WORDS.get(option, option), option) for option in options]
            self.controls[name] = parts.Choice(name, name, listed, getattr(start, name), on_move)
        for name in ("epochs", "seed"):
            self.controls[name] = parts.Number(name, getattr(start, name), on_move)

    @property
    def values(self) -> dict[str, Any]:
        """Where the controls stand."""
        return {name: control.value for name, control in self.controls.items()}

    def show(self, values: dict[str, Any]) -> None:
        """Put the controls where Python wants them."""
        for name, value in values.items():
            if self.controls[name].value != value:
                self.controls[name].show(value)

    def rows(self) -> list[ipywidgets.Widget]:
        """The controls, laid out."""
        sliders = [*_REACH, "learning_rate"]
        rest = [name for name in self.controls if name not in sliders]
        return [
            parts.columns([self.controls[name].widget for name in sliders], 170),
            parts.columns([self.controls[name].widget for name in rest], 112),
        ]


class ImageInputs:
    """Which validation image is looked at: of all, or of one class.

    Args:
        data: Where the images come from.
        on_choice: Called with the image's place among the validation images.
    """

    def __init__(self, data: Dataset, on_choice: Callable[[int], None]) -> None:
        self._labels, self._on_choice = np.asarray(data.y_validation), on_choice
        names = [("any", _ANY), *((name, label) for label, name in enumerate(data.class_names))]
        known = [(name, label) for name, label in names if label == _ANY or (self._labels == label).any()]
        self._of = parts.Choice("of", "class shown", known, _ANY, self._class_moved)
        slider = ipywidgets.IntSlider(
            0, 0, max(1, len(self._labels) - 1), description="image", continuous_update=True,
            tooltip="Which of the validation images of this class",
        )  # fmt: skip
        self._slider = WholeSlider("image", slider, self._moved)
        self._next = parts.button("Next image", "Look at the next validation image of this class", self._on)

    @property
    def place(self) -> int:
        """The chosen image's place among the validation images."""
        places = self._places()
        return int(places[min(self._slider.value, len(places) - 1)])

    def choose(self, place: int, label: int | None) -> None:
        """Put the controls at the image ``place`` of class ``label``, or of all."""
        self._of.show(_ANY if label is None else label)
        self._fit()
        self._slider.show(place)
        self._on_choice(self.place)

    def count(self, label: int | None) -> int:
        """Validation images of a class, or of all."""
        return int(np.sum(self._labels == label)) if label is not None else len(self._labels)

    def row(self) -> ipywidgets.Widget:
        """The controls, laid out."""
        return parts.columns([self._of.widget, self._slider.widget, parts.button_row([self._next])], 150)

    def _places(self) -> np.ndarray:
        label = self._of.value
        return np.arange(len(self._labels)) if label == _ANY else np.flatnonzero(self._labels == label)

    def _fit(self) -> None:
        last = len(self._places()) - 1
        self._slider.show(min(self._slider.value, last))
        # A slider without a way to go is no slider to the browser.
        self._slider.widget.max = max(1, last)
        self._slider.widget.disabled = last == 0

    def _class_moved(self, _: str, __: int) -> None:
        self._slider.show(0)
        self._fit()
        self._on_choice(self.place)

    def _moved(self, _: str, __: int) -> None:
        self._on_choice(self.place)

    def _on(self) -> None:
        self._slider.show((self._slider.value + 1) % len(self._places()))
        self._on_choice(self.place)
