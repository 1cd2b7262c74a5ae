"""TuningLab on KerasTuner hypermodels, from Python: live moves, rebuilding moves, errors, settings; no browser."""

from __future__ import annotations

import subprocess
import sys

import keras
import keras_tuner
import numpy as np
import pytest

import tuningkit as tk

CROSS_ENTROPY = keras.losses.BinaryCrossentropy(from_logits=True)


def build_model(hp):
    """Live: l2 of one kernel, one of two dropouts, learning rate, beta. The rest is structure."""
    model = keras.Sequential([keras.Input((2,))])
    l2 = hp.Float("l2", 0, 0.1)
    regularizer = keras.regularizers.L2(l2) if l2 else None
    model.add(
        keras.layers.Dense(
            hp.Int("units", 4, 12, step=4), hp.Choice("act", ["relu", "tanh"]), kernel_regularizer=regularizer
        )
    )
    model.add(keras.layers.Dropout(0.1))
    if hp.Boolean("deep"):
        model.add(keras.layers.Dense(4, "relu"))
        model.add(keras.layers.Dropout(hp.Float("late", 0.0, 0.5)))
    with hp.conditional_scope("act", ["tanh"]):
        extra = hp.Int("extra", 2, 3)
        if extra:
            model.add(keras.layers.Dense(extra))
    model.add(keras.layers.Dropout(hp.Choice("rate", [0.0, 0.2, 0.4])))
    model.add(keras.layers.Dense(1))
    if hp.get("units") == 12:
        raise RuntimeError("too wide for this desk")
    hp.Fixed("classes", 2)
    rate = 10 ** hp.Float("exponent", -4, -1, default=-2)
    model.compile(keras.optimizers.Adam(rate, beta_1=hp.Float("beta", 0.5, 0.95, default=0.9)), CROSS_ENTROPY)
    return model


def fresh(build, **values):
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    return build(hp)


def trained(lab, epochs=None):
    return lab.train(epochs).wait(120)


def same_curves(run, other, tolerance=1e-5):
    for name in ("loss", "val_loss", "penalty"):
        np.testing.assert_allclose(run.history[name], other.history[name], rtol=tolerance, atol=1e-7)


def described(lab):
    return [widget.description for widget in lab._inputs._grid.children]


@pytest.fixture(scope="module")
def played(moons):
    """One lab for the tests that only move it; each leaves it in mode "new run"."""
    lab = tk.TuningLab(build_model, moons, epochs=4)
    yield lab
    lab.close()


@pytest.fixture
def make(moons):
    made = []

    def lab(build, data=moons, **settings):
        settings.setdefault("epochs", 4)
        made.append(tk.TuningLab(build, data, **settings))
        return made[-1]

    yield lab
    for one in made:
        one.close()


def test_controls_say_what_a_move_does(played):
    assert isinstance(played, tk.TuningLab)
    played.wait(120)
    assert described(played) == [
        "l2 · live", "units · rebuilds", "act · rebuilds", "deep · rebuilds", "extra · not in use", "rate · live",
        "exponent · live", "beta · live", "late · not in use",
    ]  # fmt: skip
    controls = {name.removeprefix("hp."): one.widget for name, one in played._inputs._controls.items()}
    assert controls["extra"].disabled and "needs act = tanh" in controls["extra"].tooltip
    words = played._inputs._words.value
    assert "extra (needs act = tanh)" in words and "late (the model" in words and "classes = 2" in words
    assert [label for label, _ in controls["rate"].options] == ["0", "0.2", "0.4"]
    assert [value for _, value in controls["units"].options] == [4, 8, 12]
    assert [value for _, value in controls["deep"].options] == [False, True]
    assert played.hyperparameters == {
        "l2": 0.0, "units": 4, "act": "relu", "deep": False, "rate": 0.0, "exponent": -2.0, "beta": 0.9,
    }  # fmt: skip


