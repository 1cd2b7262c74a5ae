"""`Dataset.from_arrays`: what it accepts, what it decides, and how it refuses."""

import pickle

import numpy as np
import pandas as pd
import pytest

from tuningkit.datasets import Dataset

X = np.random.default_rng(0).normal(size=(60, 3)) * [1, 10, 100] + 5
Y = np.arange(60) % 3
AMOUNTS = X @ [1.0, -2.0, 0.5]


def whole(data, axis="y"):
    return np.concatenate([getattr(data, f"{axis}_{part}") for part in ("train", "validation", "test")])


def test_sizes_and_shares():
    data = Dataset.from_arrays(X, Y, validation=0.25, test=0.1)
    assert (len(data.y_train), len(data.y_validation), len(data.y_test)) == (39, 15, 6)


def test_scaling_matches_the_training_part_by_hand():
    data = Dataset.from_arrays(X, Y)
    raw = Dataset.from_arrays(X, Y, scale=False)  # same seed, so the same split
    mean, deviation = raw.x_train.mean(axis=0), raw.x_train.std(axis=0)
    np.testing.assert_allclose(data.x_train, (raw.x_train - mean) / deviation, atol=1e-4)
    np.testing.assert_allclose(data.x_validation, (raw.x_validation - mean) / deviation, atol=1e-4)
    np.testing.assert_allclose(data.x_test, (raw.x_test - mean) / deviation, atol=1e-4)


def test_nothing_leaks_from_validation_or_test():
    before = Dataset.from_arrays(X, Y)
    raw = Dataset.from_arrays(X, Y, scale=False)
    held_out = ~(X.astype(np.float32)[:, None] == raw.x_train[None]).all(axis=2).any(axis=1)
    assert held_out.sum() == 24
    changed = X.copy()
    changed[held_out] *= 1000
    np.testing.assert_array_equal(Dataset.from_arrays(changed, Y).x_train, before.x_train)


def test_images_share_one_scale():
    images = np.random.default_rng(0).integers(0, 256, size=(60, 4, 4, 1)).astype(np.uint8)
    images[:, 0] = 0  # a border that is always blank
    data = Dataset.from_arrays(images, Y)
    assert data.x_train.shape == (36, 4, 4, 1) and data.x_train.dtype == np.float32
    np.testing.assert_allclose(np.sort(whole(data, "x").ravel()), np.sort(images.ravel()) / 255, atol=1e-6)


def test_signals_with_negative_values_are_standardised_as_a_whole():
    signals = np.random.default_rng(0).normal(loc=[[0.0], [2.0]], scale=3, size=(60, 2, 5))
    train = Dataset.from_arrays(signals, Y).x_train
    assert train.mean() == pytest.approx(0, abs=1e-5) and train.std() == pytest.approx(1, abs=1e-5)
    assert train[:, 1].mean() - train[:, 0].mean() == pytest.approx(2 / 3, abs=0.3)  # the offset survives


def test_constant_columns_become_zero():
    x = X.copy()
    x[:, 1] = 1e6 + 0.1
    data = Dataset.from_arrays(x, Y)
    assert np.isfinite(whole(data, "x")).all()
    np.testing.assert_allclose(whole(data, "x")[:, 1], 0, atol=1e-3)


