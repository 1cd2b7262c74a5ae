"""What a lab with runs offers in Python: train, begin again, keep, forget, look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.session import TuningSession
from tuningkit.labs.tuning_view import TuningView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.training.run import Run


class RunsLab(Lab):
    """A lab that trains one run after the other and shows them in a chart and a table.

    Attributes:
        session: What trains.
    """

    session: TuningSession
    _view: TuningView

    def train(self, epochs: int | None = None) -> Self:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs. None: to the planned end of the run. If a setting was changed since,
                in mode "new run" a new run begins.

        Returns:
            The lab, so that ``lab.train(20).wait()`` reads well.

        Raises:
            RuntimeError: If the lab is closed.
        """
        self.session.check_open()
        if epochs is not None:
            epochs = check_setting("epochs", epochs)
        self._look_at_present()
        self.session.train(epochs)
        return self

    def restart(self) -> Self:
        """Go back to the initial weights; a lab that is training goes on from there."""
        self.session.check_open()
        self._look_at_present()
        self.session.restart()
        return self

    def pin(self, number: int | None = None) -> Self:
        """Keep a run in the picture whatever comes after, or no longer.

        Args:
            number: The run's number in the table. None: the run picked there, else the latest one.

        Raises:
            ValueError: If there is no such run.
        """
        numbers = [record.number for record in self.session.records]
        if number is None:
            picked = self._view.table.selected_id
            number = picked if picked is not None else (numbers[-1] if numbers else None)
        elif number not in numbers:
            known = ", ".join(map(str, numbers)) or "none yet"
            raise ValueError(f"There is no run {number!r}. The runs in the table: {known}.")
        if number is not None:
            self.session.pin(number)
        return self

    def clear(self) -> Self:
        """Forget all earlier runs that are not pinned."""
        self.session.clear()
        return self

    @property
    def runs(self) -> list[Run]:
        """All runs, oldest first; with repeats, each is the mean over its seeds."""
        return [record.run for record in self.session.records]

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return static_picture.runs_figure(self.session.records, self._view.panels)

    def _look_at_present(self) -> None:
        """An earlier run picked in the table makes room for the one that is to come."""
        self._view.table.selected_id = None
