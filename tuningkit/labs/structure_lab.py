"""What the labs that build their own network offer on the screen and in Python: train, runs, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import ipywidgets

from tuningkit.labs import controls as parts
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.structure_session import StructureSession, StructureSnapshot

if TYPE_CHECKING:
    from tuningkit.training.run import Run


class StructureLab(Lab):
    """A lab whose controls say what network is built; one trained before makes room and is kept.

    A subclass has a ``_view`` that draws snapshots.

    Attributes:
        session: What builds and trains.
    """

    session: StructureSession
    _view: Any

    def train(self, epochs: int | None = None) -> Self:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs. None: to the planned end, or as much again.

        Returns:
            The lab, so that ``lab.train(20).wait()`` reads well.

        Raises:
            RuntimeError: If the lab is closed.
        """
        from tuningkit.training.hyperparameters import check_value

        self.session.check_open()
        if epochs is not None:
            epochs = check_value("epochs", epochs)
        self._look_at_present()
        self.session.train(epochs)
        return self

    @property
    def runs(self) -> list[Run]:
        """All runs, oldest first; ``run.hyperparameters`` says as well which network was built."""
        return [run for experiment in self.session.experiments for run in experiment.runs]

    def _look_at_present(self) -> None:
        """An earlier run picked in the table, if there is one to pick from, makes room for the one to come."""

    def _buttons(
        self, session: StructureSession, network: str, *more: ipywidgets.Widget
    ) -> ipywidgets.Widget:
        """Train, Pause, and what else there is to press.

        Args:
            session: The lab's session, which the lab does not know yet while it is being made.
            network: What is trained: "the network".
            more: Other buttons.
        """
        train = parts.button("Train", f"Train {network} to the planned end", self.train, primary=True)
        pause = parts.button("Pause", "Stop after this step; nothing is lost", session.pause)
        return parts.button_row([train, pause, *more])

    def _update(self, snapshot: StructureSnapshot) -> None:
        """The worker's door."""
        self._view.draw(snapshot)
        if self._ended(snapshot):
            self._tell(self.runs)
