"""PlaygroundLab in a real JupyterLab: points, layers and inputs moved by hand, units picked, lines read, looks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk"
LAB = 'lab = tk.PlaygroundLab("spirals", hidden=(8, 8), epochs=60)\nlab'
WEIGHTS = "root => [...root.querySelectorAll('.tk-net-link')].map((line) => line.dataset.weight).join()"
#: Whether a canvas shows something, and which picture.
PICTURE = "canvas => canvas.toDataURL()"


def control(root: Locator, name: str) -> Locator:
    label = root.page.locator(".widget-label", has_text=re.compile(f"^{name}$"))
    return root.locator(".tk-control").filter(has=label).first


def until(page: Any, condition: str) -> None:
    page.eventually(f"bool({condition})", "True")


def assert_nothing_sticks_out(page: Any, root: Locator) -> None:
    page.assert_nothing_sticks_out(root, ".tk-net", ".tk-net-body", ".tk-plane")


def test_playground(notebook):
    page = notebook.show([SETUP, LAB], height=1250)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    network = root.locator(".tk-net")
    units, lines = network.locator(".tk-net-unit"), network.locator(".tk-net-link")
    # Before training: the points and the untrained network.
    expect(units).to_have_count(2 + 8 + 8 + 1)
    expect(lines).to_have_count(2 * 8 + 8 * 8 + 8)
    expect(root.locator(".tk-plane:visible .tk-plane-sentence")).to_have_text("Run 1 before training")
    page.quiet(root)
    first = network.evaluate(WEIGHTS)
    maps = network.locator(".tk-net-maps")
    untrained = maps.evaluate(PICTURE)
    assert_nothing_sticks_out(page, root)

    # Trained: the lines carry the weights of the very network, thickness and sign included.
    root.get_by_role("button", name="Train", exact=True).click()
    until(page, "lab.runs")
    page.at_rest(root)
    expect(root.locator(".tk-plane:visible .tk-plane-sentence")).to_have_text("Run 1 after 60 epochs")
    page.changed(lambda: network.evaluate(WEIGHTS), first)
    page.changed(lambda: maps.evaluate(PICTURE), untrained)
    kernel = page.execute("print(*lab.runs[-1].weights[0].ravel())")
    expected = [float(weight) for weight in kernel.split()]
    shown = lines.evaluate_all(
        "nodes => nodes.slice(0, 16).map((node) => [node.dataset.weight, node.dataset.sign])"
    )
    assert [float(weight) for weight, _ in shown] == pytest.approx(expected, rel=1e-3)
    assert [sign for _, sign in shown] == ["minus" if weight < 0 else "plus" for weight in expected]
    thick = "nodes => nodes.slice(0, 16).map((node) => parseFloat(getComputedStyle(node).strokeWidth))"
    widths = lines.evaluate_all(thick)
    order = sorted(range(16), key=lambda place: abs(expected[place]))
    assert widths[order[0]] < widths[order[-1]]
    dashes = lines.evaluate_all(
        "nodes => nodes.map((node) => [node.dataset.sign, getComputedStyle(node).strokeDasharray])"
    )
    assert {dash == "none" for sign, dash in dashes if sign == "plus"} == {True}
    assert {dash == "none" for sign, dash in dashes if sign == "minus"} == {False}

    # A unit under the mouse, or picked with the keys, shows its map large; a line says its weight.
    title, large = network.locator(".tk-net-title"), network.locator(".tk-net-large")
    expect(title).to_have_text("Output")
    root.scroll_into_view_if_needed()
    page.screenshot("playground-light-1280-output", root)
    output = large.evaluate(PICTURE)
    units.nth(4).hover()
    expect(title).to_have_text("Layer 1, unit 3")
    expect(network.locator(".tk-net-weight")).to_have_count(3)
    page.changed(lambda: large.evaluate(PICTURE), output)
    page.screenshot("playground-light-1280", root)
    touch = network.locator(".tk-net-touch").first
    at = touch.evaluate(
        """line => { const point = line.getPointAtLength(3), box = line.ownerSVGElement.getBoundingClientRect();
        return [box.x + point.x, box.y + point.y]; }"""
    )
    page.page.mouse.move(*at)
    expect(network.locator(".tk-net-readout")).to_contain_text("weight from input x₁ to layer 1, unit")
    page.page.mouse.move(5, 5)
    expect(title).to_have_text("Output")
    network.locator(".tk-net-stage").focus()
    page.page.keyboard.press("ArrowLeft")
    expect(title).to_have_text(re.compile("^Layer 2, unit [45]$"))
    page.page.keyboard.press("ArrowUp")
    expect(title).to_have_text(re.compile("^Layer 2, unit [34]$"))
    expect(network.locator("[role=status]").last).to_contain_text("Output from")
    page.assert_letters_stay()
    page.page.keyboard.press("Escape")
    expect(title).to_have_text("Output")

    # Learning rate: live, on the run there is. Structure: another network at once, not trained.
    rate = "print(lab.learning_rate)"
    before = page.execute(rate)
    page.press_slider(control(root, "learning rate"))
    page.changed(lambda: page.execute(rate), before)
    page.execute("lab.train(20)")
    page.at_rest(root)
    assert page.execute("print(len(lab.runs), lab.runs[-1].epochs, len(lab.runs[-1].changes))") == "1 80 1"
    control(root, "layer 2 units").locator("select").select_option("3")
    expect(units).to_have_count(2 + 8 + 3 + 1)
    root.get_by_label("sin x₁").check()
    expect(units).to_have_count(3 + 8 + 3 + 1)
    control(root, "hidden layers").locator("select").select_option("0")
    expect(units).to_have_count(3 + 1)
    expect(control(root, "layer 1 units")).to_be_hidden()
    expect(root.locator(".tk-plane:visible .tk-plane-sentence")).to_contain_text("before training")
    control(root, "hidden layers").locator("select").select_option("2")
    expect(units).to_have_count(3 + 4 + 4 + 1)

    # Noise moves the points; validation points and shades come off.
    plane = root.locator(".tk-plane:visible")
    dots, ground = plane.locator(".tk-plane-dots"), plane.locator(".tk-plane-ground")
    page.at_rest(root)
    points = dots.evaluate(PICTURE)
    page.press_slider(control(root, "noise"), times=3)
    page.eventually("lab.noise", "0.25")
    page.at_rest(root)
    noisy = page.changed(lambda: dots.evaluate(PICTURE), points)
    root.get_by_label("show validation points").uncheck()
    page.changed(lambda: dots.evaluate(PICTURE), noisy)
    page.at_rest(root)
    shaded = ground.evaluate(PICTURE)
    root.get_by_label("discretise output").check()
    page.changed(lambda: ground.evaluate(PICTURE), shaded)

    # A regression: curves, plane and table of its own. Training while the data changes goes on.
    control(root, "data set").locator("select").select_option("six bumps (regression)")
    expect(root.locator(".tk-chart:visible")).to_contain_text("Mean absolute error")
    expect(root.locator(".tk-plane:visible")).to_have_count(1)
    page.execute("lab.epochs = 100000; lab.train()")
    expect(root.locator(".tk-words:visible").first).to_contain_text("Training")
    # Live: lines and maps move while it trains.
    page.changed(lambda: network.evaluate(WEIGHTS), network.evaluate(WEIGHTS))
    page.changed(lambda: maps.evaluate(PICTURE), maps.evaluate(PICTURE))
    root.get_by_role("button", name="New points").click()
    until(page, "'points 1' in str([run.hyperparameters for run in lab.runs[-1:]])")
    root.get_by_role("button", name="Pause").click()
    page.at_rest(root)
    assert "points 1" in page.execute("print(lab.runs[-1].hyperparameters['data'])")

    # The line of settings: a damaged one is refused in words, another lab's is taken over.
    field = root.locator("input[type=text]").last
    field.fill("data=spirals&hidden=8,9")
    field.press("Enter")
    expect(root.locator("[role=alert]")).to_contain_text("hidden layer 2 must lie between 1 and 8")
    full = (
        "data=moons&hidden=8,7,6,5,4,3&features=x1,x2,x1^2,x2^2,x1*x2,sin(x1),sin(x2)&discretize=no&epochs=60"
    )
    field.fill(full)
    field.press("Enter")
    expect(units).to_have_count(7 + 33 + 1)
    expect(root.locator("[role=alert]:visible")).to_have_count(0)
    page.eventually("*(lab.hidden, lab.data)", "(8, 7, 6, 5, 4, 3) moons")

    # Looks: dark and narrow; loaded again.
    page.execute("lab.train()")
    page.at_rest(root)
    page.set_theme("dark")
    page.quiet(root)
    page.screenshot("playground-dark-1280", root)
    page.page.set_viewport_size({"width": 800, "height": 2300})
    assert_nothing_sticks_out(page, root)
    page.screenshot("playground-dark-800", root)
    page.set_theme("light")
    page.quiet(root)
    page.screenshot("playground-light-800", root)
    drawn = network.evaluate(WEIGHTS)
    page.reload()
    expect(units).to_have_count(7 + 33 + 1)
    page.until(lambda: network.evaluate(WEIGHTS), lambda now: now == drawn)

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-tuning-lab", 1)
    assert not page.error_outputs()
