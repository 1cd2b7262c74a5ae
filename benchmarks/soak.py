"""Two hours of learners' doings in ten minutes: what is lost, what is left over, and whether memory stays flat.

    uv run python benchmarks/soak.py                 ten minutes; writes results_soak.md
    uv run python benchmarks/soak.py --minutes 2     shorter: does it work; writes nothing
    uv run python benchmarks/soak.py --seed 7        other actions in another order

A real Jupyter server, real kernels, and Chromium for reloads and for two tabs on one notebook. What happens is drawn
from a list with a seed. Every action ends with a look at what must have stayed; the exit code is 1 if anything was
lost or left over. One action stands for about a minute of a learner's time.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser import load
from measure import note, number
from soak_actions import GENTLE, HARD, mount, unmount
from soak_stage import RATE, Stage

RESULTS = Path(__file__).with_name("results_soak.md")
#: Shares of the time: everything that a kernel outlives, the browser; what ends kernels takes the rest.
GENTLE_SHARE, PAGE_SHARE = 0.5, 0.25
#: MB of private memory that a round of all gentle actions (some 170 moves, a lab made anew) may add to a warm kernel,
#: and the rounds until it is warm. It is not 0: a closed lab's runs stay with the learner, in IPython's Out, and
#: TensorFlow keeps a part of every graph it has built. A session of 25 rounds then stays below 450 MB.
LIMIT, WARM = 3.0, 2
#: Threads of the system that may come and go in TensorFlow's pools.
SPARE_THREADS = 4


@dataclass
class Log:
    """What was done and what was seen.

    Attributes:
        counts: How often each action was done.
        seconds: How long each took in all.
        breaches: For each action, what was lost or left over.
        memory: Private memory of the long-lived kernel after each round of gentle actions, in MB.
        threads: Threads of that kernel after each round, Python's own and the system's.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    breaches: dict[str, list[str]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    threads: list[tuple[int, int]] = field(default_factory=list)

    def do(self, name: str, action: Callable[..., Any], breaches: list[str], *arguments: Any) -> None:
        """Do one thing, and note what came of it."""
        known, begin = len(breaches), time.monotonic()
        try:
            action(*arguments)
        except Exception as error:
            breaches.append(f"{type(error).__name__}: {str(error)[-300:]}")
        self.counts[name] += 1
        self.seconds[name] += time.monotonic() - begin
        for breach in breaches[known:]:
            note(f"    {name}: {breach}")
            self.breaches.setdefault(name, []).append(breach)


def slope(values: Sequence[float]) -> float:
    """By how much `values` grow from one to the next: the slope of the least-squares line.

    Example:
        >>> slope([100.0, 102.0, 104.0])
        2.0
    """
    count = len(values)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    above = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return above / sum((place - middle) ** 2 for place in range(count))


def late(values: Sequence[float]) -> Sequence[float]:
    """The second half, when a kernel is warm: caches and pools have filled."""
    return values[len(values) // 2 :]


def gentle(stage: Stage, log: Log, chance: random.Random, end: float) -> None:
    """Rounds of everything that a kernel outlives, each in an order of its own."""
    stage.sit_down()
    while time.monotonic() < end or len(log.memory) < WARM + 1:
        for name in chance.sample(list(GENTLE), len(GENTLE)):
            log.do(name, GENTLE[name], stage.breaches, stage, chance)
        state = stage.state()
        log.memory.append(state["private"])
        log.threads.append((state["threads"], state["system_threads"]))
        note(f"    round {len(log.memory)}: {state['private']:.0f} MB, {state['system_threads']} threads")
    note(f"    threads: {', '.join(state['names'])}")
    breaches = log.breaches.setdefault("all rounds", [])
    if (growth := slope(late(log.memory))) > LIMIT:
        breaches.append(f"memory grows by {growth:.1f} MB a round, more than {LIMIT:g} MB")
    (own, system), (own_last, system_last) = log.threads[WARM - 1], log.threads[-1]
    if own_last > own or system_last > system + SPARE_THREADS:
        breaches.append(f"threads grew from {own} and {system} to {own_last} and {system_last}")


def hard(stage: Stage, log: Log, chance: random.Random, end: float) -> None:
    """What ends a kernel."""
    while time.monotonic() < end or log.counts.keys().isdisjoint(HARD):
        for name in chance.sample(list(HARD), len(HARD)):
            log.do(name, HARD[name], stage.breaches, stage, chance)


def in_the_browser(server: Any, log: Log, chance: random.Random, end: float) -> None:
    """Reloads, and two tabs on one notebook."""
    from soak_page import two_tabs

    breaches: list[str] = []
    with two_tabs(server, breaches) as (_, actions):
        while time.monotonic() < end or log.counts.keys().isdisjoint(actions):
            for name in chance.sample(list(actions), len(actions)):
                log.do(name, actions[name], breaches, chance)


def soak(minutes: float, seed: int) -> tuple[Log, int, str]:
    """Do it all; returns the log, how often sliders were moved, and how disks were filled."""
    chance, log = random.Random(seed), Log()
    with tempfile.TemporaryDirectory(prefix="tuningkit-soak-") as folder:
        server = load("lab_server").LabServer(Path(folder))
        mounted = mount(server.home)
        how = (
            "a file system of 512 kB in memory, filled up, and then remounted read-only"
            if mounted
            else "a limit on the kernel's file size, and a file in the place of the folder"
        )
        try:
            begin, seconds = time.monotonic(), 60 * minutes
            stage = Stage(server)
            log.do("gentle rounds", gentle, [], stage, log, chance, begin + GENTLE_SHARE * seconds)
            until = begin + (GENTLE_SHARE + PAGE_SHARE) * seconds
            log.do("browser", in_the_browser, [], server, log, chance, until)
            log.do("hard", hard, [], stage, log, chance, begin + 0.97 * seconds)
            log.do("the end", stage.close, stage.breaches)
        finally:
            server.stop()
            if mounted:
                unmount(server.home)
    return log, stage.moves, how


def page(log: Log, moves: int, how: str, machine: str, minutes: float, seed: int) -> str:
    """The Markdown that says how it went."""
    names = [name for name in log.counts if name not in ("gentle rounds", "browser", "hard", "the end")]
    lost = {name: found for name, found in log.breaches.items() if found}
    lines = [
        f"{sum(log.counts[name] for name in names)} actions in {number(minutes)} minutes on {machine}, seed {seed}: "
        f"{moves} moves of a slider at {RATE} a second over the kernel protocol, {len(log.memory)} rounds in one "
        f"kernel. No room and no right to write: {how}.",
        "",
        "| What happened | Times | Seconds each | Lost or left over |",
        "|---|---|---|---|",
    ]
    for name in names:
        each = number(log.seconds[name] / log.counts[name])
        lines.append(
            f"| {name} | {log.counts[name]} | {each} | {'; '.join(lost.pop(name, [])) or 'nothing'} |"
        )
    lines += [f"| {name} | | | {'; '.join(found)} |" for name, found in lost.items()]
    if len(log.memory) > WARM:
        growth = slope(late(log.memory))
        lines += [
            "",
            f"Private memory of that kernel: {log.memory[WARM]:.0f} MB after round {WARM + 1}, "
            f"{log.memory[-1]:.0f} MB after round {len(log.memory)}: {growth:+.2f} MB a round in the second half "
            f"(least squares; limit {LIMIT:g} MB). Threads: {log.threads[WARM][0]} of Python and "
            f"{log.threads[WARM][1]} of the system, at the end {log.threads[-1][0]} and {log.threads[-1][1]}. "
            "After the kernels' end no process "
            "was left.",
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the soak; 1 if anything was lost or left over."""
    from run import machine

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # Where Python is told to keep no compiled files, every kernel would compile TensorFlow anew; no learner's does.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(RESULTS.parents[1] / ".pytest_cache" / "bytecode")
    begin = time.monotonic()
    log, moves, how = soak(options.minutes, options.seed)
    text = page(log, moves, how, machine(), (time.monotonic() - begin) / 60, options.seed)
    print(text)
    failed = any(log.breaches.values())
    if not failed and options.minutes >= 8:
        RESULTS.write_text(text, encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
