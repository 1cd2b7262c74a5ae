"""Loss surfaces: minima, gradients against finite differences, curvature, and a learner's own function."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tuningkit.optimizers import SURFACES, get_surface, own_surface
from tuningkit.optimizers.path_graph import PathGraph
from tuningkit.optimizers.path_settings import PathSettings


@pytest.mark.parametrize("name", SURFACES)
def test_minima_are_lowest_and_shown(name):
    surface = SURFACES[name]
    _, _, heights = surface.grid(61)
    assert np.isfinite(heights).all() and heights.min() >= surface.lowest - 1e-9
    xmin, xmax, ymin, ymax = surface.extent
    for x, y in surface.minima:
        assert surface.height(x, y) == pytest.approx(surface.lowest, abs=1e-8)
        assert xmin < x < xmax and ymin < y < ymax
        for angle in np.linspace(0, 2 * np.pi, 12):
            beside = surface.height(x + 1e-2 * np.cos(angle), y + 1e-2 * np.sin(angle))
            assert beside > surface.lowest + 1e-8
    assert xmin <= surface.start[0] <= xmax and ymin <= surface.start[1] <= ymax
    assert surface.source and surface.formula


@pytest.mark.parametrize("name", [*SURFACES, "own"])
def test_one_step_follows_the_gradient_of_finite_differences(name):
    """One step of gradient descent is -rate * gradient: the gradient of the graph, without a gradient in the test."""
    ops = keras.ops
    surface = SURFACES.get(name) or own_surface(lambda x, y: ops.sin(2 * x) + ops.exp(0.3 * y) * x)
    at, rate = np.array([0.7, -0.4]), 1e-3
    condition = surface.condition
    settings = PathSettings(tuple(at), steps=1, learning_rate=rate, noise=0.0, condition=condition)
    paths = PathGraph([surface]).walk(surface.name, settings, ["sgd"])
    step = 1e-3 if name == "own" else 1e-5
    finite = [
        (surface.height(*(at + step * unit)) - surface.height(*(at - step * unit))) / (2 * step)
        for unit in np.eye(2)
    ]
    gradient = (at - paths["sgd"].points[1]) / rate
    np.testing.assert_allclose(gradient, finite, rtol=2e-3, atol=2e-3)
    assert paths["sgd"].loss[0] == pytest.approx(float(surface.height(*at)), rel=1e-5)


@pytest.mark.parametrize("name", [name for name, surface in SURFACES.items() if surface.curvatures])
@pytest.mark.parametrize("condition", [1.0, 7.0, 50.0])
def test_curvatures_are_the_eigenvalues_of_the_hessian(name, condition):
    surface, step = SURFACES[name], 1e-3
    f = lambda x, y: float(surface.height(x, y, condition))  # noqa: E731
    xx = (f(step, 0) - 2 * f(0, 0) + f(-step, 0)) / step**2
    yy = (f(0, step) - 2 * f(0, 0) + f(0, -step)) / step**2
    xy = (f(step, step) - f(step, -step) - f(-step, step) + f(-step, -step)) / (4 * step**2)
    eigenvalues = np.linalg.eigvalsh([[xx, xy], [xy, yy]])
    np.testing.assert_allclose(sorted(surface.curvatures(condition)), eigenvalues, rtol=1e-6)
    assert surface.largest_curvature(condition) == pytest.approx(eigenvalues[-1], rel=1e-6)


def test_saddle_is_flat_at_the_origin_and_higher_than_its_minima():
    saddle = get_surface("saddle")
    assert saddle.height(0.0, 0.0) == 0 > saddle.lowest
    assert saddle.height(0.1, 0.0) > 0 > saddle.height(0.0, 0.1)
    assert saddle.largest_curvature() is None


def test_names_are_forgiving_and_errors_name_the_nearest():
    assert get_surface("Noisy_Bowl") is SURFACES["noisy bowl"]
    with pytest.raises(ValueError, match="Did you mean 'rosenbrock'"):
        get_surface("rosenbrok")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y: keras.ops.sum(x * y), r"one number for each place.*shape \(\)"),
        (lambda x, y: keras.ops.stack([x, y]), r"shape \(2, 82\)"),
        (lambda x, y: 3.0, "Received: float"),
        (lambda x, y: keras.ops.sqrt(x) + y, "no finite loss or gradient at x = -2.5"),
        (lambda x, y: keras.ops.log(x * 0) + y, "no finite loss"),
        (lambda x, y: x / 0 + nothing, "NameError"),  # noqa: F821
        (lambda x: x, "TypeError"),
        (lambda x, y: np.sin(x) * np.cos(y), "keras.ops instead of NumPy"),
    ],
)
def test_own_surface_says_what_is_wrong(function, words):
    with pytest.raises(ValueError, match=words):
        own_surface(function)


def test_own_surface_at_the_door():
    with pytest.raises(TypeError, match="function of x and y"):
        own_surface("x + y")
    for extent in [(1, 0, 0, 1), (0, 1, 2), (0, np.inf, 0, 1)]:
        with pytest.raises(ValueError, match="extent must be"):
            own_surface(lambda x, y: x * y, extent=extent)


def test_own_surface_keeps_its_name_and_place():
    def waves(x, y):
        return keras.ops.cos(3 * x) + y**2

    surface = own_surface(waves, extent=(-1, 3, -2, 2))
    assert surface.name == "waves" and surface.start == (0.0, 1.0)
    _, _, heights = surface.grid(5)
    assert heights.shape == (5, 5) and heights[0, 1] == pytest.approx(1 + 4)
    assert surface.minima == () and surface.lowest is None
