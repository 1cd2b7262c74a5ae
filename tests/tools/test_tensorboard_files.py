"""What is written for TensorBoard is read back by TensorBoard's own reader, and Keras's own logs are understood."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import metadata

import tuningkit as tk
from tuningkit.search import Trials
from tuningkit.tools.tensorboard_reader import scalars


@pytest.fixture(scope="module")
def written(run, network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    run.to_tensorboard(folder, name="first", model=network)
    return folder


def events(folder):
    return event_accumulator.EventAccumulator(str(folder)).Reload()


def test_curves_lie_where_keras_puts_them(written, run):
    found = scalars(written)
    steps, values = found["first/train"]["epoch_loss"]
    assert steps.tolist() == [1, 2, 3]
    np.testing.assert_allclose(values, run.history["loss"], rtol=1e-6)
    np.testing.assert_allclose(found["first/validation"]["epoch_loss"][1], run.history["val_loss"], rtol=1e-6)
    assert "epoch_penalty" in found["first/train"] and "epoch_accuracy" in found["first/validation"]
    assert found["first"]["best_val_loss"][0].tolist() == [run.best("val_loss")[0]]


def test_hyperparameters_end_and_histograms_are_there(written, run, network):
    found = events(written / "first")
    start = metadata.parse_session_start_info_plugin_data(
        found.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    )
    assert start.hparams["l2"].number_value == run.hyperparameters["l2"]
    assert start.hparams["optimizer"].string_value == run.hyperparameters["optimizer"]
    end = metadata.parse_session_end_info_plugin_data(
        found.SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content
    )
    assert end.status == 1
    kernel = network.weights[0].path
    assert found.SummaryMetadata(kernel).plugin_data.plugin_name == "histograms"


def test_run_comes_back_exactly(written, run):
    back = tk.Run.from_tensorboard(written / "first")
    assert back.hyperparameters == run.hyperparameters
    for name, curve in run.history.items():
        assert np.array_equal(back.history[name], curve), name


def test_a_run_is_replaced_only_when_asked(written, run, tmp_path):
    with pytest.raises(FileExistsError, match="overwrite=True"):
        run.to_tensorboard(written, name="first")
    foreign = tmp_path / "mine" / "train" / "events.out.tfevents.1.host"
    run.to_tensorboard(tmp_path, name="mine")
    foreign.write_bytes(b"")
    run.to_tensorboard(tmp_path, name="mine", overwrite=True)
    assert foreign.exists()
    assert len(list((tmp_path / "mine" / "train").glob("*.tuningkit"))) == 1
    with pytest.raises(ValueError, match="not the model"):
        run.to_tensorboard(
            tmp_path, name="other", model=keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        )


def test_sweep_has_a_run_per_member(network, moons, tmp_path):
    sweep = tk.sweep(network, moons, {"l2": [0, 0.01]}, epochs=2, progress=False)
    sweep.to_tensorboard(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["member-000 l2=0", "member-001 l2=0.01"]
    back = tk.Run.from_tensorboard(tmp_path / "member-001 l2=0.01")
    assert back.hyperparameters["l2"] == 0.01
    assert np.array_equal(back.history["val_loss"], sweep[1].history["val_loss"])
    with pytest.raises(FileExistsError):
        sweep.to_tensorboard(tmp_path)
    sweep.to_tensorboard(tmp_path, overwrite=True)


def test_trials_come_back(trials, tmp_path, assert_same_trials):
    trials.to_tensorboard(tmp_path)
    assert_same_trials(Trials.from_tensorboard(tmp_path), trials)
    found = scalars(tmp_path)
    np.testing.assert_allclose(found["trial-001/validation"]["epoch_loss"][1], trials[0].curve, rtol=1e-6)
    assert "trial-002/validation" not in found
    end = metadata.parse_session_end_info_plugin_data(
        events(tmp_path / "trial-002").SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content
    )
    assert end.status == 2


def test_what_kerass_own_callbacks_wrote_is_read(network, moons, tmp_path):
    from tensorboard.plugins.hparams import api

    for name, rate in (("a", 0.01), ("b", 0.001)):
        model = keras.models.clone_model(network)
        model.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True))
        folder, values = str(tmp_path / name), {"learning_rate": rate, "batch_size": 16}
        history = model.fit(
            moons.x_train, moons.y_train, validation_data=(moons.x_validation, moons.y_validation), epochs=2,
            batch_size=16, verbose=0,
            callbacks=[keras.callbacks.TensorBoard(folder), api.KerasCallback(folder, values)],
        )  # fmt: skip
    run = tk.Run.from_tensorboard(tmp_path / "b")
    np.testing.assert_allclose(run.history["val_loss"], history.history["val_loss"], rtol=1e-6)
    assert run.hyperparameters == {"learning_rate": 0.001, "batch_size": 16} and "Keras" in run.note
    found = Trials.from_tensorboard(tmp_path)
    assert [trial.details["run"] for trial in found] == ["a", "b"] and found[0].epochs == 2
    assert found[1].objective == pytest.approx(min(history.history["val_loss"]))


def test_folders_without_runs_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        tk.Run.from_tensorboard(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="epoch_loss"):
        tk.Run.from_tensorboard(tmp_path)
    with pytest.raises(ValueError, match="val_loss"):
        Trials.from_tensorboard(tmp_path)
