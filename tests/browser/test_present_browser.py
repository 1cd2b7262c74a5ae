"""`tuningkit present`: the real command, a real browser without a network, a lesson as an app."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websocket
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
#: Cells of the lesson that are enough to see text, a formula, a question and a lab.
LAST_CELL = "lab = tk.TuningLab"


@contextmanager
def presenting(notebook, *options):
    """The address at which a notebook is presented, the process, what it says and its log."""
    folder = notebook.parent
    hidden = ("JUPYTER", "DISPLAY", "TUNINGKIT_PRELOAD")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment |= {"HOME": str(folder), "TUNINGKIT_HOME": str(folder / "progress"), "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tuningkit", "present", notebook.name, "--no-browser", *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            printed = ""
            for line in process.stdout:
                printed += line
                if "http://" in line:
                    break
            else:
                log.seek(0)
                pytest.fail(f"no address printed:\n{printed}{log.read()}")
            address = line.strip()
            _wait_for(address)
            yield address, process, printed, folder / "log"
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def presented(tmp_path_factory):
    """The first half of the first lesson, presented on a dark page."""
    import nbformat

    folder = tmp_path_factory.mktemp("present")
    lesson = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    last = next(i for i, cell in enumerate(lesson.cells) if cell.source.startswith(LAST_CELL))
    del lesson.cells[last + 1 :]
    nbformat.write(lesson, folder / "talk.ipynb")
    for beside in ("picture.png", "progress.json"):
        (folder / beside).write_text("nobody else's")
    with presenting(folder / "talk.ipynb", "--dark") as running:
        yield running


def test_a_stranger_without_the_token_sees_nothing(presented):
    address, _, printed, _ = presented
    assert "talk is ready for the projector" in printed
    place, _, token = address.partition("?")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/voila/render/talk\.ipynb", place)
    assert re.fullmatch("token=[0-9a-f]{48}", token)
    with urllib.request.urlopen(place, timeout=60) as answer:
        assert "/login?" in answer.url
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{place.partition('/voila')[0]}/api/kernels", timeout=60)
    # Voilà's own addresses for files do not ask for a token, so they must not lead to any file.
    for beside in ("picture.png", "progress.json", "talk.ipynb", "progress/progress.json"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{place.partition('/render')[0]}/files/{beside}", timeout=60)
    for climbing in ("static/..%2f..%2fvoila.json", "static/%2e%2e/%2e%2e/%2e%2e/conf.json"):
        with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
            urllib.request.urlopen(f"{place.partition('/render')[0]}/{climbing}", timeout=60)


def test_another_site_cannot_use_the_viewers_cookie(presented):
    address, _, _, _ = presented
    server = address.partition("/voila")[0]
    jar = CookieJar()
    viewer = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    viewer.open(f"{server}/lab?{address.partition('?')[2]}", timeout=60).close()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    known = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
    # A form on another site sends the cookie along, and nothing that it would have to read first.
    with pytest.raises(urllib.error.HTTPError, match="403"):
        viewer.open(urllib.request.Request(f"{server}/api/kernels", data=b"{}"), timeout=60)
    asked = urllib.request.Request(f"{server}/api/kernels", data=b"{}", headers={"X-XSRFToken": known})
    with viewer.open(asked, timeout=60) as answer:
        kernel = json.load(answer)["id"]
    channels = f"{server.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(channels, timeout=60, cookie=cookies, origin="http://elsewhere.example")
    websocket.create_connection(channels, timeout=60, cookie=cookies, origin=server).close()
    ended = urllib.request.Request(
        f"{server}/api/kernels/{kernel}", method="DELETE", headers={"X-XSRFToken": known}
    )
    viewer.open(ended, timeout=60).close()


def test_the_lab_answers_the_keyboard_beside_text_and_formulas(presented, browser):
    address, _, _, _ = presented
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors, outside = [], []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            outside.append(asked.url)
            if asked.url.startswith("http") and "127.0.0.1" not in asked.url
            else None
        ),
    )
    page.goto(address, timeout=120_000)
    slider = page.get_by_role("slider", name="learning rate").first
    expect(slider).to_be_visible(timeout=120_000)
    # Code is put away; text, formulas and the question are there.
    expect(page.locator(".jp-CodeCell .jp-InputArea")).to_have_count(0)
    expect(page.get_by_role("heading", name="What tuning is")).to_be_visible()
    expect(page.locator(".MathJax, mjx-container").first).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("$$")
    assert page.evaluate("document.body.dataset.jpThemeLight") == "false"

    page.get_by_role("button", name="Train", exact=True).click()
    curves = page.locator("svg path[d*='L']")
    expect(curves.first).to_be_attached()
    first = curves.first.get_attribute("d")
    before = page.locator("tbody tr").count()
    slider.focus()
    page.keyboard.press("ArrowRight")
    # A move is a new run: a row more, while the first one is kept.
    expect(page.locator("tbody tr")).to_have_count(max(before, 1) + 1)
    expect(curves.first).not_to_have_attribute("d", first)
    page.screenshot(path=_artifact("present-dark-1280.png"))
    page.set_viewport_size({"width": 800, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=_artifact("present-dark-800.png"))
    assert outside == []
    # MathJax asks for a font at about:blank to find out what the browser can do.
    assert [text for text in errors if "about:blank" not in text and "ERR_FAILED" not in text] == []
    context.close()


def test_ctrl_c_ends_it_cleanly(presented):
    _, process, _, log = presented
    process.send_signal(signal.SIGINT)
    words = process.stdout.read()
    assert (process.wait(timeout=60), words.splitlines()[-1][:8]) == (0, "Stopped.")
    assert "Warning" not in log.read_text(), "what a teacher would see in the terminal"


def test_code_is_shown_to_a_teacher_who_asks_for_it(tmp_path):
    import nbformat

    talk = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("answer = 6 * 7\nprint(answer)")])
    nbformat.write(talk, tmp_path / "talk.ipynb")
    with (
        presenting(tmp_path / "talk.ipynb", "--code") as (address, *_),
        urllib.request.urlopen(address, timeout=120) as page,
    ):
        words = re.sub(r"<[^>]+>", "", page.read().decode())
    assert re.search(r"answer\s*=\s*6\s*\*\s*7", words) and re.search(r"^42$", words, re.MULTILINE)


def _wait_for(address: str) -> None:
    """The address is printed a moment before the server listens."""
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < end, f"nothing answers at {address}"
            time.sleep(0.1)


def _artifact(name: str) -> Path:
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder / name
