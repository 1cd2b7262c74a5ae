"""Tools inside a real JupyterLab: TensorBoard's page with a run's scalars, KerasTuner's trials while it searches."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELL = """
import numpy as np
import tuningkit as tk

history = {"loss": np.array([0.9, 0.5, 0.4]), "val_loss": np.array([1.0, 0.7, 0.625])}
run = tk.Run(history, {"learning_rate": 0.01, "optimizer": "adam"}, weights=[np.linspace(-1, 1, 50)])
run.to_tensorboard("logs", name="first run", overwrite=True)
lab = tk.TensorBoardLab("logs", height=700)
lab
"""

TUNER = """
import tempfile, threading, time
import keras_tuner

go_on = threading.Event()

class Quick(tk.search.LiveTuner, keras_tuner.RandomSearch):
    def run_trial(self, trial, *arguments, **settings):
        share = trial.hyperparameters.get("share")
        values = [1 + share, 0.1 + share, share + 0.5]
        for epoch, value in enumerate(values):
            time.sleep(0.03)
            self.on_epoch_end(trial, None, epoch, {"val_loss": value})
        # The fifth trial lasts until it was paused, however long that takes.
        while len(self.rows) == 5 and not go_on.is_set():
            time.sleep(0.03)
            epoch += 1
            self.on_epoch_end(trial, None, epoch, {"val_loss": values[-1]})
        return {"val_loss": min(values)}

folder = tempfile.TemporaryDirectory()
tuner = Quick(
    objective=keras_tuner.Objective("val_loss", "min"), max_trials=12, seed=1, directory=folder.name,
    hyperparameters=tk.search.to_keras_tuner({"share": tk.search.Uniform(0, 1)}),
)
search = tk.TunerLab(tuner)
search
"""


def test_page_shows_the_scalars_and_follows_the_lab(notebook):
    opened = notebook.show([CELL, TUNER], theme="dark")
    opened.run_all()
    page = opened.page
    root = page.locator(".tk-lab").first
    expect(root.get_by_role("status")).to_contain_text("TensorBoard runs on")
    port = opened.execute("print(lab.port)")
    frame = page.locator(".tk-board iframe")
    expect(frame).to_have_attribute("src", f"{opened.server.url}/proxy/{port}/?darkMode=true#scalars")
    board = page.frame_locator(".tk-board iframe")
    expect(board.get_by_text("epoch_loss", exact=True).first).to_be_visible()
    expect(board.get_by_text("first run/validation").first).to_be_visible()
    page.wait_for_timeout(1500)  # TensorBoard draws its charts with an animation
    frame.scroll_into_view_if_needed()
    opened.screenshot("tensorboard-dark-1280")
    # The very numbers, asked for on the way that the page takes.
    points = page.evaluate(
        """async (port) => (await fetch(
            `/proxy/${port}/data/plugin/scalars/scalars?run=first%20run%2Fvalidation&tag=epoch_loss`)).json()""",
        port,
    )
    assert [point[2] for point in points] == [1.0, pytest.approx(0.7), 0.625]

    # The page of hyperparameters asks with POST, which the proxy must let through.
    opened.execute("lab._page = 'hparams'; lab.pause(); lab.wait(300)")
    expect(root.get_by_role("status")).to_contain_text("stopped")
    expect(frame).to_be_hidden()
    opened.set_theme("light")
    page.set_viewport_size({"width": 800, "height": 900})
    opened.press_button(root, "Start")
    expect(root.get_by_role("status")).to_contain_text("TensorBoard runs on")
    expect(board.get_by_text("learning_rate").first).to_be_visible()
    opened.assert_nothing_sticks_out(root, ".tk-board")
    frame.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    opened.screenshot("tensorboard-light-800")

    # Closed, the lab leaves no process.
    opened.eventually("len(__import__('psutil').Process().children())", "1")
    opened.execute("lab.close()")
    opened.eventually("__import__('psutil').Process().children()", "[]")

    # KerasTuner: rows grow while it searches, a pause holds it, and it goes on to the end.
    root = page.locator(".tk-lab").last
    opened.press_button(root, "Search")
    expect(root.locator("tbody tr").nth(4)).to_be_visible()
    opened.press_button(root, "Pause")
    expect(root).to_contain_text("Paused")
    expect(root.locator("tbody tr")).to_have_count(5)
    opened.press_button(root, "Search")
    opened.execute("go_on.set()")
    expect(root).to_contain_text("Finished")
    expect(root.locator("tbody tr")).to_have_count(12)
    best = opened.execute("print(f'{search.trials.best.objective:.4g} in trial {search.trials.best.number}')")
    expect(root).to_contain_text(f"best validation loss {best}")
    opened.assert_nothing_sticks_out(root, ".tk-runs")
    root.scroll_into_view_if_needed()
    opened.screenshot("tuner-light-800", root)
    opened.set_theme("dark")
    page.set_viewport_size({"width": 1280, "height": 900})
    opened.screenshot("tuner-dark-1280", root)
    assert not opened.error_outputs()
