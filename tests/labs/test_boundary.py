import json

import numpy as np
import pytest

from tuningkit.labs.boundary import BoundaryMap
from tuningkit.labs.static import unpack_frame

SQUARE = (-1.0, 2.0, 0.0, 3.0)
CLASSES = np.array([[0, 1, 1], [0, 0, 1], [2, 2, 1]])
SURE = np.linspace(0.2, 1.0, 9).reshape(3, 3)


@pytest.fixture
def plane():
    widget = BoundaryMap(class_names=("a", "b", "c"))
    yield widget
    widget.close()


@pytest.fixture
def regression():
    widget = BoundaryMap(kind="regression", value_label="price (euro)")
    yield widget
    widget.close()


def read_grid(frame):
    """Header, class numbers and shades of a frame, read without the writer's code."""
    start = 4 + int.from_bytes(frame[:4], "little")
    numbers = np.frombuffer(frame, np.uint8, offset=start)
    return json.loads(frame[4:start]), numbers[: numbers.size // 2], numbers[numbers.size // 2 :]


def test_frame_carries_classes_confidence_and_extent(plane):
    plane.draw(CLASSES, SURE, extent=SQUARE, sentence="epoch 3")
    header, classes, shades = read_grid(plane._frame)
    assert header == {"side": 3, "extent": list(SQUARE), "sentence": "epoch 3"}
    np.testing.assert_array_equal(classes, CLASSES.ravel())
    np.testing.assert_allclose(shades / 255, SURE.ravel(), atol=1 / 255)


def test_a_discrete_picture_keeps_the_confidence_to_be_read_out(plane, regression):
    plane.draw(CLASSES, SURE, extent=SQUARE, discrete=True)
    header, _, shades = read_grid(plane._frame)
    assert header["discrete"] is True
    np.testing.assert_allclose(shades / 255, SURE.ravel(), atol=1 / 255)
    regression.draw(SURE, extent=SQUARE, discrete=True)
    header, values = unpack_frame(regression._frame)
    assert header["discrete"] is True
    np.testing.assert_allclose(values, SURE.ravel(), rtol=1e-6)


def test_confidence_may_be_left_out(plane):
    plane.draw(CLASSES, extent=SQUARE)
    assert (read_grid(plane._frame)[2] == 255).all()


def test_a_diverged_network_is_sure_of_nothing(plane):
    plane.draw(CLASSES, np.full((3, 3), np.nan), extent=SQUARE)
    assert (read_grid(plane._frame)[2] == 0).all()


def test_a_hundred_points_a_side_stay_light(plane):
    plane.draw(np.zeros((100, 100), np.uint8), np.ones((100, 100)), extent=SQUARE)
    assert len(plane._frame) < 21_000


def test_regression_sends_floats(regression):
    values = np.array([[1.5, -2.0], [np.nan, 1e300]])
    regression.draw(values, extent=SQUARE, value_range=(-2, 2))
    header, numbers = unpack_frame(regression._frame)
    assert header["range"] == [-2.0, 2.0]
    np.testing.assert_array_equal(numbers, np.array([1.5, -2.0, np.nan, np.inf], np.float32))


def test_points_travel_with_class_and_part(plane):
    x = np.array([[0.5, 1.0], [1.5, 2.0]])
    plane.set_points(x, np.array([2, 0]), np.array([False, True]))
    header, numbers = unpack_frame(plane._points)
    assert header["count"] == 2
    np.testing.assert_array_equal(numbers, [0.5, 1.0, 1.5, 2.0, 2, 0, 0, 1])


def test_points_are_training_points_unless_told(plane):
    plane.set_points(np.zeros((2, 2)), np.array([0, 1]))
    assert unpack_frame(plane._points)[1][-2:].tolist() == [0, 0]


def test_no_points_are_fine(plane):
    plane.set_points(np.empty((0, 2)), np.empty(0, int))
    assert unpack_frame(plane._points)[0] == {"count": 0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prediction": np.zeros((2, 3), int)}, r"square grid .* got the shape \(2, 3\)"),
        ({"prediction": np.zeros(4, int)}, r"got the shape \(4,\)"),
        ({"prediction": np.zeros((1, 1), int)}, "from 2 to 400"),
        ({"prediction": CLASSES + 1}, "from 0 to 2, but holds 3"),
        ({"prediction": CLASSES - 1}, "prediction must hold class numbers"),
        ({"prediction": CLASSES + 0.5}, "prediction must hold class numbers"),
        ({"confidence": SURE[:2]}, r"must have the shape \(3, 3\) of prediction, but got \(2, 3\)"),
        ({"confidence": SURE * 5}, r"between 0 and 1, but got 1 to 5.*not logits"),
        ({"extent": (0, 1, 2)}, r"extent must be \(xmin, xmax, ymin, ymax\)"),
        ({"extent": (1, 0, 0, 1)}, "xmin < xmax"),
        ({"extent": (0, np.inf, 0, 1)}, "finite"),
        ({"value_range": (0, 1)}, "classes have none"),
    ],
)
def test_what_does_not_fit_is_refused(plane, arguments, message):
    with pytest.raises(ValueError, match=message):
        plane.draw(**{"prediction": CLASSES, "confidence": SURE, "extent": SQUARE, **arguments})
    assert plane._frame == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((2, 3))}, r"shape \(points, 2\), but got \(2, 3\)"),
        ({"y": np.zeros(3, int)}, r"one per point, but got \(3,\)"),
        ({"y": np.array([0, 3])}, "y must hold class numbers from 0 to 2, but holds 3"),
        ({"x": np.array([[0, np.nan], [0, 0]])}, "x must be finite"),
        ({"validation": np.array([0, 1])}, "True or False for each of the 2 points, but got int64"),
        ({"validation": np.array([True])}, r"of shape \(1,\)"),
    ],
)
def test_points_that_do_not_fit_are_refused(plane, arguments, message):
    with pytest.raises(ValueError, match=message):
        plane.set_points(**{"x": np.zeros((2, 2)), "y": np.array([0, 1]), **arguments})
    assert plane._points == b""


def test_regression_refuses_what_belongs_to_classes(regression):
    with pytest.raises(ValueError, match="no confidence"):
        regression.draw(np.zeros((2, 2)), np.ones((2, 2)), extent=SQUARE)
    with pytest.raises(ValueError, match="y must be finite"):
        regression.set_points(np.zeros((1, 2)), np.array([np.inf]))
    with pytest.raises(ValueError, match="low < high"):
        regression.draw(np.zeros((2, 2)), extent=SQUARE, value_range=(3, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_names": ()}, "2 to 6 names, but got 0"),
        ({"class_names": "abcdefg"}, "2 to 6 names, but got 7"),
        (
            {"class_names": "ab", "kind": "clustering"},
            "'classification' or 'regression', but got 'clustering'",
        ),
        ({"class_names": "ab", "kind": "regression"}, "leave class_names empty"),
        ({"class_names": "ab", "height": 5}, "between 160 and 1200"),
        ({"class_names": "ab", "x_label": ""}, "x_label must be a name"),
    ],
)
def test_a_picture_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        BoundaryMap(**arguments)
