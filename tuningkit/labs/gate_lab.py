"""``tk.GateLab``: what each adaptive unit opens or closes for each input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuningkit.labs import controls as parts
from tuningkit.labs.gate_lab_controls import GateControls
from tuningkit.labs.gate_lab_data import Naming, check_kind, checked, possible_kinds, shown_rows
from tuningkit.labs.gate_lab_session import GateSession
from tuningkit.labs.gate_lab_settings import GateSettings
from tuningkit.labs.gate_lab_view import GateView
from tuningkit.labs.gate_lab_words import findings
from tuningkit.labs.structure_lab import StructureLab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.models.exit_policy import ExitCosts, ExitTradeOff
    from tuningkit.models.gate_reading import GateReading


class GateLab(StructureLab):
    """Watch a network decide, image by image, what it lets through.

    Three kinds of adaptive units, each in a real network that learns while you look. Squeeze and excitation weighs
    the channels of an image anew; highway gates choose between a new value and the old one; early exits let easy
    images leave before the end. The image, the gate layer and the confidence threshold move without any training:
    they are answered from what the network said of all validation images. Other controls build a new network, which
    is trained at once when Train was pressed before.

    Args:
        data: Images with classes, or rows of features with classes (without squeeze and excitation). None: the digits
            as images.
        **settings: Where the controls stand at first: ``kind`` ("squeeze_excitation", "highway", "early_exit"), the
            sizes ``filters``, ``ratio``, ``depth``, ``gate_bias``, ``exits``, ``layers_between``, ``units``, then
            ``learning_rate``, ``epochs``, ``seed``, and what is looked at: ``image``, ``threshold``, ``layer``.

    Raises:
        TypeError: If the data or a value is of another kind.
        ValueError: If a setting is unknown, its value not possible, or the data does not allow the kind.

    Example:
        >>> lab = tk.GateLab(kind="early_exit", exits=3)
        >>> lab.train().wait()
        >>> lab.set(threshold=0.95).wait().trade_off().shares[0]  # share of images leaving at each exit
        array([0.68, 0.16, 0.16])

    Reference:
        Hu, Shen & Sun (2018), https://arxiv.org/abs/1709.01507;
        Srivastava, Greff & Schmidhuber (2015), https://arxiv.org/abs/1505.00387;
        Teerapittayanon, McDanel & Kung (2016), https://arxiv.org/abs/1709.01686
    """

    session: GateSession

    def __init__(self, data: Dataset | None = None, **settings: Any) -> None:
        from tuningkit.datasets import load_digits

        data = checked(load_digits(images=True) if data is None else data)
        start = GateSettings().changed(**{"kind": possible_kinds(data)[0], **settings})
        self._data, self._rows = data, shown_rows(data)
        self._check(start)
        self._view = GateView(data, start)
        row = Naming.of(data).row
        self._controls = GateControls(start, possible_kinds(data), len(self._rows), row, self._moved)
        session = GateSession(data, start, on_update=self._update)
        buttons = self._buttons(
            session,
            "the network",
            parts.button(f"Next {row}", f"Look at the next validation {row}", self._next_image),
            parts.button(
                "Least sure image", "Look at the image that the network is least sure of", self._least_sure
            ),
        )
        super().__init__(session, [buttons, *self._controls.rows(), *self._view.widgets])
        session.refresh()

    def _check(self, settings: GateSettings) -> None:
        check_kind(settings.kind, self._data)
        if settings.image >= len(self._rows):
            raise ValueError(
                f"image must be the number of a validation image, 0 to {len(self._rows) - 1}. "
                f"Received: image={settings.image}"
            )

    # What the learner does

    def _moved(self, name: str, value: Any) -> None:
        self._take(self.session.settings.changed(**{name: value}))

    def _next_image(self) -> None:
        self.set(image=(self.session.settings.image + 1) % len(self._rows))

    def _least_sure(self) -> None:
        look = self.session.latest.present.look
        if look is not None:
            # The first exit tells easy from hard best; other networks have one answer only.
            self.set(image=int(look.reading.confidence[0].argmin()))

    def _take(self, settings: GateSettings) -> None:
        self._controls.show(settings)
        self._view.show(settings.kind)
        self.session.set(settings)

    # From Python

    def set(self, **settings: Any) -> GateLab:
        """Move controls from Python: ``lab.set(threshold=0.8, image=5)``.

        Raises:
            RuntimeError: If the lab is closed.
            TypeError: If a value is of another kind.
            ValueError: If a name or value is not possible; nothing is moved then.
        """
        self.session.check_open()
        wanted = self.session.settings.changed(**settings)
        if wanted.filters != self.session.settings.filters:
            raise ValueError(
                "filters is chosen when the lab is made, for example tk.GateLab(filters=(8, 16)). "
                f"Received: filters={settings['filters']!r}"
            )
        self._check(wanted)
        self._take(wanted)
        return self

    @property
    def settings(self) -> GateSettings:
        """Where the controls stand."""
        return self.session.settings

    @property
    def reading(self) -> GateReading:
        """Gates and answers of the network in front for all validation images, as last read.

        Raises:
            RuntimeError: If the network is not built yet; :meth:`wait` waits for it.
        """
        return self._look().reading

    @property
    def costs(self) -> ExitCosts:
        """What each exit costs in multiply-accumulates.

        Raises:
            RuntimeError: If the network is not built yet.
            ValueError: If it has no early exits.
        """
        costs = self._look().costs
        if costs is None:
            raise ValueError(
                f"A network with {self.settings.kind!r} has no early exits. lab.set(kind='early_exit') builds one."
            )
        return costs

    def trade_off(self) -> ExitTradeOff:
        """Shares, accuracy and computation at the present threshold, each with one row.

        Raises:
            RuntimeError: If the network is not built yet.
            ValueError: If it has no early exits.
        """
        _ = self.costs
        return self._look().at([self.settings.threshold])

    def _look(self) -> Any:
        look = self.session.latest.present.look
        if look is None:
            raise RuntimeError("The network is not built yet. lab.wait() waits for it.")
        return look

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        from tuningkit.labs.gate_lab_figure import gate_figure

        snapshot = self.session.latest
        return gate_figure(snapshot.present, snapshot.settings, self._data, self._rows)

    def __repr__(self) -> str:
        snapshot = self.session.latest
        said = findings(snapshot.present, snapshot.settings, self._view.naming)
        return f"GateLab, {self.settings.in_words()}. {said}"
