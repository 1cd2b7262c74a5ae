"""Every lab and card in a real JupyterLab, worked without a mouse and looked at by axe-core in both themes."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tuningkit import labs

pytestmark = pytest.mark.browser

SETUP = """
import tempfile
import keras, keras_tuner
from IPython.display import display
from sklearn.datasets import load_iris as rows_of_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
import tuningkit as tk
from tuningkit.search import LiveTuner
from tuningkit.teaching import Option, Question
labs = {}
iris, moons = tk.datasets.load_iris(), tk.datasets.make_moons(noise=0.25)
images = tk.datasets.load_digits(images=True)
folder = tempfile.mkdtemp()

def network():
    inner = [keras.layers.Dense(6, "relu"), keras.layers.Dropout(0.1), keras.layers.Dense(3)]
    return keras.Sequential([keras.Input((4,)), *inner])

def build(hp):
    units, rate = hp.Int("units", 4, 8, step=4), hp.Float("rate", 1e-4, 1e-1, sampling="log")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, ["accuracy"])
    return model

class Tuner(LiveTuner, keras_tuner.RandomSearch):
    def run_trial(self, trial, *arguments, **settings):
        self.on_epoch_end(trial, None, 0, {"val_loss": trial.hyperparameters.get("rate")})
        return {"val_loss": trial.hyperparameters.get("rate")}

tuner = Tuner(build, objective="val_loss", max_trials=2, directory=folder)
grid = GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.1, 1.0, 10.0], "tol": [1e-4, 1e-2]}, cv=3)
"""

LABS = {
    "tuning": "tk.TuningLab(network(), iris, epochs=3)",
    "hypermodel": "tk.TuningLab(build, iris, epochs=3)",
    "sweep": 'tk.SweepLab(network(), iris, "l2", epochs=3)',
    "map of a sweep": 'tk.SweepLab(network(), iris, "learning_rate", "l2", epochs=2)',
    "schedule": "tk.ScheduleLab(network(), iris, epochs=3)",
    "search": 'tk.SearchLab(network(), iris, "learning_rate", "l2", epochs=3, batch_size=64)',
    "grid search": "tk.GridSearchLab(grid, *rows_of_iris(return_X_y=True))",
    "optimizer": 'tk.OptimizerLab("ravine", ["sgd", "adam"])',
    "playground": "tk.PlaygroundLab(moons, hidden=(3,), epochs=3)",
    "depth": "tk.DepthLab(iris, depth=4, width=4, epochs=2)",
    "feature": "tk.FeatureLab(images, epochs=1)",
    "gate": "tk.GateLab(images, epochs=1)",
    "cost": "tk.CostLab(seconds=30, hyperparameters=3, values=5, epochs=20)",
    "metrics": "tk.MetricsLab([0, 0, 1, 0, 1, 1], [0.1, 0.3, 0.4, 0.6, 0.7, 0.9])",
    "tuner": "tk.TunerLab(tuner)",
    # Its page inside the frame is TensorBoard's own: what is ours stands around it.
    "board": 'tk.TensorBoardLab(folder + "/logs")',
}

UNTRAINED = ("optimizer", "cost", "metrics", "board")

CARDS = """
choices = [Option("The gap", True, "It does."), Option("The rate", why="It stays.")]
several = [Option("L1", True), Option("L2", True), Option("Order", why="It moves rows.")]
asked = tk.Prediction("3.3-gap", "What does the gap do?", ["It grows", "It shrinks"])
number = tk.Prediction("3.3-l1", "What share is near to zero?", between=(0, 100), unit="%")
questions = [Question("One?", choices), Question("Many?", several, True), Question("Which?", choices)]
quiz = tk.Quiz("3.3-quiz", questions)
quiz.answer(0, 1)
challenge = tk.Challenge("3.3-challenge", metric="val_loss", below=0.46, within_epochs=100)
challenge.watch(labs["tuning"])
display(asked, number, quiz, challenge)
"""

PLANTED = """() => {
    const card = document.createElement("div");
    card.className = "tk-card planted";
    card.innerHTML = `<p style="color:#999;background:#fff">pale</p><input type="text"><div class="key">press</div>`;
    document.querySelector(".tk-card").parentElement.append(card);
    card.querySelector(".key").addEventListener("click", () => {});
}"""


@pytest.fixture(scope="module")
def accessibility() -> Any:
    path = Path(__file__).with_name("accessibility.py")
    spec = importlib.util.spec_from_file_location("tuningkit_browser_accessibility", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shown(one_notebook: Any, accessibility: Any) -> Any:
    """All labs, trained by the keyboard, and all kinds of cards, on a page as tall as they are together."""
    nb = one_notebook.show([])
    accessibility.listen(nb.page)
    cells = [f"labs[{name!r}] = {code}\nlabs[{name!r}]" for name, code in LABS.items()]
    nb = one_notebook.show([SETUP, *cells, CARDS])
    nb.run_all()
    expect(nb.page.locator(".tk-lab")).to_have_count(len(LABS))
    for place, name in enumerate(LABS):
        start = nb.page.locator(".tk-lab").nth(place).locator("button.mod-primary")
        # Those of paths, cost and metrics answer by themselves; the board would start a server.
        if name not in UNTRAINED:
            start.first.focus()
            nb.page.keyboard.press("Space")
    # A press may arrive after what is executed here: a lab counts when it has something to show.
    nb.page.wait_for_timeout(1000)
    nb.execute("for lab in labs.values(): lab.wait(120)")
    height = nb.page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
    nb.page.set_viewport_size({"width": 1280, "height": height + 200})
    return nb


def test_no_lab_is_left_out():
    """A new lab belongs into the list above."""
    assert [name for name in labs.__all__ if not any(f"tk.{name}(" in code for code in LABS.values())] == []


def test_everything_is_reached_without_a_mouse(shown, notebook, accessibility):
    missed = {
        name: accessibility.missed_by_tab(shown.page, shown.page.locator(".tk-lab").nth(place))
        for place, name in enumerate(LABS)
    }
    assert {name: stops for name, stops in missed.items() if stops} == {}
    assert accessibility.mouse_only(shown.page) == []
    idle = shown.execute(
        "print([n for n, lab in labs.items() if not getattr(lab, 'runs', None) and not getattr(lab, 'trials', None)])"
    )
    assert set(ast.literal_eval(idle)) <= set(UNTRAINED), "Space on the first button trains the others"


def test_sliders_say_their_name_and_the_value_shown(shown, notebook):
    slider = shown.page.locator(".tk-lab").first.get_by_role("slider", name="learning rate", exact=True)
    before = slider.get_attribute("aria-valuetext")
    assert before == "1e-3", "not its place among the stops"
    slider.focus()
    shown.page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "2e-3")
    shown.execute("labs['tuning'].wait(60)")


# Between the themes nothing but colours changes.
@pytest.mark.parametrize(("theme", "only"), [("light", []), ("dark", ["color-contrast"])])
def test_axe_finds_nothing(shown, notebook, accessibility, theme, only):
    shown.set_theme(theme)
    shown.page.wait_for_timeout(500)
    found = accessibility.violations(shown.page, only=only)
    assert not found, f"axe-core finds {len(found)}:\n\n" + "\n\n".join(found)


def test_what_is_wrong_would_be_found(shown, notebook, accessibility):
    shown.page.evaluate(PLANTED)
    found = accessibility.violations(shown.page, [".planted"])
    assert sorted(finding.split(" ")[0] for finding in found) == ["color-contrast", "label"]
    assert accessibility.mouse_only(shown.page) == ['<div class="key">press</div>']
