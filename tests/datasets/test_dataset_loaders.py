"""The built-in data sets: sizes, scaling without leaks, stratification, determinism."""

import subprocess
import sys

import numpy as np
import pytest

from tuningkit import datasets

LOADERS = {
    "load_iris": ((90, 30, 30), (4,), 3),
    "load_digits": ((1347, 225, 225), (64,), 10),
    "load_breast_cancer": ((341, 114, 114), (30,), 2),
    "load_wine": ((106, 36, 36), (13,), 3),
    "make_moons": ((300, 100, 100), (2,), 2),
    "make_circles": ((300, 100, 100), (2,), 2),
    "make_spirals": ((300, 100, 100), (2,), 2),
    "make_xor": ((300, 100, 100), (2,), 2),
    "make_blobs": ((300, 100, 100), (2,), 2),
    "make_plane": ((300, 100, 100), (2,), 0),
    "make_bumps": ((300, 100, 100), (2,), 0),
}
# These have files of their own: test_phrases.py, test_downloads.py, test_spoken_digits.py, test_mel_features.py.
SPOKEN = ["SpokenClips", "load_spoken_clips", "load_spoken_digits", "log_mel"]
TESTED_ELSEWHERE = ["load_phrases", "load_fashion_mnist", "load_imdb", *SPOKEN]
WITH_CLASSES = [name for name, (_, _, classes) in LOADERS.items() if classes]
STANDARDISED = [name for name in LOADERS if name != "load_digits"]


@pytest.fixture(scope="module")
def loaded():
    return {name: getattr(datasets, name)() for name in LOADERS}


def parts(data, axis):
    return [getattr(data, f"{axis}_{part}") for part in ("train", "validation", "test")]


def test_every_public_name_is_covered():
    assert set(datasets.__all__) == {"Dataset", *LOADERS, *TESTED_ELSEWHERE}


@pytest.mark.parametrize("name", LOADERS)
def test_sizes_types_and_names(loaded, name):
    sizes, shape, classes = LOADERS[name]
    data = loaded[name]
    assert tuple(len(y) for y in parts(data, "y")) == sizes
    assert [x.shape for x in parts(data, "x")] == [(size, *shape) for size in sizes]
    assert all(x.dtype == np.float32 for x in parts(data, "x"))
    assert all(y.dtype == (np.int32 if classes else np.float32) for y in parts(data, "y"))
    assert data.input_shape == shape
    assert data.task == ("classification" if classes else "regression")
    assert data.n_classes == len(data.class_names) == classes
    assert data.source and data.licence and data.description
    assert len(data.feature_names) in (0, shape[0])
    assert all(type(text) is str for text in (*data.class_names, *data.feature_names))


@pytest.mark.parametrize("name", STANDARDISED)
def test_only_the_training_part_sets_the_scale(loaded, name):
    train, validation, test = parts(loaded[name], "x")
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    for other in (validation, test, np.concatenate([train, validation, test])):
        assert abs(other.mean(axis=0)).max() > 1e-3


@pytest.mark.parametrize("name", LOADERS)
def test_split_is_disjoint_and_complete(loaded, name):
    rows = np.concatenate(parts(loaded[name], "x"))
    sizes = LOADERS[name][0]
    assert len(rows) == sum(sizes)
    if name == "load_digits":
        from sklearn.datasets import load_digits

        original = load_digits().data / 16
    elif name == "make_moons":
        assert len(np.unique(rows, axis=0)) == len(rows)  # all points differ, so no row is in two parts
        return
    else:
        return
    order = np.lexsort(rows.T), np.lexsort(original.astype(np.float32).T)
    np.testing.assert_allclose(rows[order[0]], original[order[1]], atol=1e-6)


@pytest.mark.parametrize("name", WITH_CLASSES)
def test_split_is_stratified(loaded, name):
    data = loaded[name]
    whole = np.concatenate(parts(data, "y"))
    expected = np.bincount(whole) / len(whole)
    for y in parts(data, "y"):
        # Each class count is within one row of its share (rounding happens twice, in two draws).
        assert abs(np.bincount(y) - expected * len(y)).max() <= 1.5


@pytest.mark.parametrize("name", LOADERS)
def test_same_seed_same_data_other_seed_other_data(loaded, name):
    again, other = getattr(datasets, name)(seed=0), getattr(datasets, name)(seed=1)
    for axis in "xy":
        for first, second in zip(parts(loaded[name], axis), parts(again, axis), strict=True):
            np.testing.assert_array_equal(first, second)
    assert not np.array_equal(loaded[name].x_train, other.x_train)
    assert [len(y) for y in parts(other, "y")] == list(LOADERS[name][0])


@pytest.mark.parametrize("seed", range(5))
def test_digits_stay_between_0_and_1_without_clipping(seed):
    data = datasets.load_digits(seed=seed)
    for x in parts(data, "x"):
        assert x.min() == 0 and x.max() == 1
        # The original pixels are 0..16: one scale for all of them leaves exact sixteenths.
        np.testing.assert_array_equal(x * 16, np.round(x * 16))


def test_digits_as_images_are_the_same_pixels(loaded):
    images = datasets.load_digits(images=True)
    assert images.x_train.shape == (1347, 8, 8, 1)
    assert images.input_shape == (8, 8, 1)
    np.testing.assert_array_equal(images.x_train.reshape(1347, 64), loaded["load_digits"].x_train)
    np.testing.assert_array_equal(images.y_test, loaded["load_digits"].y_test)


