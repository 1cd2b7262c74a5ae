"""Figures work in threads, in notebooks, on the caller's axes, and without pyplot."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from matplotlib.figure import Figure

from tuningkit import plots
from tuningkit.search.trials import Trial, Trials

_TRIALS = Trials(
    [
        Trial(number, {"l2": l2}, objective=loss)
        for number, (l2, loss) in enumerate([(0.1, 2.0), (1e-4, 0.2)])
    ],
    objective="val_loss",
    direction="min",
    method="random",
)
EVERY = {
    "best_so_far": lambda **k: plots.best_so_far({"grid": ([1, 2], [0.5, 0.4])}, **k),
    "confusion_matrix": lambda **k: plots.confusion_matrix([0, 1], [0, 1], **k),
    "curves": lambda **k: plots.curves({"loss": [1.0, 0.001]}, **k),
    "decision_boundary": lambda **k: plots.decision_boundary(
        np.eye(4), np.ones((4, 4)), (0, 1, 0, 1), np.ones((2, 2)), [0, 1], **k
    ),
    "gradient_clouds": lambda **k: plots.gradient_clouds({8: np.eye(2), 64: np.eye(2) / 9}, **k),
    "gradient_noise": lambda **k: plots.gradient_noise([8, 64], [0.3, 0.1], **k),
    "heat_map": lambda **k: plots.heat_map([[0.1, 50]], [1, 2], [0], x_name="a", y_name="b", **k),
    "isolation": lambda **k: plots.isolation(_TRIALS, "l2", **k),
    "metric_against": lambda **k: plots.metric_against([0, 1e-3, 1e-2], [1, 2, 3], name="l2", **k),
    "flow_chart": lambda **k: plots.flow_chart([("Is it slow?", "a higher rate")], **k),
    "population_paths": lambda **k: plots.population_paths([[0.1, 0.1], [0.5, 0.12]], [0, 1], **k),
    "range_test": lambda **k: plots.range_test([1e-3, 1e-2], [2.0, 1.0], **k),
    "search_progress": lambda **k: plots.search_progress(
        [0.5, float("nan")], statuses=["finished", "failed"], **k
    ),
    "sweep_fan": lambda **k: plots.sweep_fan(np.ones((3, 2)), [0, 1e-3, 1e-1], **k),
    "weight_histogram": lambda **k: plots.weight_histogram(np.arange(9.0), **k),
}
# They take more than arrays; the tests of their own files draw them.
ELSEWHERE = {"look_points", "loss_against_step", "schedules", "surface_paths", "three_clocks"}
SHEETS = {
    "feature_maps": lambda: plots.feature_maps(np.eye(3), np.ones((2, 2, 3)), np.ones((2, 2, 3))),
    "images": lambda: plots.images(np.ones((3, 4))),
    "learning_curves": lambda: plots.learning_curves({"loss": [1.0], "accuracy": [0.5]}),
}


def test_every_public_function_is_covered():
    assert set(plots.__all__) == {*EVERY, *SHEETS, *ELSEWHERE, "figure_words", "new_figure", "to_png"}


@pytest.mark.parametrize("name", EVERY)
def test_draws_on_the_callers_axes(name):
    figure = Figure()
    ax = figure.subplots()
    assert EVERY[name](ax=ax, title="Mine") is ax
    assert ax.get_title() == "Mine"
    assert plots.to_png(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", EVERY)
def test_new_axes_show_themselves_in_a_notebook(name):
    assert EVERY[name]()._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", SHEETS)
def test_new_figures_show_themselves_in_a_notebook(name):
    assert SHEETS[name]()._repr_png_().startswith(b"\x89PNG")


# A chart made of boxes measures nothing.
@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"flow_chart"}))
def test_axes_are_labelled(name):
    ax = EVERY[name]()
    assert ax.get_xlabel() and ax.get_ylabel()


def test_threads_draw_at_the_same_time():
    names = list(EVERY) * 2
    with ThreadPoolExecutor(6) as pool:
        pictures = list(pool.map(lambda name: EVERY[name]()._repr_png_(), names))
    assert pictures[: len(EVERY)] == pictures[len(EVERY) :]


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_import_is_light():
    done = run_python(
        "import sys, tuningkit.plots\n"
        "heavy = {'matplotlib', 'sklearn', 'tensorflow', 'keras', 'pandas'} & set(sys.modules)\n"
        "raise SystemExit(', '.join(sorted(heavy)) or None)"
    )
    assert done.returncode == 0, done.stderr


def test_pyplot_is_not_touched():
    done = run_python(
        "import sys\n"
        "from tuningkit import plots\n"
        "plots.learning_curves({'loss': [1.0, 0.001]})._repr_png_()\n"
        "plots.metric_against([0, 1e-3, 1e-2], [1, 2, 3], name='l2')._repr_png_()\n"
        "plots.sweep_fan([[1.0, 2.0]], [1])._repr_png_()\n"
        "plots.heat_map([[0.1, 50]], [1, 2], [0], x_name='a', y_name='b')._repr_png_()\n"
        "assert 'matplotlib.pyplot' not in sys.modules, 'pyplot was imported'\n"
        # scikit-learn imports pyplot for its display, but no figure may be registered there.
        "plots.confusion_matrix([0, 1], [0, 1])\n"
        "assert sys.modules['matplotlib.pyplot'].get_fignums() == []\n"
    )
    assert done.returncode == 0, done.stderr
