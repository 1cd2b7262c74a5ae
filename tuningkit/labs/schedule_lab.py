"""``tk.ScheduleLab``: learning-rate schedules, previewed and trained with, both while a slider moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.own_settings import Setting, own_settings
from tuningkit.labs.schedule_inputs import ScheduleInputs
from tuningkit.labs.schedule_kinds import KINDS, PARAMETERS, check_kind
from tuningkit.labs.schedule_session import ScheduleSession
from tuningkit.labs.schedule_snapshot import ScheduleSnapshot
from tuningkit.labs.schedule_view import ScheduleView
from tuningkit.training.memory import check_members

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run

#: Where the sliders stand at first.
_START = {
    "learning_rate": 0.01, "end": 0.0, "power": 1, "decay_epochs": None, "warmup_epochs": 3, "factor": 0.5,
    "every": 5, "halved_after": 5, "patience": 3,
}  # fmt: skip


class ScheduleLab(Lab):
    """Choose how the learning rate changes, see it before training, and see what it does to the loss.

    The upper chart shows the rate against the epoch as the schedule has it, at once at every move; the lower one
    the loss of a real network that is trained with it, from the same initial weights each time. Earlier runs stay
    behind as faint ghosts. With boxes ticked under "compare", several schedules are trained side by side, as
    members of one graph with the same batches. Moving a slider builds no new graph.

    Everything on the screen also works from Python: ``lab.kind = "cosine"``, ``lab.warmup_epochs = 2``,
    ``lab.compare = ["constant", "step"]``, ``lab.train()``, ``lab.wait()``, ``lab.runs``, ``lab.figure()``.

    Args:
        model: A built Keras model with one input and one output, compiled or not. It is copied, never changed.
        data: A :class:`tuningkit.Dataset`.
        kind: The schedule to begin with: "constant", "step", "exponential", "polynomial", "cosine",
            "warm-up cosine", "cosine restarts", "piecewise", "inverse time" or "plateau".
        compare: Further ones, to be trained beside it.
        epochs: Length of a run.
        seed: Number that determines initial weights, batch order and dropout.
        optimizer: Name of the optimiser. None: the one the model was compiled with, else "adam".
        batch_size: Rows per step.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        **numbers: Where the sliders begin: ``learning_rate``, ``end``, ``power``, ``decay_epochs``,
            ``warmup_epochs``, ``factor``, ``every``, ``halved_after``, ``patience``.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a value is out of range, a name unknown, or model and data do not fit together.

    Example:
        >>> lab = tk.ScheduleLab(model, digits, kind="cosine", compare=["constant"], learning_rate=0.02)
        >>> lab.train().wait()
        >>> [run.hyperparameters["kind"] for run in lab.runs]
        ['cosine', 'constant']
    """

    kind = Setting("The schedule in front.")
    compare = Setting("Schedules that are trained beside it.")
    learning_rate = Setting("The rate that a schedule goes by: where it starts, or what it warms up to.")
    end = Setting("The rate at the end of a polynomial or a cosine.")
    power = Setting("Power of a polynomial: 1 is a straight line.")
    decay_epochs = Setting("Epochs over which a polynomial or a cosine goes down; None: the whole run.")
    warmup_epochs = Setting("Epochs over which the rate rises before it goes down.")
    factor = Setting("What a step, an exponential or a plateau multiplies the rate by.")
    every = Setting("Epochs between two steps, or over which an exponential multiplies once.")
    halved_after = Setting("Epochs after which half of the rate is left, for inverse time.")
    patience = Setting("Epochs without a better validation loss that make a plateau.")
    epochs = Setting("Length of a run, in epochs.")
    seed = Setting("Number that determines initial weights, batch order and dropout.")

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        *,
        kind: str = "cosine",
        compare: Sequence[str] = (),
        epochs: int = 30,
        seed: int = 0,
        optimizer: str | None = None,
        batch_size: int = 32,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
        **numbers: float | None,
    ) -> None:
        own = own_settings(model, data, loss, metrics, optimizer)
        unknown = sorted(set(numbers) - set(PARAMETERS))
        if unknown:
            raise ValueError(
                f"ScheduleLab has no setting {unknown[0]!r}. A schedule's numbers are: {', '.join(PARAMETERS)}."
            )
        start = dict(_START)
        if own.compiled:
            start["learning_rate"] = own.values["learning_rate"]
        given = {"kind": kind, "compare": compare, "epochs": epochs, "seed": seed, **start, **numbers}
        settings = {name: check(name, value) for name, value in given.items()}
        optimizer = check_setting("optimizer", optimizer)
        settings |= {
            "optimizer": own.values["optimizer"] if optimizer is None else optimizer,
            "batch_size": check_setting("batch_size", batch_size),
        }
        check_members(model, len(KINDS), settings["batch_size"])
        self._own = own
        self._view = ScheduleView(own.loss_name)
        self._inputs = ScheduleInputs(settings, self._moved)
        session = ScheduleSession(
            model, data, settings, {"loss": loss, "metrics": metrics}, on_update=self._update
        )
        super().__init__(session, self._arrange(session))
        # No thread is at work yet; the schedule is seen before anything is trained.
        self._view.draw(session.snapshot(final=True))

    def _arrange(self, session: ScheduleSession) -> list[ipywidgets.Widget]:
        view = self._view
        actions = [
            ("Train", "Train to the end of the run", self.train),
            ("Pause", "Stop after this step; nothing is lost", session.pause),
            ("Step one epoch", "Train exactly one epoch", lambda: self.train(1)),
            ("Restart", "Back to the initial weights", self.restart),
            ("Clear", "Forget all earlier runs", session.clear),
        ]
        return [*self._inputs.rows(actions), view.schedule, view.status, view.chart, view.diagnosis]

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        """A control was moved by the learner."""
        if name == "kind":
            self._inputs.fit_kind(value)
        self.session.set(name, value, start=name not in ("epochs", "seed"))

    # The worker's door

    def _update(self, snapshot: ScheduleSnapshot) -> None:
        self._view.draw(snapshot)
        if self._ended(snapshot) and snapshot.runs:
            for run in snapshot.runs.values():
                self._tell(run)

    # From Python

    def get(self, name: str) -> Any:
        """The value a setting stands at; ``lab.get("factor")`` is ``lab.factor``."""
        return self.session.settings[name]

    def set(self, name: str, value: Any) -> ScheduleLab:
        """Move a setting; ``lab.set("factor", 0.5)`` is ``lab.factor = 0.5``.

        Returns:
            The lab, so that ``lab.set("factor", 0.5).train()`` reads well.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong type.
        """
        self.session.check_open()
        value = check(name, value)
        self._inputs.show(name, value)
        self.session.set(name, value)
        return self

    def train(self, epochs: int | None = None) -> ScheduleLab:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs. None: to the planned end; if a setting was changed since, or the run is
                finished, a new run begins.

        Raises:
            RuntimeError: If the lab is closed.
        """
        self.session.check_open()
        if epochs is not None:
            epochs = check_setting("epochs", epochs)
        self.session.train(epochs)
        return self

    def restart(self) -> ScheduleLab:
        """Go back to the initial weights; a lab that is training goes on from there."""
        self.session.check_open()
        self.session.restart()
        return self

    def clear(self) -> ScheduleLab:
        """Forget all earlier runs."""
        self.session.clear()
        return self

    @property
    def runs(self) -> list[Run]:
        """All runs, oldest first; of several schedules side by side, the one in front comes first."""
        return [run for record in self.session.records for run in record.runs.values()]

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        from tuningkit import plots
        from tuningkit.labs.schedule_kinds import preview

        session = self.session
        records = session.records
        if not records:
            settings, steps = dict(session.settings), session.steps_per_epoch
            previews = {kind: preview(kind, settings, steps) for kind in session.kinds()}
            if not previews:
                return static_picture.empty_figure("No run yet. Press Train, or call lab.train().")
            return plots.schedules(previews, loss_name=self._own.loss_name)
        last = records[-1]
        steps = session.steps_per_epoch
        rates = {
            kind: self._view.preview(kind, last.settings, steps, run.history["learning_rate"])
            for kind, run in last.runs.items()
        }
        losses = {kind: run.history["val_loss"] for kind, run in last.runs.items()}
        return plots.schedules(rates, losses, loss_name=self._own.loss_name, title=f"Run {last.number}")

    def __repr__(self) -> str:
        runs = self.runs
        words = f"{len(runs)} run{'s' if len(runs) != 1 else ''}" if runs else "no run yet"
        return f"ScheduleLab on {self._own.data_name}, {words}. Schedule: {', '.join(self.session.kinds())}."


def check(name: str, value: Any) -> Any:
    """Check one of the lab's settings.

    Raises:
        ValueError: If the name is unknown or the value not possible.
        TypeError: If the value is of the wrong type.
    """
    if name == "kind":
        return check_kind(value)
    if name == "compare":
        if isinstance(value, str):
            raise TypeError(f'compare must be a list of schedules, such as ["constant"]. Received: {value!r}')
        wanted = {check_kind(kind) for kind in value}
        return tuple(kind for kind in KINDS if kind in wanted)
    if name in PARAMETERS:
        return PARAMETERS[name].check(name, value)
    if name not in ("epochs", "seed"):
        known = ", ".join(("kind", "compare", "epochs", "seed", *PARAMETERS))
        raise ValueError(f"ScheduleLab has no setting {name!r}. It has: {known}.")
    return check_setting(name, value)
