"""PlaygroundLab in a real JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk"
LAB = 'lab = tk.PlaygroundLab("spirals", hidden=(8, 8), learning_rate=0.01, epochs=150)\nlab'


def test_look(lab):
    page = lab.open([SETUP, LAB], height=1500)
    page.run_all(timeout=180)
    root = page.page.locator(".tk-lab").first
    expect(root.locator(".tk-net-unit").first).to_be_attached(timeout=60_000)
    page.page.wait_for_timeout(500)
    page.screenshot("playground-light-1280-start", root)
    page.execute("lab.train().wait(120)")
    page.page.wait_for_timeout(800)
    page.screenshot("playground-light-1280", root)
    page.execute(
        'lab.load("hidden=8,8,6,4,3,2&features=x1,x2,x1^2,x2^2,x1*x2,sin(x1),sin(x2)&discretize=yes&data=bumps"); lab.train(100).wait(120)'
    )
    page.set_theme("dark")
    page.page.wait_for_timeout(800)
    page.screenshot("playground-dark-1280", root)
    page.page.set_viewport_size({"width": 800, "height": 1700})
    page.page.wait_for_timeout(800)
    page.screenshot("playground-dark-800", root)
    assert not page.error_outputs()