def test_breast_cancer_names_fit_labels(loaded):
    whole = np.concatenate(parts(loaded["load_breast_cancer"], "y"))
    counts = dict(zip(loaded["load_breast_cancer"].class_names, np.bincount(whole), strict=True))
    assert counts == {"malignant": 212, "benign": 357}


def test_circles_inner_ring_is_inside():
    data = datasets.make_circles(noise=0.0)
    radius = np.linalg.norm(data.x_train, axis=1)
    assert (
        radius[data.y_train == data.class_names.index("inner ring")].max() < radius[data.y_train == 0].min()
    )


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_share_points_evenly_and_noise_blurs_them(classes):
    data = datasets.make_spirals(307, classes=classes, noise=0.0)
    counts = np.bincount(np.concatenate(parts(data, "y")))
    assert len(counts) == classes and counts.max() - counts.min() <= 1
    noisy = datasets.make_spirals(307, classes=classes, noise=0.3)
    assert np.abs(noisy.x_train - data.x_train).mean() > 0.1


def test_spirals_wind_as_often_as_asked():
    from sklearn.linear_model import LogisticRegression

    def straight_line_accuracy(turns):
        data = datasets.make_spirals(turns=turns, noise=0.0)
        return LogisticRegression().fit(data.x_train, data.y_train).score(data.x_train, data.y_train)

    assert straight_line_accuracy(0.1) > 0.95 > 0.8 > straight_line_accuracy(1.5)


def test_exclusive_or_is_solved_by_the_product_and_by_no_line():
    from sklearn.linear_model import LogisticRegression

    data = datasets.make_xor(noise=0.0)
    product = data.x_train.prod(axis=1, keepdims=True)
    assert LogisticRegression().fit(data.x_train, data.y_train).score(data.x_train, data.y_train) < 0.7
    assert LogisticRegression().fit(product, data.y_train).score(product, data.y_train) > 0.97
    noisy = datasets.make_xor(noise=0.3)
    np.testing.assert_array_equal(noisy.y_train, data.y_train)
    assert np.abs(noisy.x_train - data.x_train).mean() > 0.05


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_blobs_sit_around_their_centres(classes):
    data = datasets.make_blobs(400, classes=classes, noise=0.01)
    for label in range(classes):
        assert data.x_train[data.y_train == label].std(axis=0).max() < 0.05
    assert datasets.make_blobs(400, classes=classes, noise=2.0).x_train[data.y_train == 0].std() > 0.5


def test_plane_and_bumps_have_the_heights_of_their_formulas():
    plane = datasets.make_plane(n=400, noise=0.0)
    design = np.column_stack([plane.x_train, np.ones(len(plane.x_train))])
    fit, *_ = np.linalg.lstsq(design, plane.y_train, rcond=None)
    np.testing.assert_allclose(design @ fit, plane.y_train, atol=1e-5)
    assert fit[0] == pytest.approx(fit[1], rel=0.2) and fit[0] > 0

    bumps = datasets.make_bumps(n=20_000, noise=0.0)
    assert bumps.y_train.max() == pytest.approx(1, abs=0.02) == -bumps.y_train.min()
    # The inputs are standardised: a square from -1 to 1 has the standard deviation 1 / sqrt(3).
    raw = bumps.x_train / np.sqrt(3)
    for (x1, x2), height in {(0.0, -0.4): 1, (0.0, 0.4): -1, (-0.66, 0.4): 1, (0.66, -0.4): -1}.items():
        nearest = np.abs(raw - (x1, x2)).sum(axis=1).argmin()
        assert bumps.y_train[nearest] == pytest.approx(height, abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.make_moons(5), "n must be at least 20, but it is 5"),
        (lambda: datasets.make_moons(noise=-0.1), "noise must be a finite number of at least 0"),
        (lambda: datasets.make_moons(noise=float("nan")), "noise must be a finite number"),
        (lambda: datasets.make_circles(factor=1.0), "factor is the inner ring's radius"),
        (lambda: datasets.make_circles(n=100.5), "n must be a whole number, but it is 100.5"),
        (lambda: datasets.make_circles(n=True), "n must be a whole number, but it is True"),
        (lambda: datasets.make_spirals(classes=1), "classes must be at least 2"),
        (lambda: datasets.make_spirals(classes=11), "classes must be at most 10"),
        (lambda: datasets.make_spirals(40, classes=5), "n must be at least 50"),
        (lambda: datasets.make_spirals(turns=0), "turns must be above 0"),
        (lambda: datasets.make_spirals(noise="much"), "noise must be a number, but it is 'much'"),
        (lambda: datasets.make_xor(10), "n must be at least 20"),
        (lambda: datasets.make_blobs(classes=11), "classes must be at most 10"),
        (lambda: datasets.make_plane(noise=-1), "noise must be a finite number of at least 0"),
        (lambda: datasets.make_bumps(n=3), "n must be at least 20"),
        (lambda: datasets.load_iris(seed=-1), "seed must be at least 0"),
        (lambda: datasets.load_iris(seed=1.5), "seed must be a whole number"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_import_is_light():
    code = (
        "import sys, tuningkit.datasets\n"
        "heavy = {'sklearn', 'tensorflow', 'keras', 'matplotlib', 'pandas', 'scipy'} & set(sys.modules)\n"
        "raise SystemExit(', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
