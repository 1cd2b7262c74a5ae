"""What must hold for any data that `Dataset.from_arrays` accepts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tuningkit.datasets import Dataset

shares = st.floats(0.05, 0.6)
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
scales = st.sampled_from([1e-30, 1e-6, 1.0, 1e6, 1e30])
types = st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_])


def parts(data, axis):
    return [getattr(data, f"{axis}_{part}") for part in ("train", "validation", "test")]


@settings(deadline=None, max_examples=150)
@given(
    counts=st.lists(st.integers(3, 30), min_size=2, max_size=6),
    shape=shapes,
    scale=scales,
    dtype=types,
    validation=shares,
    test=shares,
    seed=st.integers(0, 2**31),
)
def test_classes(counts, shape, scale, dtype, validation, test, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)) * 7 - 3, counts))
    x = rng.normal(size=(len(y), *shape)) * scale
    # Whole types take a sensible range; the offset makes some columns constant after rounding.
    x = x.astype(dtype) if dtype in (np.float64, np.float32) else (np.abs(x / scale) * 50).astype(dtype)
    smallest = min(validation, test, 1 - validation - test)
    try:
        data = Dataset.from_arrays(x, y, validation=validation, test=test, seed=seed)
    except ValueError as error:
        # A refusal is right only if some class cannot send a row into every part, or no row is left.
        assert smallest <= 0 or min(counts) * smallest < 1 + 1e-6 or len(y) * smallest < len(counts) + 0.5, (
            error
        )
        assert "too few" in str(error) or "leave no rows" in str(error)
        return
    x_parts, y_parts = parts(data, "x"), parts(data, "y")
    assert sum(map(len, y_parts)) == len(y)
    assert [part.shape[1:] for part in x_parts] == [shape] * 3
    assert abs(len(y_parts[1]) - validation * len(y)) <= 0.5 + 1e-9
    assert abs(len(y_parts[2]) - test * len(y)) <= 0.5 + 1e-9
    assert all(part.dtype == np.float32 and np.isfinite(part).all() for part in x_parts)
    assert np.bincount(np.concatenate(y_parts)).tolist() == counts
    assert set(y_parts[0].tolist()) == set(range(len(counts)))
    assert data.class_names == tuple(str(label * 7 - 3) for label in range(len(counts)))
    for part in y_parts:
        assert (
            abs(np.bincount(part, minlength=len(counts)) - np.array(counts) * len(part) / len(y)).max() <= 2
        )


@settings(deadline=None, max_examples=50)
@given(rows=st.integers(20, 200), seed=st.integers(0, 1000))
def test_parts_are_disjoint_whatever_the_seed(rows, seed):
    x = np.arange(rows)[:, None]
    data = Dataset.from_arrays(x, np.arange(rows) / 7, scale=False, seed=seed)
    assert sorted(np.concatenate(parts(data, "x")).ravel().tolist()) == list(range(rows))
    np.testing.assert_allclose(
        np.concatenate(parts(data, "y")) * 7, np.concatenate(parts(data, "x"))[:, 0], rtol=1e-5
    )
    again = Dataset.from_arrays(x, np.arange(rows) / 7, scale=False, seed=seed)
    np.testing.assert_array_equal(data.x_train, again.x_train)


@settings(deadline=None, max_examples=50)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_subset_of_any_size(counts, share, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(len(y), dtype=float)[:, None]
    data = Dataset("any", x, y, x[:2], y[:2], x[:2], y[:2], class_names=tuple("abcde"[: len(counts)]))
    n = round(len(counts) + share * (len(y) - len(counts)))
    small = data.subset(n, seed=seed)
    assert len(small.y_train) == n
    assert set(small.y_train.tolist()) == set(range(len(counts)))
    np.testing.assert_array_equal(y[small.x_train[:, 0].astype(int)], small.y_train)
