"""``tk.SearchLab``: search methods race on a landscape of real trainings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_lab import Lab
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.own_settings import own_settings
from tuningkit.labs.search_controls import SearchControls
from tuningkit.labs.search_figure import search_figure
from tuningkit.labs.search_session import SearchSession
from tuningkit.labs.search_snapshot import RaceSettings, SearchSnapshot
from tuningkit.labs.search_view import SearchView
from tuningkit.search.landscape import Landscape
from tuningkit.search.landscape_training import EPOCHS, landscape_values
from tuningkit.search.race import METHOD_LABELS, check_budget, check_methods, check_steering
from tuningkit.search.race_spread import SEEDS, RaceSpread
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.search.trials import Trials


class SearchLab(Lab):
    """Grid, random, Bayesian, TPE and successive halving race on a landscape of networks that were really trained.

    The landscape over two hyperparameters is computed once, by one sweep, and kept on disk. Then every method
    searches it with the same budget, counted in epochs of training, and says why it looks where it looks.

    Args:
        model: A built Keras model. It is copied, never changed.
        data: A :class:`tuningkit.Dataset`.
        *names: Two of ``learning_rate``, ``dropout``, ``l1``, ``l2``; the first is the x axis. Left out:
            learning rate and L2.
        values: Values by name; left out, 24 of the first and 16 of the second.
        methods: Some of "grid", "random", "bayesian", "tpe", "halving"; None for all.
        epochs: Length of every training of the landscape.
        budget: Epochs each method may spend; None: 27 full trainings.
        seed: Seed of the race.
        training_seeds: How many seeds each cell of the landscape is trained with, 1 to 5; their mean counts.
        objective: ``val_loss`` or a validation metric such as ``val_accuracy``.
        irrelevant: Whether to add a hyperparameter that changes nothing.
        acquisition: What the Bayesian method goes by: "ei", expected improvement, or "lcb", the lower confidence
            bound.
        exploration: Its parameter; None: 0.01 standard deviations for "ei", 2 for "lcb".
        optimizer: As in :func:`tuningkit.train`.
        batch_size: Rows per step.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        **fixed: Values shared by all cells, such as ``dropout=0.2``.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a name or value is wrong, or if the members would not fit into memory.

    Example:
        >>> lab = tk.SearchLab(model, digits, "learning_rate", "l2", seed=1)
        >>> lab.run().wait()
        >>> lab.trials["random"].best.configuration
        {'learning_rate': 0.0223, 'l2': 2.51e-06}
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        *names: str,
        values: Mapping[str, Sequence[float]] | None = None,
        methods: Sequence[str] | None = None,
        epochs: int = EPOCHS,
        budget: int | None = None,
        seed: int = 0,
        training_seeds: int = 1,
        objective: str = "val_loss",
        irrelevant: bool = False,
        acquisition: str = "ei",
        exploration: float | None = None,
        optimizer: str | None = None,
        batch_size: int = 32,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
        **fixed: float | None,
    ) -> None:
        own = own_settings(model, data, loss, metrics, optimizer)
        listed = landscape_values(names or ("learning_rate", "l2"), values)
        for name in listed:
            if own.nothing_for.get(name):
                raise ValueError(f"{own.nothing_for[name]} So {name} cannot be searched.")
        for name in fixed:
            table.check_name(name, (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS))
            if name in listed:
                raise ValueError(
                    f"{name} is searched, so it cannot have a fixed value. Received: {fixed[name]!r}"
                )
        fixed = {name: value for name, value in table.check_all(fixed).items() if value is not None}
        optimizer = check_setting("optimizer", optimizer)
        for name, value in fixed.items():
            own.refuse(name, value, optimizer or own.values["optimizer"])
        if not isinstance(training_seeds, int) or not 1 <= training_seeds <= 5:
            raise ValueError(
                f"training_seeds must be a whole number from 1 to 5. Received: training_seeds={training_seeds!r}"
            )
        possible = ["val_loss", *([f"val_{own.metric}"] if own.metric != "loss" else [])]
        if metrics is None and objective not in possible:
            raise ValueError(f"objective must be {' or '.join(possible)}. Received: objective={objective!r}")
        epochs = check_setting("epochs", epochs)
        chosen = tuple(check_methods(methods))
        settings = RaceSettings(
            chosen,
            check_setting("seed", seed),
            bool(irrelevant),
            acquisition,
            exploration,
            check_budget(budget, epochs),
        )
        arguments = {
            "epochs": epochs,
            "seeds": list(range(training_seeds)),
            "objective": objective,
            "optimizer": optimizer,
            "batch_size": check_setting("batch_size", batch_size),
            "loss": loss,
            "metrics": metrics,
            **fixed,
        }
        check_steering(acquisition, exploration)
        session = SearchSession(
            model, data, listed, arguments=arguments, settings=settings, on_update=self._update
        )
        self._view = SearchView(
            listed, objective=objective, front="bayesian" if "bayesian" in chosen else chosen[0]
        )
        self._controls = SearchControls(session, self._view)
        super().__init__(session, self._controls.arrange())

    # The worker's door

    def _update(self, snapshot: SearchSnapshot) -> None:
        self._view.draw(snapshot)
        if self._ended(snapshot):
            self._tell(self.trials)

    # From Python

    def compute(self) -> SearchLab:
        """Compute the landscape in the background, or read it from the cache; the call returns at once."""
        self.session.check_open()
        self.session.compute()
        return self

    def step(self, count: int = 1) -> SearchLab:
        """Let every method spend ``count`` more trainings' worth of epochs.

        Args:
            count: How many.
        """
        self.session.check_open()
        self.session.step(table.HYPERPARAMETERS["epochs"].check(count))
        return self

    def run(self) -> SearchLab:
        """Race to the end of the budget, without pauses; the call returns at once."""
        self.session.check_open()
        self.session.play(at_once=True)
        return self

    def reset(self) -> SearchLab:
        """Begin the race anew; the landscape stays."""
        self.session.check_open()
        self.session.reset()
        return self

    def race_seeds(self, seeds: int = SEEDS) -> SearchLab:
        """Run the race with the seeds 0, 1, 2, ... in the background; :attr:`spread` holds the result.

        Args:
            seeds: How many seeds.
        """
        self.session.check_open()
        self.session.race_seeds(table.HYPERPARAMETERS["epochs"].check(seeds))
        return self

    def set(
        self,
        *,
        methods: Sequence[str] | None = None,
        seed: int | None = None,
        irrelevant: bool | None = None,
        acquisition: str | None = None,
        exploration: float | None = None,
        show_landscape: bool | None = None,
        front: str | None = None,
    ) -> SearchLab:
        """Move the controls from Python; what is left out stays. A new seed or dimension begins the race anew.

        Args:
            methods: The methods that race.
            seed: Seed of the race.
            irrelevant: Whether there is a hyperparameter that changes nothing.
            acquisition: "ei" or "lcb".
            exploration: The acquisition's parameter.
            show_landscape: Whether cells that no method has looked at are shown.
            front: The method whose points are numbered.

        Raises:
            ValueError: If a value is not possible.
        """
        self.session.check_open()
        changes: dict[str, Any] = {
            "irrelevant": irrelevant,
            "acquisition": acquisition,
            "exploration": exploration,
        }
        changes["methods"] = None if methods is None else tuple(check_methods(methods))
        changes["seed"] = None if seed is None else check_setting("seed", seed)
        if front is not None:
            check_methods([front])
        self._controls.show({name: value for name, value in changes.items() if value is not None})
        self._controls.show_view(show_landscape=show_landscape, front=front)
        return self

    @property
    def landscape(self) -> Landscape | None:
        """The landscape; None before it is computed."""
        return self.session.landscape

    @property
    def trials(self) -> dict[str, Trials]:
        """Each racing method's trials; empty before the first step."""
        race = self.session.race
        if race is None:
            return {}
        return {name: trials for name, trials in race.trials.items() if name in self.session.settings.methods}

    @property
    def reasons(self) -> dict[str, str]:
        """Each method's reason for its next look; methods whose budget is spent are left out."""
        coming = self.session.latest.coming
        return {name: proposal.reason for name, proposal in coming.items() if proposal is not None}

    @property
    def spread(self) -> RaceSpread | None:
        """The race over many seeds with the present settings; None if it was not run."""
        return self.session.latest.spread

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return search_figure(self.session.latest)

    def __repr__(self) -> str:
        names = " and ".join(self.session.values)
        race = self.session.race
        if race is None or not any(race.looks.values()):
            return f"SearchLab over {names}: nothing searched yet."
        lines = [f"SearchLab over {names}, {race.budget} epochs for each method"]
        for name, trials in self.trials.items():
            scored = any(trial.scored for trial in trials)
            best = f"best {trials.best.objective:.4g}" if scored else "nothing found yet"
            lines.append(
                f"  {METHOD_LABELS[name]}: {len(trials)} configurations, {trials.epochs:.0f} epochs, {best}"
            )
        return "\n".join(lines)
