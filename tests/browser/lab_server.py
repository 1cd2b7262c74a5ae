"""A JupyterLab server of the tests' own: empty homes, a free port of this machine only, no token."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

SETTINGS = {
    # Cells below the fold are rendered too.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}


class LabServer:
    """One JupyterLab with empty homes, on a free port of this machine only, without a token.

    Args:
        folder: An empty folder; notebooks live in `folder / "root"`.
        preload: Whether `import tuningkit` loads TensorFlow in the background, as it does for learners.
        python: The interpreter of another environment, which has tuningkit installed; otherwise this one.
        root: Another folder for notebooks.
        one_thread: Whether TensorFlow has one thread for its work, as in a session with one processor. Where several
            test processes share the machine, threads that wait for work cost a quarter of the processor time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        preload: bool = False,
        python: Path | None = None,
        root: Path | None = None,
        one_thread: bool = False,
    ) -> None:
        self.folder = folder
        self.root = root or folder / "root"
        self.home = folder / "tuningkit"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._cookies = CookieJar()
        # No proxy: the server is on this machine.
        handlers = [urllib.request.HTTPCookieProcessor(self._cookies), urllib.request.ProxyHandler({})]
        self._open = urllib.request.build_opener(*handlers).open
        for name in ("root", "home", "config/labconfig", "data", "runtime", "ipython", "tuningkit"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "config/labconfig/default_setting_overrides.json").write_text(json.dumps(SETTINGS))
        hidden = ("JUPYTER", "IPYTHON", "JPY_", *(() if python is None else ("PYTHON", "VIRTUAL_ENV")))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        environment |= {
            "HOME": str(folder / "home"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
            "TUNINGKIT_HOME": str(self.home),
            "TUNINGKIT_PRELOAD": "1" if preload else "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        if one_thread:
            environment |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"}
        if python is None:
            environment["PYTHONPATH"] = str(ROOT)
        command = [
            str(python or sys.executable),
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
        ]
        command += [f"--port={self.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}"]
        command += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
        command += ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=self.root, start_new_session=True
            )
        self._wait()

    def _wait(self, timeout: float = 90) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                self.request("GET", "/api/status")
                return
            except OSError:
                time.sleep(0.2)
        text = self.log.read_text(errors="replace")[-3000:]
        self.stop()
        raise RuntimeError(f"JupyterLab did not start within {timeout} s:\n{text}")

    def request(self, method: str, path: str) -> Any:
        """One call of the server's REST interface; the decoded JSON, or None."""
        request = urllib.request.Request(self.url + path, method=method)
        if method != "GET":
            if not any(cookie.name == "_xsrf" for cookie in self._cookies):
                self._open(f"{self.url}/lab", timeout=30).close()
            request.add_header("X-XSRFToken", next(c.value for c in self._cookies if c.name == "_xsrf"))
        with self._open(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_sessions(self, path: str | None = None) -> None:
        """Shut every kernel of this server down, or that of one notebook."""
        for session in self.request("GET", "/api/sessions"):
            if path in (None, session["path"]):
                self.request("DELETE", f"/api/sessions/{session['id']}")
        if path is not None:
            return
        for kernel in self.request("GET", "/api/kernels"):
            self.request("DELETE", f"/api/kernels/{kernel['id']}")

    def stop(self) -> None:
        """End the server; by force, with what it started, if it does not go by itself."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
