"""What a container allows is read from control groups of both versions, and from what JupyterHub sets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tuningkit import _preload, limits
from tuningkit.limits import Memory

GB = 10**9
IN_CONTAINER = {"proc/self/cgroup": "0::/\n"}
# The Littlest JupyterHub: a service for each learner, and its limit is set on the service.
ON_A_HUB = {"proc/self/cgroup": "0::/system.slice/jupyter-ada.service\n"}
VERSION_1 = {"proc/self/cgroup": "4:memory:/docker/c0ffee\n2:cpu,cpuacct:/docker/c0ffee\n0::/\n"}


def groups(root: Path, files: dict[str, str]) -> Path:
    """A system whose control groups hold these files; names without a folder are of the group at the top."""
    for name, content in files.items():
        path = root / (name if name.startswith("proc") else f"sys/fs/cgroup/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.mark.parametrize(
    ("files", "environment", "limit"),
    [
        (IN_CONTAINER | {"cpu.max": "100000 100000\n"}, {}, 1.0),
        (IN_CONTAINER | {"cpu.max": "50000 100000\n"}, {}, 0.5),
        (IN_CONTAINER | {"cpu.max": "max 100000\n"}, {}, None),
        (IN_CONTAINER | {"cpu.max": "max 100000\n"}, {"CPU_LIMIT": "2.0"}, 2.0),
        (IN_CONTAINER | {"cpu.max": "100000 100000\n"}, {"CPU_LIMIT": "2.0"}, 1.0),
        (ON_A_HUB | {"system.slice/jupyter-ada.service/cpu.max": "150000 100000"}, {}, 1.5),
        (ON_A_HUB | {"system.slice/cpu.max": "300000 100000", "cpu.max": "max 100000"}, {}, 3.0),
        (VERSION_1 | {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, {}, 2.0),
        (VERSION_1 | {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, {}, None),
        ({}, {"CPU_LIMIT": "None"}, None),
        ({}, {}, None),
    ],
)
def test_how_many_processors_may_be_busy(tmp_path, files, environment, limit):
    assert limits.processor_limit(groups(tmp_path, files), environment) == limit


def test_half_a_processor_more_is_worth_a_thread_and_none_is_less_than_one(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    counts = {limit: limits.processors(tmp_path, {"CPU_LIMIT": limit}) for limit in ("0.1", "1", "1.5", "64")}
    assert counts == {"0.1": 1, "1": 1, "1.5": 2, "64": 8}
    assert limits.processors(tmp_path, {}) == 8


@pytest.mark.parametrize(
    ("files", "environment", "memory"),
    [
        (IN_CONTAINER | {"memory.max": "2147483648\n", "memory.current": "1000\n"}, {}, (2147483648, 1000)),
        (IN_CONTAINER | {"memory.max": "max\n", "memory.current": "1000\n"}, {}, None),
        (IN_CONTAINER | {"memory.max": "5000", "memory.current": "1000"}, {"MEM_LIMIT": "9"}, (5000, 1000)),
        (
            VERSION_1 | {"memory/memory.limit_in_bytes": "2147483648", "memory/memory.usage_in_bytes": "5"},
            {},
            (2147483648, 5),
        ),
        (
            VERSION_1
            | {"memory/memory.limit_in_bytes": "9223372036854771712", "memory/memory.usage_in_bytes": "5"},
            {},
            None,
        ),
        ({}, {}, None),
    ],
)
def test_the_limit_of_memory_and_what_is_used(tmp_path, files, environment, memory):
    assert limits.memory_limit(groups(tmp_path, files), environment) == memory


def test_pages_of_files_do_not_count_as_used(tmp_path):
    root = groups(
        tmp_path,
        IN_CONTAINER
        | {
            "memory.max": str(2 * GB),
            "memory.current": str(1900 * 10**6),
            "memory.stat": "anon 1400000000\ninactive_file 300000000\nactive_file 200000000\nodd\n",
        },
    )
    assert limits.memory_limit(root, {}) == Memory(2 * GB, 1400 * 10**6)
    assert limits.free_memory(root, {}) == 600 * 10**6


def test_of_several_limits_the_one_that_leaves_the_least(tmp_path):
    name = "system.slice/jupyter-ada.service"
    root = groups(
        tmp_path,
        ON_A_HUB
        | {f"{name}/memory.max": str(2 * GB), f"{name}/memory.current": str(GB)}
        | {"system.slice/memory.max": str(8 * GB), "system.slice/memory.current": str(7.9 * GB)},
    )
    assert limits.memory_limit(root, {}) == Memory(8 * GB, int(7.9 * GB))


def test_where_only_the_hub_tells_the_processes_are_counted(tmp_path):
    memory = limits.memory_limit(tmp_path, {"MEM_LIMIT": str(2 * GB)})
    mine = psutil.Process().memory_info()
    assert memory.limit == 2 * GB
    assert memory.used >= (mine.rss - getattr(mine, "shared", 0)) // 2


def test_without_a_limit_the_machine_says_what_is_free(tmp_path):
    assert limits.free_memory(tmp_path, {}) == pytest.approx(psutil.virtual_memory().available, rel=0.2)


@pytest.fixture
def no_thread_settings(monkeypatch):
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "CPU_LIMIT"):
        # Put back at the end, whatever was written meanwhile.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    return monkeypatch


def test_in_a_container_no_more_threads_than_processors(no_thread_settings, tmp_path):
    no_thread_settings.setenv("OMP_NUM_THREADS", "3")  # the learner's own
    _preload._limit_threads(groups(tmp_path, IN_CONTAINER | {"cpu.max": "100000 100000"}))
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "1"
    assert os.environ["TF_NUM_INTEROP_THREADS"] == "2"
    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_without_a_limit_nothing_is_set(no_thread_settings, tmp_path):
    _preload._limit_threads(groups(tmp_path, IN_CONTAINER | {"cpu.max": "max 100000"}))
    assert "TF_NUM_INTRAOP_THREADS" not in os.environ
    assert "OMP_NUM_THREADS" not in os.environ


def test_it_is_done_before_tensorflow_can_be_imported():
    """JupyterHub tells a learner's server, which may use one processor of many."""
    code = (
        "import os; os.sched_getaffinity = lambda pid: set(range(64)); import tuningkit, sys;"
        "print('tensorflow' in sys.modules, os.environ.get('TF_NUM_INTRAOP_THREADS'))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "OMP_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "CPU_LIMIT": "1.0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "1"]
