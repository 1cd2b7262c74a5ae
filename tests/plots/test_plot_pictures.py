"""Decision boundary, weight histogram, image sheets, confusion matrix, PNG."""

import numpy as np
import pytest

from tuningkit.datasets import load_digits
from tuningkit.plots import confusion_matrix, curves, decision_boundary, images, to_png, weight_histogram


def by_gid(artists, gid):
    return [artist for artist in artists if artist.get_gid() == gid]


# The decision boundary

GRID = np.array([[0, 0, 1], [0, 1, 1]])
SURE = np.array([[1.0, 0.9, 0.8], [0.5, 1.0, 0.7]])
EXTENT = (-2, 2, -1, 1)
POINTS = np.array([[-1.0, 0.0], [1.0, 0.5], [1.5, 0.0]])
LABELS = np.array([0, 1, 1])


def boundary(**changes):
    given = {"classes": GRID, "confidence": SURE, "extent": EXTENT, "x": POINTS, "y": LABELS, **changes}
    return decision_boundary(**given)


def test_boundary_places_regions_and_points():
    ax = boundary(class_names=("left", "right"), title="Plane")
    (regions,) = ax.images
    assert regions.get_extent() == [-2, 2, -1, 1] and regions.origin == "lower"
    np.testing.assert_array_equal(by_gid(ax.collections, "points 1")[0].get_offsets(), POINTS[1:])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left", "right"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("x1", "x2", "Plane")
    assert by_gid(ax.collections, "border")


def test_boundary_is_stronger_where_the_network_is_surer():
    colours = np.asarray(boundary().images[0].get_array())
    assert colours[0, 0].sum() < colours[0, 1].sum() < colours[1, 0].sum()  # certain, less so, a guess
    assert colours[0, 0, 2] > colours[0, 0, 0] and colours[1, 1, 0] > colours[1, 1, 2]  # blue against orange


def test_classes_differ_in_shape_too():
    ax = boundary()
    shapes = [by_gid(ax.collections, f"points {number}")[0].get_paths()[0] for number in (0, 1)]
    assert len(shapes[0].vertices) != len(shapes[1].vertices)


