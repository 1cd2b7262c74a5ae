"""``tk.DepthLab``: what depth does to a network, and what skip connections change."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs import depth_lab_settings as choices
from tuningkit.labs.depth_lab_session import DepthSession
from tuningkit.labs.depth_lab_settings import DepthSettings
from tuningkit.labs.depth_lab_view import QUANTITIES, DepthView
from tuningkit.labs.structure_data import check_dataset, check_rows_or_images
from tuningkit.labs.structure_lab import StructureLab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset

_LABELS = {"arriving": "arriving gradient", "weights": "weight gradient", "outputs": "output size"}


class DepthLab(StructureLab):
    """Make a network deeper, and watch what is left of the gradient in every layer.

    A plain network and its residual twin are built with the same layers and the same initial weights; the twin only
    adds each block's input to its output. Pairs of bars on a log scale show, layer by layer, the gradient that comes
    back; the curves show what both networks learn with it. Depth, activation, initialiser and normalisation can be
    moved: the bars answer at once, before any training, and once Train was pressed the new networks are trained too.

    Args:
        data: The data: rows of features for dense layers, or images for convolutions. None: the digits, 64 columns.
        **settings: Where the controls stand at first: ``network`` ("both", "plain", "residual"), ``depth`` (even, 2
            to 40), ``width``, ``activation``, ``initializer``, ``normalization``, ``learning_rate``, ``epochs``,
            ``seed``.

    Raises:
        TypeError: If the data is of another kind.
        ValueError: If a setting is unknown or its value not possible.

    Example:
        >>> lab = tk.DepthLab(digits, depth=20)
        >>> lab.train().wait()
        >>> {run.hyperparameters["network"]: run.history["val_accuracy"][-1] for run in lab.runs}
        {'plain': 0.48, 'residual': 0.95}

    Reference:
        He, Zhang, Ren & Sun (2016), https://arxiv.org/abs/1603.05027;
        Glorot & Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html
    """

    session: DepthSession

    def __init__(self, data: Dataset | None = None, **settings: Any) -> None:
        from tuningkit.datasets import load_digits

        data = load_digits() if data is None else data
        check_dataset(data, ", for example tk.datasets.load_digits()")
        check_rows_or_images(data, "DepthLab")
        start = DepthSettings().changed(**settings)
        classes = data.task == "classification"
        self._view = DepthView(
            accuracy=classes, loss_name="cross-entropy" if classes else "mean squared error"
        )
        self._make_controls(start)
        session = DepthSession(data, start, on_update=self._update)
        self._view.table.observe(lambda _: session.refresh(), "selected_id")
        super().__init__(session, [*self._rows(session), *self._view.widgets])
        session.refresh()

    # Controls

    def _make_controls(self, start: DepthSettings) -> None:
        depth = ipywidgets.IntSlider(
            start.depth, choices.DEPTHS[0], choices.DEPTHS[-1], choices.DEPTHS.step, description="depth",
            continuous_update=True, tooltip="Weight layers in all, the first and the last included",
        )  # fmt: skip
        self._controls: dict[str, parts.Control] = {
            "depth": parts.Control("depth", depth, self._moved),
            "learning_rate": parts.Slider(
                "learning_rate", start.learning_rate, has_own=False, on_move=self._moved
            ),
        }
        for name, label, options in (
            ("network", "network", choices.NETWORKS),
            ("activation", "activation", choices.ACTIVATIONS),
            ("initializer", "initialiser", choices.INITIALIZERS),
            ("normalization", "normalisation", choices.NORMALIZATIONS),
        ):
            listed = [(choices.WORDS.get(option, option), option) for option in options]
            self._controls[name] = parts.Choice(name, label, listed, getattr(start, name), self._moved)
        for name in ("epochs", "seed"):
            self._controls[name] = parts.Number(name, getattr(start, name), self._moved)
        self._bars = parts.Choice(
            "bars", "bars show", [(_LABELS[name], name) for name in QUANTITIES], "arriving", self._show_bars
        )

    def _rows(self, session: DepthSession) -> list[ipywidgets.Widget]:
        buttons = self._buttons(session, "both networks")
        sliders = [self._controls[name].widget for name in ("depth", "learning_rate")]
        rest = [
            control.widget
            for name, control in self._controls.items()
            if name not in ("depth", "learning_rate")
        ]
        return [buttons, parts.columns(sliders, 220), parts.columns([*rest, self._bars.widget], 112)]

    def _moved(self, name: str, value: Any) -> None:
        self._look_at_present()
        self.session.set(self.session.settings.changed(**{name: value}))

    def _look_at_present(self) -> None:
        self._view.table.selected_id = None

    def _show_bars(self, _: str, quantity: str) -> None:
        self._view.show(quantity)
        self.session.refresh()

    # From Python

    def set(self, **settings: Any) -> DepthLab:
        """Move controls from Python: ``lab.set(depth=30, activation="tanh")``.

        Raises:
            RuntimeError: If the lab is closed.
            ValueError: If a name or value is not possible; nothing is moved then.
        """
        self.session.check_open()
        wanted = self.session.settings.changed(**settings)
        for name, value in asdict(wanted).items():
            if name in self._controls and self._controls[name].value != value:
                self._controls[name].show(value)
        self._look_at_present()
        self.session.set(wanted)
        return self

    @property
    def settings(self) -> DepthSettings:
        """Where the controls stand."""
        return self.session.settings

    def show(self, quantity: str) -> DepthLab:
        """Choose what the bars show: "arriving", "weights" (gradients) or "outputs" (what goes forward).

        Raises:
            ValueError: If it is none of these.
        """
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity must be one of {list(QUANTITIES)}. Received: {quantity!r}")
        self._bars.show(quantity)
        self._show_bars("bars", quantity)
        return self

    @property
    def signals(self) -> dict[str, Any]:
        """Per network in front, "plain" and "residual", the signals of its layers before training and now."""
        return {twin.kind: (twin.start, twin.now) for twin in self.session.latest.present.twins}

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        from tuningkit.labs.depth_lab_figure import depth_figure

        return depth_figure(self._view.chosen(self.session.latest), self._view.quantity)

    def __repr__(self) -> str:
        from tuningkit.labs.depth_lab_view import findings

        return f"DepthLab, {self.settings.in_words()}. {findings(self.session.latest.present)}"
