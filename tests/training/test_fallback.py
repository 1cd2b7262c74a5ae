"""Where the trainer cannot help, ``model.fit`` trains a copy and leaves the same kind of record."""

from __future__ import annotations

import pickle
import random
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit.training.fallback import FellBackToFit, why_not_vectorised

LAYERS = keras.layers
EPOCHS = 2


class OwnStep(keras.Model):
    """A functional model with a training step of its own, which does what Keras's does."""

    def train_step(self, data):
        return super().train_step(data)


class OnlyLoss(keras.Model):
    """A training step that reports its loss and nothing else."""

    def train_step(self, data):
        return {"loss": super().train_step(data)["loss"]}


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    def __init__(self, units=10, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = LAYERS.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(1e-3))
        self.scores = LAYERS.Dense(units)

    def call(self, x):
        return self.scores(self.hidden(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class WithoutConfig(keras.Model):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, x):
        return self.layer(x)


def functional(kind=keras.Model, *, dropout=0.2, l2=1e-3, units=10, activation=None, name="own"):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((64,))
    x = LAYERS.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(l2))(inputs)
    x = LAYERS.Dropout(dropout)(x)
    return kind(inputs, LAYERS.Dense(units, activation)(x), name=name)


def fall_back(*arguments, match="one network at a time", **settings):
    with pytest.warns(FellBackToFit, match=match) as seen:
        run = tk.train(*arguments, epochs=settings.pop("epochs", EPOCHS), progress=False, **settings)
    assert len([one for one in seen if one.category is FellBackToFit]) == 1
    assert "\n" not in run.note
    return run


def penalty_of(weights, l2=1e-3):
    """L2 penalty of the first kernel."""
    return l2 * np.sum(np.square(weights[0], dtype=float))


@pytest.fixture(scope="module")
def own_step():
    return functional(OwnStep)


@pytest.fixture(scope="module")
def run(own_step, small):
    return fall_back(own_step, small, seed=3)


def test_a_step_of_its_own(run, small):
    assert run.note.startswith("Trained with model.fit, one network at a time. OwnStep has a training step")
    names = ["loss", "penalty", "accuracy", "val_loss", "val_penalty", "val_accuracy"]
    assert sorted(run.history) == sorted(names)
    assert all(curve.shape == (EPOCHS,) for curve in run.history.values())
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert run.loss_name == "cross-entropy"
    assert run.data_name == small.name
    assert run.baseline == pytest.approx(np.log(10), rel=0.01)
    assert run.diverged_at is None


def test_the_record_is_like_any_other(run, tmp_path):
    assert "Trained with model.fit" in repr(run)
    assert "Trained with model.fit" in run._repr_html_()
    assert pickle.loads(pickle.dumps(run)).note == run.note
    assert len(run.to_frame()) == EPOCHS
    assert run.to_csv(tmp_path / "run.csv").exists()


