"""The real command, as a newcomer runs it: as root, without a display, with nobody at the keyboard."""

from __future__ import annotations

import json
import os
import re
import shutil
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

import psutil
import pytest
import websocket

import tuningkit
from tuningkit.server import should_open_browser

NOTEBOOK = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The package as a wheel installs it, with one lesson inside: nothing of the checkout is written to."""
    site = tmp_path_factory.mktemp("site")
    package = site / "tuningkit"
    shutil.copytree(Path(tuningkit.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(package / "_notebooks", ignore_errors=True)
    (package / "_notebooks").mkdir()
    (package / "_notebooks" / "00_start_here.ipynb").write_text(json.dumps(NOTEBOOK))
    return site


@contextmanager
def command(site, home, *arguments):
    """Run `tuningkit ...` until the end of the block, or until the test ends it itself."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "DISPLAY"))
    }
    environment |= {"HOME": str(home), "PYTHONPATH": str(site)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tuningkit", *arguments],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_of(process):
    """Read what the command prints until it names an address."""
    printed = ""
    for line in process.stdout:
        printed += line
        if "http://" in line:
            return line.strip(), printed
    pytest.fail(f"no address printed:\n{printed}")


def fetch(address, timeout=60):
    """Return status and text, waiting for the server to come up."""
    end = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(address, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except OSError:
            assert time.monotonic() < end, f"nothing answers at {address}"
            time.sleep(0.1)


def assert_strangers_change_nothing(server, token, folder):
    """Without the token a visitor is sent to the login page; a foreign page cannot use a learner's cookie."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def ask(opener, path, method="GET", **headers):
        body = b'{"type": "notebook"}' if method == "POST" else None
        request = urllib.request.Request(server + path, data=body, method=method, headers=headers)
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers.get("Location", "")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers.get("Location", "")

    stranger = urllib.request.build_opener(Stay)
    status, place = ask(stranger, "/lab")
    assert (status, place.partition("?")[0]) == (302, "/login")
    for path, method in (("/api/kernels", "GET"), ("/api/kernels", "POST"), ("/api/contents", "POST")):
        assert ask(stranger, path, method)[0] == 403, f"{method} {path}"
    (folder / "picture.png").write_bytes(b"nobody else's")
    for path in ("/files/picture.png", "/voila/files/picture.png"):
        assert ask(stranger, path)[0] in (302, 403), path
    jar = CookieJar()
    learner = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    assert ask(learner, f"/lab?{token}")[0] == 200
    known = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
    before = sorted(folder.iterdir())
    # A form on another site sends the cookie along, and nothing that it would have to read first.
    assert ask(learner, "/api/contents", "POST")[0] == 403
    assert ask(learner, "/api/contents", "POST", **{"X-XSRFToken": "wrong"})[0] == 403
    headers = {"X-XSRFToken": known, "Origin": "http://elsewhere.example"}
    assert ask(learner, "/api/contents", "POST", **headers)[0] in (403, 404)
    assert sorted(folder.iterdir()) == before
    assert ask(learner, "/api/contents", "POST", **{"X-XSRFToken": known})[0] == 201


def run_a_cell(server, token, code):
    """Start a kernel and run code in it, over the same socket that the browser uses; return what it prints."""
    request = urllib.request.Request(f"{server}/api/kernels?{token}", data=b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        kernel = json.load(answer)["id"]
    socket_address = f"{server.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels?{token}"
    channel = websocket.create_connection(socket_address, timeout=60)
    header = {"msg_id": "1", "msg_type": "execute_request", "version": "5.3", "username": "", "session": "s"}
    message = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"code": code},
    }
    channel.send(json.dumps(message))
    printed = ""
    while True:
        reply = json.loads(channel.recv())
        if reply["parent_header"].get("msg_id") != "1":
            continue
        if reply["msg_type"] == "stream":
            printed += reply["content"]["text"]
        elif reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
            channel.close()
            return printed


def interrupt(process):
    """Press Ctrl-C, once, and return exit code, last words and seconds."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    words, _ = process.communicate(timeout=60)
    return process.returncode, words, time.monotonic() - start


def test_it_opens_the_lessons_keeps_strangers_out_and_ends_cleanly(site, tmp_path):
    with command(site, tmp_path) as process:
        address, printed = address_of(process)
        assert str(tmp_path / "tuningkit-lessons") in printed
        assert re.fullmatch(
            r"http://127\.0\.0\.1:\d+/lab/tree/00_start_here\.ipynb\?token=[0-9a-f]{48}", address
        )
        status, page = fetch(address)
        assert (status, "<title>JupyterLab</title>" in page) == (200, True)
        # Otherwise a question about Jupyter's news covers the first lesson.
        configuration = json.loads(
            re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
        )
        assert "@jupyterlab/apputils-extension:announcements" in configuration["disabledExtensions"]
        api = address.split("/lab/")[0] + "/api/contents/00_start_here.ipynb?"
        token = address.partition("?")[2]
        assert fetch(api)[0] == 403
        assert fetch(f"{api}token=wrong")[0] == 403
        assert json.loads(fetch(f"{api}{token}")[1])["name"] == "00_start_here.ipynb"
        assert_strangers_change_nothing(address.split("/lab/")[0], token, tmp_path / "tuningkit-lessons")

        assert run_a_cell(address.split("/lab/")[0], token, "print(6 * 7)") == "42\n"
        kernel_processes = psutil.Process(process.pid).children(recursive=True)
        assert kernel_processes

        code, words, _ = interrupt(process)
        assert code == 0
        said = [line for line in words.splitlines() if line and "Ctrl-C" not in line]
        assert said == ["Stopping.", f"Stopped. What you saved is in {tmp_path / 'tuningkit-lessons'}"]
        assert psutil.wait_procs(kernel_processes, timeout=60)[1] == []


def test_a_taken_port_moves_on(site, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command(site, tmp_path, "--port", str(port)) as process:
            address, _ = address_of(process)
            assert fetch(address)[0] == 200
            assert int(re.search(r":(\d+)/", address)[1]) != port
            assert interrupt(process)[0] == 0


def test_ctrl_c_while_it_is_still_starting_ends_it_without_a_traceback(site, tmp_path):
    with command(site, tmp_path, "lab") as process:
        end = time.monotonic() + 60
        while not (tmp_path / "tuningkit-lessons" / "00_start_here.ipynb").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        code, words, _ = interrupt(process)
        assert code in {0, 130}
        assert "Traceback" not in words


@pytest.mark.parametrize(
    ("platform", "environment", "mark", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, None, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, None, True),
        ("linux", {}, None, False),
        ("linux", {"DISPLAY": ""}, None, False),
        ("linux", {"DISPLAY": ":0"}, ".dockerenv", False),
        ("linux", {"DISPLAY": ":0"}, "run/.containerenv", False),
        ("linux", {"DISPLAY": ":0", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None, False),
        ("darwin", {}, None, True),
        ("darwin", {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, None, False),
        ("win32", {}, None, True),
    ],
)
def test_a_browser_is_opened_only_where_it_would_be_seen(tmp_path, platform, environment, mark, expected):
    if mark:
        (tmp_path / mark).parent.mkdir(exist_ok=True)
        (tmp_path / mark).touch()
    assert should_open_browser(environment, platform, tmp_path) is expected