def test_training_at_a_live_value_equals_training_the_model_built_there(played, moons):
    trained(played)
    engine = played.session.trainer.engine
    traces = engine.traces
    values = {"l2": 0.03, "rate": 0.4, "exponent": -1.5, "beta": 0.7}
    played.hyperparameters = values
    run = trained(played).runs[-1]
    assert played.session.trainer.engine is engine and engine.traces == traces
    other = tk.train(fresh(build_model, **values), moons, epochs=4, seed=0, progress=False)
    same_curves(run, other)
    for mine, theirs in zip(run.weights, other.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    assert values.items() <= run.hyperparameters.items() and run.hyperparameters["optimizer"] == "adam"
    # Only one of the two dropout layers was moved.
    assert engine.state.dropout.numpy().tolist() == [pytest.approx([0.1, 0.4])]


def test_a_slider_rebuilds_or_not_and_the_next_run_is_that_models(played, moons):
    played.wait(120)
    engine = played.session.trainer.engine
    controls = played._inputs._controls
    controls["hp.act"].widget.value = "tanh"
    run = played.wait(120).runs[-1]
    rebuilt = played.session.trainer.engine
    assert rebuilt is not engine
    assert described(played)[4] == "extra · rebuilds" and not controls["hp.extra"].widget.disabled
    values = {**played.hyperparameters}
    assert values["extra"] == 2
    same_curves(run, tk.train(fresh(build_model, **values), moons, epochs=4, seed=0, progress=False))
    controls["hp.l2"].widget.value = 0.0
    assert played.wait(120).session.trainer.engine is rebuilt
    controls["hp.act"].widget.value = "relu"
    played.wait(120)
    assert controls["hp.extra"].widget.disabled and "extra" not in played.runs[-1].hyperparameters


def test_an_inactive_hyperparameter_moves_nothing(played):
    played.wait(120)
    engine, traces = played.session.trainer.engine, played.session.trainer.engine.traces
    before = played.runs[-1].history["val_loss"]
    played.set("extra", 3)
    run = trained(played).runs[-1]
    assert played.session.trainer.engine is engine and engine.traces == traces
    np.testing.assert_array_equal(run.history["val_loss"], before)


def test_a_value_without_a_model_is_told_and_the_lab_goes_on(played):
    runs = len(played.runs)
    played._inputs._controls["hp.units"].widget.value = 12
    with pytest.raises(
        ValueError, match=r"build_model raised RuntimeError at .*units=12.*: too wide for this desk"
    ):
        played.wait(120)
    text = played._view.status.value
    assert "too wide for this desk" in text and "<details>" in text and "Traceback" in text
    # Without training it is told, too.
    played.units = 8
    played.wait(120)
    assert "too wide" not in played._view.status.value
    played.units = 12
    with pytest.raises(ValueError, match="too wide"):
        played.wait(120)
    played._inputs._controls["hp.units"].widget.value = 8
    assert len(played.wait(120).runs) > runs and played.runs[-1].hyperparameters["units"] == 8


def test_runs_table_shows_them_by_their_names(played):
    titles = [column["title"] for column in played._view.table._labels["columns"]]
    assert titles[:9] == ["run", "l2", "units", "act", "deep", "extra", "rate", "exponent", "beta"]
    assert "dropout" not in titles and "learning rate" not in titles
    played.set("deep", True).set("late", 0.5)
    trained(played)
    row = played._view.table.rows[0]
    assert row["deep"] == "True" and row["units"] == played.units and "late 0.5" in row["note"]
    played.deep = False


def test_middle_of_a_run(played, moons):
    played.hyperparameters = {"units": 4, "rate": 0.2, "l2": 0.01}
    played.mode = "mid-run"
    trained(played.restart(), 2)
    engine, traces = played.session.trainer.engine, played.session.trainer.engine.traces
    played.rate = 0.4
    run = trained(played).runs[-1]
    assert [(change.epoch, change.name, change.old, change.new) for change in run.changes] == [
        (2.0, "rate", 0.2, 0.4)
    ]
    assert played.session.trainer.engine is engine and engine.traces == traces
    assert run.epochs == 4 and run.hyperparameters["rate"] == 0.4
    # The same line of settings makes the same run again, its move included.
    line = played.link()
    assert "changes=2.0:hp.rate:0.4" in line
    again = tk.TuningLab.from_settings(build_model, moons, line)
    try:
        np.testing.assert_array_equal(trained(again).runs[-1].history["val_loss"], run.history["val_loss"])
        assert again.runs[-1].changes == run.changes and again.link() == line
    finally:
        again.close()
    # What needs another network needs another run.
    numbers = len(played.runs)
    played._inputs._controls["hp.deep"].widget.value = True
    assert played.wait(120).session.trainer.engine is not engine
    assert len(played.runs) == numbers + 1 and not played.runs[-1].changes
    played.hyperparameters = {"deep": False}
    played.mode = "new run"


def test_something_to_take_home(played):
    trained(played)
    best = played.best_hyperparameters()
    assert isinstance(best, keras_tuner.HyperParameters)
    losses = [run.best("val_loss")[1] for run in played.runs]
    values = played.runs[int(np.argmin(losses))].hyperparameters
    assert all(values[name] == best.values[name] for name in ("units", "act", "l2", "exponent"))
    assert isinstance(build_model(best), keras.Model)
    model = played.model()
    assert model.optimizer.name.startswith("adam") and model.layers[0].units == played.units
    number = played.session.records[-1].number
    x = np.linspace(-1, 1, 20, dtype="float32").reshape(10, 2)
    answers = played.model(number)(x)
    np.testing.assert_allclose(answers, played.session.trainer.predict(x), atol=1e-6)
    with pytest.raises(ValueError, match="no run 999"):
        played.model(999)


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("units", 5000, ValueError, "units must be a whole number from 4 to 12"),
        ("act", "gelu", ValueError, "one of 'relu', 'tanh'"),
        ("deep", 1, TypeError, "True or False"),
        ("classes", 3, ValueError, "fixed at 2"),
        ("dropout", 0.1, ValueError, "build_model decides it. There is: l2, units"),
        ("nonsense", 1, ValueError, "nothing called 'nonsense'"),
        ("epochs", 0, ValueError, "at least 1"),
    ],
)
def test_impossible_moves_are_refused_and_change_nothing(played, name, value, error, words):
    before = played.link()
    with pytest.raises(error, match=words):
        played.set(name, value)
    assert played.link() == before
    with pytest.raises((AttributeError, ValueError, TypeError)):
        setattr(played, name, value)
        raise AttributeError  # An unknown name is an ordinary attribute, as on every widget.


