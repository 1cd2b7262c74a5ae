"""The Dataset class: read-only, picklable, subsets, label noise, what it says of itself."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from tuningkit.datasets import Dataset, load_breast_cancer, load_digits, load_iris

ARRAYS = ("x_train", "y_train", "x_validation", "y_validation", "x_test", "y_test")


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def regression():
    rng = np.random.default_rng(0)
    return Dataset.from_arrays(rng.normal(size=(50, 3)), rng.normal(loc=100, size=50), name="prices")


def given(**changes):
    fields = {
        "name": "tiny",
        "x_train": np.eye(4),
        "y_train": np.array([0, 1, 0, 1]),
        "x_validation": np.ones((2, 4)),
        "y_validation": np.array([0, 1]),
        "x_test": np.zeros((2, 4)),
        "y_test": np.array([1, 0]),
    }
    return Dataset(**{**fields, **changes})


@pytest.mark.parametrize("field", ARRAYS)
def test_arrays_are_read_only(digits, field):
    with pytest.raises(ValueError, match="read-only"):
        getattr(digits, field)[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(digits, field, None)


@pytest.mark.parametrize("restore", [lambda d: pickle.loads(pickle.dumps(d)), copy.deepcopy, copy.copy])
def test_copies_are_equal_and_read_only(digits, restore):
    again = restore(digits)
    for field in dataclasses.fields(Dataset):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(digits, field.name))
    assert not any(getattr(again, name).flags.writeable for name in ARRAYS)


def test_the_callers_array_stays_theirs():
    mine = np.eye(4, dtype=np.float32)
    data = given(x_train=mine)
    mine[0, 0] = 9
    assert data.x_train[0, 0] == 1


def test_a_read_only_view_is_copied_too():
    mine = np.eye(4, dtype=np.float32)
    view = mine[:]
    view.flags.writeable = False
    data = given(x_train=view)
    mine[0, 0] = 9
    assert data.x_train[0, 0] == 1


def test_read_only_arrays_of_other_types_are_converted():
    mine = np.eye(4)
    mine.flags.writeable = False
    assert given(x_train=mine).x_train.dtype == np.float32


def test_constructor_fills_class_names_and_types():
    data = given()
    assert data.class_names == ("0", "1")
    assert data.x_train.dtype == np.float32 and data.y_train.dtype == np.int32
    assert given(y_train=np.array([True, False, True, False])).n_classes == 2


def test_token_ids_stay_whole_only_if_all_parts_are():
    ids = {
        "x_train": np.eye(4, dtype=int),
        "x_validation": np.ones((2, 4), int),
        "x_test": np.ones((2, 4), int),
    }
    assert given(**ids).x_train.dtype == np.int32
    assert given(**{**ids, "x_test": np.full((2, 4), 0.5)}).x_train.dtype == np.float32


def test_regression_has_no_classes(regression):
    assert regression.task == "regression"
    assert regression.n_classes == 0 and regression.class_names == ()
    assert regression.y_train.dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.eye(3, 4)}, "x_train has 3 rows, but y_train has 4"),
        ({"x_test": np.ones((2, 5))}, r"x_test has rows of the shape \(5,\), but x_train has \(4,\)"),
        ({"x_train": np.ones(4)}, "needs at least two axes"),
        ({"x_test": np.ones((0, 4)), "y_test": np.ones(0, int)}, "x_test is empty"),
        (
            {"x_validation": np.full((2, 4), np.nan)},
            r"x_validation has 8 missing \(NaN\) values, the first at",
        ),
        ({"y_train": np.array([0, 1, 2, 3]), "class_names": ("a", "b")}, "2 classes are numbered 0 to 1"),
        ({"y_train": np.array([0, -1, 0, 1])}, "labels from -1 to 1"),
        ({"y_train": np.zeros(4, int), "y_validation": [0, 0], "y_test": [0, 0]}, "at least two classes"),
        ({"class_names": ("same", "same")}, "different names"),
        ({"y_train": np.array([0.5, 1, 0, 1]), "class_names": ("a", "b")}, "amounts have no classes"),
        ({"y_train": np.eye(4, 2, dtype=int)}, "y_train"),
        ({"feature_names": ("a", "b")}, "feature_names has 2 names"),
        ({"x_train": np.array([["a"] * 4] * 4)}, "x_train contains text"),
    ],
)
def test_constructor_refuses_what_does_not_fit(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        given(**changes)


@pytest.mark.parametrize("n", [10, 11, 100, 1340, 1347])
def test_subset_has_n_rows_in_true_shares(digits, n):
    small = digits.subset(n)
    assert small.x_train.shape == (n, 64) and small.y_train.shape == (n,)
    counts = np.bincount(small.y_train, minlength=10)
    assert abs(counts - n * np.bincount(digits.y_train) / 1347).max() <= 1.5
    assert small.x_validation is digits.x_validation and small.y_test is digits.y_test
    assert small.name == f"digits, {n} training rows"
    assert not small.x_train.flags.writeable


def test_subset_keeps_rows_with_their_labels():
    data = given(
        x_train=np.array([[0.0], [1], [2], [3], [4], [5]]),
        y_train=np.array([0, 1, 0, 1, 0, 1]),
        x_validation=np.ones((2, 1)),
        x_test=np.ones((2, 1)),
    )
    small = data.subset(4)
    np.testing.assert_array_equal(small.x_train[:, 0].astype(int) % 2, small.y_train)
    assert (np.diff(small.x_train[:, 0]) > 0).all()


def test_subsets_are_nested_and_seeded(digits):
    rows = lambda n, seed=0: {row.tobytes() for row in digits.subset(n, seed=seed).x_train}  # noqa: E731
    assert rows(50) < rows(200)
    assert rows(50) == rows(50)
    assert rows(50) != rows(50, seed=1)


def test_subset_never_loses_a_rare_class():
    y = np.array([0] * 97 + [1] * 3)
    data = given(
        x_train=np.arange(100.0)[:, None], y_train=y, x_validation=np.ones((2, 1)), x_test=np.ones((2, 1))
    )
    for n in range(2, 20):
        assert set(data.subset(n).y_train) == {0, 1}


def test_subset_of_regression(regression):
    assert regression.subset(7).x_train.shape == (7, 3)


@pytest.mark.parametrize(
    ("n", "message"),
    [
        (9, r"between 10 and 1347 training rows \(one per class makes 10\), but it is 9"),
        (1348, r"\(the training part has 1347\), but it is 1348"),
        (0, "n must be at least 1"),
        (0.1, "n must be a whole number"),
    ],
)
def test_subset_refuses_sizes_it_cannot_make(digits, n, message):
    with pytest.raises((TypeError, ValueError), match=message):
        digits.subset(n)


@pytest.mark.parametrize("fraction", [0, 0.25, 1])
def test_label_noise_changes_exactly_that_share_to_other_classes(digits, fraction):
    noisy = digits.with_label_noise(fraction)
    assert (noisy.y_train != digits.y_train).sum() == round(fraction * 1347)
    assert set(noisy.y_train) <= set(range(10))
    assert noisy.y_validation is digits.y_validation and noisy.y_test is digits.y_test
    assert noisy.x_train is digits.x_train
    assert noisy.class_names == digits.class_names


def test_label_noise_reaches_every_other_class_evenly(digits):
    noisy = digits.with_label_noise(1.0)
    shift = (noisy.y_train - digits.y_train) % 10
    counts = np.bincount(shift, minlength=10)
    assert counts[0] == 0 and counts[1:].min() > 100  # 150 expected each


def test_label_noise_is_nested_and_seeded(digits):
    little, much = digits.with_label_noise(0.1), digits.with_label_noise(0.3)
    wrong = little.y_train != digits.y_train
    np.testing.assert_array_equal(little.y_train[wrong], much.y_train[wrong])
    assert not np.array_equal(digits.with_label_noise(0.1, seed=1).y_train, little.y_train)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), "half", True])
def test_label_noise_refuses_bad_fractions(digits, fraction):
    with pytest.raises((TypeError, ValueError), match="fraction"):
        digits.with_label_noise(fraction)


def test_label_noise_refuses_regression(regression):
    with pytest.raises(ValueError, match="amounts, not classes"):
        regression.with_label_noise(0.1)


def test_text_says_what_matters():
    text = repr(load_iris())
    for part in (
        "iris",
        "classification, 3 classes",
        "90 training, 30 validation, 30 test",
        "shape (4,)",
        "setosa (30)",
        "petal length (cm)",
        "CC BY 4.0",
        "Fisher",
    ):
        assert part in text


def test_text_of_regression(regression):
    assert "regression, 1 target" in repr(regression)
    assert "mean 99.9" in repr(regression) or "mean 100" in repr(regression)


def test_html_counts_classes_per_part_and_sets_no_colours():
    html = load_breast_cancer()._repr_html_()
    assert ">127<" in html and ">214<" in html  # training rows per class
    assert ">malignant<" not in html and "class malignant" in html
    assert "#" not in html and "color" not in html.replace("color:inherit", "")


def test_html_of_many_classes_is_cut_short():
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(rng.normal(size=(300, 2)), np.arange(300) % 30)
    assert "18 more classes" in data._repr_html_()


def test_html_escapes_names():
    data = given(name="<script>alert(1)</script>", class_names=("<b>", "&"))
    html = data._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "class &amp;" in html


def test_html_of_regression(regression):
    assert "target mean" in regression._repr_html_()
