"""A line of settings with anything in it: a lab that stands at those settings, or a ValueError in words."""

from __future__ import annotations

from urllib.parse import quote

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tuningkit as tk
from tuningkit.labs.lab_settings import HYPER, MAY_BE_NONE
from tuningkit.labs.playground_settings import OWN_DEFAULTS, from_line
from tuningkit.labs.settings_string import from_string
from tuningkit.training.hyperparameters import HYPERPARAMETERS

_NAMES = st.sampled_from(
    [*HYPERPARAMETERS, *OWN_DEFAULTS, "repeats", "mode", "changes", f"{HYPER}units", HYPER]
)
# Numbers beyond every range, forms that Python reads and people do not write, and characters that end a part.
_VALUES = (
    st.sampled_from(
        ["", "0", "1", "-0", "1e-400", "1e400", "nan", "inf", "9" * 17, "9" * 400, "9" * 5000,
         "1_0", "\u0661", " 1 ", "0x10",
         "True", "model", "adam", "sgd", "Adam", "new run", "mid-run", "x1,x1", "8,8", "9,9", ",", "8" * 9,
         "spirals", "own", "1:l2:0.1", "1:l2:0.1,2:l2:model", "1:hp.x:1", "9e99:l2:1", "1:epochs:2", "::", "%", "&"]
    )
    | st.integers(-3, 20).map(str)
    | st.floats().map(str)
    | st.text(max_size=6)
)  # fmt: skip
_LINES = st.lists(st.tuples(_NAMES | st.text(max_size=4), _VALUES.map(quote) | _VALUES), max_size=3).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
_HERE = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def network():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((2,)), layers.Dense(4, "relu"), layers.Dropout(0.2), layers.Dense(1)]
    )


@settings(_HERE, max_examples=400)
@given(line=_LINES, own_data=st.booleans())
def test_reading_a_line(line, own_data):
    for read in (from_string, lambda text: from_line(text, own_data=own_data)):
        try:
            read(line)
        except ValueError as error:
            assert len(str(error).split()) >= 4, repr(error)


# Ordinary names only, so that most lines are read and the lab itself has to judge.
_LAB_LINES = st.dictionaries(
    st.sampled_from([*HYPERPARAMETERS, "repeats", "mode"]), _VALUES, min_size=1, max_size=2
).map(lambda values: "&".join(f"{name}={quote(value)}" for name, value in values.items()))


@settings(_HERE, max_examples=60)
@given(line=_LAB_LINES | st.sampled_from(["changes=1:l2:0.1", "changes=1:momentum:0.1", "hp.units=3"]))
def test_a_lab_of_a_line(line, network):
    data = tk.datasets.make_moons(60, seed=0)
    try:
        lab = tk.TuningLab.from_settings(network, data, line)
    except ValueError as error:
        assert len(str(error).split()) >= 4, repr(error)
        return
    try:
        for name, value in from_string(line).items():
            if name != "changes" and not (value is None and name in MAY_BE_NONE):
                assert lab.get(name) == value
        again = tk.TuningLab.from_settings(network, data, lab.link())
        assert again.link() == lab.link()
        again.close()
    finally:
        lab.close()


_PLAYGROUND_LINES = st.dictionaries(
    st.sampled_from([*OWN_DEFAULTS, "epochs", "momentum", "learning_rate", "batch_size"]),
    _VALUES,
    min_size=1,
    max_size=2,
).map(lambda values: "&".join(f"{name}={quote(value)}" for name, value in values.items()))


@settings(_HERE, max_examples=25)
@given(line=_PLAYGROUND_LINES)
def test_a_playground_of_a_line(line):
    try:
        lab = tk.PlaygroundLab.from_settings(line)
    except ValueError as error:
        assert len(str(error).split()) >= 4, repr(error)
        return
    try:
        again = tk.PlaygroundLab.from_settings(lab.link())
        assert again.link() == lab.link()
        again.close()
    finally:
        lab.close()


@pytest.mark.parametrize("name", ["epochs", "seed", "batch_size"])
def test_a_number_beyond_every_float_is_out_of_range(name):
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        from_string(f"{name}={'9' * 400}")
