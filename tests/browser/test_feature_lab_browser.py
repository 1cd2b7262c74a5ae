"""FeatureLab in a real JupyterLab: filters and maps that change while a network learns, kernel moved by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk\ndigits = tk.datasets.load_digits(images=True)"
LAB = "lab = tk.FeatureLab(digits, epochs=4)\nlab"
#: Sums of the colours in every picture, by its name: they change with what is drawn.
SUMS = """root => Object.fromEntries([...root.querySelectorAll(".tk-features canvas")].map((canvas) => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return [`${canvas.dataset.picture} ${canvas.dataset.filter || ""}`.trim(), data.reduce((a, b) => a + b, 0)];
}))"""


def test_filters_are_watched_and_the_kernel_is_moved(notebook):
    page = notebook.show([SETUP, LAB], height=1500)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    status, notice = root.locator(".tk-words").nth(1), root.locator(".tk-words").first
    said, readout = root.locator(".tk-features-sentence"), root.locator(".tk-features-readout")
    expect(said).to_contain_text("Before training, the network says", timeout=90_000)
    expect(root).to_contain_text("(3 · 3 · 1 + 1) · 8 = 80 numbers")
    expect(root).to_contain_text("floor((8 + 0 - 3) / 1) + 1 = 6")
    pictures = root.locator(".tk-features canvas")
    expect(pictures).to_have_count(1 + 3 * 8)
    page.assert_nothing_sticks_out(root, "[class^=tk-features]")
    before = root.evaluate(SUMS)
    page.screenshot("feature-lab-start")

    # While the network learns, filters and maps change; the image does not.
    page.press_button(root, "Train")
    expect(said).to_contain_text(re.compile(r"After \d+ epoch"), timeout=90_000)
    expect(status).to_contain_text("Finished", timeout=180_000)
    page.at_rest(root)

    def changed(now: dict[str, int], kind: str) -> int:
        return sum(now[name] != before[name] for name in before if name.startswith(kind))

    after = page.until(
        lambda: root.evaluate(SUMS), lambda now: changed(now, "kernels") >= 7 and changed(now, "maps") >= 5
    )
    assert after["image"] == before["image"]
    expect(root.locator("table.tk-runs-table tbody tr, .tk-runs tbody tr")).to_have_count(1)
    page.screenshot("feature-lab-light-1280")

    # One number of a map by keyboard: the window is framed in the image, the sum is the map's own number.
    stage = root.locator(".tk-features-stage")
    stage.focus()
    for key in ("ArrowRight", "PageDown", "ArrowDown", "ArrowRight"):
        page.page.keyboard.press(key)
    expect(readout).to_contain_text(
        "Filter 2, row 2, column 2: the window lies on rows 2 to 4, columns 2 to 4"
    )
    value = float(page.execute("float(lab.feature_maps.after_convolution[1, 1, 1])"))
    text = readout.inner_text().replace("\N{MINUS SIGN}", "-")
    shown = float(re.search(r": (-?[\d.e-]+)(?:\.|, which)", text.split("plus bias")[1])[1])
    assert max(0.0, shown) == pytest.approx(value, rel=0.01, abs=1e-3)
    page.changed(lambda: root.evaluate(SUMS)["image"], after["image"])
    pooled = root.locator('canvas[data-picture="pooled"][data-filter="1"]')
    pooled.hover()
    expect(readout).to_contain_text("the largest of the 4 numbers in rows 3 to 4, columns 3 to 4")
    page.screenshot("feature-lab-window", root.locator(".tk-features"))
    page.page.mouse.move(0, 0)
    stage.focus()
    page.page.keyboard.press("Escape")
    expect(readout).to_contain_text("Point at a number")

    # Another image by button, and by class.
    page.press_button(root, "Next image")
    expect(root.locator(".tk-features-caption")).to_contain_text("validation image 1,")
    root.get_by_label("class shown").select_option("7")
    expect(root.locator(".tk-features-caption")).to_contain_text(", a 7")

    # A kernel that does not fit is said in place; with zeros around the image it fits. Letters are no shortcuts here.
    kernel = root.locator(".tk-control").first
    page.press_slider(kernel, key="End")
    page.assert_letters_stay()
    expect(notice).to_contain_text("A kernel of 9 by 9 pixels does not fit")
    assert page.execute("lab.settings.kernel_size") == "3"
    page.press_slider(kernel, key="ArrowLeft")
    expect(notice).to_contain_text("nothing would be left")
    page.press_slider(kernel, key="ArrowLeft", times=3)
    expect(notice).not_to_contain_text("Not possible")
    expect(status).to_contain_text(re.compile(r"run \d .*filters of 5 by 5"), timeout=90_000)
    root.get_by_label("padding").select_option("same (zeros)")
    expect(root).to_contain_text("floor((8 + 4 - 5) / 1) + 1 = 8", timeout=90_000)
    expect(root.locator(".tk-features-legend")).to_contain_text("zeros added around the image")
    page.at_rest(root)

    # An earlier run, picked in the table.
    root.locator(".tk-runs tbody tr").last.click()
    expect(status).to_contain_text("run 1 is shown")
    assert page.execute("lab.feature_maps.filters.shape") == "(3, 3, 8)"

    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1700})
    page.assert_nothing_sticks_out(root, "[class^=tk-features]")
    root.scroll_into_view_if_needed()
    page.screenshot("feature-lab-dark-800")
    page.press_slider(root.locator(".tk-control").nth(1), key="End")
    expect(root.locator(".tk-features canvas")).to_have_count(1 + 3 * 16)
    page.at_rest(root)
    expect(status).to_contain_text("Finished")
    page.set_theme("light")
    page.assert_nothing_sticks_out(root, "[class^=tk-features]")
    page.screenshot("feature-lab-light-800")
    page.reload()
    expect(root.locator(".tk-features canvas")).to_have_count(1 + 3 * 16)

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-feature-lab", 1)
    assert not page.error_outputs()
