"""Which hyperparameters are live, found by comparing built models."""

from __future__ import annotations

import keras
import keras_tuner
import pytest

from tuningkit.search.hypermodel import Hypermodel, HypermodelError, is_hypermodel
from tuningkit.search.hypermodel_values import Written, check_value, stops, tried_values
from tuningkit.search.liveness import Liveness

L2 = keras.regularizers.L2


def dense(units=4, **settings):
    return keras.layers.Dense(units, **settings)


def network(*layers):
    return keras.Sequential([keras.Input((3,)), *layers, dense(1)])


def compiled(model, optimizer="sgd", loss="mse", **settings):
    model.compile(optimizer, loss, **settings)
    return model


def kinds_of(build, base=None):
    liveness = Liveness(Hypermodel(build))
    base = base or {}
    liveness._hypermodel.blueprint(base)
    for _ in liveness.explore(base):
        pass
    return liveness.kinds


# One hyperparameter "x" each; what it reaches is not to be seen from its name.


def shared_dropout(hp):
    rate = hp.Float("x", 0, 0.5)
    return network(keras.layers.Dropout(rate), dense(), keras.layers.Dropout(rate))


def one_of_two_dropouts(hp):
    return network(keras.layers.Dropout(0.1), dense(), keras.layers.Dropout(hp.Choice("x", [0.0, 0.2, 0.4])))


def transformed(hp):
    return compiled(network(dense()), keras.optimizers.Adam(10.0 ** hp.Int("x", -4, -1)))


def regularizer_absent_at_zero(hp):
    strength = hp.Float("x", 0, 0.1)
    return network(dense(kernel_regularizer=L2(strength) if strength else None))


def l1_or_l2(hp):
    make = {"l1": keras.regularizers.L1, "l2": L2}[hp.Choice("x", ["l1", "l2"])]
    return network(dense(kernel_regularizer=make(0.01)))


def momentum_of_adam(hp):
    return compiled(network(dense()), keras.optimizers.Adam(0.01, beta_1=hp.Float("x", 0.5, 0.95)))


def rate_and_dropout(hp):
    x = hp.Float("x", 0.1, 0.5)
    return compiled(network(keras.layers.Dropout(x)), keras.optimizers.SGD(x))


def dropout_only_above_zero(hp):
    rate = hp.Float("x", 0, 0.5)
    return network(dense(), *([keras.layers.Dropout(rate)] if rate else []))


def width(hp):
    return network(dense(hp.Int("x", 2, 8)))


def activation(hp):
    return network(dense(activation=hp.Choice("x", ["relu", "tanh"])))


def optimizer(hp):
    return compiled(network(dense()), hp.Choice("x", ["sgd", "adam", "rmsprop"]))


def momentum_of_sgd(hp):
    return compiled(network(dense()), keras.optimizers.SGD(0.1, momentum=hp.Choice("x", [0.0, 0.9])))


def schedule(hp):
    rate = keras.optimizers.schedules.CosineDecay(hp.Float("x", 1e-3, 1e-1, sampling="log"), 100)
    return compiled(network(dense()), keras.optimizers.SGD(rate))


def bias_penalty(hp):
    return network(dense(bias_regularizer=L2(hp.Float("x", 0.0, 0.1))))


def noise(hp):
    return network(keras.layers.GaussianNoise(hp.Float("x", 0.0, 1.0)))


def initializer(hp):
    return network(dense(kernel_initializer=keras.initializers.RandomNormal(stddev=hp.Float("x", 0.01, 1))))


def frozen_weights(hp):
    layer = dense(trainable=False)
    model = network(layer)
    layer.kernel.assign(hp.Float("x", 0, 1) * keras.ops.ones_like(layer.kernel))
    return model


def loss_closure(hp):
    x = hp.Float("x", 1, 2)

    def weighted(y_true, y_pred):
        return x * keras.losses.mean_squared_error(y_true, y_pred)

    return compiled(network(dense()), loss=weighted)


def huber(hp):
    return compiled(network(dense()), loss=keras.losses.Huber(hp.Float("x", 0.5, 2)))


def own_loss_class(hp):
    class Weighted(keras.losses.Loss):
        def __init__(self, weight):
            super().__init__()
            self.weight = weight

        def call(self, y_true, y_pred):
            return self.weight * keras.ops.square(y_true - y_pred)

    return compiled(network(keras.layers.Dropout(hp.Float("x", 0, 0.5))), loss=Weighted(2.0))


