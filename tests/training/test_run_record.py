"""A run is plain data: it can be kept, read back, drawn, and put into a model again."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace

import keras
import numpy as np
import pandas
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tuningkit as tk
from tuningkit.training.run import Change, Run, best_epoch, more_is_better

EPOCHS = 4


@pytest.fixture(scope="module")
def regularized(make_dense):
    return make_dense(regularizer=keras.regularizers.L2(1e-3), dropout=0.3)


@pytest.fixture(scope="module")
def run(regularized, small):
    return tk.train(regularized, small, l2=1e-3, epochs=EPOCHS, seed=1, progress=False)


def made(**curves):
    history = {name: np.asarray(curve, float) for name, curve in curves.items()}
    return Run(history=history, hyperparameters={"l2": 1e-4, "dropout": None}, weights=[])


def test_every_curve_has_one_value_per_epoch(run):
    assert list(run.history) == ["loss", "penalty", "accuracy", "val_loss", "val_penalty", "val_accuracy"]
    assert run.epochs == EPOCHS
    assert all(isinstance(curve, np.ndarray) and curve.shape == (EPOCHS,) for curve in run.history.values())
    assert run.gap == run.history["val_loss"][-1] - run.history["loss"][-1]
    assert run.seconds > 0


def test_pickle(run):
    copy = pickle.loads(pickle.dumps(run))
    for name, curve in run.history.items():
        np.testing.assert_array_equal(copy.history[name], curve)
    for ours, theirs in zip(copy.weights, run.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert repr(copy) == repr(run)
    assert copy.hyperparameters == run.hyperparameters


def test_table(run):
    frame = run.to_frame()
    assert list(frame.columns) == ["epoch", *run.history]
    assert frame["epoch"].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(frame["val_loss"], run.history["val_loss"])


def test_csv_reads_back_equal(run, tmp_path):
    path = run.to_csv(str(tmp_path / "run.csv"))
    assert path == tmp_path / "run.csv"
    back = pandas.read_csv(path)
    pandas.testing.assert_frame_equal(back, run.to_frame(), rtol=1e-14)


def test_without_pandas_the_error_says_what_to_do(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas.*to_csv"):
        run.to_frame()
    assert run.to_csv(tmp_path / "run.csv").exists()


def test_restore_gives_the_trained_model(run, regularized, small):
    before = regularized.get_weights()
    restored = run.restore(regularized)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    restored.compile(loss=loss, metrics=["accuracy"])
    total, accuracy = restored.evaluate(small.x_validation, small.y_validation, verbose=0)
    # Keras adds the penalty to what it calls the validation loss.
    expected = run.history["val_loss"][-1] + run.history["val_penalty"][-1]
    assert total == pytest.approx(expected, rel=1e-5)
    assert accuracy == pytest.approx(run.history["val_accuracy"][-1])
    for old, now in zip(before, regularized.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_restore_of_a_model_without_penalty_evaluates_to_the_validation_loss(run, dense, small):
    restored = run.restore(dense)
    restored.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    loss = restored.evaluate(small.x_validation, small.y_validation, verbose=0)
    assert loss == pytest.approx(run.history["val_loss"][-1], rel=1e-5)


def test_restore_into_other_layers(run):
    other = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match="weight"):
        run.restore(other)


@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy", "loss"])
def test_best(run, metric):
    pick = np.argmax if "accuracy" in metric else np.argmin
    index = int(pick(run.history[metric]))
    assert run.best(metric) == (index + 1, run.history[metric][index])


def test_best_of_an_unknown_curve(run):
    with pytest.raises(KeyError, match=r"No curve 'val_los' in this run.*val_loss"):
        run.best("val_los")


def test_best_passes_over_what_is_no_number():
    diverged = made(loss=[2, 1, np.nan], val_loss=[2, 1.5, np.nan])
    assert diverged.best() == (2, 1.5)
    nothing = made(loss=[np.nan], val_loss=[np.nan])
    epoch, value = nothing.best()
    assert epoch == 0
    assert np.isnan(value)
    assert best_epoch(np.array([np.nan, np.inf]), "loss") is None


@pytest.mark.parametrize(
    ("metric", "more"),
    [
        ("accuracy", True),
        ("val_accuracy", True),
        ("sparse_categorical_accuracy", True),
        ("val_auc", True),
        ("AUC", True),
        ("f1_score", True),
        ("r2_score", True),
        ("top_k_categorical_accuracy", True),
        ("loss", False),
        ("val_loss", False),
        ("mean_absolute_error", False),
        ("penalty", False),
    ],
)
def test_more_or_less_is_better(metric, more):
    assert more_is_better(metric) is more


def test_words(run):
    text = repr(run)
    for words in (
        "model: dense",
        f"data: {run.data_name}",
        "l2 1e-3",
        "seed 1",
        "4 in ",
        "best validation loss",
        "best validation accuracy",
        "gap at the end",
        run.diagnosis.kind.capitalize(),
    ):
        assert words in text
    assert "dropout" not in text  # not set: as in the model
    assert "note" not in text


def test_html_is_escaped(run):
    nasty = replace(run, model_name="<script>alert(1)</script>", note="a < b & c")
    page = nasty._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &lt; b &amp; c" in page
    assert page.count("<tr>") == page.count("</tr>") > 5


@pytest.mark.parametrize(
    "curves",
    [
        {
            "loss": [np.nan, np.nan, np.nan],
            "val_loss": [np.nan, np.nan, np.nan],
            "val_accuracy": [np.nan] * 3,
        },
        {"loss": [2, np.nan, np.nan], "val_loss": [2, np.nan, np.nan]},
        {"loss": [2, 1, 0.5]},
        {"loss": [1.0], "val_loss": [1.0]},
    ],
    ids=["all NaN", "diverged", "no validation", "one epoch"],
)
def test_any_run_can_be_shown(curves, tmp_path):
    run = made(**curves)
    assert "nan" not in repr(run).lower()
    assert run._repr_html_()
    assert run.to_csv(tmp_path / "run.csv").exists()
    assert isinstance(run.plot(), Axes)


def test_plot(run):
    ax = run.plot(metric="accuracy")
    solid, dashed = ax.lines[:2]
    np.testing.assert_allclose(solid.get_ydata(), run.history["accuracy"])
    np.testing.assert_allclose(dashed.get_ydata(), run.history["val_accuracy"])
    mine = Figure().add_subplot()
    assert run.plot(mine) is mine


def test_changes_are_part_of_the_record(run):
    changed = replace(run, changes=(Change(1.5, "l2", None, 1e-2),))
    assert pickle.loads(pickle.dumps(changed)).changes == changed.changes


def test_a_run_is_its_own_data(regularized, small):
    first = tk.train(regularized, small, epochs=1, seed=0, progress=False)
    kept = first.history["loss"].copy(), first.weights[0].copy()
    tk.train(regularized, small, epochs=1, seed=1, learning_rate=0.5, progress=False)
    np.testing.assert_array_equal(first.history["loss"], kept[0])
    np.testing.assert_array_equal(first.weights[0], kept[1])


@pytest.mark.parametrize("epochs", [2])
def test_an_interrupted_run_is_kept_as_far_as_it_got(dense, small, monkeypatch, epochs):
    from tuningkit.training.trainer import Trainer

    finish = Trainer._finish_epoch

    def interrupt(self):
        finish(self)
        if self.epoch == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "_finish_epoch", interrupt)
    assert tk.train(dense, small, epochs=9, progress=False).epochs == epochs