def test_scale_false_keeps_token_ids_whole():
    ids = np.random.default_rng(0).integers(0, 5000, size=(60, 7))
    data = Dataset.from_arrays(ids, Y, scale=False)
    assert data.x_train.dtype == np.int32
    assert sorted(whole(data, "x").ravel()) == sorted(ids.ravel())
    assert Dataset.from_arrays(ids, Y).x_train.dtype == np.float32
    assert Dataset.from_arrays(ids > 2500, Y, scale=False).x_train.dtype == np.float32


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.where(Y == 0, "dog", "cat"), ("cat", "dog")),
        (["dog" if label else "cat" for label in Y], ("cat", "dog")),
        (np.array(["dog" if label else "cat" for label in Y], dtype=object), ("cat", "dog")),
        (np.where(Y == 0, b"dog", b"cat"), ("cat", "dog")),
        (np.where(Y == 0, "dog", "cat").astype(np.dtypes.StringDType()), ("cat", "dog")),
        (pd.Series(np.where(Y == 0, "dog", "cat")), ("cat", "dog")),
        (pd.Series(np.where(Y == 0, "dog", "cat"), dtype="category"), ("cat", "dog")),
        (Y == 0, ("False", "True")),
        (pd.Series(Y == 0, dtype="boolean"), ("False", "True")),
        (Y * 10 - 5, ("-5", "5", "15")),
        (Y.astype(np.uint8), ("0", "1", "2")),
        (pd.Series(Y, dtype="Int64"), ("0", "1", "2")),
        (Y + 1.0, ("1", "2", "3")),
        (Y[:, None], ("0", "1", "2")),
        (pd.DataFrame({"label": Y}), ("0", "1", "2")),
        (np.eye(3)[Y], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[Y], ("0", "1", "2")),
        (pd.get_dummies(np.array(["cat", "dog", "emu"])[Y]), ("cat", "dog", "emu")),
    ],
)
def test_labels_become_classes(labels, names):
    data = Dataset.from_arrays(X, labels, scale=False)
    assert data.task == "classification" and data.class_names == names
    # Rows keep their labels: look every row up in the original.
    texts = [label.decode() if isinstance(label, bytes) else label for label in np.asarray(labels).tolist()]
    by_row = dict(zip((row.tobytes() for row in X.astype(np.float32)), texts, strict=True))
    for row, label in zip(data.x_test, data.y_test, strict=True):
        original = by_row[row.tobytes()]
        if isinstance(original, list):
            original = original[0] if len(original) == 1 else names[original.index(max(original))]
        original = int(original) if isinstance(original, float) else original
        assert names[label] == str(original)


def test_class_names_rename_numbers_in_sorted_order():
    data = Dataset.from_arrays(X, Y * 10, class_names=["low", "middle", "high"])
    assert data.class_names == ("low", "middle", "high")
    assert np.bincount(whole(data)).tolist() == [20, 20, 20]


def test_class_names_order_texts_but_never_swap_them():
    labels = np.array(["cat", "dog", "emu"])[Y]
    plain = Dataset.from_arrays(X, labels)
    ordered = Dataset.from_arrays(X, labels, class_names=("emu", "cat", "dog"))
    assert ordered.class_names == ("emu", "cat", "dog")
    first = [plain.class_names[label] for label in plain.y_train]
    counts = {name: (whole(ordered) == index).sum() for index, name in enumerate(ordered.class_names)}
    assert set(first) == set(counts) and set(counts.values()) == {20}
    with pytest.raises(ValueError, match="class_names must hold the same texts as y"):
        Dataset.from_arrays(X, labels, class_names=("Emu", "Cat", "Dog"))


@pytest.mark.parametrize(
    ("targets", "task", "shape"),
    [
        (AMOUNTS, None, ()),
        (AMOUNTS[:, None], None, ()),
        (np.column_stack([AMOUNTS, AMOUNTS]), None, (2,)),
        (np.arange(60.0), None, ()),  # whole, but more than 20 different values
        (Y, "regression", ()),
        (Y.astype(float), "regression", ()),
        (np.eye(3)[Y], "regression", (3,)),
        (pd.Series(AMOUNTS), None, ()),
        (AMOUNTS.tolist(), None, ()),
    ],
)
def test_amounts_become_regression_in_their_own_units(targets, task, shape):
    data = Dataset.from_arrays(X, targets, task=task)
    assert data.task == "regression" and data.y_train.shape == (36, *shape)
    assert data.y_train.dtype == np.float32
    np.testing.assert_allclose(
        np.sort(whole(data).ravel()), np.sort(np.asarray(targets, dtype=np.float32).ravel()), rtol=1e-6
    )