def layer_class_that_closes_over_it(hp):
    x = hp.Float("x", 1, 2)

    class Scale(keras.layers.Layer):
        def call(self, inputs):
            return x * inputs

    return network(Scale(), dense())


def layer_names(hp):
    return network(keras.layers.Dense(4, name=f"layer_{hp.Int('x', 1, 3)}"))


def unused(hp):
    hp.Int("x", 1, 9)
    return network(dense())


@pytest.mark.parametrize(
    ("build", "kind"),
    [
        (shared_dropout, "live"),
        (one_of_two_dropouts, "live"),
        (transformed, "live"),
        (regularizer_absent_at_zero, "live"),
        (l1_or_l2, "live"),
        (momentum_of_adam, "live"),
        (rate_and_dropout, "live"),
        (dropout_only_above_zero, "mixed"),
        (width, "rebuilds"),
        (activation, "rebuilds"),
        (optimizer, "rebuilds"),
        (momentum_of_sgd, "rebuilds"),
        (schedule, "rebuilds"),
        (bias_penalty, "rebuilds"),
        (noise, "rebuilds"),
        (initializer, "rebuilds"),
        (frozen_weights, "rebuilds"),
        (loss_closure, "rebuilds"),
        (huber, "rebuilds"),
        (own_loss_class, "live"),
        (layer_class_that_closes_over_it, "rebuilds"),
        (layer_names, "nothing"),
        (unused, "nothing"),
    ],
)
def test_what_a_hyperparameter_reaches_is_found_by_comparing_models(build, kind):
    assert kinds_of(build) == {"x": kind}


def test_functional_models_with_operations_and_nested_models_are_compared_too():
    def build(hp):
        inner = keras.Sequential(
            [keras.Input((4,)), dense(), keras.layers.Dropout(hp.Float("inner", 0, 0.5))]
        )
        inputs = keras.Input((3,))
        hidden = inner(dense()(inputs)) * hp.Choice("scale", [1.0, 2.0])
        cut = hidden[:, : hp.Int("cut", 2, 3)]
        outputs = dense(1, kernel_regularizer=L2(hp.Float("l2", 1e-4, 1.0, sampling="log")))(cut)
        return keras.Model(inputs, outputs)

    assert kinds_of(build) == {"inner": "live", "scale": "rebuilds", "cut": "rebuilds", "l2": "live"}


def test_numbers_of_the_blueprint_are_per_layer():
    drop = keras.layers.Dropout

    def build(hp):
        return compiled(
            network(drop(0.1), dense(kernel_regularizer=L2(0.5)), drop(hp.Float("x", 0, 0.9))),
            keras.optimizers.AdamW(hp.Float("rate", 1e-4, 0.1), weight_decay=0.01),
        )

    made = Hypermodel(build).blueprint({"x": 0.7, "rate": 0.001})
    assert made.dropout == (0.1, 0.7)
    assert made.l2 == (0.5, 0.0) and made.l1 == (0.0, 0.0)
    assert made.learning_rate == 0.001
    assert made.optimizer == {"beta_1": 0.9, "beta_2": 0.999, "weight_decay": 0.01}


def conditional(hp):
    layers = [dense()]
    hp.Choice("kind", ["flat", "deep"])
    with hp.conditional_scope("kind", ["deep"]):
        extra = hp.Int("extra", 2, 4)
        if extra:
            layers.append(dense(extra))
    if hp.Boolean("drop"):
        layers.append(keras.layers.Dropout(hp.Float("rate", 0.0, 0.5)))
    hp.Int("child", 1, 3, parent_name="kind", parent_values=["deep"])
    hp.Fixed("classes", 1)
    return network(*layers)


def test_hyperparameters_that_are_not_in_use_are_found_and_tested_where_they_are():
    hypermodel = Hypermodel(conditional)
    assert "extra" not in hypermodel.blueprint({}).values
    assert kinds_of(conditional) == {
        "kind": "rebuilds", "extra": "rebuilds", "drop": "rebuilds", "child": "nothing", "rate": "live",
    }  # fmt: skip
    defaults = hypermodel.defaults()
    assert hypermodel.why_not("extra", defaults) == "needs kind = deep"
    assert hypermodel.why_not("drop", defaults) == ""
    assert hypermodel.why_not("extra", {**defaults, "kind": "deep"}) == ""
    hypermodel.blueprint({"drop": True})
    defaults = hypermodel.defaults()
    assert "does not ask for it" in hypermodel.why_not("rate", defaults)
    assert hypermodel.why_not("rate", {**defaults, "drop": True}) == ""


