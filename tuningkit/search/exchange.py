"""How trials come from and go to other tools; the work is done in `tuningkit.tools`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tuningkit.training.exchange import JsonExchange

if TYPE_CHECKING:
    import hyperopt
    import keras_tuner
    import pandas


class TrialsExchange(JsonExchange):
    """Doors of a table of trials to KerasTuner, Hyperopt, scikit-learn, TensorBoard, pandas and JSON."""

    # KerasTuner

    @classmethod
    def from_keras_tuner(cls, source: keras_tuner.Tuner | str | Path) -> Self:
        """Read the trials of a tuner of KerasTuner, or of its project folder (``directory/project_name``).

        Each of its trials is a row; Hyperband counts every round of a configuration as a trial of its own.

        Args:
            source: The tuner, or the folder.

        Raises:
            FileNotFoundError: If the folder is no project of KerasTuner.
        """
        from tuningkit.tools.keras_tuner_projects import read_project

        return read_project(source)

    def to_keras_tuner(self, directory: str | Path, project_name: str = "search") -> Path:
        """Write a project folder of KerasTuner, which its tuners go on from with ``overwrite=False``.

        Args:
            directory: As a tuner's ``directory``.
            project_name: As a tuner's ``project_name``.

        Returns:
            The project folder.

        Raises:
            ValueError: If the trials do not say what was searched (``space``).
            FileExistsError: If there is a project already.
        """
        from tuningkit.tools.keras_tuner_projects import write_project

        return write_project(self, directory, project_name)

    # Hyperopt

    @classmethod
    def from_hyperopt(
        cls, source: hyperopt.Trials, space: Any, *, objective: str = "loss", direction: str = "min"
    ) -> Self:
        """Read a ``hyperopt.Trials``.

        Args:
            source: What ``fmin(..., trials=source)`` filled.
            space: What was searched: Hyperopt's space, conditional or not, or a space of ``tk.search``. Hyperopt
                notes choices only by their place.
            objective: What its loss is; with ``direction="max"`` its loss is minus that.
            direction: "min" or "max".
        """
        from tuningkit.tools.hyperopt_trials import read_trials

        return read_trials(source, space, objective=objective, direction=direction)

    def to_hyperopt(self) -> hyperopt.Trials:
        """The trials as a ``hyperopt.Trials``, which ``fmin(..., trials=...)`` goes on from.

        Its space is ``tk.search.to_hyperopt(trials.space)``.

        Raises:
            ValueError: If the trials do not say what was searched (``space``).
        """
        from tuningkit.tools.hyperopt_trials import write_trials

        return write_trials(self)

    # scikit-learn

    @classmethod
    def from_scikit_learn(cls, source: Any, *, objective: str = "score", direction: str = "max") -> Self:
        """Read a fitted search of scikit-learn, or a ``cv_results_`` alone.

        Args:
            source: The search, or the dictionary.
            objective: What the scores of a dictionary are.
            direction: "max", or "min" if the scores of a dictionary are losses with a minus before them.
        """
        from tuningkit.tools.cv_results import read_results

        return read_results(source, objective=objective, direction=direction)

    def to_scikit_learn(self) -> dict[str, Any]:
        """The trials as a ``cv_results_``: arrays by name, scores of which more is better, ranks."""
        from tuningkit.tools.cv_results import write_results

        return write_results(self)

    # TensorBoard

    def to_tensorboard(self, directory: str | Path, *, overwrite: bool = False) -> Path:
        """Write the search for TensorBoard: a run for each trial, with its hyperparameters for the HParams page.

        Args:
            directory: The folder that TensorBoard is given as ``--logdir``.
            overwrite: Whether to replace what an earlier call wrote.

        Returns:
            The folder.

        Raises:
            FileExistsError: If a trial is there already and ``overwrite`` is off.

        Example:
            >>> trials.to_tensorboard("logs/random")
            >>> tk.TensorBoardLab("logs")
        """
        from tuningkit.tools.tensorboard_writer import write_trials

        return write_trials(self, directory, overwrite=overwrite)

    @classmethod
    def from_tensorboard(cls, directory: str | Path, *, objective: str = "val_loss") -> Self:
        """Read a folder with one run per trial, written by :meth:`to_tensorboard` or by Keras's callbacks.

        Args:
            directory: The folder with a folder for each run.
            objective: The curve that is compared; its best value counts.

        Raises:
            FileNotFoundError: If there is no such folder.
            ValueError: If no run in it has this curve.
        """
        from tuningkit.tools.tensorboard_reader import read_trials

        return read_trials(directory, objective=objective)

    # Tables

    @classmethod
    def from_frame(
        cls, frame: pandas.DataFrame, *, objective: str = "val_loss", direction: str | None = None
    ) -> Self:
        """Read a table of :meth:`to_frame`, or any with a column for each hyperparameter and one for the objective.

        Args:
            frame: One row per trial.
            objective: The column that is compared.
            direction: "min" or "max"; None decides by the name.
        """
        from tuningkit.tools.trial_tables import read_frame

        return read_frame(frame, objective=objective, direction=direction)

    @classmethod
    def from_csv(cls, path: str | Path, *, objective: str = "val_loss", direction: str | None = None) -> Self:
        """Read a file of :meth:`to_csv`; as :meth:`from_frame`."""
        from tuningkit.tools.trial_tables import read_csv

        return read_csv(path, objective=objective, direction=direction)


def check_space_known(space: Mapping[str, Any], what: str) -> None:
    """Refuse to write a format that must say what was searched if nobody knows.

    Raises:
        ValueError: If the space is empty.
    """
    if not space:
        raise ValueError(
            f"{what} must say what was searched, and these trials do not know it. Set it: "
            "dataclasses.replace(trials, space={'learning_rate': tk.search.Log(1e-4, 1)})"
        )