def test_task_settles_whole_floats():
    stars = np.arange(60.0) % 30
    assert Dataset.from_arrays(X, stars).task == "regression"
    many = np.arange(600.0) % 30
    assert Dataset.from_arrays(np.ones((600, 1)), many, task="classification").n_classes == 30


def test_data_frames_give_feature_names():
    frame = pd.DataFrame({"age": [float(i) for i in range(60)], "member": Y == 0, "visits": Y})
    data = Dataset.from_arrays(frame, Y)
    assert data.feature_names == ("age", "member", "visits")
    assert data.x_train.dtype == np.float32
    ids = Dataset.from_arrays(frame[["visits"]], Y, scale=False)
    assert ids.x_train.dtype == np.int32


def test_nested_lists_and_masked_arrays_without_gaps():
    data = Dataset.from_arrays(X.tolist(), Y.tolist())
    np.testing.assert_array_equal(data.x_train, Dataset.from_arrays(np.ma.array(X), Y).x_train)


def test_result_can_be_pickled():
    data = Dataset.from_arrays(X, np.array(["cat", "dog", "emu"])[Y])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(data)).x_test, data.x_test)


def with_value(value, row=7, column=2):
    x = X.copy()
    x[row, column] = value
    return x


def frame_with(**columns):
    return pd.DataFrame({"age": X[:, 0], **columns})


