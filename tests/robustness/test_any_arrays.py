"""`Dataset.from_arrays` given anything: a data set whose parts are sound, or a refusal in words, and nothing else."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuningkit.datasets import Dataset

ROWS = 24
_TYPES = (
    hnp.scalar_dtypes()
    | hnp.nested_dtypes(max_leaves=3)
    | st.sampled_from([np.dtype(np.longdouble), np.dtype(object), np.dtypes.StringDType()])
)
_ODD = st.sampled_from(
    [None, 10**400, -(10**30), b"\xff", "cat", "", "\ud800", 1j, np.nan, 2**64 - 1, pd.NA, pd.NaT, (1, 2), {}]
)


@st.composite
def arrays(draw, *, rows=ROWS):
    """Arrays of any type with up to three axes, some of them without a row, a column or a gap."""
    dtype = draw(_TYPES)
    shape = (draw(st.sampled_from([rows, rows, rows, 0, 1])), *draw(st.lists(st.integers(0, 4), max_size=2)))
    if dtype.kind in "OT":
        values = draw(st.lists(_ODD if dtype.kind == "O" else st.text(max_size=3), min_size=2, max_size=4))
        # StringDType has no form for half a character.
        values = [v.encode("utf-8", "replace").decode() if dtype.kind == "T" else v for v in values]
        flat = np.empty(int(np.prod(shape)), dtype=dtype)
        for place in range(len(flat)):
            flat[place] = values[place % len(values)]
        return flat.reshape(shape)
    array = draw(hnp.arrays(dtype, shape))
    if draw(st.integers(0, 9)) == 0:
        return np.ma.array(array, mask=np.arange(array.size).reshape(array.shape) % 7 == 0)
    return array


@st.composite
def tables(draw):
    """Data frames and series as pandas makes them, with types of its own."""
    kinds = ["Int64", "UInt64", "Float32", "boolean", "category", "float64", "uint64", "str", "object"]
    columns = {}
    for name in draw(st.lists(st.sampled_from(["a", "b", 3]), min_size=1, unique=True)):
        kind = draw(st.sampled_from(kinds))
        numbers = draw(st.lists(st.sampled_from([0, 1, 2**31, 2**63 + 5]), min_size=ROWS, max_size=ROWS))
        if kind == "boolean":
            numbers = [number > 0 for number in numbers]
        elif kind == "Int64":
            numbers = [number % 2**40 for number in numbers]
        column = pd.Series(numbers).astype(kind)
        if kind in ("Int64", "boolean") and draw(st.booleans()):
            column[3] = pd.NA
        columns[name] = column
    frame = pd.DataFrame(columns)
    if draw(st.booleans()):
        frame.columns = ["same"] * frame.shape[1]
    return frame if draw(st.booleans()) else frame.iloc[:, 0]


_LABELS = st.sampled_from(
    [np.arange(ROWS) % 3, np.arange(ROWS) / 7, np.array(["cat", "dog"] * 12), np.eye(2)[np.arange(ROWS) % 2]]
)
_X = arrays() | tables() | st.just(np.arange(ROWS * 2.0).reshape(ROWS, 2))
_ANYTHING = (
    arrays() | tables() | _LABELS | st.none() | st.text(max_size=3) | st.just({}) | st.just(range(ROWS))
)


def assert_sound(data, rows):
    parts = ("train", "validation", "test")
    x = [getattr(data, f"x_{part}") for part in parts]
    y = [getattr(data, f"y_{part}") for part in parts]
    assert sum(map(len, x)) == sum(map(len, y)) == rows and all(map(len, y))
    for array in (*x, *y):
        assert array.dtype in (np.float32, np.int32) and np.isfinite(array).all()
        assert not array.flags.writeable
    if data.class_names:
        assert len(set(data.class_names)) == len(data.class_names) >= 2
        assert all(part.min() >= 0 and part.max() < len(data.class_names) for part in y)


# Numbers near the end of their type overflow in a check on purpose; NumPy's warning about it is not the point.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(
    x=_X,
    y=_ANYTHING,
    scale=st.booleans(),
    task=st.sampled_from([None, None, "classification", "regression", "ranking", 3]),
    class_names=st.sampled_from([(), (), ("a", "b"), ["a", "a"], ("cat", "dog"), "ab", 5]),
    validation=st.sampled_from([0.2, 0.2, 0.2, 0, 1, -1, float("nan"), "0.2", None, True]),
    seed=st.sampled_from([0, 0, 7, -1, 2**40, 1.5, None]),
)
def test_any_arrays_give_a_sound_data_set_or_a_refusal_in_words(
    x, y, scale, task, class_names, validation, seed
):
    try:
        data = Dataset.from_arrays(
            x, y, scale=scale, task=task, class_names=class_names, validation=validation, seed=seed
        )
    except (TypeError, ValueError) as error:
        # Words for a person, about what was passed: not what a library says of its own insides.
        assert re.search(r"\b(x|y|task|validation|class_names|seed|rows|[Cc]lass(es)?)\b", str(error)), repr(
            error
        )
        assert len(str(error).split()) >= 5, repr(error)
        assert not isinstance(error, UnicodeError), repr(error)
        assert "object is not" not in str(error), repr(error)
    else:
        assert_sound(data, len(x))


X = np.arange(ROWS * 2.0).reshape(ROWS, 2)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (X, [b"\xff", b"a"] * 12, "y contains bytes that are no UTF-8 text"),
        (X, [1e300, 2e300] * 12, "y has class labels up to 2e\\+300"),
        (pd.DataFrame({"a": np.full(ROWS, 2**63 + 5, np.uint64)}), np.arange(ROWS) % 2, None),
        (X, [pd.NA, "cat"] * 12, "y has 12 missing values, the first at row 0"),
        (X, [pd.NaT, "cat"] * 12, "y has 12 missing values, the first at row 0"),
    ],
)
def test_what_was_found_so(x, y, words):
    if words is None:
        # Beyond int64, a whole number wrapped round to a negative one, unseen.
        data = Dataset.from_arrays(x, y, scale=False)
        assert data.x_train.min() == data.x_test.max() == np.float32(2**63)
        return
    with pytest.raises(ValueError, match=words):
        Dataset.from_arrays(x, y)


@pytest.mark.parametrize("class_names", [5, None])
def test_class_names_that_are_no_names(class_names):
    with pytest.raises(TypeError, match="class_names must be several names"):
        Dataset.from_arrays(X, np.arange(ROWS) % 2, class_names=class_names)


def test_a_seed_beyond_the_range_is_refused_by_name():
    with pytest.raises(ValueError, match="seed must be"):
        Dataset.from_arrays(X, np.arange(ROWS) % 2, seed=2**40)
