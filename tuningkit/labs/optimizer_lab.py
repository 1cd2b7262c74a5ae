"""``tk.OptimizerLab``: real Keras optimisers on their way downhill, while sliders move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.labs import controls as parts
from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.main_loop import on_main_loop
from tuningkit.labs.optimizer_figure import optimizer_figure
from tuningkit.labs.optimizer_inputs import OptimizerInputs
from tuningkit.labs.optimizer_session import OptimizerSession, OptimizerSnapshot, surface_settings
from tuningkit.labs.optimizer_view import OptimizerView
from tuningkit.labs.own_settings import Setting
from tuningkit.optimizers.path_settings import (
    PathSettings,
    check_belongs,
    check_path_optimizers,
    setting_names,
)
from tuningkit.optimizers.surfaces import Surface, get_surface
from tuningkit.training.hyperparameters import check_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.optimizers.path_record import Paths


class OptimizerLab(Lab):
    """Watch Keras optimisers walk downhill on a loss surface over two weights.

    Every path is made by the real Keras optimiser. Moving a slider or dragging the start draws all paths anew,
    without a new graph. On quadratic surfaces the lab says which learning rates are too large.

    Everything on the screen also works from Python: ``lab.learning_rate = 0.1``, ``lab.start = (1, 1)``,
    ``lab.surface = "beale"``, ``lab.optimizers = ["sgd", "adam"]``, ``lab.wait()``, ``lab.paths``, ``lab.figure()``.

    Args:
        surface: A name ("bowl", "ravine", "tilted ravine", "saddle", "rosenbrock", "beale", "himmelblau",
            "noisy bowl"), a :class:`tuningkit.optimizers.Surface`, or a function of x and y written with
            ``keras.ops``. What is wrong with a function is shown in the lab.
        optimizers: Names of those to show: "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam",
            "adamw", "nadam", "lion".
        own_rates: Whether each goes at its own best learning rate, of 25 that are tried.
        **settings: Where the sliders begin: ``start``, ``steps``, ``learning_rate``, ``condition``, ``noise``,
            ``momentum``, ``rho``, ``beta_1``, ``beta_2``, ``weight_decay``, ``seed``.

    Raises:
        TypeError: If a value is of the wrong kind.
        ValueError: If a name is unknown or a value out of range.

    Example:
        >>> lab = tk.OptimizerLab("ravine", ["sgd", "momentum"], learning_rate=0.05)
        >>> lab.wait().paths["sgd"].loss[-1]
    """

    surface = Setting("The surface: a name, a Surface, or a function of x and y.")
    optimizers = Setting("Names of the optimisers that are shown.")
    own_rates = Setting("Whether each optimiser goes at its own best learning rate.")
    start = Setting("Where every path begins, (x, y).")
    steps = Setting("Length of the paths.")
    learning_rate = Setting("Learning rate of all optimisers.")
    condition = Setting("Condition number of a ravine.")
    noise = Setting("Standard deviation of the noise in the gradient.")
    momentum = Setting("Momentum of momentum and Nesterov; None: 0.9.")
    rho = Setting("Rho of Adadelta and RMSprop; None: Keras's own.")
    beta_1 = Setting("Beta 1 of Adam and its kin; None: Keras's own.")
    beta_2 = Setting("Beta 2 of Adam and its kin; None: Keras's own.")
    weight_decay = Setting("Weight decay of AdamW; None: Keras's own.")
    seed = Setting("Seed of the noise.")

    def __init__(
        self,
        surface: str | Surface | Callable[[Any, Any], Any] = "ravine",
        optimizers: str | Sequence[str] = ("sgd", "momentum", "rmsprop", "adam"),
        *,
        own_rates: bool = False,
        **settings: Any,
    ) -> None:
        names = check_path_optimizers(optimizers)
        own_function = None
        if not isinstance(surface, (str, Surface)) and callable(surface):
            own_function, surface = surface, "bowl"
        at = _named(surface)
        for name, value in settings.items():
            check_name(name, setting_names())
            if value is not None:
                check_belongs(name, names)
        begin = (
            dict.fromkeys(setting_names()) | {"steps": 300, "seed": 0, "momentum": 0.9} | surface_settings(at)
        )
        begin |= {name: value for name, value in settings.items() if value is not None}
        begin |= {"optimizers": tuple(names), "own_rates": _check_bool(own_rates)}
        _check(begin)
        # The bowl only stands in until a learner's own function has been tried; what was asked for comes again then.
        self._asked = {name: begin[name] for name in ("start", "learning_rate", "noise") if name in settings}
        self._inputs = OptimizerInputs(begin, self._moved)
        self._view = OptimizerView()
        session = OptimizerSession(begin, self._update, self._new_surface)
        again = parts.button(
            "Back to the start", "Put the start back to where the surface has it", self.reset
        )
        view = self._view
        pictures = parts.columns([view.map, view.chart], 400)
        rows = self._inputs.rows([again])
        super().__init__(session, [*rows, view.status, pictures, view.limits, view.endings])
        view.map.observe(lambda change: self._moved("start", change["new"]), "start")
        if own_function is None:
            session.again()
        else:
            session.try_surface(own_function)

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        """A control was moved by the learner."""
        changed = surface_settings(value) if name == "surface" else {name: value}
        if name == "surface":
            self._show(changed)
        self.session.set(**changed)
        if name in ("surface", "optimizers", "own_rates"):
            self._inputs.fit(self.session.settings)

    def _show(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            self._inputs.show(name, value)

    # The worker's door

    def _update(self, snapshot: OptimizerSnapshot) -> None:
        self._view.draw(snapshot)
        if self._ended(snapshot) and snapshot.paths is not None:
            self._tell(snapshot.paths)

    def _new_surface(self, surface: Surface) -> None:
        """A learner's own surface works: the controls follow, where controls are written to."""
        values, self._asked = self._asked, {}
        self.session.settings.update(values)
        settings = dict(self.session.settings)

        def follow() -> None:
            self._show({**surface_settings(surface), **values})
            self._inputs.fit(settings)

        on_main_loop(follow)

    # From Python

    def get(self, name: str) -> Any:
        """The value a setting stands at; ``lab.get("steps")`` is ``lab.steps``."""
        value = self.session.settings[name]
        return value.name if name == "surface" else value

    def set(self, name: str, value: Any) -> OptimizerLab:
        """Move a setting; ``lab.set("steps", 100)`` is ``lab.steps = 100``.

        A function given as ``surface`` is tried in the background; what is wrong with it is shown in the lab and
        raised by :meth:`wait`, and the paths before it stay.

        Raises:
            ValueError: If the name is unknown or the value not possible.
            TypeError: If the value is of the wrong kind.
        """
        self.session.check_open()
        known = ["surface", "optimizers", "own_rates", *setting_names()]
        check_name(name, known)
        if name == "surface":
            if callable(value) and not isinstance(value, (str, Surface)):
                self.session.try_surface(value)
                return self
            changed = surface_settings(_named(value))
        elif name == "optimizers":
            changed = {"optimizers": tuple(check_path_optimizers(value))}
        elif name == "own_rates":
            changed = {"own_rates": _check_bool(value)}
        else:
            if value is not None:
                check_belongs(name, self.session.settings["optimizers"])
            changed = {name: value}
        _check({**self.session.settings, **changed})
        if name == "start":
            changed["start"] = tuple(float(v) for v in value)
        self._show(changed)
        self.session.set(**changed)
        self._inputs.fit(self.session.settings)
        return self

    def train(self) -> OptimizerLab:
        """Work the paths out once more; the call returns at once."""
        self.session.check_open()
        self.session.again()
        return self

    def reset(self) -> OptimizerLab:
        """Put the start back to where the surface has it."""
        return self.set("start", self.session.settings["surface"].start)

    @property
    def paths(self) -> Paths | None:
        """The paths on the screen, as plain numbers; None before the first ones. ``lab.wait().paths`` waits."""
        return self.session.paths

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets. Waits for the paths."""
        self.session.worker.wait(60)
        return self._figure()

    def _figure(self) -> Figure:
        paths = self.paths
        if paths is None or not len(paths):
            return static_picture.empty_figure("No paths yet. lab.wait() waits for them.")
        return optimizer_figure(paths, self._view.losses(paths))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        # A cell that shows a lab must not wait for the first graph.
        live = super(Lab, self)._repr_mimebundle_(**kwargs)
        return static_picture.mime_bundle(live, self._figure(), repr(self))

    def __repr__(self) -> str:
        paths = self.paths
        if paths is None:
            return f"OptimizerLab on {self.get('surface')}: no paths yet."
        return f"OptimizerLab. {paths!r}"


def _named(surface: Any) -> Surface:
    if isinstance(surface, Surface):
        return surface
    if isinstance(surface, str):
        return get_surface(surface)
    raise TypeError(
        f"surface must be a name, a Surface or a function of x and y. Received: {type(surface).__name__}"
    )


def _check_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"own_rates must be True or False. Received: {value!r}")
    return value


def _check(settings: dict[str, Any]) -> None:
    if isinstance(settings["learning_rate"], Mapping):
        raise TypeError(
            "The lab has one learning rate for all, or own_rates=True; tk.optimizers.descend takes one for each."
        )
    PathSettings(**{name: settings[name] for name in setting_names()})
