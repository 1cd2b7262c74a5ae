"""Runs go out to Keras's logs, CSV, pandas and JSON, and come back."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk


def assert_same_curves(one, other):
    assert one.history.keys() == other.history.keys()
    for name, curve in other.history.items():
        np.testing.assert_allclose(one.history[name], curve, rtol=1e-12)


def test_json_keeps_all_but_the_weights(run, tmp_path):
    back = tk.Run.from_json(run.to_json(tmp_path / "run.json"))
    assert_same_curves(back, run)
    assert back.hyperparameters == run.hyperparameters and back.weights == []
    assert (back.baseline, back.seconds, back.model_name) == (run.baseline, run.seconds, run.model_name)
    assert back.diagnosis.kind == run.diagnosis.kind


def test_json_keeps_divergence(network, moons, tmp_path):
    diverged = tk.train(network, moons, optimizer="sgd", learning_rate=10, l2=100.0, epochs=3, progress=False)
    assert diverged.diverged_at
    back = tk.Run.from_json(diverged.to_json(tmp_path / "run.json"))
    assert back.diverged_at == diverged.diverged_at
    assert np.array_equal(back.history["loss"], diverged.history["loss"], equal_nan=True)


def test_csv_and_frame(run, tmp_path):
    for back in (
        tk.Run.from_csv(run.to_csv(tmp_path / "run.csv"), l2=1e-3),
        tk.Run.from_frame(run.to_frame(), l2=1e-3),
    ):
        assert_same_curves(back, run)
        assert back.hyperparameters == {"l2": 1e-3} and back.best("val_loss") == run.best("val_loss")


def test_keras_history_and_csv_logger(network, moons, tmp_path):
    model = keras.models.clone_model(network)
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    log = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"), separator=";")
    history = model.fit(
        moons.x_train, moons.y_train, validation_data=(moons.x_validation, moons.y_validation), epochs=2,
        callbacks=[log], verbose=0,
    )  # fmt: skip
    run = tk.Run.from_keras(history, learning_rate=1e-3)
    assert run.epochs == 2 and "penalty" in run.note
    assert run.history["val_loss"].tolist() == history.history["val_loss"]
    assert_same_curves(tk.Run.from_keras(tmp_path / "log.csv"), run)
    assert run.to_keras()["loss"] == history.history["loss"]


def test_to_keras_mixes_what_keras_mixes(run):
    theirs = run.to_keras()
    np.testing.assert_allclose(theirs["val_loss"], run.history["val_loss"] + run.history["val_penalty"])
    assert "penalty" not in theirs and "val_penalty" not in theirs


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ({"accuracy": [0.5]}, "needs a curve 'loss'"),
        ({"loss": [1, 2], "val_loss": [1]}, "same number of epochs"),
    ],
)
def test_what_is_no_run_is_refused(log, words):
    with pytest.raises(ValueError, match=words):
        tk.Run.from_keras(log)
    with pytest.raises(TypeError, match="History"):
        tk.Run.from_keras(3)