def test_a_single_region_has_no_border():
    ax = boundary(classes=np.zeros((3, 3)), confidence=np.ones((3, 3)))
    assert not by_gid(ax.collections, "border")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confidence": np.ones((3, 2))}, r"confidence has the shape \(3, 2\), but classes has \(2, 3\)"),
        ({"confidence": SURE * 2}, "between 0 and 1"),
        ({"confidence": SURE * np.nan}, "between 0 and 1"),
        ({"extent": (2, -2, -1, 1)}, "extent must be"),
        ({"extent": (0, 1)}, "extent must be"),
        ({"x": np.ones((3, 3))}, r"x must have the shape \(rows, 2\), but it has \(3, 3\)"),
        ({"y": [0, 1]}, "y must have 3 entries"),
        ({"y": [0, 0.5, 1]}, "y must hold class numbers"),
        ({"classes": GRID - 1}, "classes must hold class numbers"),
        ({"class_names": ("one",)}, "class_names has 1 names, but there is a class 1"),
    ],
)
def test_boundary_refuses(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        boundary(**changes)


# Weights


def test_histogram_counts_every_weight_once_and_says_the_share():
    weights = np.r_[np.zeros(3), 0.0005, -0.4, 0.4, 0.3, 0.2]
    ax = weight_histogram(weights, title="Weights")
    bars = by_gid(ax.patches, "bars") or [patch for patch in ax.patches if patch.get_gid() != "near zero"]
    assert sum(bar.get_height() for bar in bars) == 8
    assert ax.texts[0].get_text() == "4 of 8 weights (50.0 %)\nlie within ±0.001 of zero"
    assert ax.get_yscale() == "log"
    assert (ax.get_xlabel(), ax.get_title()) == ("weight", "Weights")


def test_one_bar_is_centred_on_zero():
    ax = weight_histogram([-1.0, 0.0, 1.0], bins=4)
    bars = [patch for patch in ax.patches if patch.get_gid() != "near zero"]
    assert len(bars) == 5
    assert bars[2].get_x() + bars[2].get_width() / 2 == pytest.approx(0)


def test_the_limit_can_be_set():
    assert weight_histogram([0.01, 0.5], near_zero=0.1).texts[0].get_text().startswith("1 of 2 weights")


def test_arrays_of_different_shapes_are_joined():
    text = weight_histogram([np.ones((3, 4)), np.zeros(4)]).texts[0].get_text()
    assert text.startswith("4 of 16 weights (25.0 %)")


def test_weights_that_are_not_finite_are_counted_apart():
    text = weight_histogram([0.0, 1.0, np.nan]).texts[0].get_text()
    assert text.startswith("1 of 2 weights") and text.endswith("1 more are not finite")


def test_all_weights_zero():
    assert "3 of 3 weights (100.0 %)" in weight_histogram(np.zeros(3)).texts[0].get_text()


@pytest.mark.parametrize(
    ("weights", "arguments", "message"),
    [
        ([], {}, "no finite weights"),
        ([np.nan], {}, "no finite weights"),
        (["a"], {}, "weights must hold numbers"),
        ([1.0], {"bins": 0}, "bins must be a whole number"),
        ([1.0], {"near_zero": 0}, "near_zero must be a number above 0"),
    ],
)
def test_histogram_refuses(weights, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        weight_histogram(weights, **arguments)


# Images


def test_digits_flat_or_as_images_look_the_same():
    flat, square = load_digits().x_train[:10], load_digits(images=True).x_train[:10]
    sheets = [images(x, titles=range(10), columns=4, title="Digits") for x in (flat, square)]
    for sheet in sheets:
        assert len(sheet.axes) == 10 and sheet.get_suptitle() == "Digits"
        assert [ax.get_title() for ax in sheet.axes] == [str(number) for number in range(10)]
    for first, second in zip(*(sheet.axes for sheet in sheets), strict=True):
        np.testing.assert_array_equal(first.images[0].get_array(), second.images[0].get_array())
    np.testing.assert_array_equal(sheets[0].axes[3].images[0].get_array(), flat[3].reshape(8, 8))


def test_images_share_one_scale():
    figure = images(np.stack([np.zeros((2, 2)), np.full((2, 2), 5.0)]))
    assert {ax.images[0].get_clim() for ax in figure.axes} == {(0.0, 5.0)}


def test_colour_images_are_brought_to_the_range_of_colours():
    figure = images(np.linspace(-1, 3, 24).reshape(2, 2, 2, 3))
    shown = np.stack([ax.images[0].get_array() for ax in figure.axes])
    assert shown.min() == 0 and shown.max() == 1 and shown.shape[-1] == 3


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (np.ones((3, 10)), {}, "rows of 10 pixels, which is no square"),
        (np.ones((3, 2, 2, 2)), {}, "1 or 3 channels"),
        (np.ones(4), {}, "x must have the shape"),
        (np.ones((0, 4)), {}, "x must hold 1 to 200 images"),
        (np.ones((201, 4)), {}, "x must hold 1 to 200 images"),
        (np.ones((3, 4)), {"titles": ["a"]}, "titles must have 3 entries"),
        (np.ones((3, 4)), {"columns": 0}, "columns must be a whole number"),
    ],
)
def test_images_refuse(x, arguments, message):
    with pytest.raises(ValueError, match=message):
        images(x, **arguments)


# The confusion matrix


def test_confusion_counts_rows_true_columns_predicted():
    ax = confusion_matrix([0, 0, 1, 2], [0, 1, 1, 1], class_names=("a", "b", "c"))
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 1, 0], [0, 1, 0], [0, 1, 0]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert ax.get_title() == "2 of 4 right (50.0 %)"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]


def test_confusion_keeps_classes_that_never_occur():
    assert confusion_matrix([0, 0], [0, 0], class_names=("a", "b", "c")).images[0].get_array().shape == (3, 3)


@pytest.mark.parametrize(
    ("true", "predicted", "arguments", "message"),
    [
        ([0, 1], [0], {}, "y_predicted must have 2 entries"),
        ([], [], {}, "y_true is empty"),
        ([0, 1], [0.5, 0.5], {}, "pass their argmax"),
        ([0, 1], [[0.1, 0.9], [0.9, 0.1]], {}, r"y_predicted must have the shape \(rows,\)"),
        ([0, 2], [0, 1], {"class_names": ("a", "b")}, "class_names has 2 names, but there is a class 2"),
        (["cat"], ["cat"], {}, "y_true must hold numbers"),
    ],
)
def test_confusion_refuses(true, predicted, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        confusion_matrix(true, predicted, **arguments)


# PNG


def test_png_has_the_size_asked_for_and_is_repeatable():
    figure = curves({"loss": [1.0, 0.5]}).figure
    png = to_png(figure, dpi=50)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 320 and int.from_bytes(png[20:24], "big") == 200
    assert to_png(figure, dpi=50) == png


def test_png_of_something_else():
    with pytest.raises(TypeError, match="got int"):
        to_png(3)
    with pytest.raises(ValueError, match="dpi must be a positive number"):
        to_png(curves({"loss": [1.0]}).figure, dpi=0)