def test_loss_and_penalty_add_up_to_what_keras_reports(small):
    model = functional(OwnStep, dropout=0.0)
    run = fall_back(model, small, shuffle=False)
    oracle = functional(OwnStep, dropout=0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    oracle.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    theirs = oracle.fit(
        small.x_train,
        small.y_train,
        validation_data=(small.x_validation, small.y_validation),
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
    ).history
    for prefix in ("", "val_"):
        total = run.history[f"{prefix}loss"] + run.history[f"{prefix}penalty"]
        np.testing.assert_allclose(total, theirs[f"{prefix}loss"], rtol=1e-5)
        np.testing.assert_allclose(run.history[f"{prefix}accuracy"], theirs[f"{prefix}accuracy"], rtol=1e-6)
    for ours, other in zip(run.weights, oracle.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, atol=1e-5)
    # At the end of the run, the penalty is that of the final weights, exactly as the validation saw it.
    assert run.history["val_penalty"][-1] == pytest.approx(penalty_of(run.weights), rel=1e-4)


def test_the_two_ways_of_training_agree(small):
    """The same network, through the trainer and through fit: same curves, penalty averaged alike."""
    settings = {"shuffle": False, "learning_rate": 2e-3, "epochs": EPOCHS, "progress": False}
    trainer = tk.train(functional(dropout=0.0), small, **settings)
    fit = fall_back(functional(OwnStep, dropout=0.0), small, shuffle=False, learning_rate=2e-3)
    for name, curve in trainer.history.items():
        np.testing.assert_allclose(fit.history[name], curve, rtol=2e-4, atol=1e-6, err_msg=name)
    assert fit.hyperparameters == trainer.hyperparameters


def test_values_are_honoured(small):
    values = {"learning_rate": 5e-3, "dropout": 0.4, "l1": 1e-4, "l2": 2e-3, "beta_1": 0.8}
    # A functional model with a step of its own is copied by its config, so nothing can be set inside it.
    with pytest.raises(ValueError, match="OwnStep cannot be copied layer by layer, so dropout, l1, l2"):
        tk.train(functional(OwnStep), small, **values)
    clipped = keras.optimizers.Adam(clipnorm=1.0)
    run = fall_back(functional(), small, match="takes a norm of each layer", optimizer=clipped, **values)
    assert {name: run.hyperparameters[name] for name in values} == values
    expected = sum(
        1e-4 * np.abs(kernel).sum() + 2e-3 * np.square(kernel).sum()
        for kernel in run.weights
        if kernel.ndim == 2
    )
    assert run.history["val_penalty"][-1] == pytest.approx(expected, rel=1e-4)


def test_no_penalty_is_exactly_none(small):
    run = fall_back(functional(OwnStep, l2=0.0), small)
    assert not run.history["penalty"].any()
    assert not run.history["val_penalty"].any()


def test_a_seed_makes_it_repeatable(own_step, small, run):
    again = fall_back(own_step, small, seed=3)
    np.testing.assert_allclose(again.history["loss"], run.history["loss"], rtol=1e-5)


def test_the_learners_model_stays_as_it_was(small):
    model = functional(OwnStep)
    optimizer, metric = keras.optimizers.SGD(0.05, momentum=0.5), keras.metrics.AUC(name="area")
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = model.get_weights()
    state = random.getstate()
    run = fall_back(model, small, seed=0)
    assert random.getstate() == state
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert model.optimizer is optimizer
    assert int(optimizer.iterations) == 0
    assert model.loss == "sparse_categorical_crossentropy"
    assert run.hyperparameters["optimizer"] == "sgd"
    assert run.hyperparameters["learning_rate"] == pytest.approx(0.05)
    assert not float(np.sum(metric.true_positives))


@pytest.mark.parametrize("optimizer", ["momentum", keras.optimizers.RMSprop(3e-3)], ids=["name", "object"])
def test_optimizers(own_step, small, optimizer):
    run = fall_back(own_step, small, optimizer=optimizer, epochs=1)
    expected = ("momentum", 1e-3) if optimizer == "momentum" else ("rmsprop", 3e-3)
    assert run.hyperparameters["optimizer"] == expected[0]
    assert run.hyperparameters["learning_rate"] == pytest.approx(expected[1])


# Subclassed models


@pytest.fixture(scope="module")
def subclassed(small):
    model = Subclassed(name="subclassed")
    model(small.x_train[:1])
    return model


def test_a_subclassed_model(subclassed, small):
    weights = subclassed.get_weights()
    run = fall_back(subclassed, small, match="Subclassed is a subclassed model", learning_rate=1e-2)
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert run.history["val_penalty"][-1] == pytest.approx(penalty_of(run.weights), rel=1e-4)
    for before, after in zip(weights, subclassed.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert len(run.weights) == 4


def test_a_subclassed_model_draws_new_weights_for_a_seed(subclassed, small):
    first, other = (fall_back(subclassed, small, seed=seed, epochs=1, learning_rate=1e-6) for seed in (0, 1))
    assert not np.allclose(first.weights[0], subclassed.get_weights()[0], atol=1e-3)
    assert not np.allclose(first.weights[0], other.weights[0], atol=1e-3)


def test_nothing_can_be_set_inside_a_subclassed_model(subclassed, small):
    with pytest.raises(ValueError, match="so l2 cannot be set from outside"):
        tk.train(subclassed, small, l2=1e-3)


def test_a_model_that_cannot_be_copied(small):
    model = WithoutConfig(LAYERS.Dense(10))
    model(small.x_train[:1])
    with pytest.raises(ValueError, match=r"WithoutConfig cannot be copied.*get_config\(\)"):
        tk.train(model, small)


def test_a_step_that_reports_only_its_loss(small):
    run = fall_back(functional(OnlyLoss), small)
    assert run.note.endswith("so loss includes the penalty.")
    assert not run.history["penalty"].any()
    assert run.history["val_penalty"][-1] == pytest.approx(penalty_of(run.weights), rel=1e-4)


# Pipelines


def pipeline(x, y, batch=32):
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(batch)


@pytest.fixture(scope="module")
def pair(small):
    return pipeline(small.x_train, small.y_train), pipeline(small.x_validation, small.y_validation)


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def test_a_pipeline_alone(pair, dense):
    run = fall_back(dense, pair[0], match="tf.data pipeline", loss=LOGITS, metrics=["accuracy"])
    assert sorted(run.history) == ["accuracy", "loss", "penalty"]
    assert run.history["loss"][-1] < run.history["loss"][0]
    assert "tf.data pipeline" in repr(run)
    assert run.diagnosis.kind
    with pytest.raises(KeyError, match="val_loss"):
        run.best("val_loss")


def test_a_pair_of_pipelines_equals_the_data_set(pair, small):
    model = functional(OwnStep, dropout=0.0)
    run = fall_back(model, list(pair), loss=LOGITS)
    same = fall_back(model, small, shuffle=False)
    for name, curve in run.history.items():
        np.testing.assert_allclose(curve, same.history[name], rtol=1e-4, atol=1e-6, err_msg=name)


def test_live_values_with_a_pipeline(pair, dense):
    run = fall_back(dense, pair, loss=LOGITS, dropout=0.3, l2=1e-2, epochs=1)
    kernels = [kernel for kernel in run.weights if kernel.ndim == 2]
    expected = 1e-2 * sum(np.square(kernel).sum() for kernel in kernels)
    assert run.history["val_penalty"][-1] == pytest.approx(expected, rel=1e-4)


def test_a_loss_by_name_squeezes_as_keras_does(numbers):
    model = keras.Sequential([keras.Input((2,)), LAYERS.Dense(4, kernel_regularizer="l2"), LAYERS.Dense(1)])
    run = fall_back(model, pipeline(numbers.x_train, numbers.y_train), loss="mse", epochs=1)
    assert run.history["penalty"][0] > 0
    assert run.loss_name == "mse"


def test_sample_weights_of_a_pipeline(small, dense):
    weights = np.zeros(len(small.x_train), "float32")
    data = tf.data.Dataset.from_tensor_slices((small.x_train, small.y_train, weights)).batch(32)
    run = fall_back(dense, data, loss=LOGITS, l2=1e-2, epochs=1)
    assert run.history["loss"][0] == pytest.approx(0, abs=1e-6)
    assert run.history["penalty"][0] > 0


def test_a_pipeline_needs_a_loss(pair, dense):
    with pytest.raises(ValueError, match="say which loss to use"):
        tk.train(dense, pair)


def test_a_compiled_model_brings_its_loss(pair):
    model = functional()
    model.compile("adam", LOGITS)
    assert fall_back(model, pair, epochs=1).history["val_loss"].shape == (1,)


def test_what_a_pipeline_must_deliver(pair, dense, small):
    with pytest.raises(ValueError, match=r"pairs \(inputs, targets\)"):
        tk.train(dense, tf.data.Dataset.from_tensor_slices(small.x_train).batch(8), loss=LOGITS)
    with pytest.raises(ValueError, match=r"pair \(training, validation\)\. Received: 3"):
        tk.train(dense, (*pair, pair[0]), loss=LOGITS)


# Metrics that keep a state


@pytest.fixture(scope="module")
def two_classes():
    return tk.datasets.make_moons(200)


@pytest.mark.parametrize("metric", ["AUC", keras.metrics.AUC(name="area")], ids=["name", "object"])
def test_area_under_the_curve(two_classes, metric):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), LAYERS.Dense(8, "relu"), LAYERS.Dense(1, "sigmoid")])
    run = fall_back(model, two_classes, match="state over the whole epoch", metrics=[metric, "accuracy"])
    name = "auc" if metric == "AUC" else "area"
    matching = [key for key in run.history if key.lower() == name]
    assert len(matching) == 1
    assert 0 <= run.history[f"val_{matching[0]}"][-1] <= 1
    assert "val_accuracy" in run.history
    if not isinstance(metric, str):
        assert not np.sum(metric.true_positives)


