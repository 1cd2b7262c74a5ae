"""``tk.PlaygroundLab``: a small network on points in a plane, every unit to be seen at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.main_loop import on_main_loop
from tuningkit.labs.own_settings import Setting, check_controls
from tuningkit.labs.playground_data import make_data
from tuningkit.labs.playground_figure import playground_figure
from tuningkit.labs.playground_inputs import CONTROLS, PlaygroundInputs
from tuningkit.labs.playground_line import SettingsLine
from tuningkit.labs.playground_session import PlaygroundSession
from tuningkit.labs.playground_settings import OWN_DATA, OWN_DEFAULTS, check_any, from_line, to_line
from tuningkit.labs.playground_start import refuse_dropout, start
from tuningkit.labs.playground_views import PlaygroundView
from tuningkit.labs.tuning_inputs import HIDDEN_AT_FIRST
from tuningkit.labs.tuning_lab import MID_RUN, TuningLab

if TYPE_CHECKING:
    import ipywidgets
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.labs.snapshot import Snapshot


class PlaygroundLab(TuningLab):
    """A small network on points in a plane: see what every unit answers, and every weight, while it learns.

    Data, inputs and layers can be moved: the picture shows the new points and the new, untrained network at once, and
    what was training goes on from there. Learning rate, dropout, L1 and L2 move while it trains, without a new start.
    Everything that a TuningLab has is there as well: optimisers, seeds, the table of runs. The network is an ordinary
    Keras model.

    Args:
        data: "circles", "moons", "spirals", "xor", "blobs" (classes), "plane", "bumps" (regression), or a
            :class:`tuningkit.Dataset` of your own with two inputs.
        noise: How noisy the points are, from 0 to 0.5.
        train_share: Share of the points that training, from 0.1 to 0.9; the others are for validation.
        data_seed: Number that determines the points.
        features: What the network is given: "x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)".
        hidden: Units of each hidden layer, at most six layers of 1 to 8 units; () is a network without one.
        activation: Activation of the hidden layers, such as "tanh" or "relu".
        learning_rate: As for :class:`TuningLab`.
        dropout: Rate behind every hidden layer.
        l1, l2, optimizer: As for :class:`TuningLab`.
        schedule: How the learning rate falls over the run, a kind of :class:`ScheduleLab`: "constant", "step",
            "piecewise", "cosine" and others.
        batch_size, epochs, seed: As for :class:`TuningLab`.
        repeats: As for :class:`TuningLab`; the network of the first seed is drawn.
        mode: As for :class:`TuningLab`, but "mid-run" at first.
        show_validation, discretize: Whether validation points are drawn; whether pictures show class or sign alone.
        controls: Names of the controls to show; None shows all but those of single optimisers.

    Raises:
        TypeError: If a value is of another kind.
        ValueError: If a value is not possible; the message says what was received and what would be right.

    Example:
        >>> lab = tk.PlaygroundLab("spirals", hidden=(8, 8), learning_rate=0.01)
        >>> lab.train().wait()
        >>> lab.set("features", ["x1", "x2", "sin(x1)", "sin(x2)"]).train().wait()
        >>> line = lab.link()
        >>> again = tk.PlaygroundLab.from_settings(line)

    Reference:
        Smilkov, Carter, Sculley, Viegas & Wattenberg (2017), Direct-manipulation visualization of deep networks,
        https://arxiv.org/abs/1708.03788
    """

    data = Setting('Name of the data set; "own" for the one you brought.')
    noise = Setting("How noisy the points are, from 0 to 0.5.")
    train_share = Setting("Share of the points to train on, from 0.1 to 0.9.")
    data_seed = Setting("Number that determines the points.")
    features = Setting("What the network is given, by name.")
    hidden = Setting("Units of each hidden layer.")
    activation = Setting("Activation of the hidden layers.")
    schedule = Setting("How the learning rate falls over the run.")
    show_validation = Setting("Whether the validation points are drawn.")
    discretize = Setting("Whether pictures show the class, or the sign, alone.")

    def __init__(
        self,
        data: str | Dataset = "circles",
        *,
        noise: float = 0.1,
        train_share: float = 0.5,
        data_seed: int = 0,
        features: Sequence[str] = ("x1", "x2"),
        hidden: Sequence[int] = (4, 2),
        activation: str = "tanh",
        learning_rate: float = 0.01,
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "adam",
        schedule: str = "constant",
        batch_size: int = 10,
        epochs: int = 300,
        seed: int = 0,
        repeats: int = 1,
        mode: str = MID_RUN,
        show_validation: bool = True,
        discretize: bool = False,
        controls: Sequence[str] | None = None,
    ) -> None:
        given = {
            "noise": noise, "train_share": train_share, "data_seed": data_seed, "features": features,
            "hidden": hidden, "activation": activation, "learning_rate": learning_rate, "dropout": dropout,
            "l1": l1, "l2": l2, "optimizer": optimizer, "schedule": schedule, "batch_size": batch_size,
            "epochs": epochs, "seed": seed, "repeats": repeats, "mode": mode,
            "show_validation": show_validation, "discretize": discretize,
        }  # fmt: skip
        self._begin = begin = start(data, given)
        self._own, settings = begin.own, begin.settings
        shown = check_controls(controls, CONTROLS, HIDDEN_AT_FIRST)
        problem = begin.problem(settings["data"])
        self._view = PlaygroundView(begin.problems, problem, settings["epochs"])  # type: ignore[assignment]
        name = f"own: {begin.brought.name}" if begin.brought is not None else ""
        self._inputs = PlaygroundInputs(settings, self._own, shown, self._moved, name)
        self._line = SettingsLine(self.load)
        session = PlaygroundSession(settings, begin.brought, self._update)
        Lab.__init__(self, session, self._arrange(session, shown))
        for table in self._view.tables:
            table.observe(lambda _: session.refresh(), "selected_id")
        self._write_line()
        # The picture shows the points and the untrained network.
        session.restart()

    def _arrange(self, session: PlaygroundSession, shown: list[str]) -> list[ipywidgets.Widget]:
        actions = [
            ("Train", "Train to the end of the run", self.train),
            ("Pause", "Stop after this step; nothing is lost", session.pause),
            ("Step one epoch", "Train exactly one epoch", lambda: self.train(1)),
            ("Reset", "Back to the initial weights", self.restart),
            ("New points", "Draw other points of the same shape", self._draw_points),
            ("Pin run", "Keep the run in front in the picture, or no longer", self.pin),
            ("Clear", "Forget all earlier runs that are not pinned", session.clear),
        ]
        rows = [*self._inputs.rows(actions), *self._view.parts(table="table" in shown)]
        return [*rows, *self._line.widgets] if "settings" in shown else rows

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        super()._moved(name, value)
        self._follow(name)

    def _draw_points(self) -> None:
        if self.session.settings["data"] != OWN_DATA:
            self._moved("data_seed", (self.session.settings["data_seed"] + 1) % 2**31)

    def _follow(self, name: str) -> None:
        """What else a move brings with it."""
        settings = self.session.settings
        if name == "hidden" and not settings["hidden"] and settings["dropout"]:
            self.session.set("dropout", 0.0)
            self._inputs.show("dropout", 0.0)
        if name in ("data", "hidden"):
            self._inputs.fit(settings)
        if name == "data":
            self._view.show(self._begin.problem(settings["data"]))
        self._write_line()

    def _write_line(self) -> None:
        if not self.session.worker.stopped:
            self._line.show(self.link())

    # The worker's door

    def _update(self, snapshot: Snapshot) -> None:
        super()._update(snapshot)
        if snapshot.final:
            on_main_loop(self._write_line)

    # From Python

    @property
    def dataset(self) -> Dataset:
        """The data that the settings ask for."""
        return make_data(dict(self.session.settings), self._begin.brought)

    def model(self, number: int | None = None) -> keras.Model:
        """The network as an ordinary Keras model, to take home.

        Args:
            number: A run's number in the table: that run's network with its trained weights. None: the network at the
                present settings, not trained.

        Raises:
            ValueError: If there is no such run, or its weights were let go because memory is short.
        """
        from tuningkit.labs.playground_network import network_for

        if number is None:
            return network_for(self.session.settings, self.dataset)
        record = next((one for one in self.session.records if one.number == number), None)
        if record is None or not record.run.weights:
            raise ValueError(f"There is no run {number!r} with its weights. Pin a run to keep its weights.")
        settings = self.session.settings_of[number]
        return network_for(settings, make_data(settings, self._begin.brought), record.run.weights)

    def set(self, name: str, value: Any) -> PlaygroundLab:
        """Move a setting; ``lab.set("hidden", (8, 8))`` is ``lab.hidden = (8, 8)``, and returns the lab.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong type.
        """
        self.move(name, check_any(name, value, own_data=self._begin.brought is not None))
        return self

    def move(self, name: str, value: Any) -> None:
        """Set one of the lab's settings, already checked, and show it on its control."""
        if name == "dropout":
            refuse_dropout({**self.session.settings, "dropout": value})
        super().move(name, value)
        self._follow(name)

    def link(self) -> str:
        """All settings in one line; :meth:`from_settings` makes the same lab of it, :meth:`load` takes it over.

        The same line gives the same points, the same network and the same run, bit for bit. Moves in the middle of
        the present run are part of it, and are made again at the same steps.

        Example:
            >>> lab.link()
            'data=spirals&noise=0.1&train_share=0.5&data_seed=0&features=x1,x2&hidden=8,8&activation=tanh&...'
        """
        return to_line(*self.session.story())

    def load(self, settings: str) -> PlaygroundLab:
        """Take over a line that :meth:`link` wrote, such as ``"data=spirals&hidden=8,8"``; what it leaves out stays.

        Raises:
            ValueError: If the line is damaged, or holds what is not possible. Nothing is changed then.
        """
        values, changes = from_line(settings, own_data=self._begin.brought is not None)
        self.session.check_open()
        wanted = {**self.session.settings, **values}
        if settings.strip():
            # A momentum that the line does not name is the optimiser's own.
            gone = [name for name in HIDDEN_AT_FIRST if wanted.get(name) is not None and name not in values]
            values |= dict.fromkeys(gone)
        refuse_dropout(wanted)
        for name, value in values.items():
            self._own.refuse(name, value, wanted["optimizer"])
        self._look_at_present()
        self.session.set_all(values, changes)
        for name, value in values.items():
            self._inputs.show(name, value)
        self._inputs.fit_optimizer(wanted["optimizer"])
        self._follow("data")
        return self

    @classmethod
    def from_settings(  # type: ignore[override]
        cls, settings: str, data: Dataset | None = None, **arguments: Any
    ) -> PlaygroundLab:
        """Make a lab from what :meth:`link` wrote.

        Args:
            settings: A line such as ``"data=spirals&hidden=8,8"``.
            data: The data set of your own that the line was written with, if it was.
            **arguments: Further arguments of the class.

        Raises:
            ValueError: If the line is damaged, or holds a name or value that is not possible.
        """
        values, changes = from_line(settings, own_data=data is not None)
        name = values.pop("data", OWN_DATA if data is not None else OWN_DEFAULTS["data"])
        extra = {key: values.pop(key) for key in HIDDEN_AT_FIRST if key in values}
        lab = cls(name if data is None else data, **{**values, **arguments})
        lab.load(to_line({"data": name, **extra}, changes))
        return lab

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        records = [one for one in self.session.records if self._view.metric in one.run.history]
        if not records or not records[-1].run.weights:
            return static_picture.runs_figure(records, self._view.panels)
        from tuningkit.labs.playground_network import network_for

        # Of this very record: while a run goes on, the next one has no weights to take home yet.
        settings = self.session.settings_of[records[-1].number]
        data = make_data(settings, self._begin.brought)
        model = network_for(settings, data, records[-1].run.weights)
        return playground_figure(records, self._view.panels, model, data)

    def __repr__(self) -> str:
        records = self.session.records
        runs = f"{len(records)} run{'s' if len(records) != 1 else ''}" if records else "no run yet"
        return f"PlaygroundLab, {runs}. Settings: {self.link()}"
