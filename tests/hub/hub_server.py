"""A real JupyterHub for tests: its own proxy and database, a server for each learner, all on this machine only."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
#: The last version that runs on the Node.js of Debian 12, 18; 5.2 asks for 20.
PROXY_VERSION = "5.1.0"
_PROXY = ROOT / ".pytest_cache" / f"configurable-http-proxy-{PROXY_VERSION}"
#: Where nbgitpuller puts a lesson below each learner's home, as docs/teaching.md has it.
LESSONS = "tuningkit/notebooks"

_CONFIG = """
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_bind_url = {hub_url!r}
c.JupyterHub.db_url = {database!r}
c.JupyterHub.cookie_secret_file = {cookie_secret!r}
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = {api_url!r}
c.ConfigurableHTTPProxy.pid_file = {pid_file!r}
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allowed_users = set({learners!r})
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = {arguments!r}
c.Spawner.environment = {environment!r}
c.Spawner.ip = "127.0.0.1"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""


class MissingError(Exception):
    """What a hub needs is not on this machine."""


def install_proxy() -> list[str]:
    """The command that starts configurable-http-proxy, installed by npm if it is not there yet.

    Raises:
        MissingError: If Node.js or npm is missing, or the package cannot be had.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    program = _PROXY / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    if node is None or (npm is None and not program.exists()):
        raise MissingError("JupyterHub's proxy needs Node.js and npm: apt-get install nodejs npm")
    if not program.exists():
        # Put together beside its place: one that was interrupted is never taken for a whole one.
        building = _PROXY.with_name(f"{_PROXY.name}.{os.getpid()}")
        building.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", f"configurable-http-proxy@{PROXY_VERSION}", "--prefix", str(building)]
        command += ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180)
            if done.returncode != 0:
                raise MissingError(f"npm could not install configurable-http-proxy:\n{done.stderr[-1000:]}")
            building.replace(_PROXY)
        except subprocess.TimeoutExpired:
            raise MissingError("npm did not install configurable-http-proxy in three minutes") from None
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return [node, str(program)]


class Hub:
    """A running JupyterHub.

    Args:
        folder: An empty folder; the learners' homes are in ``folder / "homes"``.
        proxy: The command that starts the proxy.
        learners: Names of those who may log in.
        notebook: The lesson that everyone finds at home.
        settings: Settings of JupyterLab, as ``default_setting_overrides.json`` holds them.
    """

    def __init__(
        self, folder: Path, proxy: list[str], learners: list[str], notebook: Path, settings: dict[str, Any]
    ) -> None:
        self.homes = folder / "homes"
        self.password = secrets.token_urlsafe(12)
        self.log = folder / "hub.log"
        self.known: list[psutil.Process] = []
        for name in learners:
            self._furnish(self.homes / name, notebook, settings)
        public, inside, api = _free_ports(3)
        self.url = f"http://127.0.0.1:{public}"
        values = {
            "url": self.url,
            "hub_url": f"http://127.0.0.1:{inside}",
            "api_url": f"http://127.0.0.1:{api}",
            "database": f"sqlite:///{folder / 'hub.sqlite'}",
            "cookie_secret": str(folder / "cookie_secret"),
            "pid_file": str(folder / "proxy.pid"),
            "proxy": proxy,
            "password": self.password,
            "learners": learners,
            "home": f"{self.homes}/{{username}}",
            "python": sys.executable,
            "arguments": [
                "--allow-root",
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.news_url=None",
                "--LabApp.extension_manager=readonly",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            # A learner's server gets next to nothing of the hub's own environment.
            "environment": {
                "PYTHONPATH": str(ROOT),
                "TF_CPP_MIN_LOG_LEVEL": "3",
                **{name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ},
                # As in a session with one processor: two learners, their pages and other tests share the machine.
                "TF_NUM_INTRAOP_THREADS": "1",
                "TF_NUM_INTEROP_THREADS": "2",
            },
        }
        config = folder / "jupyterhub_config.py"
        config.write_text(_CONFIG.format(**values), encoding="utf-8")
        hidden = ("JUPYTER", "IPYTHON", "JPY_", "CONFIGPROXY", "TUNINGKIT", "XDG_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        environment["HOME"] = str(folder)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(config)],
                env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True,
            )  # fmt: skip
        self._wait()

    def _furnish(self, home: Path, notebook: Path, settings: dict[str, Any]) -> None:
        lessons, lab = home / LESSONS, home / ".jupyter/labconfig"
        for folder in (lessons, lab):
            folder.mkdir(parents=True)
        shutil.copyfile(notebook, lessons / notebook.name)
        (lab / "default_setting_overrides.json").write_text(json.dumps(settings), encoding="utf-8")

    def _wait(self, timeout: float = 90) -> None:
        end = time.monotonic() + timeout
        # No proxy: the hub is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < end and self._process.poll() is None:
            try:
                opener.open(f"{self.url}/hub/health", timeout=10).close()
                return
            except OSError:
                time.sleep(0.2)
        text = self.log.read_text(errors="replace")[-3000:]
        self.stop()
        raise RuntimeError(f"JupyterHub did not start within {timeout} s:\n{text}")

    def processes(self) -> list[psutil.Process]:
        """The hub and everything it has started: its proxy, the learners' servers, their kernels."""
        try:
            hub = psutil.Process(self._process.pid)
            return [hub, *hub.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def progress_file(self, name: str) -> Path:
        """Where the learner's progress is kept."""
        return self.homes / name / ".local/share/tuningkit/progress.json"

    def stop(self) -> list[psutil.Process]:
        """End the hub as a service manager would; returns what of it still runs twenty seconds later.

        That is killed then: nothing outlives the tests.
        """
        started = self.processes()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        left = psutil.wait_procs(started, timeout=20)[1]
        for process in left:
            process.kill()
        return left


def _free_ports(count: int) -> list[int]:
    # All open at once, so that no two are the same.
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