class Sparse:
    nnz = 3

    def toarray(self):
        return X


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[:50], "x has 50 rows, but y has 60"),
        (with_value(np.nan), r"x has 1 missing \(NaN\) value, the first at row 7, column 2"),
        (with_value(-np.inf), "x has 1 infinite value, the first at row 7, column 2"),
        (frame_with(height=with_value(np.nan)[:, 2]), "the first at row 7, column 'height'"),
        (frame_with(height=pd.array([None] + [1] * 59, dtype="Int64")), "first at row 0, column 'height'"),
        (frame_with(town=["Ulm"] * 60), "columns that are not numbers: 'town'"),
        (frame_with(day=pd.Timestamp("2026-01-01")), "columns that are not numbers: 'day'"),
        (X[:, 0], r"x has the shape \(60,\).*numpy.reshape"),
        (pd.Series(X[:, 0]), "x.to_frame"),
        ([["a", "b"]] * 60, "x contains text, for example 'a'"),
        (["one text"] * 60, "each number is one example|x contains text"),
        (X.astype(object), r"array of Python objects \(float\)"),
        (X.astype(complex), "complex numbers"),
        (np.full((60, 2), np.datetime64("2026-01-01")), "datetime64"),
        ([[1, 2], [3]] * 30, "rows have different lengths"),
        (np.zeros((0, 3)), r"x is empty: its shape is \(0, 3\)"),
        (np.zeros((60, 0)), "x is empty"),
        ([], "x is empty"),
        (3.0, "x must hold one entry per example, but it is a single float"),
        (None, "single NoneType"),
        (Sparse(), "sparse matrix"),
        (np.ma.masked_greater(X, 5), "masked value"),
        (with_value(1e300), r"^x has values up to 1e\+300.*Divide x by"),
    ],
)
def test_bad_inputs_are_explained(x, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Dataset.from_arrays(x, Y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:40], "x has 60 rows, but y has 40"),
        (np.zeros(60, int), "y has one class only: every label is 0"),
        (["cat"] * 60, "y has one class only: every label is cat"),
        ([], "y is empty"),
        (np.where(Y == 1, np.nan, AMOUNTS), r"y has 20 missing \(NaN\) values, the first at row 1"),
        (["cat", None] * 30, "y has 30 missing values, the first at row 1"),
        (["cat", float("nan")] * 30, "y has 30 missing values, the first at row 1"),
        (pd.Series(["cat", None, "dog"] * 20), "y has 20 missing values, the first at row 1"),
        (pd.Series([1, None, 2] * 20, dtype="Int64"), "y has 20 missing values, the first at row 1"),
        (["cat", 1] * 30, "y mixes texts with int values such as 1"),
        (np.array([1, 2] * 30, dtype=object), "array of Python objects"),
        (AMOUNTS.astype(complex), "complex"),
        (np.where(Y == 0, np.inf, AMOUNTS), "20 infinite values"),
        (AMOUNTS * 1e300, "y has values up to .* Divide y by"),
        (np.ones((60, 2, 2)), r"y has the shape \(60, 2, 2\)"),
        (np.array([[1, 1, 0]] * 60), "whole numbers, but not one-hot"),
        (np.array([[0.5, 0.5]] * 60), "shares that sum to one, but not one-hot"),
        (np.eye(4)[Y], "Column 3 of the one-hot y is never 1"),
        (np.array([["a", "b"]] * 60), "not one-hot"),
        ([0] * 58 + [1] * 2, "Class '1' has too few rows: 2.*at least 5"),
        (np.arange(60), "60 rows are too few|too few rows"),
    ],
)
def test_bad_targets_are_explained(y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Dataset.from_arrays(X, y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"validation": 0}, "validation is a share of the rows, above 0 and below 1"),
        ({"validation": 1.0}, "validation is a share"),
        ({"test": -0.1}, "test is a share"),
        ({"test": 12}, r"test is a share .* \(0.2 means 20 %\), but it is 12"),
        ({"test": "20 %"}, "test must be a number between 0 and 1"),
        ({"validation": 0.5, "test": 0.5}, "leave no rows for training"),
        ({"validation": float("nan")}, "validation is a share"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"validation": 0.01}, "60 rows are too few"),
        ({"class_names": ("a", "b")}, "class_names has 2 names, but y has 3 classes: 0, 1, 2"),
        ({"class_names": "abc"}, "class_names must be several names"),
        ({"task": "clustering"}, 'task must be "classification", "regression" or None'),
        ({"task": "regression", "class_names": ("a", "b", "c")}, "y holds amounts"),
    ],
)
def test_bad_settings_are_explained(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Dataset.from_arrays(X, Y, **arguments)


def test_task_contradicting_y():
    with pytest.raises(ValueError, match="Class labels must be whole numbers or texts"):
        Dataset.from_arrays(X, AMOUNTS, task="classification")
    with pytest.raises(TypeError, match="regression needs numbers"):
        Dataset.from_arrays(X, ["cat", "dog"] * 30, task="regression")
    with pytest.raises(ValueError, match="y holds amounts"):
        Dataset.from_arrays(X, AMOUNTS, class_names=("a", "b"))


def test_too_many_rare_classes_hint_at_regression():
    x, y = np.ones((200, 1)), np.r_[np.arange(30), np.zeros(170, int)]
    with pytest.raises(ValueError, match='pass task="regression"'):
        Dataset.from_arrays(x, y)


def test_overflow_after_scaling_is_caught():
    x = np.ones((60, 1))
    raw = Dataset.from_arrays(np.arange(60.0)[:, None], Y, scale=False)
    in_train = raw.x_train[:, 0].astype(int)
    x[in_train] = -3.3e38
    x[np.setdiff1d(np.arange(60), in_train)] = 3.3e38
    with pytest.raises(ValueError, match="the scaled validation part of x has values up to 6"):
        Dataset.from_arrays(x, Y)
    with pytest.raises(ValueError, match=r"^x has values up to 3"):
        Dataset.from_arrays(x * 1e62, Y, scale=False)


def test_whole_numbers_outside_int32_are_refused():
    ids = np.full((60, 2), 2**40)
    with pytest.raises(ValueError, match="whole numbers between 1099511627776"):
        Dataset.from_arrays(ids, Y, scale=False)
    assert Dataset.from_arrays(ids, Y).x_train.max() == 0
