"""Every lab and card in a real JupyterLab, worked without a mouse and looked at by axe-core in both themes."""

from __future__ import annotations

import importlib.util
import re
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

TRAIN = ('role=button[name="Train"]', "Space")

# What a learner does in each lab from start to end: the first steps, up to the work that takes time; what is done
# with its outcome, and what a screen reader says then; an expression in the kernel, and its value after it.
WORK: dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]], tuple[str, str]]] = {
    "tuning": (
        [('role=slider[name="learning rate"]', "ArrowRight"), TRAIN],
        [
            (".tk-chart", "", "Run 1, finished, epoch 3: training loss"),
            (".tk-plot", "Home", "^epoch 1: training .*, validation"),
            ('thead button:has-text("learning rate")', "Enter", "^Sorted by learning rate, ascending"),
        ],
        ("lab.runs[0].epochs, lab.learning_rate", "(3, 0.002)"),
    ),
    "hypermodel": (
        [('role=slider[name^="units"]', "ArrowRight"), TRAIN],
        [(".tk-plot >> nth=1", "End", "^epoch 3: training .*, validation")],
        ("lab.runs[0].epochs, lab.get('units')", "(3, 8)"),
    ),
    "sweep": (
        [TRAIN],
        [
            ('role=slider[name="L2"]', "ArrowRight", "L2 1e-6: validation loss"),
            (".tk-plot >> nth=2", "Home", "^L2 0: best validation loss"),
        ],
        ("lab.sweep.history['val_loss'].shape[1]", "3"),
    ),
    "map of a sweep": (
        [TRAIN],
        [
            (".tk-heat-stage", "ArrowRight", "^L2 .*, learning rate .*: best validation loss"),
            ('role=slider[name="replay epoch"]', "ArrowLeft", "up to epoch 1"),
        ],
        ("lab.sweep.history['val_loss'].shape[1]", "2"),
    ),
    "schedule": (
        [('role=combobox[name="schedule"]', "ArrowDown"), TRAIN],
        [(".tk-plot", "Home", "^epoch 0: warm-up cosine")],
        ("lab.runs[0].epochs", "3"),
    ),
    "search": (
        [('role=slider[name="steps"]', "End"), ('role=button[name="Play"]', "Space")],
        [
            (".tk-heat-stage", "ArrowRight", "^learning rate .*, L2"),
            ('role=combobox[name="in front"]', "ArrowUp", "^random look 27"),
        ],
        ("len(lab.trials['random'])", "27"),
    ),
    "grid search": (
        [('role=slider[name="number of folds"]', "ArrowRight"), TRAIN],
        [
            (".tk-heat-stage", "ArrowRight", "^C .*, tol .*: mean validation accuracy"),
            (".tk-plot", "Home", "^C 0.100: "),
        ],
        ("lab.folds", "4"),
    ),
    "optimizer": (
        [('role=checkbox[name="Momentum"]', "Space"), (".tk-surface-stage", "ArrowRight")],
        [
            (".tk-surface", "", "^Start at \N{MINUS SIGN}1.88, 1.00"),
            (".tk-surface", "", "^Ravine.* Momentum ends at"),
            ('role=slider[name="Step shown"]', "Home ArrowRight", "^Step 1. SGD .*Momentum"),
            (".tk-plot", "End", "^step 300: SGD"),
        ],
        ("lab.start, len(lab.paths)", "((-1.875, 1.0), 3)"),
    ),
    "playground": (
        [('role=combobox[name="hidden layers"]', "ArrowDown"), TRAIN],
        [
            (".tk-plane-stage", "ArrowRight ArrowUp", "^x1 .*, x2 .* % sure"),
            (".tk-net-stage", "ArrowRight", "^output"),
        ],
        ("lab.runs[0].epochs, len(lab.hidden)", "(3, 2)"),
    ),
    "depth": (
        [('role=combobox[name="initialiser"]', "ArrowDown"), TRAIN],
        [
            ('role=combobox[name="bars show"]', "ArrowDown"),
            (".tk-plot", "Home", "^layer .*: plain, after epoch 2"),
        ],
        ("lab.runs[0].epochs, lab.settings.initializer", "(2, 'he_normal')"),
    ),
    "feature": (
        [('role=slider[name="filters"]', "ArrowRight"), TRAIN],
        [
            ('role=button[name="Next image"]', "Space", "^After 1 epoch, the network says"),
            (".tk-features-stage", "ArrowRight ArrowRight", "^Filter 1, row 1, column 2"),
        ],
        ("lab.runs[0].epochs", "1"),
    ),
    "gate": (
        [('role=combobox[name="squeeze ratio"]', "ArrowDown"), TRAIN],
        [
            ('role=button[name="Next image"]', "Space", "^After epoch 1: for this image"),
            (".tk-plot", "Home", "^channel of block 1 1: this image"),
        ],
        ("lab.runs[0].epochs", "1"),
    ),
    "cost": (
        [('role=slider[name="hyperparameters"]', "ArrowRight")],
        [
            (".tk-chart", "", "^4 hyperparameters .*: 4.3 days"),
            ('role=combobox[name="seconds per epoch"]', "ArrowUp", "^4 hyperparameters .*, 60 min an epoch"),
            (".tk-plot", "End", "^hyperparameters that are tuned 8: 5 values each"),
        ],
        ("lab.runs, lab.seconds", "(625, 3600.0)"),
    ),
    "metrics": (
        [('role=slider[name="threshold"]', "ArrowLeft")],
        [
            (".tk-chart", "", "^Threshold 0.49: accuracy"),
            ('role=button[name="Go to cheapest"]', "Space", "^Threshold 0.35: accuracy 83.3 %"),
            (".tk-plot", "Home", "^threshold 0: accuracy"),
        ],
        ("lab.threshold == lab.best_threshold", "True"),
    ),
    "tuner": (
        [('role=button[name="Search"]', "Space")],
        [
            (".tk-plot", "Home", "^trial 1: "),
            ('thead button:has-text("validation loss")', "Enter", "^Sorted by validation loss, ascending"),
        ],
        ("len(lab.trials)", "2"),
    ),
    # It starts by itself, so that it is stopped first.
    "board": (
        [],
        [
            ('role=button[name="Stop"]', "Space", "^TensorBoard is stopped"),
            ('role=button[name="Start"]', "Space", "^TensorBoard runs on port"),
            ('role=button[name="Reload the page"]', "Space"),
        ],
        ("lab.port is None", "False"),
    ),
}

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
    """All labs, trained by the keyboard, and all kinds of cards, on one page."""
    nb = one_notebook.show([])
    accessibility.listen(nb.page)
    cells = [f"labs[{name!r}] = {code}\nlabs[{name!r}]" for name, code in LABS.items()]
    nb = one_notebook.show([SETUP, *cells, CARDS])
    nb.run_all()
    expect(nb.page.locator(".tk-lab")).to_have_count(len(LABS))
    for place, (begin, _, _) in enumerate(WORK.values()):
        lab = nb.page.locator(".tk-lab").nth(place)
        accessibility.hear(lab)
        for step in begin:
            accessibility.press(nb.page, lab, accessibility.Keys(*step))
    # A press may arrive after what is executed here: a lab counts when it has something to show.
    nb.page.wait_for_timeout(1000)
    nb.execute("for lab in labs.values(): lab.wait(120)")
    return nb


