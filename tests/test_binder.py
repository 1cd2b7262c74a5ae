"""What mybinder.org would build: repo2docker itself reads the repository and writes its Dockerfile, without Docker.

That what it reads leads to a lesson that works is tested by `browser/test_binder_browser.py`.

Reference: https://repo2docker.readthedocs.io/en/latest/configuration/ (a folder `binder` is read in place of the
root), https://repo2docker.readthedocs.io/en/latest/usage.html (`--no-build --debug` prints the Dockerfile).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def dry_run() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)],
        capture_output=True,
        text=True,
        timeout=240,
        # No Docker is there to be asked, whatever this machine has.
        env={**os.environ, "DOCKER_HOST": "unix:///nonexistent/docker.sock"},
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


def test_binder_takes_the_python_that_is_tested(dry_run):
    assert "Building conda environment for python=3.11\n" in dry_run


def test_binder_reads_its_own_folder_and_nothing_of_the_root(dry_run):
    files = re.findall(r"env update .*--file \"([^\"]+)\"", dry_run)
    assert files == ["binder/environment.yml"]
    assert re.findall(r"^RUN \./(.*)$", dry_run, flags=re.MULTILINE) == ["binder/postBuild"]
    assert not re.search(r"pip install .*-r", dry_run), (
        "requirements.txt is reached through environment.yml only"
    )


def test_the_pinned_list_is_there_when_the_environment_is_made(dry_run):
    """environment.yml says `-r ../requirements.txt`: the repository has to be copied first."""
    copied = dry_run.index("COPY --chown=0:0 src/ ${REPO_DIR}/")
    assert copied < dry_run.index('--file "binder/environment.yml"') < dry_run.index("RUN ./binder/postBuild")