def test_a_value_that_is_live_elsewhere_rebuilds_where_it_must(make, moons):
    def build(hp):
        rate = hp.Float("rate", 0.0, 0.8, step=0.1)
        units = 6 if rate == 0.1 else 4  # None of the values that are tried: 0, 0.4, 0.8.
        return keras.Sequential([
            keras.Input((2,)), keras.layers.Dense(units), keras.layers.Dropout(rate), keras.layers.Dense(1)
        ])  # fmt: skip

    lab = trained(make(build))
    assert described(lab)[0] == "rate · live"
    engine = lab.session.trainer.engine
    for mode in ("new run", "mid-run"):
        lab.mode = mode
        lab.rate = 0.5
        assert trained(lab).session.trainer.engine.live.model.layers[0].units == 4
        lab.rate = 0.1
        assert trained(lab).session.trainer.engine.live.model.layers[0].units == 6
    assert described(lab)[0] == "rate · live or rebuilds" and lab.session.trainer.engine is not engine
    same_curves(lab.runs[-1], tk.train(fresh(build, rate=0.1), moons, epochs=4, seed=0, progress=False))


def test_of_a_model_that_is_not_compiled_optimizer_and_rate_stay_the_labs_own(make, moons):
    def build(hp):
        units = hp.Int("units", 2, 4)
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units), keras.layers.Dense(1)])

    lab = make(build, learning_rate=0.05, optimizer="momentum")
    lab.set("learning_rate", 0.1).set("units", 3)
    run = trained(lab).runs[-1]
    assert run.hyperparameters["learning_rate"] == 0.1 and run.hyperparameters["optimizer"] == "momentum"
    model = fresh(build, units=3)
    same_curves(
        run, tk.train(model, moons, learning_rate=0.1, optimizer="momentum", epochs=4, seed=0, progress=False)
    )
    assert "learning rate" in described(lab)