def test_an_inactive_value_reaches_nothing():
    hypermodel = Hypermodel(conditional)
    hypermodel.blueprint({})
    assert hypermodel.blueprint({"kind": "flat", "extra": 3}) is hypermodel.blueprint({})
    assert hypermodel.blueprint({"kind": "deep", "extra": 3}).values["extra"] == 3


def test_one_name_under_two_conditions_has_the_range_of_the_active_one():
    def build(hp):
        kind = hp.Choice("kind", ["small", "large"])
        with hp.conditional_scope("kind", ["small"]):
            small = hp.Int("units", 2, 4)
        with hp.conditional_scope("kind", ["large"]):
            large = hp.Int("units", 10, 20)
        return network(dense(small if kind == "small" else large))

    hypermodel = Hypermodel(build)
    assert hypermodel.blueprint({"units": 3}).values == {"kind": "small", "units": 3}
    assert hypermodel.blueprint({"kind": "large", "units": 3}).values == {"kind": "large", "units": 10}
    assert hypermodel.definition("units", {"kind": "large"}).max_value == 20
    with pytest.raises(ValueError, match="from 2 to 4"):
        hypermodel.check("units", 15, {"kind": "small"})


def test_keras_tuners_own_object_builds_the_same_model():
    hypermodel = Hypermodel(conditional)
    values = {"kind": "deep", "extra": 4, "drop": True, "rate": 0.5, "child": 2}
    hypermodel.blueprint(values)
    hp = hypermodel.hyperparameters(values)
    assert isinstance(hp, keras_tuner.HyperParameters)
    assert hp.values == {**values, "classes": 1}
    assert hypermodel.blueprint(values).structure == hypermodel.build_with_blueprint(hp.values)[1].structure


def test_what_was_live_is_not_believed_where_it_is_not():
    def build(hp):
        rate = hp.Float("x", 0, 0.4)
        between = 0.05 < rate < 0.15  # None of the values that are tried.
        return network(dense(6 if between else 4), keras.layers.Dropout(rate))

    hypermodel = Hypermodel(build)
    liveness = Liveness(hypermodel)
    before = hypermodel.blueprint({})
    for _ in liveness.explore({}):
        pass
    assert liveness.kinds == {"x": "live"}
    assert not liveness.compare(before, hypermodel.blueprint({"x": 0.3}))
    assert liveness.compare(before, hypermodel.blueprint({"x": 0.1}))
    assert liveness.kinds == {"x": "mixed"}


def test_values_without_a_model_do_not_end_the_exploration():
    def build(hp):
        if hp.Int("x", 1, 3) == 3:
            raise RuntimeError("no such model")
        return network(dense(hp.get("x")), keras.layers.Dropout(hp.Float("y", 0, 0.5)))

    assert kinds_of(build) == {"x": "rebuilds", "y": "live"}


def test_a_function_that_fails_is_quoted_with_its_values():
    def build_it(hp):
        return network(dense(hp.Int("units", 0, 4)))

    with pytest.raises(HypermodelError, match=r"build_it raised ValueError at units=0: .*units") as raised:
        Hypermodel(build_it).build({})
    assert isinstance(raised.value.__cause__, ValueError)
    with pytest.raises(HypermodelError, match=r"must return a Keras model\. Received: NoneType at units=1"):
        Hypermodel(lambda hp: print(hp.Int("units", 1, 4))).build({})


def test_what_is_a_hypermodel():
    class Own(keras_tuner.HyperModel):
        def build(self, hp):
            return width(hp)

    assert is_hypermodel(width) and is_hypermodel(lambda hp: None)
    assert is_hypermodel(Own()) and is_hypermodel(Own)
    assert not is_hypermodel(network(dense())) and not is_hypermodel(keras.Sequential)
    assert not is_hypermodel("adam") and not is_hypermodel(None)
    assert Hypermodel(Own()).blueprint({"x": 5}).values == {"x": 5}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: None, "takes one argument, hp"),
        (lambda hp, units: None, "takes one argument, hp"),
        (keras_tuner.HyperModel, "not its class"),
        (keras_tuner.HyperParameters(), "a function or a keras_tuner.HyperModel"),
    ],
)
def test_what_cannot_be_a_hypermodel_is_refused(build, words):
    with pytest.raises(TypeError, match=words):
        Hypermodel(build)


