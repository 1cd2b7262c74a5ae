"""TuningLab on a KerasTuner hypermodel in a real JupyterLab: keys, live and rebuilding moves, both themes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

HYPERMODEL = """
import tuningkit as tk
import keras
moons = tk.datasets.make_moons(noise=0.25)

def build_model(hp):
    model = keras.Sequential([keras.Input((2,))])
    model.add(keras.layers.Dense(hp.Int("units", 8, 64, step=8), hp.Choice("activation", ["relu", "tanh"])))
    hp.Boolean("second_layer")
    with hp.conditional_scope("second_layer", [True]):
        second_units = hp.Int("second_units", 4, 16, step=4)
        if second_units:
            model.add(keras.layers.Dense(second_units, "relu"))
    model.add(keras.layers.Dropout(hp.Float("dropout", 0.0, 0.8, step=0.1)))
    model.add(keras.layers.Dense(1))
    if hp.get("units") == 64:
        raise MemoryError("64 units are one too many for this model")
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-2)
    model.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True), ["accuracy"])
    return model

def state():
    import json
    engine = lab.session.trainer.engine
    return json.dumps({"engine": id(engine), "traces": engine.traces, "values": lab.hyperparameters})
"""
LAB = "lab = tk.TuningLab(build_model, moons, epochs=40)\nlab"


def control(page: Any, name: str) -> Locator:
    """A control by the hyperparameter's name, which stands before what a move does."""
    label = page.page.locator(".widget-label", has_text=re.compile(rf"^{name}( ·|$)"))
    return page.page.locator(".tk-control").filter(has=label)


def status(page: Any) -> Locator:
    return page.page.locator(".tk-lab .tk-words").nth(1)


def state(page: Any) -> dict[str, Any]:
    return json.loads(page.execute("lab.wait(300); print(state())"))


def wait_finished(page: Any, text: str) -> None:
    expect(page.page.locator(".tk-lab")).to_contain_text(text)


def choose(page: Any, name: str, key: str) -> None:
    """Move a dropdown as someone without a mouse would."""
    control(page, name).locator("select").focus()
    page.page.keyboard.press(key)


def assert_nothing_sticks_out(page: Any) -> None:
    page.assert_nothing_sticks_out(page.page.locator(".tk-lab").first, ".widget-label", ".widget-readout")


def test_a_hypermodel_is_driven_by_keyboard(notebook):
    page = notebook.show([HYPERMODEL, LAB])
    page.run_cell(0)
    page.run_cell(1)
    expect(control(page, "rate").locator(".widget-label")).to_have_text("rate · live")
    for name, word in {
        "units": "rebuilds", "activation": "rebuilds", "second_layer": "rebuilds", "second_units": "not in use",
        "dropout": "live", "rate": "live",
    }.items():  # fmt: skip
        expect(control(page, name).locator(".widget-label")).to_have_text(f"{name} · {word}")
    expect(page.page.locator(".tk-lab")).to_contain_text(
        "Not in use now: second_units (needs second_layer = True)."
    )
    expect(
        control(page, "second_units").locator(".slider [disabled], .slider[disabled]").first
    ).to_be_attached()
    assert_nothing_sticks_out(page)

    # The keyboard reaches every control that is in use, in the order in which the function asks.
    control(page, "units").locator(".noUi-handle").focus()
    reached = []
    for _ in range(16):
        reached.append(
            page.page.evaluate(
                """() => { const one = document.activeElement, box = one.closest(".tk-control");
                return box ? box.querySelector("label").textContent.split(" ·")[0] : one.textContent; }"""
            )
        )
        page.page.keyboard.press("Tab")
    wanted = [
        "units",
        "activation",
        "second_layer",
        "dropout",
        "rate",
        "batch size",
        "epochs",
        "seed",
        "repeats",
    ]
    assert [name for name in dict.fromkeys(reached) if name in wanted] == wanted

    page.page.get_by_role("button", name="Train", exact=True).focus()
    page.page.keyboard.press("Space")
    wait_finished(page, "run 1 · epoch 40 of 40")
    begun = state(page)

    # Live: the graph stays, nothing is traced again, the run is a new one.
    page.press_slider(control(page, "dropout"), times=3)
    page.press_slider(control(page, "rate"), "ArrowLeft", times=1)
    expect(page.page.locator(".tk-runs tbody tr").first).to_contain_text("0.005")
    moved = state(page)
    assert moved["values"]["dropout"] == 0.3 and moved["values"]["rate"] == 0.005
    assert (moved["engine"], moved["traces"]) == (begun["engine"], begun["traces"])
    page.screenshot("hypermodel-lab-light-1280", page.page.locator(".tk-lab").first)

    # Structure: a new network, at once; the focus stays where it was.
    page.press_slider(control(page, "units"), times=1)
    page.eventually("lab.hyperparameters['units']", "16")
    rebuilt = state(page)
    assert rebuilt["engine"] != moved["engine"]
    focused = "() => document.activeElement.closest('.tk-control')?.querySelector('label').textContent"
    page.until(lambda: page.page.evaluate(focused), lambda text: text == "units · rebuilds")
    choose(page, "activation", "ArrowDown")
    page.eventually("lab.hyperparameters['activation']", "tanh")
    page.at_rest(page.page.locator(".tk-lab").first)

    # A condition is met: the control it holds back is ready, the words are gone.
    choose(page, "second_layer", "ArrowDown")
    expect(control(page, "second_units").locator(".widget-label")).to_have_text("second_units · rebuilds")
    expect(page.page.locator(".tk-lab")).not_to_contain_text("Not in use now")
    expect(control(page, "second_units").locator(".slider [disabled], .slider[disabled]")).to_have_count(0)
    page.press_slider(control(page, "second_units"), times=2)
    page.eventually("lab.hyperparameters['second_units']", "12")
    page.at_rest(page.page.locator(".tk-lab").first)

    # In the middle of a run a live move leaves a marker.
    page.execute("lab.mode = 'mid-run'; lab.train(10_000); None")
    page.press_slider(control(page, "dropout"), times=1)
    expect(page.page.locator("[data-panel=loss] .tk-mark")).to_have_count(1)
    page.execute("lab.pause().wait(); lab.mode = 'new run'; None")

    # Values without a model: said in words, and the lab goes on.
    page.press_slider(control(page, "units"), "End")
    alert = page.page.locator(".tk-lab [role=alert]")
    expect(alert).to_contain_text("build_model raised MemoryError at units=64")
    expect(alert.locator("details:not([open])")).to_have_count(1)
    page.screenshot("hypermodel-lab-light-1280-error", page.page.locator(".tk-lab").first)
    page.press_slider(control(page, "units"), "ArrowLeft")
    expect(alert).to_have_count(0)
    page.eventually("lab.hyperparameters['units']", "56")
    page.at_rest(page.page.locator(".tk-lab").first)
    assert not page.error_outputs()

    page.set_theme("dark")
    page.quiet(page.page.locator(".tk-lab").first)
    page.screenshot("hypermodel-lab-dark-1280", page.page.locator(".tk-lab").first)
    page.page.set_viewport_size({"width": 800, "height": 900})
    assert_nothing_sticks_out(page)
    page.screenshot("hypermodel-lab-dark-800", page.page.locator(".tk-lab").first)
    page.set_theme("light")
    page.quiet(page.page.locator(".tk-lab").first)
    page.screenshot("hypermodel-lab-light-800", page.page.locator(".tk-lab").first)