def test_schedules_losses_and_metrics_are_those_of_the_model(make, moons):
    def build(hp):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
        rate = keras.optimizers.schedules.CosineDecay(hp.Float("peak", 0.01, 0.5), 60)
        weight = hp.Float("weight", 1, 3)

        def weighted(y_true, y_pred):
            return weight * keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)

        metrics = ["mae", keras.metrics.BinaryAccuracy(threshold=0.0), keras.metrics.AUC(name="area")]
        model.compile(keras.optimizers.SGD(rate, momentum=0.5), weighted, metrics=metrics)
        return model

    lab = trained(make(build, hyperparameters={"peak": 0.3, "weight": 2.0}))
    run = lab.runs[-1]
    assert {"val_mae", "val_binary_accuracy"} < run.history.keys() and "val_area" not in run.history
    assert "val_accuracy" not in run.history
    said = " ".join(part.value for part in lab._inputs._slider_rows() if hasattr(part, "value"))
    assert "Not measured here: area." in said and "binary_accuracy" not in said
    other = tk.train(fresh(build, peak=0.3, weight=2.0), moons, epochs=4, seed=0, progress=False)
    same_curves(run, other)
    assert lab.session.liveness.kinds == {"peak": "rebuilds", "weight": "rebuilds"}


def test_hyperparameters_may_be_called_learning_rate_and_optimizer(make):
    def build(hp):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        kind = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[
            hp.Choice("optimizer", ["sgd", "adam"])
        ]
        model.compile(kind(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")), CROSS_ENTROPY)
        return model

    lab = make(build, epochs=2)
    trained(lab)
    # One control each: that of the hyperparameter, not a second one of the lab's own.
    assert described(lab) == ["optimizer · rebuilds", "learning_rate · live"]
    assert lab._inputs._controls["optimizer"].widget not in shown_widgets(lab)
    trained(lab.set("learning_rate", 0.05))
    assert lab.hyperparameters == {"optimizer": "sgd", "learning_rate": 0.05}
    assert lab.session.liveness.kinds == {"optimizer": "rebuilds", "learning_rate": "live"}


def shown_widgets(lab):
    found, waiting = [], [lab]
    while waiting:
        widget = waiting.pop()
        found.append(widget)
        waiting += getattr(widget, "children", ())
    return found


def test_names_that_mean_something_else_to_the_lab(make):
    class Own(keras_tuner.HyperModel):
        def build(self, hp):
            layers = [keras.layers.Dense(4)]
            if hp.Boolean("dropout"):
                layers.append(keras.layers.Dropout(0.5))
            hp.Int("epochs", 5, 9)
            model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
            model.compile(hp.Choice("optimizer", ["sgd", "adam"]), CROSS_ENTROPY)
            return model

    start = keras_tuner.HyperParameters()
    start.Boolean("dropout", default=True)
    lab = make(Own(), hyperparameters=start)
    assert lab.dropout is True and lab.epochs == 4 and lab.get("hp.epochs") == 5
    lab.dropout = False
    lab.set("optimizer", "adam").set("hp.epochs", 7)
    assert lab.hyperparameters == {"dropout": False, "epochs": 7, "optimizer": "adam"}
    run = trained(lab).runs[-1]
    assert run.epochs == 4
    assert {"dropout": False, "hp.epochs": 7, "optimizer": "adam"}.items() <= run.hyperparameters.items()
    assert lab.session.liveness.kinds["epochs"] == "nothing"
    assert lab.best_hyperparameters().values == {"dropout": False, "epochs": 7, "optimizer": "adam"}


def test_one_name_for_words_and_for_numbers_and_one_that_is_a_column_already(make):
    def build(hp):
        kind = hp.Choice("gap", ["words", "numbers"])
        with hp.conditional_scope("gap", ["words"]):
            act = hp.Choice("x", ["relu", "tanh"])
        with hp.conditional_scope("gap", ["numbers"]):
            units = hp.Int("x", 2, 4)
        layer = keras.layers.Dense(4, act) if kind == "words" else keras.layers.Dense(units)
        return keras.Sequential([keras.Input((2,)), layer, keras.layers.Dense(1)])

    lab = trained(make(build, epochs=2))
    assert lab._view.table.rows[0]["x"] == "relu" and lab._view.table.rows[0]["hp.gap"] == "words"
    slider = lab._inputs._controls["hp.x"]
    lab._inputs._controls["hp.gap"].widget.value = "numbers"
    assert lab.wait(120).runs[-1].hyperparameters["x"] == 2
    assert lab._view.table.rows[0]["x"] == "2" and lab.x == 2
    control = lab._inputs._controls["hp.x"]
    assert control is not slider and control.value == 2
    assert [value for _, value in control.widget.options] == [2, 3, 4]
    assert slider.widget.comm is None and control.widget in lab._inputs._grid.children


def test_repeats_and_batch_size_go_with_live_values(make, moons):
    lab = make(build_model, repeats=5, batch_size=16, epochs=2, hyperparameters={"rate": 0.4})
    run = trained(lab).runs[-1]
    one = tk.train(fresh(build_model, rate=0.4), moons, batch_size=16, epochs=2, seed=3, progress=False)
    curves = lab.session.records[-1].members["val_loss"][3]
    np.testing.assert_allclose(curves, one.history["val_loss"], rtol=1e-4)
    assert run.hyperparameters["repeats"] == 5 and run.hyperparameters["batch_size"] == 16


def no_hyperparameters(hp):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


def fails(hp):
    hp.Int("units", 1, 2)
    raise KeyError("width")


def returns_a_layer(hp):
    return keras.layers.Dense(hp.Int("units", 1, 2))


def unbuilt(hp):
    return keras.Sequential([keras.layers.Dense(hp.Int("units", 1, 2))])


def too_many_outputs(hp):
    inputs = keras.Input((2,))
    return keras.Model(inputs, [keras.layers.Dense(hp.Int("units", 1, 2))(inputs), inputs])


def clipped(hp):
    model = no_hyperparameters(hp)
    model.compile(keras.optimizers.SGD(hp.Float("rate", 0.1, 1), clipnorm=1.0), "mse")
    return model


@pytest.mark.parametrize(
    ("build", "settings", "error", "words"),
    [
        (lambda: None, {}, TypeError, "takes one argument, hp"),
        (keras_tuner.HyperModel, {}, TypeError, "not its class"),
        (keras.Sequential, {}, TypeError, "must be a Keras model"),
        (no_hyperparameters, {}, ValueError, "declares no hyperparameter"),
        (fails, {}, ValueError, "fails raised KeyError at units=1"),
        (returns_a_layer, {}, ValueError, "must return a Keras model. Received: Dense"),
        (unbuilt, {}, ValueError, "input shape"),
        (too_many_outputs, {}, ValueError, "2 outputs"),
        (clipped, {}, ValueError, "clipnorm"),
        (build_model, {"data": [1, 2]}, (TypeError, ValueError), "Dataset"),
        (build_model, {"learning_rate": 0.1}, ValueError, "build_model decides it"),
        (build_model, {"dropout": 0.1}, ValueError, "build_model decides it"),
        (build_model, {"hyperparameters": {"unit": 3}}, ValueError, "no hyperparameter 'unit'"),
        (build_model, {"hyperparameters": {"units": 99}}, ValueError, "from 4 to 12"),
        (build_model, {"hyperparameters": [3]}, TypeError, "dictionary"),
        (build_model, {"controls": ["unit"]}, ValueError, "Did you mean 'units'"),
        (build_model, {"epochs": 0}, ValueError, "epochs must be"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_shown(make, build, settings, error, words):
    with pytest.raises(error, match=words):
        make(build, **settings)


def test_hyperparameters_are_for_hypermodels(make, network):
    with pytest.raises(ValueError, match="are for a hypermodel"):
        make(network, hyperparameters={"units": 3})


def test_only_the_controls_asked_for(make):
    lab = make(build_model, controls=["l2", "rate", "buttons"], hyperparameters={"deep": True, "late": 0.25})
    lab.wait(120)
    assert described(lab) == ["l2 · live", "rate · live"]
    assert lab.hyperparameters["late"] == 0.25


def test_keras_tuner_is_loaded_for_hypermodels_only():
    code = "import sys, tuningkit.labs.tuning_lab; print('keras_tuner' in sys.modules, 'tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
