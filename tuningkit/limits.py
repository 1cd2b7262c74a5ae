"""What a container, or the hub that started it, allows: processors and memory.

A container sees all processors and all memory of its machine. What it may use of them stands in Linux's control
groups, and in two variables that JupyterHub sets. A session on Binder is such a container.

Reference: https://docs.kernel.org/admin-guide/cgroup-v2.html; `CPU_LIMIT` and `MEM_LIMIT`:
https://jupyterhub.readthedocs.io/en/stable/reference/spawners.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_ROOT = Path("/")
#: Version 1 writes "no limit" as a number that no machine has.
_BOUNDLESS = 2**60


class Memory(NamedTuple):
    """A limit of memory, in bytes.

    Attributes:
        limit: What all processes under the limit may have together.
        used: What they have now. Pages of files, which the system drops when it needs room, do not count.
    """

    limit: int
    used: int


def processor_limit(root: Path = _ROOT, environment: Mapping[str, str] = os.environ) -> float | None:
    """How many processors may be busy at the same time, where a limit is set.

    Args:
        root: The folder that holds `sys` and `proc`.
        environment: The environment variables.

    Returns:
        A number above 0, perhaps a fraction; None if there is no limit.

    Example:
        >>> processor_limit(Path("/nowhere"), {"CPU_LIMIT": "1.5"})
        1.5
    """
    found = [_number(environment.get("CPU_LIMIT", ""))]
    for folder in _folders(root, "cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        found.append(_ratio(quota, period))
        found.append(_ratio(_text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")))
    return min((limit for limit in found if limit > 0), default=None)


def processors(root: Path = _ROOT, environment: Mapping[str, str] = os.environ) -> int:
    """How many processors this process can make use of, at least 1.

    Args:
        root: The folder that holds `sys` and `proc`.
        environment: The environment variables.
    """
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = processor_limit(root, environment)
    # With half a processor more than one, two threads are worth it.
    return seen if limit is None else max(1, min(seen, -int(-limit // 1)))


def memory_limit(root: Path = _ROOT, environment: Mapping[str, str] = os.environ) -> Memory | None:
    """The limit of memory that leaves the least, and what is used of it.

    Args:
        root: The folder that holds `sys` and `proc`.
        environment: The environment variables.

    Returns:
        None if there is no limit.
    """
    found = []
    for folder in _folders(root, "memory"):
        for limit, used, dropped in (
            ("memory.max", "memory.current", ("inactive_file", "active_file")),
            (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                ("total_inactive_file", "total_active_file"),
            ),
        ):
            most, now = _number(_text(folder / limit)), _number(_text(folder / used))
            if 0 < most < _BOUNDLESS and now >= 0:
                entries = (line.partition(" ") for line in _text(folder / "memory.stat").splitlines())
                files = sum(max(0.0, _number(size)) for name, _, size in entries if name in dropped)
                found.append(Memory(int(most), max(0, int(now - files))))
    told = _number(environment.get("MEM_LIMIT", ""))
    if told > 0 and not found:
        found.append(Memory(int(told), _used_by_session()))
    return min(found, key=lambda memory: memory.limit - memory.used, default=None)


def free_memory(root: Path = _ROOT, environment: Mapping[str, str] = os.environ) -> int:
    """Bytes this process may still take: what the machine has free, or less where a limit is set.

    Args:
        root: The folder that holds `sys` and `proc`.
        environment: The environment variables.
    """
    import psutil

    free = psutil.virtual_memory().available
    limited = memory_limit(root, environment)
    return free if limited is None else max(0, min(free, limited.limit - limited.used))


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """The folders whose limits hold for this process: its own group's, and those of the groups around it."""
    groups = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines() or ["0::/", "1:cpu,memory:/"]:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = groups / controller if controllers else groups
        # In a container the path may be that on the machine, which is not seen from inside: then the top remains.
        inner = top / path.strip("/")
        yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(top))


def _used_by_session() -> int:
    """What Jupyter's server and all it has started have of their own, in bytes."""
    import psutil

    server = psutil.Process().parent() or psutil.Process()
    total = 0
    for process in (server, *server.children(recursive=True)):
        try:
            memory = process.memory_info()
        except psutil.Error:  # ended meanwhile
            continue
        total += memory.rss - getattr(memory, "shared", 0)
    return total


def _ratio(quota: str, period: str) -> float:
    most, each = _number(quota), _number(period)
    return most / each if most > 0 and each > 0 else -1.0


def _number(text: str) -> float:
    """The number, or -1 where there is none: "max", an empty file, no file."""
    try:
        return float(text)
    except ValueError:
        return -1.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