@pytest.fixture(scope="module")
def whole(shown: Any) -> Any:
    """The same, on a page as tall as all labs are together: axe takes for unseen what lies below."""
    height = shown.page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
    shown.page.set_viewport_size({"width": 1280, "height": height + 200})
    return shown


def test_no_lab_is_left_out():
    """A new lab belongs into the list above."""
    assert [name for name in labs.__all__ if not any(f"tk.{name}(" in code for code in LABS.values())] == []
    assert list(WORK) == list(LABS)


def test_everything_is_reached_without_a_mouse(shown, notebook, accessibility):
    missed = {
        name: accessibility.missed_by_tab(shown.page, shown.page.locator(".tk-lab").nth(place))
        for place, name in enumerate(LABS)
    }
    assert {name: stops for name, stops in missed.items() if stops} == {}
    assert accessibility.mouse_only(shown.page) == []


@pytest.mark.parametrize("name", LABS)
def test_a_lab_is_worked_from_start_to_end_with_keys(shown, notebook, accessibility, name):
    _, steps, (expression, value) = WORK[name]
    lab = shown.page.locator(".tk-lab").nth(list(LABS).index(name))
    known = 0
    for step in steps:
        keys = accessibility.Keys(*step)
        if keys.keys:
            known = len(accessibility.heard(lab))
            accessibility.press(shown.page, lab, keys)
        if keys.says:
            shown.until(
                lambda since=known: accessibility.heard(lab)[since:],
                lambda said, says=keys.says: any(re.search(says, words) for words in said),
            )
    shown.eventually(f"(lambda lab: ({expression}))(labs[{name!r}])", value)
    if name == "board":
        # Its page is looked at until it rests: one that is left while it loads would log errors.
        frame = lab.locator("iframe")
        expect(frame).to_have_attribute("src", re.compile("^http"))
        frame.element_handle().content_frame().wait_for_load_state("networkidle")


def test_a_screen_reader_is_left_time_to_speak(shown, notebook, accessibility):
    # As often as a lab draws while it trains, and each picture has another sentence.
    lab = shown.page.locator(".tk-lab").nth(list(LABS).index("cost"))
    known = len(accessibility.heard(lab))
    shown.execute(
        "import time\nchart = next(part for part in labs['cost'].children if hasattr(part, 'draw'))\n"
        "for n in range(60):\n    chart.draw([], sentence=f'picture {n}')\n    time.sleep(1 / 30)"
    )
    said = shown.until(lambda: accessibility.heard(lab)[known:], lambda said: "picture 59" in said)
    assert len(said) <= 2, f"of 60 pictures in two seconds it heard {said}"
    shown.execute("labs['cost'].session.refresh()")


def test_sliders_say_their_name_and_the_value_shown(shown, notebook):
    slider = shown.page.locator(".tk-lab").first.get_by_role("slider", name="learning rate", exact=True)
    before = slider.get_attribute("aria-valuetext")
    assert before == "2e-3", "not its place among the stops"
    slider.focus()
    shown.page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "5e-3")
    shown.execute("labs['tuning'].wait(60)")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(whole, notebook, accessibility, theme):
    whole.set_theme(theme)
    whole.page.wait_for_timeout(500)
    found = accessibility.violations(whole.page)
    assert not found, f"axe-core finds {len(found)}:\n\n" + "\n\n".join(found)


def test_what_is_wrong_would_be_found(whole, notebook, accessibility):
    whole.page.evaluate(PLANTED)
    found = accessibility.violations(whole.page, [".planted"])
    assert sorted(finding.split(" ")[0] for finding in found) == ["color-contrast", "label"]
    assert accessibility.mouse_only(whole.page) == ['<div class="key">press</div>']
