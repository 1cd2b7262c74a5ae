"""How runs and sweeps come from and go to other tools; the work is done in `tuningkit.tools`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import keras
    import pandas


class JsonExchange:
    """Doors of a run, or of a table of trials, to a text file that holds all of it but trained weights."""

    def to_json(self, path: str | Path) -> Path:
        """Write everything but trained weights as JSON, and return the file's path."""
        from tuningkit.tools.records import to_record, write_record

        return write_record(to_record(self), path)

    @classmethod
    def from_json(cls, path: str | Path) -> Self:
        """Read a file of :meth:`to_json`.

        Raises:
            ValueError: If the file holds something else.
        """
        from tuningkit.tools.records import from_record, read_record

        return from_record(read_record(path), cls)


class RunExchange(JsonExchange):
    """Doors of a run to TensorBoard, Keras's logs and JSON."""

    def to_tensorboard(
        self,
        directory: str | Path,
        *,
        name: str = "run",
        model: keras.Model | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the run for TensorBoard: curves, hyperparameters (HParams), histograms of the final weights.

        Args:
            directory: The folder that TensorBoard is given as ``--logdir``.
            name: The run's name there.
            model: The model the run was made from, for the names of its weights.
            overwrite: Whether to replace what an earlier call wrote under this name.

        Returns:
            The folder of the run.

        Raises:
            FileExistsError: If the run is there already and ``overwrite`` is off.
            ValueError: If ``model`` has other weights.

        Example:
            >>> run.to_tensorboard("logs", name="with dropout")
            >>> tk.TensorBoardLab("logs")
        """
        from tuningkit.tools.tensorboard_writer import write_run

        return write_run(self, directory, name=name, model=model, overwrite=overwrite)

    @classmethod
    def from_tensorboard(cls, directory: str | Path) -> Self:
        """Read one run's folder, written by :meth:`to_tensorboard` or by Keras's TensorBoard callback.

        Args:
            directory: The folder that holds ``train`` and ``validation``.

        Returns:
            The run, without weights. What Keras wrote counts the L1/L2 penalty in its losses.

        Raises:
            FileNotFoundError: If there is no such folder.
            ValueError: If it holds no curve of a loss.
        """
        from tuningkit.tools.tensorboard_reader import read_run

        return read_run(directory)

    @classmethod
    def from_keras(
        cls, log: keras.callbacks.History | Mapping[str, Any] | str | Path, **hyperparameters: Any
    ) -> Self:
        """Read what Keras recorded: the ``History`` of ``model.fit``, or the file of its ``CSVLogger``.

        Args:
            log: The history, a dictionary of curves, or the path of a CSV file.
            **hyperparameters: What the run was trained with, which Keras does not record.

        Returns:
            The run, without weights. Its losses hold the L1/L2 penalty, as Keras reports them.

        Raises:
            ValueError: If there is no curve of a loss.

        Example:
            >>> tk.Run.from_keras(model.fit(x, y, epochs=5), learning_rate=1e-3).diagnosis
        """
        from tuningkit.tools.keras_logs import read_log

        return read_log(log, hyperparameters)

    def to_keras(self) -> dict[str, list[float]]:
        """The curves as ``History.history`` of Keras has them: a list for each name, penalties within the losses."""
        from tuningkit.tools.keras_logs import as_history

        return as_history(self)

    @classmethod
    def from_frame(cls, frame: pandas.DataFrame, **hyperparameters: Any) -> Self:
        """Read a table of :meth:`to_frame`, one row per epoch; its hyperparameters are given beside it."""
        from tuningkit.tools.keras_logs import read_frame

        return read_frame(frame, hyperparameters)

    @classmethod
    def from_csv(cls, path: str | Path, **hyperparameters: Any) -> Self:
        """Read a file of :meth:`to_csv`, one row per epoch; its hyperparameters are given beside it."""
        from tuningkit.tools.keras_logs import read_table

        return read_table(path, hyperparameters)


class SweepExchange:
    """Doors of a sweep to other tools."""

    def to_tensorboard(self, directory: str | Path, *, overwrite: bool = False) -> Path:
        """Write the sweep for TensorBoard, a run for each member; see :meth:`tuningkit.Run.to_tensorboard`.

        Args:
            directory: The folder that TensorBoard is given as ``--logdir``.
            overwrite: Whether to replace what an earlier call wrote.

        Returns:
            The folder.

        Raises:
            FileExistsError: If a member is there already and ``overwrite`` is off.
        """
        from tuningkit.tools.tensorboard_writer import write_sweep

        return write_sweep(self, directory, overwrite=overwrite)
