"""Notebooks of one lab each, for showing a lab alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_DIGITS = """\
import keras

digits = tk.datasets.load_digits()
layers = keras.layers
model = keras.Sequential([keras.Input((64,)), layers.Dense(128, "relu"), layers.Dropout(0.0), layers.Dense(10)])
"""
_GRID = """\
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

x, y = load_iris(return_X_y=True)
scaled = make_pipeline(StandardScaler(), LogisticRegression(solver="saga", max_iter=5000, random_state=0))
strengths = [0.001, 0.01, 0.1, 1, 10, 100]
names = {"logisticregression__C": strengths, "logisticregression__l1_ratio": [0, 1]}
search = GridSearchCV(scaled, names, cv=5, error_score="raise")
"""
_TUNER = (
    _DIGITS
    + """
few = digits.subset(200, seed=0)

def build(hp):
    rate = hp.Float("learning_rate", 1e-4, 1.0, sampling="log")
    units = hp.Choice("units", [16, 64, 256])
    network = keras.Sequential([keras.Input((64,)), layers.Dense(units, "relu"), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return network

import tempfile

import keras_tuner

class LiveRandomSearch(tk.search.LiveTuner, keras_tuner.RandomSearch):
    pass

tuner = LiveRandomSearch(
    build, "val_loss", max_trials=12, seed=0, directory=tempfile.mkdtemp(), project_name="projector"
)
"""
)
_METRICS = (
    _DIGITS
    + """
few = digits.subset(200, seed=0)
run = tk.train(model, few, learning_rate=1e-3, epochs=15, seed=0, progress=False)
"""
)
_BOARD = (
    _DIGITS
    + """
import tempfile

logs = tempfile.mkdtemp()
sweep = tk.sweep(model, digits, {"l2": [0.0, 1e-4, 1e-2]}, epochs=15, seed=0, progress=False)
_ = sweep.to_tensorboard(logs)
"""
)

#: Lab -> what comes before it, and the lab itself.
LABS: dict[str, tuple[str, str]] = {
    "TuningLab": (_DIGITS, "tk.TuningLab(model, digits)"),
    "SweepLab": (_DIGITS, 'tk.SweepLab(model, digits.subset(200, seed=0), "l2")'),
    "PlaygroundLab": ("", "tk.PlaygroundLab()"),
    "ScheduleLab": (_DIGITS, "tk.ScheduleLab(model, digits)"),
    "SearchLab": (_DIGITS, 'tk.SearchLab(model, digits, "learning_rate", "l2")'),
    "GridSearchLab": (_GRID, "tk.GridSearchLab(search, x, y)"),
    "OptimizerLab": ("", "tk.OptimizerLab()"),
    "DepthLab": ("", "tk.DepthLab()"),
    "FeatureLab": ("", "tk.FeatureLab()"),
    "GateLab": ("", "tk.GateLab()"),
    "MetricsLab": (_METRICS, 'tk.MetricsLab(model, few, positive=8, run=run, names=("not an 8", "an 8"))'),
    "CostLab": (_DIGITS, "tk.CostLab(model, digits)"),
    "TunerLab": (
        _TUNER,
        "tk.TunerLab(tuner, few.x_train, few.y_train, epochs=8, "
        "validation_data=(few.x_validation, few.y_validation))",
    ),
    "TensorBoardLab": (_BOARD, "tk.TensorBoardLab(logs)"),
}


def write_lab_page(name: str, folder: Path) -> Path:
    """Write a notebook that shows one lab and nothing else.

    Args:
        name: A key of :data:`LABS`.
        folder: Where to write it.

    Returns:
        The notebook, ``folder / f"{name}.ipynb"``.

    Example:
        >>> write_lab_page("OptimizerLab", Path("/tmp")).name  # doctest: +SKIP
        'OptimizerLab.ipynb'
    """
    import nbformat
    from nbformat import v4

    before, lab = LABS[name]
    cells = [v4.new_code_cell(f"import tuningkit as tk\n\n{before}".strip()), v4.new_code_cell(lab)]
    metadata: dict[str, Any] = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "title": f"tuningkit: {name}",
    }
    path = folder / f"{name}.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), path)
    return path
