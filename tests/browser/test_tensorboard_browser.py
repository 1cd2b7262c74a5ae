"""TensorBoard's real page inside a real JupyterLab: through Jupyter's own server, with the run's scalars."""

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


def test_page_shows_the_scalars_and_follows_the_lab(lab):
    opened = lab.open([CELL], theme="dark")
    opened.run_all()
    page = opened.page
    root = page.locator(".tk-lab")
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
    opened.execute("lab._page = 'hparams'; lab.pause(); lab.wait(20)")
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
    assert opened.execute("import psutil; print(len(psutil.Process().children()))") == "1"
    opened.execute("lab.close()")
    assert opened.execute("print(psutil.Process().children())") == "[]"
    assert not opened.error_outputs()
