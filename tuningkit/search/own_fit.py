"""Hypermodels that train their models themselves, with ``HyperModel.fit``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.groups import Job

if TYPE_CHECKING:
    import keras
    import keras_tuner

    from tuningkit.search.one_by_one import Outcome
    from tuningkit.training.heads import Head


def fits_itself(hypermodel: Any) -> bool:
    """Whether a hypermodel has a ``fit`` of its own, for example one that searches the batch size."""
    import keras_tuner

    return type(hypermodel).fit is not keras_tuner.HyperModel.fit


def with_own_fit(
    hypermodel: keras_tuner.HyperModel, hp: keras_tuner.HyperParameters, job: Job, epochs: int
) -> Outcome:
    """Let the hypermodel train its model, and read the objective without the penalty.

    Keras's ``val_loss`` holds the L1/L2 term. After every epoch it is replaced by the loss of the data alone,
    measured on the validation rows, before the history takes it down.

    Args:
        hypermodel: With a ``fit`` of its own.
        hp: The trial's hyperparameters.
        job: The built model, compiled, and the data.
        epochs: Epochs, unless its ``fit`` decides otherwise.

    Raises:
        ValueError: If the model is not compiled, or its ``fit`` does not report the objective.
    """
    import keras

    from tuningkit.search.one_by_one import Outcome
    from tuningkit.training.heads import choose_head

    model, data = job.model, job.data
    if not getattr(model, "compiled", False):
        raise ValueError("A hypermodel with a fit of its own must compile the model that it builds.")
    head = choose_head(model, data, None, None)
    begin = time.perf_counter()
    y_validation = head.encode(data.y_validation)
    result = hypermodel.fit(
        hp,
        model,
        data.x_train,
        head.encode(data.y_train),
        validation_data=(data.x_validation, y_validation),
        epochs=epochs,
        verbose=0,
        callbacks=[_data_loss_callback(head, data.x_validation, y_validation)],
    )
    seconds = time.perf_counter() - begin
    if isinstance(result, keras.callbacks.History):
        record = result.history
    else:
        record = result if isinstance(result, dict) else {job.objective: result}
    if job.objective not in record:
        raise ValueError(
            f"The hypermodel's fit reports {', '.join(record)}; the objective is {job.objective!r}. Compile the "
            "model with that metric, or name another objective."
        )
    if job.objective == "loss" and model.losses:
        raise ValueError(
            "The training loss that Keras reports holds the L1/L2 term, which is no measure of a network. "
            "Received: objective='loss'. Use 'val_loss'."
        )
    curve = np.atleast_1d(np.asarray(record[job.objective], float))
    bad = ~np.isfinite(curve)
    return Outcome(curve, int(np.argmax(bad)) + 1 if bad.any() else None, seconds)


def _data_loss_callback(head: Head, x: np.ndarray, y: np.ndarray) -> keras.callbacks.Callback:
    import keras

    class DataLoss(keras.callbacks.Callback):
        """Puts the loss of the data alone in the place of the one that holds the penalty."""

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            if logs is not None and "val_loss" in logs and self.model.losses:
                outputs = self.model.predict(x, verbose=0, batch_size=1024)
                logs["val_loss"] = float(head.loss(y, outputs))

    return DataLoss()