def test_prints_are_kept_off_the_screen(capsys):
    def build(hp):
        print("built")
        return width(hp)

    hypermodel = Hypermodel(build)
    hypermodel.build({})
    print("seen")
    hypermodel.build({}, quiet=False)
    assert capsys.readouterr().out == "seen\nbuilt\n"


def space(**definitions):
    hp = keras_tuner.HyperParameters()
    for name, (kind, arguments) in definitions.items():
        getattr(hp, kind)(name, **arguments)
    return {one.name: one for one in hp.space}


def test_sliders_stop_where_keras_tuner_does():
    known = space(
        step=("Int", {"min_value": 8, "max_value": 30, "step": 8}),
        log=("Float", {"min_value": 1e-4, "max_value": 1e-2, "sampling": "log"}),
        log_step=("Int", {"min_value": 2, "max_value": 32, "step": 2, "sampling": "log"}),
        log_int=("Int", {"min_value": 3, "max_value": 90, "sampling": "log"}),
        linear=("Float", {"min_value": 0, "max_value": 0.3, "step": 0.1}),
        choice=("Choice", {"values": [3, 1, 2]}),
        huge=("Int", {"min_value": 1, "max_value": 10**9}),
        free=("Float", {"min_value": -1, "max_value": 1}),
        reverse=("Float", {"min_value": 1, "max_value": 100, "sampling": "reverse_log"}),
    )
    listed = {name: stops(definition) for name, definition in known.items()}
    assert listed["step"] == [8, 16, 24]
    assert listed["log"] == [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2]
    assert listed["log_step"] == [2, 4, 8, 16, 32]
    assert listed["log_int"] == [3, 5, 10, 20, 50, 90]
    assert listed["linear"] == [0.0, 0.1, 0.2, 0.3]
    assert listed["choice"] == [1, 2, 3]
    assert len(listed["huge"]) <= 201 and listed["huge"][0] == 1 and listed["huge"][-1] == 10**9
    assert len(listed["free"]) == 25 and listed["free"][0] == -1 and listed["free"][-1] == 1
    assert len(listed["reverse"]) == 25 and all(1 <= value <= 100 for value in listed["reverse"])
    assert all(
        isinstance(value, int) for name in ("step", "log_step", "log_int", "huge") for value in listed[name]
    )


def test_more_than_one_pair_of_values_is_tried():
    known = space(
        float=("Float", {"min_value": 0, "max_value": 1}),
        int=("Int", {"min_value": 1, "max_value": 3}),
        bool=("Boolean", {}),
        words=("Choice", {"values": list("abcdefgh")}),
        fixed=("Fixed", {"value": 3}),
    )
    assert tried_values(known["float"], 0.0) == [0.5, 1.0]
    assert tried_values(known["int"], 2) == [1, 3]
    assert tried_values(known["bool"], False) == [True]
    assert tried_values(known["words"], "a") == ["b", "c", "d", "h"]
    assert tried_values(known["fixed"], 3) == []


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("float", "much", TypeError, "a number from 0 to 1"),
        ("float", 2, ValueError, "a number from 0 to 1"),
        ("float", float("nan"), ValueError, "a number from 0 to 1"),
        ("float", Written("much"), ValueError, "must be a number"),
        ("int", 2.5, ValueError, "a whole number from 1 to 9"),
        ("int", True, TypeError, "a whole number from 1 to 9"),
        ("bool", 1, TypeError, "True or False"),
        ("words", "c", ValueError, "one of 'a', 'b'"),
        ("fixed", 4, ValueError, "fixed at 3"),
    ],
)
def test_impossible_values_are_refused(name, value, error, words):
    known = space(
        float=("Float", {"min_value": 0, "max_value": 1}),
        int=("Int", {"min_value": 1, "max_value": 9}),
        bool=("Boolean", {}),
        words=("Choice", {"values": ["a", "b"]}),
        fixed=("Fixed", {"value": 3}),
    )
    with pytest.raises(error, match=words):
        check_value(known[name], value)
    good = {"float": 1 / 3, "int": 9, "bool": True, "words": "b", "fixed": 3}[name]
    assert check_value(known[name], Written(good)) == good
