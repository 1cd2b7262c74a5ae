"""OptimizerLab in a real JupyterLab: sliders, the start point, replay, divergence, own surfaces, speed, looks."""

from __future__ import annotations

import re
import statistics
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = "import keras\nimport tuningkit as tk"
LAB = 'lab = tk.OptimizerLab("ravine", ["sgd", "momentum", "rmsprop", "adam"])\nlab'
#: Changes whenever a path does, and never by itself.
PATHS = """root => [...root.querySelectorAll(".tk-surface-track[data-name]")]
    .map((path) => path.getAttribute("d")).join()"""


def ready(root: Locator) -> None:
    expect(root.locator(".tk-surface-track[data-name]").first).to_be_attached()


def slider(root: Locator, name: str) -> Locator:
    label = root.page.locator(".widget-label", has_text=re.compile(f"^{name}$"))
    return root.locator(".tk-control").filter(has=label).first


def paths(root: Locator) -> str:
    return root.locator(".tk-surface").evaluate(PATHS)


def settled(page: Any, root: Locator) -> str:
    page.at_rest(root)
    return paths(root)


def test_paths_follow_every_move(notebook):
    page = notebook.show([SETUP, LAB], height=1150)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    ready(root)
    before = settled(page, root)
    page.assert_nothing_sticks_out(root, ".tk-surface")
    expect(root.locator(".tk-surface-track[data-name]")).to_have_count(4)
    expect(root.locator("[data-panel=loss] .tk-plot path.tk-line")).to_have_count(4)
    expect(root).to_contain_text("SGD 2/λ = 0.1")
    root.scroll_into_view_if_needed()
    page.screenshot("optimizer-lab-light-1280", root)

    # The slider: other paths, no new graph.
    traces = "from tuningkit.optimizers.descent import graph_for; print(graph_for(lab.paths.surface).traces)"
    made = page.execute(traces)
    page.press_slider(slider(root, "learning rate"))
    page.changed(lambda: paths(root), before)
    moved = settled(page, root)
    assert page.execute(traces) == made
    page.assert_letters_stay()

    # The start: by key, and dragged by the ring.
    stage = root.locator(".tk-surface-stage")
    stage.focus()
    page.page.keyboard.press("ArrowRight")
    page.eventually("lab.start[0]", "-1.875")
    page.changed(lambda: paths(root), moved)
    by_key = settled(page, root)
    box = stage.bounding_box()
    ring = root.locator(".tk-surface-start").bounding_box()
    page.page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"], steps=8)
    page.changed(lambda: paths(root), by_key)
    page.quiet(root)
    # While it is held the ring is where the mouse is; the kernel's answers follow.
    dragged = root.locator(".tk-surface-start").get_attribute("data-x")
    page.page.mouse.up()
    page.eventually("f'{lab.start[0]:g}'", dragged)
    x, y = (float(value) for value in page.execute("print(*lab.start)").split())
    assert 0.5 < x < 2 and 0.3 < y < 2

    # Beyond the limit SGD leaves the picture, is drawn doing so, and the words say it.
    page.execute("lab.start = (-2, 1); lab.learning_rate = 0.12")
    settled(page, root)
    expect(root.locator('.tk-surface-headmark[data-name="SGD"]')).to_have_attribute(
        "data-left", re.compile(r"\d+")
    )
    expect(root.locator(".tk-surface-headmark text").first).to_contain_text("SGD leaves at step")
    expect(root).to_contain_text("SGD diverges: it left the picture")
    expect(root).to_contain_text("is above: it leads away")
    page.screenshot("optimizer-lab-light-1280-diverged", root)

    # Replay: to the first step, on by one, whole again, and played.
    page.execute("lab.learning_rate = 0.05")
    whole = settled(page, root)
    scrub = root.locator(".tk-surface-bar input")
    scrub.focus()
    page.page.keyboard.press("Home")
    expect(root.locator(".tk-surface-step")).to_have_text("step 0 of 300")
    root.get_by_role("button", name="One step on").click()
    expect(root.locator(".tk-surface-step")).to_have_text("step 1 of 300")
    page.until(lambda: len(paths(root)), lambda length: length < len(whole))
    # At the slowest it plays for half a minute: long enough to be paused.
    root.get_by_label("Speed").select_option("10")
    root.get_by_role("button", name="Play the paths step by step").click()
    expect(root.locator(".tk-surface-step")).not_to_have_text(re.compile("^step [01] of"))
    root.get_by_role("button", name="Pause").click()
    expect(root.locator(".tk-surface-bar button").first).to_contain_text("Play")
    root.get_by_role("button", name="Show the whole paths").click()
    page.until(lambda: paths(root), lambda now: now == whole)

    # More optimisers, another surface.
    root.get_by_label("Lion", exact=True).check()
    expect(root.locator(".tk-surface-track[data-name]")).to_have_count(5)
    root.locator("select").first.select_option(label="Rosenbrock")
    page.eventually("*(lab.surface, lab.learning_rate)", "rosenbrock 0.001")
    expect(slider(root, "learning rate").locator(".widget-readout")).to_have_text("1e-3")

    # An own surface with a mistake: said in place, the lab goes on.
    page.execute("lab.surface = lambda x, y: keras.ops.sum(x)")
    expect(root.locator("[role=alert]")).to_contain_text("one number for each place")
    page.screenshot("optimizer-lab-light-1280-error", root)
    page.execute("lab.surface = lambda x, y: keras.ops.sin(3 * x) + y ** 2")
    expect(root.locator(".tk-surface-title")).to_have_text("own surface")
    expect(root.locator("[role=alert]")).to_have_count(0)
    page.at_rest(root)
    page.screenshot("optimizer-lab-light-1280-own", root)

    # Dark and narrow; loaded again.
    page.execute(
        'lab.surface = "himmelblau"; lab.optimizers = list(tk.optimizers.PATH_OPTIMIZERS); lab.own_rates = True'
    )
    settled(page, root)
    page.set_theme("dark")
    page.quiet(root)
    page.screenshot("optimizer-lab-dark-1280", root)
    page.page.set_viewport_size({"width": 800, "height": 1500})
    page.assert_nothing_sticks_out(root, ".tk-surface")
    page.screenshot("optimizer-lab-dark-800", root)
    page.set_theme("light")
    page.quiet(root)
    page.screenshot("optimizer-lab-light-800", root)
    drawn = paths(root)
    page.reload()
    expect(root.locator(".tk-surface-track[data-name]")).to_have_count(10)
    page.until(lambda: paths(root), lambda now: now == drawn)

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-optimizer-lab", 1)
    assert not page.error_outputs()


def test_slider_answers_at_once_and_motion_is_reduced(notebook):
    page = notebook.show([SETUP, LAB], reduced_motion=True, height=1000)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    ready(root)
    settled(page, root)
    expect(root.get_by_role("button", name="Play the paths step by step")).to_be_hidden()
    root.get_by_role("button", name="One step back").click()
    expect(root.locator(".tk-surface-step")).to_have_text("step 299 of 300")
    page.press_slider(slider(root, "learning rate"), times=0)
    keys = iter(["ArrowRight", "ArrowLeft"] * 20)
    found = page.latencies(
        root.locator(".tk-surface"), lambda: page.page.keyboard.press(next(keys)), moves=5, value=PATHS
    )
    print(f"slider to paths: median {statistics.median(found):.0f} ms, slowest {max(found):.0f} ms")
    # Every press was answered. The promise of 150 ms is the benchmark's to keep: this machine may be crowded.
    assert len(found) == 5