def test_accuracy_of_one_raw_score(two_classes):
    """Of a raw score, the border is 0, not one half."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    model = OwnStep(inputs, LAYERS.Dense(1)(LAYERS.Dense(8, "relu")(inputs)))
    run = fall_back(model, two_classes, learning_rate=1e-2)
    trained = OwnStep.from_config(model.get_config())
    trained.set_weights(run.weights)
    scores = trained.predict(two_classes.x_validation, verbose=0)[:, 0]
    expected = np.mean((scores > 0) == (two_classes.y_validation == 1))
    assert run.history["val_accuracy"][-1] == pytest.approx(expected)


# Divergence and interruption


def test_a_run_that_diverges_is_a_record_and_no_crash(small):
    model = functional(OwnStep, l2=1e-3)
    run = fall_back(model, small, optimizer="sgd", learning_rate=1e30, epochs=4)
    assert run.diverged_at is not None
    assert all(np.isnan(curve[run.diverged_at - 1 :]).all() for curve in run.history.values())
    assert run.diagnosis.kind == "diverged"
    assert "diverged" in repr(run).lower()


def test_an_interrupted_run_keeps_what_is_finished(own_step, small, monkeypatch):
    def interrupt(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(keras.callbacks.LambdaCallback, "on_epoch_begin", interrupt)
    run = fall_back(own_step, small, epochs=9)
    assert {len(curve) for curve in run.history.values()} == {2}


# What does not need it


def test_recurrent_layers_do_not_fall_back(tokens):
    model = keras.Sequential(
        [keras.Input((8,), dtype="int32"), LAYERS.Embedding(20, 4), LAYERS.LSTM(4), LAYERS.Dense(2)]
    )
    assert why_not_vectorised(model, tokens) is None


def test_plain_models_do_not_warn(dense, small):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FellBackToFit)
        assert tk.train(dense, small, epochs=1, progress=False).note == ""
